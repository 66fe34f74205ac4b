//! Phases: every state against every cause; the bounded rate of maintenance under any schedule of refreshes.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;

use breakwater_engine::phase::{Measures, Phase, Signs};
use breakwater_engine::state::{MarketBooks, MarketParams, Stance};
use breakwater_engine::units::Now;
use breakwater_engine::Bps;
use common::Rng;

const HOUR: i64 = 3_600;
const START: i64 = 1_000_000;
const WHOLE: Bps = Bps(10_000);
const CALM: Signs = Signs { gauge: Some(Bps(0)), volatility: WHOLE, uninsured: false, tripped: false };

fn market(params: MarketParams) -> Box<MarketBooks> {
    let stance = Stance { moved_at: START, ..Stance::default() };
    Box::new(MarketBooks { params, stance, ..MarketBooks::default() })
}

fn look(market: &mut MarketBooks, signs: &Signs, time: i64) {
    market.take_stance(signs, Now { slot: 0, time }).unwrap();
}

fn in_phase(phase: Phase, calm_since: i64) -> Box<MarketBooks> {
    let mut market = market(MarketParams::standard());
    (market.stance.phase, market.stance.calm_since) = (phase.number(), calm_since);
    market
}

const PHASES: [Phase; 3] = [Phase::Normal, Phase::Stressed, Phase::Recovery];

/// Standard: the gauge from 20 %, volatility from 1.75 of at most 2.
#[test]
fn every_phase_and_every_cause() {
    let rows = [
        ("calm", CALM, false),
        ("gauge just below", Signs { gauge: Some(Bps(1_999)), ..CALM }, false),
        ("gauge", Signs { gauge: Some(Bps(2_000)), ..CALM }, true),
        ("gauge whole", Signs { gauge: Some(WHOLE), ..CALM }, true),
        ("volatility just below", Signs { volatility: Bps(17_499), ..CALM }, false),
        ("volatility", Signs { volatility: Bps(17_500), ..CALM }, true),
        ("volatility at its largest", Signs { volatility: Bps(20_000), ..CALM }, true),
        ("uninsured", Signs { uninsured: true, ..CALM }, true),
        ("tripped", Signs { tripped: true, ..CALM }, true),
        ("all", Signs { gauge: Some(WHOLE), volatility: Bps(20_000), uninsured: true, tripped: true }, true),
        ("tripped while a rebase hides the gauge", Signs { gauge: None, tripped: true, ..CALM }, true),
    ];
    for (name, signs, asks) in rows {
        assert_eq!(signs.ask(&MarketParams::standard()), asks, "{name}");
        for phase in PHASES {
            // Calm for less than a hold: only a cause moves anything.
            let mut market = in_phase(phase, START - HOUR + 61);
            look(&mut market, &signs, START + 60);
            let expected = if asks { Phase::Stressed } else { phase };
            assert_eq!(market.phase(), expected, "{phase:?}, {name}");
            assert_eq!(market.stance.calm_since == 0, asks, "{phase:?}, {name}");
            // Calm for a hold: one step down, and the next hold begins.
            let mut market = in_phase(phase, START - HOUR + 60);
            look(&mut market, &signs, START + 60);
            let expected = if asks { Phase::Stressed } else { phase.below() };
            assert_eq!(market.phase(), expected, "{phase:?}, {name}, after a hold");
        }
    }
}

/// Where volatility multiplies nothing it is no cause, however little room there is.
#[test]
fn volatility_asks_at_three_quarters_of_its_way() {
    for (most, at) in [(10_000, None), (10_001, Some(10_001)), (12_000, Some(11_500)), (50_000, Some(40_000))] {
        let params = MarketParams { volatility_multiplier_max: Bps(most), ..MarketParams::standard() };
        let asks = |volatility| Signs { volatility: Bps(volatility), ..CALM }.ask(&params);
        assert!(!asks(10_000), "{most}");
        if let Some(at) = at {
            assert!(asks(at) && !asks(at - 1), "{most}");
        }
    }
}

#[test]
fn steps_down_one_at_a_time() {
    let mut market = market(MarketParams::standard());
    look(&mut market, &Signs { tripped: true, ..CALM }, START);
    assert_eq!(market.phase(), Phase::Stressed);
    let mut seen = Vec::new();
    for minute in 1..=180 {
        look(&mut market, &CALM, START + minute * 60);
        seen.push(market.phase());
    }
    // Calm is first seen a minute in; then an hour to recovery, another to normal.
    let count = |phase| seen.iter().filter(|seen| **seen == phase).count();
    assert_eq!((count(Phase::Stressed), count(Phase::Recovery), count(Phase::Normal)), (60, 60, 60));
    assert!(seen.windows(2).all(|pair| pair[1] == pair[0] || pair[1] == pair[0].below()));
}

/// A cause in the middle of a hold begins it anew, from recovery too.
#[test]
fn a_relapse_begins_the_hold_anew() {
    for phase in [Phase::Stressed, Phase::Recovery] {
        let mut market = in_phase(phase, START - HOUR + 1);
        look(&mut market, &Signs { uninsured: true, ..CALM }, START);
        look(&mut market, &CALM, START + 60);
        look(&mut market, &CALM, START + HOUR);
        assert_eq!(market.phase(), Phase::Stressed);
        look(&mut market, &CALM, START + HOUR + 60);
        assert_eq!(market.phase(), Phase::Recovery);
    }
}

/// An hour in which nobody looked proves nothing; and while a rebase hides the gauge nobody knows of calm.
#[test]
fn silence_and_blindness_are_no_calm() {
    let mut market = in_phase(Phase::Stressed, START);
    look(&mut market, &CALM, START + HOUR + 1);
    assert_eq!((market.phase(), market.stance.calm_since), (Phase::Stressed, START + HOUR + 1));
    let mut market = in_phase(Phase::Stressed, START);
    look(&mut market, &Signs { gauge: None, ..CALM }, START + HOUR);
    assert_eq!((market.phase(), market.stance.calm_since), (Phase::Stressed, START));
}

#[test]
fn measures() {
    let params = MarketParams { stress_margin: Bps(12_501), ..MarketParams::standard() };
    let of = |margin, fee, insurance_share| Measures {
        margin: Bps(margin),
        fee: Bps(fee),
        insurance_share: Bps(insurance_share),
    };
    assert_eq!(Phase::Normal.measures(&params), of(10_000, 10_000, 2_000));
    assert_eq!(Phase::Stressed.measures(&params), of(12_501, 15_000, 6_000));
    assert_eq!(Phase::Recovery.measures(&params), of(11_251, 12_500, 4_000));
    for phase in PHASES {
        assert_eq!(phase.measures(&MarketParams::bare()), of(10_000, 10_000, 0));
        assert_eq!(Phase::from_number(phase.number()), phase);
    }
    assert_eq!(Phase::from_number(7), Phase::Stressed);
}

/// Initial at once, up and down; the two multiply, rounded up.
#[test]
fn initial_follows_at_once() {
    let mut market = market(MarketParams::standard());
    look(&mut market, &Signs { volatility: Bps(15_001), ..CALM }, START + 1);
    assert_eq!(market.stance.initial, Bps(15_001));
    look(&mut market, &Signs { volatility: Bps(15_001), tripped: true, ..CALM }, START + 2);
    // 1.5001 * 1.25
    assert_eq!(market.stance.initial, Bps(18_752));
    look(&mut market, &CALM, START + 3);
    assert_eq!(market.stance.initial, Bps(12_500));
    assert!(market.multiples().maintenance <= market.multiples().initial);
}

/// Signs that say anything.
fn random_signs(rng: &mut Rng) -> Signs {
    Signs {
        gauge: (!rng.one_in(10)).then(|| Bps(rng.within(0, 3_000) as u32)),
        volatility: Bps(rng.within(10_000, 20_000) as u32),
        uninsured: rng.one_in(20),
        tripped: rng.one_in(20),
    }
}

/// No schedule of refreshes and no sequence of signs moves maintenance up faster than its rate, between any two of them.
#[test]
fn maintenance_never_rises_faster_than_its_rate() {
    let mut rng = Rng::seeded(21);
    for _ in 0..300 {
        let rate = rng.within(1, 10_000);
        let mut market = market(MarketParams { maintenance_rate: Bps(rate as u32), ..MarketParams::standard() });
        let (mut time, mut path) = (START, vec![(START, 10_000u64)]);
        let bits = rng.within(0, 16) as u32;
        for _ in 0..120 {
            time += rng.magnitude(bits) as i64;
            let before = market.stance;
            look(&mut market, &random_signs(&mut rng), time);
            let multiples = market.multiples();
            assert!(multiples.maintenance <= multiples.initial && multiples.maintenance >= WHOLE);
            assert!(market.stance.maintenance <= before.maintenance.max(before.initial), "towards the old target only");
            path.push((time, u64::from(multiples.maintenance.0)));
        }
        for (at, (from, low)) in path.iter().enumerate() {
            for (to, high) in &path[at..] {
                let hours = rate * (to - from) as u64;
                assert!(high.saturating_sub(*low) <= hours.div_ceil(3_600), "{low} to {high} in {} s", to - from);
            }
        }
    }
}

/// Towards a target that stays, it is exactly the rate times the time, however often anyone refreshes: nobody holds it back
/// by refreshing every second.
#[test]
fn maintenance_arrives_whatever_the_schedule() {
    let mut rng = Rng::seeded(22);
    for _ in 0..300 {
        let rate = rng.within(1, 10_000);
        let params = MarketParams { maintenance_rate: Bps(rate as u32), ..MarketParams::standard() };
        let signs = Signs { volatility: Bps(20_000), ..CALM };
        let mut market = market(params);
        look(&mut market, &signs, START);
        let target = u64::from(market.stance.initial.0);
        assert_eq!(target, 25_000, "stressed by volatility");
        let (mut time, step) = (START, rng.within(1, 3_600));
        for _ in 0..400 {
            time += rng.within(1, step) as i64;
            look(&mut market, &signs, time);
            let expected = (10_000 + rate * (time - START) as u64 / 3_600).min(target);
            assert_eq!(u64::from(market.stance.maintenance.0), expected, "{rate} after {} s", time - START);
        }
    }
}

/// Time at the target is not saved up for the next one, and a market that fell silent rises by an hour's worth when it wakes.
#[test]
fn time_is_not_saved_up() {
    let mut market = market(MarketParams::standard());
    look(&mut market, &CALM, START + 1_000 * HOUR);
    let signs = Signs { volatility: Bps(16_000), ..CALM };
    look(&mut market, &signs, START + 2_000 * HOUR);
    assert_eq!(market.multiples().maintenance, WHOLE, "the target is new");
    look(&mut market, &signs, START + 2_000 * HOUR + 60);
    assert_eq!(market.multiples().maintenance, Bps(10_041), "a minute of 2,500 an hour");
    look(&mut market, &signs, START + 3_000 * HOUR);
    assert_eq!(market.multiples().maintenance, Bps(12_541), "an hour at once, no more");
}

/// It falls with the initial one, and rises from there again: what counts never jumps back.
#[test]
fn a_fall_is_not_taken_back_at_once() {
    let mut market = market(MarketParams::standard());
    let high = Signs { volatility: Bps(17_000), ..CALM };
    for minute in 0..600 {
        look(&mut market, &high, START + minute * 60);
    }
    assert_eq!(market.multiples().maintenance, Bps(17_000));
    look(&mut market, &CALM, START + 600 * 60);
    assert_eq!(market.multiples().maintenance, WHOLE);
    look(&mut market, &high, START + 601 * 60);
    assert_eq!(market.multiples().maintenance, WHOLE);
}

/// With everything at its neutral value nothing anybody sees changes a multiple, a fee, a share or a clock.
#[test]
fn bare_is_neutral() {
    let mut rng = Rng::seeded(23);
    let mut market = market(MarketParams::bare());
    let (mut time, mut phases) = (START, 0);
    for _ in 0..2_000 {
        time += rng.magnitude(14) as i64;
        let signs = Signs { volatility: market.volatility.multiple(&market.params), ..random_signs(&mut rng) };
        look(&mut market, &signs, time);
        phases |= 1 << market.phase().number();
        let multiples = market.multiples();
        assert_eq!((multiples.initial, multiples.maintenance), (WHOLE, WHOLE));
        assert_eq!(market.phase().measures(&market.params), Phase::Normal.measures(&market.params));
        let later = Now { slot: 0, time: time + rng.magnitude(20) as i64 };
        assert_eq!((market.unlock_time(later), market.stance.lag), (Ok(later.time), 0));
    }
    assert_eq!(phases, 0b111, "all of them were seen");
}
