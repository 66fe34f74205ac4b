//! Who may pause what for how long, and what ends a pause.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has found something"
)]

#[path = "common/mod.rs"]
mod common;

use breakwater_engine::permission::PauseBits;
use breakwater_engine::state::{FreezeClock, GuardianWeek, Pauses};
use breakwater_engine::units::Now;
use breakwater_engine::Error;
use common::Rng;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const START: i64 = 1_760_000_000;

const fn at(seconds: i64) -> Now {
    Now { slot: 1, time: START + seconds }
}

const LIQUIDATION: PauseBits = PauseBits::LIQUIDATION;
const QUOTING: PauseBits = PauseBits::QUOTING;
const FREEZE: PauseBits = PauseBits::FREEZE;

#[test]
fn a_pause_ends_by_itself() {
    let mut pauses = Pauses::default();
    let mut clock = FreezeClock::default();
    pauses.set_by_authority(&mut clock, QUOTING, 60, at(0)).unwrap();
    assert_eq!(pauses.bits(at(59)), QUOTING);
    assert_eq!(pauses.bits(at(60)), PauseBits::NONE);
    assert_eq!(pauses.clear_expired(at(59)), Err(Error::PauseNotExpired));
    pauses.clear_expired(at(60)).unwrap();
    assert_eq!(pauses, Pauses::default());
    assert_eq!(pauses.clear_expired(at(61)), Err(Error::PauseNotExpired));
}

#[test]
fn how_long() {
    type Row = (&'static str, bool, PauseBits, u64, Result<(), Error>);
    let rows: [Row; 13] = [
        ("a week by the authority", true, LIQUIDATION, 7 * DAY as u64, Ok(())),
        ("longer", true, LIQUIDATION, 7 * DAY as u64 + 1, Err(Error::PauseTooLong)),
        ("two days of freeze", true, FREEZE, 2 * DAY as u64, Ok(())),
        ("longer", true, FREEZE, 2 * DAY as u64 + 1, Err(Error::PauseTooLong)),
        ("a freeze among others", true, FREEZE.and(QUOTING), 2 * DAY as u64 + 1, Err(Error::PauseTooLong)),
        ("for ever", true, LIQUIDATION, u64::MAX, Err(Error::PauseTooLong)),
        ("no time", true, LIQUIDATION, 0, Err(Error::ZeroAmount)),
        ("nothing for any time", true, PauseBits::NONE, u64::MAX, Ok(())),
        ("a day by the guardian", false, LIQUIDATION, DAY as u64, Ok(())),
        ("longer", false, LIQUIDATION, DAY as u64 + 1, Err(Error::PauseTooLong)),
        ("no time", false, LIQUIDATION, 0, Err(Error::ZeroAmount)),
        ("a freeze by the guardian", false, FREEZE, 1, Err(Error::OnlyAuthorityFreezes)),
        ("hidden among others", false, PauseBits::ALL, 1, Err(Error::OnlyAuthorityFreezes)),
    ];
    for (name, authority, bits, seconds, expected) in rows {
        let (mut pauses, mut week) = (Pauses::default(), GuardianWeek::default());
        let mut clock = FreezeClock::default();
        let outcome = if authority {
            pauses.set_by_authority(&mut clock, bits, seconds, at(0))
        } else {
            pauses.set_by_guardian(&mut week, bits, seconds, at(0))
        };
        assert_eq!(outcome, expected, "{name}");
        if expected.is_err() {
            assert_eq!((pauses, week), (Pauses::default(), GuardianWeek::default()), "{name} changed something");
        }
    }
}

#[test]
fn nobody_lifts_the_others() {
    let (mut pauses, mut week) = (Pauses::default(), GuardianWeek::default());
    let mut clock = FreezeClock::default();
    pauses.set_by_guardian(&mut week, LIQUIDATION, 600, at(0)).unwrap();
    pauses.set_by_authority(&mut clock, QUOTING, 600, at(0)).unwrap();
    pauses.set_by_authority(&mut clock, PauseBits::NONE, 0, at(1)).unwrap();
    assert_eq!(pauses.bits(at(1)), LIQUIDATION, "the authority lifts its own");
    pauses.set_by_authority(&mut clock, QUOTING, 600, at(1)).unwrap();
    pauses.set_by_guardian(&mut week, PauseBits::NONE, 0, at(2)).unwrap();
    assert_eq!(pauses.bits(at(2)), QUOTING, "the guardian lifts its own");
}

#[test]
fn the_guardian_only_adds() {
    let (mut pauses, mut week) = (Pauses::default(), GuardianWeek::default());
    pauses.set_by_guardian(&mut week, LIQUIDATION, 600, at(0)).unwrap();
    pauses.set_by_guardian(&mut week, QUOTING, 60, at(0)).unwrap();
    assert_eq!(pauses.bits(at(599)), LIQUIDATION.and(QUOTING), "neither fewer bits nor shorter");
    pauses.set_by_guardian(&mut week, QUOTING, 60, at(600)).unwrap();
    assert_eq!(pauses.bits(at(600)), QUOTING, "what had run out does not come back");
}

#[test]
fn the_authority_replaces_its_own() {
    let mut pauses = Pauses::default();
    let mut clock = FreezeClock::default();
    pauses.set_by_authority(&mut clock, LIQUIDATION.and(QUOTING), 600, at(0)).unwrap();
    pauses.set_by_authority(&mut clock, QUOTING, 60, at(0)).unwrap();
    assert_eq!(pauses.bits(at(0)), QUOTING);
    assert_eq!(pauses.bits(at(60)), PauseBits::NONE);
}

#[test]
fn the_guardian_pauses_three_times_in_any_week() {
    let (mut pauses, mut week) = (Pauses::default(), GuardianWeek::default());
    for day in [0, 3, 6] {
        pauses.set_by_guardian(&mut week, QUOTING, 60, at(day * DAY)).unwrap();
    }
    let refused = pauses.set_by_guardian(&mut week, QUOTING, 60, at(7 * DAY - 1));
    assert_eq!(refused, Err(Error::PausesUsedUp));
    pauses.set_by_guardian(&mut week, PauseBits::NONE, 0, at(7 * DAY - 1)).unwrap();
    pauses.set_by_guardian(&mut week, QUOTING, 60, at(7 * DAY)).unwrap();
    // A week that began anew with the fourth would now allow two more.
    assert_eq!(pauses.set_by_guardian(&mut week, QUOTING, 60, at(7 * DAY)), Err(Error::PausesUsedUp));
    pauses.set_by_guardian(&mut week, QUOTING, 60, at(10 * DAY)).unwrap();
}

#[test]
fn nobody_is_frozen_for_good() {
    let mut pauses = Pauses::default();
    let mut clock = FreezeClock::default();
    pauses.set_by_authority(&mut clock, FREEZE, 2 * DAY as u64, at(0)).unwrap();
    assert!(pauses.bits(at(2 * DAY - 1)).meets(FREEZE));
    assert!(!pauses.bits(at(2 * DAY)).meets(FREEZE));
    // Not by asking again while it lasts: the bit kept keeps its end, or shortens it.
    pauses.set_by_authority(&mut clock, FREEZE.and(QUOTING), 2 * DAY as u64, at(DAY)).unwrap();
    assert!(!pauses.bits(at(2 * DAY)).meets(FREEZE));
    let soon = pauses.set_by_authority(&mut clock, FREEZE, 60, at(9 * DAY - 1));
    assert_eq!(soon, Err(Error::FreezeTooSoon));
    pauses.set_by_authority(&mut clock, FREEZE, 60, at(9 * DAY)).unwrap();
}

#[test]
fn a_freeze_left_out_ends() {
    let mut pauses = Pauses::default();
    let mut clock = FreezeClock::default();
    pauses.set_by_authority(&mut clock, FREEZE, 2 * DAY as u64, at(0)).unwrap();
    pauses.set_by_authority(&mut clock, QUOTING, 60, at(HOUR)).unwrap();
    assert_eq!(pauses.bits(at(HOUR)), QUOTING);
    assert_eq!(pauses.resumed_at, START + HOUR);
    // Within the two days it may be frozen again, until their end; after them not for a week.
    pauses.set_by_authority(&mut clock, FREEZE, 2 * DAY as u64, at(DAY)).unwrap();
    assert_eq!(pauses.frozen_until, START + 2 * DAY);
    assert_eq!(pauses.set_by_authority(&mut clock, FREEZE, 60, at(9 * DAY - 1)), Err(Error::FreezeTooSoon));
    pauses.set_by_authority(&mut clock, FREEZE, 60, at(9 * DAY)).unwrap();
}

/// The exchange and its markets, frozen in turn: nobody is frozen for more than two days in nine; what freezes together ends
/// together.
#[test]
fn a31_freezes_share_one_clock() {
    let mut clock = FreezeClock::default();
    let [mut exchange, mut market, mut other] = [Pauses::default(); 3];
    market.set_by_authority(&mut clock, FREEZE, 2 * DAY as u64, at(0)).unwrap();
    exchange.set_by_authority(&mut clock, FREEZE, 2 * DAY as u64, at(DAY)).unwrap();
    assert_eq!((market.frozen_until, exchange.frozen_until), (START + 2 * DAY, START + 2 * DAY));
    for hour in 48..9 * 24 {
        for pauses in [&mut exchange, &mut market, &mut other] {
            assert_eq!(pauses.set_by_authority(&mut clock, FREEZE, 60, at(hour * HOUR)), Err(Error::FreezeTooSoon));
        }
    }
    other.set_by_authority(&mut clock, FREEZE, 2 * DAY as u64, at(9 * DAY)).unwrap();
    let mut rng = Rng::seeded(31);
    let mut scopes = [exchange, market, other];
    let mut frozen = Vec::new();
    for hour in 11 * 24..24 * 200 {
        let now = at(hour * HOUR);
        let scope = &mut scopes[below(&mut rng, 3) as usize];
        let bits = if rng.one_in(3) { PauseBits::NONE } else { FREEZE };
        let _ = scope.set_by_authority(&mut clock, bits, below(&mut rng, 3 * DAY as u64), now);
        frozen.push(scopes.iter().any(|pauses| pauses.bits(now).meets(FREEZE)));
    }
    assert!(frozen.iter().any(|frozen| *frozen));
    for window in frozen.windows(9 * 24) {
        assert!(window.iter().filter(|frozen| **frozen).count() <= 48, "frozen for more than two days in nine");
    }
}

/// In any nine days a freeze takes two at most, and the guardian pauses three times in any week, whatever they try.
#[test]
fn random_attempts_stay_within_the_quotas() {
    let mut rng = Rng::seeded(8);
    let (mut pauses, mut week) = (Pauses::default(), GuardianWeek::default());
    let mut clock = FreezeClock::default();
    let (mut frozen, mut paused) = (Vec::new(), Vec::new());
    for hour in 0..24 * 200 {
        let now = at(hour * HOUR);
        let bits = PauseBits(below(&mut rng, 1 << 10));
        let seconds = below(&mut rng, 9 * DAY as u64);
        match below(&mut rng, 4) {
            0 => _ = pauses.set_by_authority(&mut clock, bits, seconds, now),
            1 => _ = pauses.set_by_authority(&mut clock, FREEZE, 2 * DAY as u64, now),
            2 => {
                let bits = PauseBits(bits.0 & !FREEZE.0 | 1);
                if pauses.set_by_guardian(&mut week, bits, seconds % DAY as u64, now).is_ok() {
                    paused.push(hour);
                }
            }
            _ => _ = pauses.clear_expired(now),
        }
        frozen.push(pauses.bits(now).meets(FREEZE));
    }
    assert!(frozen.iter().any(|frozen| *frozen) && paused.len() > 20);
    for window in frozen.windows(9 * 24) {
        assert!(window.iter().filter(|frozen| **frozen).count() <= 48, "frozen for more than two days in nine");
    }
    for four in paused.windows(4) {
        assert!(four[3] - four[0] >= 7 * 24, "four pauses in a week: {four:?}");
    }
}

#[test]
fn f21_since_when_people_can_act_again() {
    let (mut pauses, mut week) = (Pauses::default(), GuardianWeek::default());
    let mut clock = FreezeClock::default();
    pauses.set_by_authority(&mut clock, QUOTING, 60, at(0)).unwrap();
    assert_eq!(pauses.running_since(at(100)), 0, "a pause of quoting held nobody fast");
    pauses.set_by_authority(&mut clock, LIQUIDATION, 60, at(100)).unwrap();
    pauses.set_by_guardian(&mut week, LIQUIDATION, 600, at(100)).unwrap();
    pauses.set_by_authority(&mut clock, PauseBits::NONE, 0, at(120)).unwrap();
    assert_eq!(pauses.running_since(at(120)), 0, "the guardian's still holds");
    assert_eq!(pauses.running_since(at(700)), START + 700, "run out");
    pauses.clear_expired(at(1_000)).unwrap();
    assert_eq!(pauses.running_since(at(1_000)), START + 700, "clearing it late changes nothing");
    pauses.set_by_authority(&mut clock, LIQUIDATION, 600, at(2_000)).unwrap();
    pauses.set_by_authority(&mut clock, PauseBits::NONE, 0, at(2_060)).unwrap();
    assert_eq!(pauses.resumed_at, START + 2_060, "lifted early");
    pauses.set_by_authority(&mut clock, LIQUIDATION, 60, at(3_000)).unwrap();
    pauses.set_by_authority(&mut clock, QUOTING, 60, at(5_000)).unwrap();
    assert_eq!(pauses.resumed_at, START + 3_060, "what had run out is remembered when replaced");
}

fn below(rng: &mut Rng, most: u64) -> u64 {
    rng.within(0, most - 1)
}
