//! Breakers as such: levels, holds, hysteresis, and what nobody can trip (F14, F19).
#![allow(
    dead_code,
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;

use breakwater_engine::breaker::{trip_exchange, Findings, Holds, Level};
use breakwater_engine::price::Reasons;
use breakwater_engine::state::{Breaker, ExchangeParams, InsuranceBooks, Outflow};
use breakwater_engine::units::{Atoms, Now};
use common::Rng;

const HOLDS: Holds = Holds { halt: 15, guard: 300 };
const PRICE: [Reasons; 5] = [Reasons::STALE, Reasons::WIDE, Reasons::DIVERGENCE, Reasons::JUMP, Reasons::NOT_POSITIVE];
const GUARDING: [Reasons; 6] =
    [Reasons::DISAGREEMENT, Reasons::GAUGE, Reasons::UNINSURED, Reasons::DRAWDOWN, Reasons::OUTFLOW, Reasons::SECOND];

fn at(time: i64) -> Now {
    Now { slot: 1, time }
}

fn seen(reason: Reasons) -> Findings {
    Findings::default().about(reason, true)
}

fn gone(reason: Reasons) -> Findings {
    Findings::default().about(reason, false)
}

fn hold_of(reason: Reasons) -> i64 {
    if PRICE.contains(&reason) {
        15
    } else {
        300
    }
}

#[test]
fn price_reasons_halt_and_the_others_guard_for_their_holds() {
    for reason in PRICE.into_iter().chain(GUARDING) {
        let level = if PRICE.contains(&reason) { Level::Halted } else { Level::Guarded };
        let hold = hold_of(reason);
        let mut breaker = Breaker::default();
        assert_eq!(breaker.level(at(1_000)), Level::Open);
        breaker.observe(seen(reason), HOLDS, at(1_000));
        assert_eq!(breaker.level(at(i64::MAX - 1)), level, "{reason:?} holds while it is not seen gone");
        breaker.observe(gone(reason), HOLDS, at(2_000));
        assert_eq!(breaker.level(at(2_000 + hold - 1)), level, "{reason:?} holds on");
        // Without a write.
        assert_eq!(breaker.level(at(2_000 + hold)), Level::Open, "{reason:?} has cleared");
        assert_eq!(breaker.in_force(at(2_000 + hold)), Reasons::NONE);
        // Gone again: nothing begins anew.
        breaker.observe(gone(reason), HOLDS, at(2_000 + hold - 1));
        assert_eq!(breaker.level(at(2_000 + hold)), Level::Open, "{reason:?}");
        breaker.observe(gone(reason), HOLDS, at(2_000 + hold));
        assert_eq!(breaker.reasons, 0, "what has cleared is dropped with the next write");
        let end = if level == Level::Halted { 2_000 + hold } else { 0 };
        assert_eq!(breaker.halted_until, end, "{reason:?}: only a halt is remembered");
    }
}

/// A fresh price clears staleness, and nothing but staleness.
#[test]
fn f14_clearing_one_reason_clears_no_other() {
    for (one, other) in PRICE.into_iter().flat_map(|one| GUARDING.map(|other| (one, other))) {
        let mut breaker = Breaker::default();
        breaker.observe(seen(one), HOLDS, at(1_000));
        breaker.observe(seen(other), HOLDS, at(1_001));
        breaker.observe(gone(one), HOLDS, at(1_002));
        assert_eq!(breaker.level(at(1_016)), Level::Halted);
        assert_eq!(breaker.level(at(1_017)), Level::Guarded, "{other:?} is still seen");
        assert_eq!(breaker.in_force(at(1_017)), other);
        breaker.observe(gone(other), HOLDS, at(5_000));
        assert_eq!(breaker.level(at(5_299)), Level::Guarded);
        assert_eq!(breaker.level(at(5_300)), Level::Open);
    }
    for (one, other) in PRICE.into_iter().flat_map(|one| PRICE.map(|other| (one, other))) {
        if one == other {
            continue;
        }
        let mut breaker = Breaker::default();
        breaker.observe(Findings { seen: one.and(other), gone: Reasons::NONE }, HOLDS, at(1_000));
        breaker.observe(gone(one), HOLDS, at(1_001));
        assert_eq!(breaker.level(at(9_999)), Level::Halted, "{other:?} outlives {one:?}");
    }
}

/// Hysteresis: a condition that comes and goes keeps the level until it has been gone for its hold at a stretch.
#[test]
fn a_flapping_condition_does_not_flap_the_level() {
    let mut breaker = Breaker::default();
    for minute in 0..60 {
        let now = 10_000 + minute * 14;
        let found = if minute % 2 == 0 { seen(Reasons::WIDE) } else { gone(Reasons::WIDE) };
        breaker.observe(found, HOLDS, at(now));
        assert_eq!(breaker.level(at(now + 13)), Level::Halted, "{minute}");
    }
    // The last was seen gone at 10_826.
    assert_eq!((breaker.level(at(10_840)), breaker.level(at(10_841))), (Level::Halted, Level::Open));
}

/// A bad price that repeats does not extend the halt beyond its condition.
#[test]
fn repeating_a_bad_price_ends_with_it() {
    let mut breaker = Breaker::default();
    for time in 1_000..1_100 {
        breaker.observe(seen(Reasons::WIDE), HOLDS, at(time));
    }
    breaker.observe(gone(Reasons::WIDE), HOLDS, at(1_100));
    for time in 1_101..1_110 {
        breaker.observe(gone(Reasons::WIDE), HOLDS, at(time));
    }
    assert_eq!((breaker.level(at(1_114)), breaker.level(at(1_115))), (Level::Halted, Level::Open));
}

#[test]
fn a_hold_of_nothing_keeps_nothing() {
    let none = Holds { halt: 0, guard: 0 };
    let mut breaker = Breaker::default();
    for reason in PRICE.into_iter().chain(GUARDING) {
        breaker.observe(seen(reason), none, at(1_000));
        assert_eq!(breaker, Breaker::default());
    }
    // Nor what was kept before the parameter changed.
    breaker.observe(seen(Reasons::STALE), HOLDS, at(1_000));
    breaker.observe(seen(Reasons::STALE), none, at(1_001));
    assert_eq!((breaker.level(at(1_001)), breaker.halted_until), (Level::Open, 1_001));
}

/// What happened, as a list: the level is computed from all of it, each time.
#[derive(Default)]
struct Naive {
    history: Vec<(i64, Findings)>,
}

impl Naive {
    /// When a reason's last interval ends; `None`: it never began.
    fn end(&self, reason: Reasons) -> Option<i64> {
        let last = self.history.iter().rposition(|(_, found)| found.seen.contains(reason))?;
        let gone = self.history[last..].iter().find(|(_, found)| found.gone.contains(reason));
        Some(gone.map_or(i64::MAX, |(time, _)| time + hold_of(reason)))
    }

    fn level(&self, now: i64) -> Level {
        let level = |reason: &Reasons| if PRICE.contains(reason) { Level::Halted } else { Level::Guarded };
        let all = PRICE.into_iter().chain(GUARDING);
        let in_force = all.filter(|reason| self.end(*reason).is_some_and(|end| now < end));
        in_force.map(|reason| level(&reason)).max().unwrap_or_default()
    }

    fn halted_until(&self) -> i64 {
        PRICE.into_iter().filter_map(|reason| self.end(reason)).max().unwrap_or(0)
    }

    /// Since when no reason that asks for more than `level` was seen, and each was seen gone; `None`: one still is.
    fn calm_for(&self, level: Level, now: i64) -> bool {
        let stricter = |reason: &Reasons| level < Level::Guarded || PRICE.contains(reason);
        let all = PRICE.into_iter().chain(GUARDING);
        all.filter(stricter).all(|reason| self.end(reason).is_none_or(|end| end <= now))
    }
}

#[test]
fn any_history_is_the_list_of_its_intervals() {
    let mut rng = Rng::seeded(23);
    let mut falls = 0;
    for _ in 0..300 {
        let (mut breaker, mut naive) = (Breaker::default(), Naive::default());
        let (mut now, mut level) = (1_000_000, Level::Open);
        for _ in 0..60 {
            let until = now + if rng.one_in(4) { rng.within(0, 400) } else { rng.within(0, 20) } as i64;
            for time in now..=until {
                let found = breaker.level(at(time));
                assert_eq!(found, naive.level(time), "between writes");
                if found < level {
                    falls += 1;
                    assert!(naive.calm_for(found, time), "a level falls only when every reason has cleared its hold");
                }
                level = found;
            }
            now = until;
            let bits = rng.next() & rng.next() & 0x7ff;
            let found = Findings { seen: Reasons(bits & rng.next() & rng.next()), gone: Reasons::NONE };
            let found = Findings { gone: Reasons(rng.next() & 0x7ff).without(found.seen), ..found };
            naive.history.push((now, found));
            breaker.observe(found, HOLDS, at(now));
            assert_eq!(breaker.level(at(now)), naive.level(now), "after a write");
            assert_eq!(breaker.halted_until, naive.halted_until());
            level = breaker.level(at(now)).max(level);
        }
    }
    assert!(falls > 500, "the histories were about something: {falls}");
}

fn fund(peak: u64, own: u64, since: i64) -> InsuranceBooks {
    let (protocol, staked) = (Atoms(own / 2), Atoms(own - own / 2));
    InsuranceBooks { protocol, staked, peak: Atoms(peak), peak_since: since, ..InsuranceBooks::default() }
}

/// Nothing has left.
fn nothing() -> Outflow {
    Outflow::default()
}

/// So many of the hour's burst of 3,600 seconds have left.
fn taken(seconds: i64, now: i64) -> Outflow {
    Outflow { hour_left_until: (now + seconds) * 1_000, ..nothing() }
}

/// What a trip comes to: whether there was anything to write down, and the breaker then.
fn tripped(fund: &InsuranceBooks, outflow: &Outflow, params: &ExchangeParams, now: Now) -> (bool, Breaker) {
    let mut breaker = Breaker::default();
    let moved = trip_exchange(&mut breaker, (fund, outflow), params, now).unwrap();
    (moved, breaker)
}

/// Nobody trips what is not so: each condition just below where it holds, and at it.
#[test]
fn f19_only_what_holds_can_be_tripped() {
    let params = ExchangeParams::standard();
    let day = 86_400;
    let now = at(10 * day);
    let rows = [
        ("no fund at all", fund(0, 0, now.time), false),
        ("at its peak", fund(1_000, 1_000, now.time), false),
        ("fallen by less than a fifth", fund(10_000, 8_001, now.time), false),
        ("by a fifth", fund(10_000, 8_000, now.time), true),
        ("by everything", fund(10_000, 0, now.time), true),
        ("by a fifth within a day", fund(10_000, 8_000, now.time - day + 1), true),
        ("of a peak of more than a day ago", fund(10_000, 8_000, now.time - day), false),
        ("risen", fund(10_000, 20_000, now.time), false),
        ("the largest", fund(1 << 62, 1 << 61, now.time), true),
    ];
    for (name, fund, holds) in rows {
        let (moved, breaker) = tripped(&fund, &nothing(), &params, now);
        assert_eq!(moved, holds, "{name}");
        assert_eq!(breaker.in_force(now), if holds { Reasons::DRAWDOWN } else { Reasons::NONE }, "{name}");
        assert_eq!(breaker == Breaker::default(), !holds, "{name}: a trip that is none changes nothing");
        assert!(!tripped(&fund, &nothing(), &ExchangeParams::bare(), now).0, "{name}, with breakers off");
    }
    for (name, seconds, holds) in [("less than three quarters", 2_699, false), ("three quarters", 2_700, true)] {
        let (moved, breaker) = tripped(&fund(0, 0, 0), &taken(seconds, now.time), &params, now);
        assert_eq!(moved, holds, "{name}");
        assert_eq!(breaker.in_force(now), if holds { Reasons::OUTFLOW } else { Reasons::NONE }, "{name}");
        assert_eq!(breaker == Breaker::default(), !holds, "{name}");
    }
}

/// An exchange opens again: whoever looks once the condition is gone starts its hold, and nobody ends it sooner.
#[test]
fn an_exchange_opens_a_hold_after_somebody_saw_it_whole() {
    let params = ExchangeParams::standard();
    let mut breaker = Breaker::default();
    let start = 1_000_000;
    let mut look = |fund: InsuranceBooks, strained: bool, time: i64| {
        let outflow = if strained { taken(2_700, time) } else { nothing() };
        let moved = trip_exchange(&mut breaker, (&fund, &outflow), &params, at(time)).unwrap();
        (moved, breaker.in_force(at(time)), breaker.level(at(time)))
    };
    let (fallen, whole) = (fund(10_000, 1_000, start), fund(10_000, 10_000, start));
    let both = Reasons::DRAWDOWN.and(Reasons::OUTFLOW);
    assert_eq!(look(fallen, true, start), (true, both, Level::Guarded));
    assert_eq!(look(whole, true, start + 5_000), (true, both, Level::Guarded));
    assert_eq!(look(whole, true, start + 8_600), (true, Reasons::OUTFLOW, Level::Guarded));
    assert_eq!(look(whole, false, start + 9_000), (true, Reasons::OUTFLOW, Level::Guarded));
    assert_eq!(look(whole, false, start + 9_001), (false, Reasons::OUTFLOW, Level::Guarded));
    assert_eq!(look(whole, false, start + 12_599), (false, Reasons::OUTFLOW, Level::Guarded));
    assert_eq!(look(whole, false, start + 12_600), (true, Reasons::NONE, Level::Open));
    assert_eq!(look(whole, false, start + 12_601), (false, Reasons::NONE, Level::Open));
}
