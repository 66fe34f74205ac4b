//! Rules of what reacts before a failure: multiples, volatility, breakers. Each at its bound and not before.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that panics has found something")]

use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_engine::units::PICO;
use breakwater_engine::{Bps, Error, Price, Result};

type Row = (&'static str, fn(&mut MarketParams), Result<()>);

fn check(rows: &[Row]) {
    for (name, change, expected) in rows {
        let mut params = MarketParams::standard();
        change(&mut params);
        assert_eq!(params.validate(Price(PICO)), *expected, "{name}");
    }
}

#[test]
fn breakers_are_bounded() {
    check(&[
        ("halts held longest", |p| p.halt_hold_seconds = 3_600, Ok(())),
        ("longer", |p| p.halt_hold_seconds = 3_601, Err(Error::RuleBreakers)),
        ("halts not kept", |p| p.halt_hold_seconds = 0, Ok(())),
        ("guards held longest", |p| p.guard_hold_seconds = 3_600, Ok(())),
        ("longer", |p| p.guard_hold_seconds = 3_601, Err(Error::RuleBreakers)),
        ("longest grace", |p| p.grace_seconds = 3_600, Ok(())),
        ("longer", |p| p.grace_seconds = 3_601, Err(Error::RuleBreakers)),
        ("settled after an hour", |p| p.settle_after_seconds = 3_600, Ok(())),
        ("sooner", |p| p.settle_after_seconds = 3_599, Err(Error::RuleBreakers)),
        ("after a month", |p| p.settle_after_seconds = 30 * 86_400, Ok(())),
        ("later", |p| p.settle_after_seconds = 30 * 86_400 + 1, Err(Error::RuleBreakers)),
        ("guarded when stressed", |p| p.gauge_guard = p.gauge_stress, Ok(())),
        ("guarded before", |p| p.gauge_guard = Bps(p.gauge_stress.0.wrapping_sub(1)), Err(Error::RuleBreakers)),
        ("sources never agree", |p| p.disagreement = Bps(0), Err(Error::RuleBreakers)),
        ("least distance", |p| p.disagreement = Bps(1), Ok(())),
        ("largest distance", |p| p.disagreement = Bps(2_000), Ok(())),
        ("sources never disagree", |p| p.disagreement = Bps(2_001), Err(Error::RuleBreakers)),
    ]);
    let held = |seconds| ExchangeParams { guard_hold_seconds: seconds, ..ExchangeParams::standard() }.validate();
    assert_eq!((held(3_600), held(3_601)), (Ok(()), Err(Error::RuleBreakers)));
}

#[test]
fn multiples_and_volatility() {
    check(&[
        ("margins fall with volatility", |p| p.volatility_multiplier_max = Bps(9_999), Err(Error::RuleMultiples)),
        ("volatility changes nothing", |p| p.volatility_multiplier_max = Bps(10_000), Ok(())),
        // 20 % * 4 * 1.25 is one whole.
        ("all of a position's worth", |p| p.volatility_multiplier_max = Bps(40_000), Ok(())),
        ("more than it is worth", |p| p.volatility_multiplier_max = Bps(40_001), Err(Error::RuleMultiples)),
        (
            "five times",
            |p| {
                p.bracket_count = 1;
                p.volatility_multiplier_max = Bps(50_000)
            },
            Ok(()),
        ),
        (
            "more than five times",
            |p| {
                p.bracket_count = 1;
                p.volatility_multiplier_max = Bps(50_001)
            },
            Err(Error::RuleMultiples),
        ),
        ("stress lowers margins", |p| p.stress_margin = Bps(9_999), Err(Error::RuleMultiples)),
        ("stress multiplies what volatility does", |p| p.stress_margin = Bps(25_001), Err(Error::RuleMultiples)),
        ("stress up to a whole", |p| p.stress_margin = Bps(25_000), Ok(())),
        (
            "stress beyond all bounds",
            |p| {
                p.bracket_count = 1;
                p.stress_margin = Bps(50_001)
            },
            Err(Error::RuleMultiples),
        ),
        ("cheap in stress", |p| p.stress_fee = Bps(9_999), Err(Error::RuleMultiples)),
        (
            "dear in stress",
            |p| {
                p.taker_fee = Bps(2);
                p.stress_fee = Bps(50_001)
            },
            Err(Error::RuleMultiples),
        ),
        ("insurance loses in stress", |p| p.stress_insurance_share = Bps(1_999), Err(Error::RuleMultiples)),
        ("insurance has all", |p| p.stress_insurance_share = Bps(10_000), Ok(())),
        ("insurance has more than all", |p| p.stress_insurance_share = Bps(10_001), Err(Error::RuleMultiples)),
        ("a gauge that sees nothing", |p| p.gauge_distance = Bps(0), Err(Error::RuleMultiples)),
        ("a gauge that sees half", |p| p.gauge_distance = Bps(5_000), Ok(())),
        ("a gauge that sees more", |p| p.gauge_distance = Bps(5_001), Err(Error::RuleMultiples)),
        ("always stressed", |p| p.gauge_stress = Bps(0), Err(Error::RuleMultiples)),
        ("always guarded", |p| p.gauge_guard = Bps(0), Err(Error::RuleMultiples)),
        ("never stressed by the gauge", |p| (p.gauge_stress, p.gauge_guard) = (Bps(10_001), Bps(10_001)), Ok(())),
        ("no hold", |p| p.phase_hold_seconds = 59, Err(Error::RuleMultiples)),
        ("a minute's hold", |p| p.phase_hold_seconds = 60, Ok(())),
        ("a hold without end", |p| p.phase_hold_seconds = 7 * 86_400 + 1, Err(Error::RuleMultiples)),
        ("nothing is normal", |p| p.volatility_normal = Bps(0), Err(Error::RuleVolatility)),
        ("everything is normal", |p| p.volatility_normal = Bps(10_001), Err(Error::RuleVolatility)),
        ("an average of a moment", |p| p.volatility_window_seconds = 59, Err(Error::RuleVolatility)),
        ("an average of a minute", |p| p.volatility_window_seconds = 60, Ok(())),
        ("an average of a week", |p| p.volatility_window_seconds = 7 * 86_400, Ok(())),
        ("an average of ever", |p| p.volatility_window_seconds = 7 * 86_400 + 1, Err(Error::RuleVolatility)),
        ("maintenance that never follows", |p| p.maintenance_rate = Bps(0), Err(Error::RuleVolatility)),
        ("doubled in an hour", |p| p.maintenance_rate = Bps(10_000), Ok(())),
        ("liquidated overnight", |p| p.maintenance_rate = Bps(10_001), Err(Error::RuleVolatility)),
    ]);
    assert_eq!(MarketParams::bare().validate(Price(PICO)), Ok(()));
}
