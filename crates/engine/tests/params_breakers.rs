//! Rules of the breakers' parameters: each at its bound and not before.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that panics has found something")]

use breakwater_engine::units::PICO;
use breakwater_engine::{Bps, Error, ExchangeParams, MarketParams, Price, Result};

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
