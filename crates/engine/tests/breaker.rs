//! Breakers: holds, hysteresis, grace, and what nobody can trip (F6, F14, F19, F21, G23).
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
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::breaker::{drawdown, found_in, outflow_tripped, trip, trip_exchange};
use breakwater_engine::breaker::{Findings, Holds, Level, Shown};
use breakwater_engine::cover::InsuranceFund;
use breakwater_engine::funding;
use breakwater_engine::market::{Breaker, Market, STOPS_FUNDING, STOPS_UNLOCKING};
use breakwater_engine::pause::{Pause, Pauses};
use breakwater_engine::permission::{permitted, Action, Conditions, Guards, PauseBits};
use breakwater_engine::price::Reasons;
use breakwater_engine::units::{Atoms, Bps, Now};
use breakwater_engine::{Error, ExchangeParams, MarketParams, Result};
use common::Rng;
use world::{usd, World};

const HOLDS: Holds = Holds { halt: 15, guard: 300 };
const PRICE: [Reasons; 4] = [Reasons::STALE, Reasons::WIDE, Reasons::DIVERGENCE, Reasons::JUMP];
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
            let bits = rng.next() & rng.next() & 0x3ff;
            let found = Findings { seen: Reasons(bits & rng.next() & rng.next()), gone: Reasons::NONE };
            let found = Findings { gone: Reasons(rng.next() & 0x3ff).without(found.seen), ..found };
            naive.history.push((now, found));
            breaker.observe(found, HOLDS, at(now));
            assert_eq!(breaker.level(at(now)), naive.level(now), "after a write");
            assert_eq!(breaker.halted_until, naive.halted_until());
            level = breaker.level(at(now)).max(level);
        }
    }
    assert!(falls > 500, "the histories were about something: {falls}");
}

fn guarded() -> MarketParams {
    MarketParams { halt_hold_seconds: 15, guard_hold_seconds: 300, grace_seconds: 30, ..scene::params(0) }
}

fn conditions(market: &Market, pauses: [&Pauses; 2], now: Now) -> Conditions {
    Guards { exchange: &Breaker::default(), pauses, opens_at: 0 }.conditions(market, now)
}

fn may_in(market: &Market, action: Action, now: Now) -> Result<()> {
    permitted(action, &conditions(market, [&Pauses::default(); 2], now))
}

fn may(world: &World, action: Action) -> Result<()> {
    may_in(world.market(0), action, world.now)
}

const FORCING: [Action; 4] = [Action::Liquidate, Action::Deleverage, Action::Resolve, Action::AuctionCollateral];

/// A gap in the feed that nobody wrote down is a halt all the same: whoever refreshes gives owners the grace period.
#[test]
fn f6_after_a_gap_liquidation_waits_whoever_tripped_or_not() {
    for tripped in [false, true] {
        let mut world = World::new(&[guarded()], 0);
        assert_eq!(FORCING.map(|action| may(&world, action)), [Ok(()); 4]);
        world.pass(151, 61);
        if tripped {
            let now = world.now;
            assert!(world.markets[0].market.trip_stale(now));
            assert_eq!(may(&world, Action::Liquidate), Err(Error::MarketHalted));
        } else {
            assert_eq!(may(&world, Action::Liquidate), Err(Error::StaleMark));
        }
        assert!(world.refresh(0, usd(50.0)).unwrap().accepted);
        let mut reopened = 0;
        if tripped {
            assert_eq!(may(&world, Action::Resolve), Err(Error::MarketHalted), "the hold first");
            reopened = 15;
            world.pass(30, 15);
        }
        for action in FORCING {
            assert_eq!(may(&world, action), Err(Error::GracePeriod), "{action:?} after {reopened} s");
        }
        for action in [Action::AddMargin, Action::Deposit, Action::TradeReduce, Action::Sync, Action::TradeIncrease] {
            assert_eq!(may(&world, action), Ok(()), "{action:?}");
        }
        world.pass(60, 29);
        let _ = world.refresh(0, usd(50.0)).unwrap();
        assert_eq!(may(&world, Action::Liquidate), Err(Error::GracePeriod));
        world.pass(1, 1);
        assert_eq!(FORCING.map(|action| may(&world, action)), [Ok(()); 4]);
    }
}

/// Refreshed in time, nothing waits.
#[test]
fn a_market_refreshed_in_time_has_no_grace() {
    let mut world = World::new(&[guarded()], 0);
    for _ in 0..10 {
        world.pass(150, 60);
        assert!(world.refresh(0, usd(100.0)).unwrap().accepted);
        assert_eq!(FORCING.map(|action| may(&world, action)), [Ok(()); 4]);
    }
}

/// A market with a premium of a hundredth of the mark, longs to pay, and open interest.
fn funded() -> World {
    let mut world = World::new(&[guarded()], 2);
    scene::open(&mut world, [0, 1], 0, 1_000 * scene::M, [500 * scene::M, 500 * scene::M]);
    world.markets[0].market.funding.premium = i64::try_from(usd(1.0)).unwrap();
    world
}

fn paid(world: &World) -> i128 {
    -world.market(0).sides[0].index.get()
}

/// Who could not leave does not pay for staying, however late the halt's end is noticed.
#[test]
fn f21_the_time_of_a_halt_is_not_paid_for() {
    let mut free = funded();
    let mut halted = free.clone();
    let now = halted.now;
    funding::accrue(&mut halted.markets[0].market, now, false).unwrap();
    trip(&mut halted.markets[0].market, seen(Reasons::WIDE), Shown::default(), now);
    let stops = conditions(halted.market(0), [&Pauses::default(); 2], now).stops();
    assert_eq!(stops, STOPS_FUNDING | STOPS_UNLOCKING);
    for world in [&mut free, &mut halted] {
        world.pass(10, 25);
    }
    let now = halted.now;
    funding::accrue(&mut halted.markets[0].market, now, true).unwrap();
    trip(&mut halted.markets[0].market, gone(Reasons::WIDE), Shown::default(), now);
    // The hold of 15 seconds runs out unnoticed; funding is accrued 35 seconds later.
    for world in [&mut free, &mut halted] {
        world.pass(10, 35);
        let now = world.now;
        let stopped = world.market(0).level(now) == Level::Halted;
        assert!(!stopped);
        funding::accrue(&mut world.markets[0].market, now, stopped).unwrap();
    }
    let per_second = paid(&free) / 60;
    assert!(per_second > 0);
    assert_eq!(paid(&halted) / per_second, 20, "35 seconds less the hold");
}

fn paused(bits: PauseBits, until: i64) -> Pauses {
    Pauses { guardian: Pause { bits: bits.0, until }, ..Pauses::default() }
}

/// Whoever could not act while liquidation, reducing or everything was paused may act first, in the market and beyond it.
#[test]
fn f21_grace_follows_a_pause_that_ended() {
    let world = World::new(&[guarded()], 0);
    let (market, now) = (world.market(0), world.now);
    let ended = |seconds: i64, bits: PauseBits| paused(bits, now.time - seconds);
    let frozen = |seconds: i64| Pauses { frozen_until: now.time - seconds, ..Pauses::default() };
    let lifted = |seconds: i64| Pauses { resumed_at: now.time - seconds, ..Pauses::default() };
    let by_authority =
        |seconds: i64| Pauses { authority: ended(seconds, PauseBits::LIQUIDATION).guardian, ..lifted(99) };
    let keeps = [PauseBits::LIQUIDATION, PauseBits::TRADE_REDUCE, PauseBits::FREEZE];
    let mut rows: Vec<(Pauses, bool)> = Vec::new();
    for bit in (0..10).map(|bit| PauseBits(1 << bit)) {
        let matters = keeps.contains(&bit);
        rows.extend([(ended(0, bit), matters), (ended(29, bit), matters), (ended(30, bit), false)]);
    }
    rows.extend([(frozen(0), true), (frozen(29), true), (frozen(30), false)]);
    rows.extend([(lifted(0), true), (lifted(29), true), (lifted(30), false)]);
    rows.extend([(by_authority(1), true), (by_authority(30), false), (Pauses::default(), false)]);
    for (pauses, in_grace) in rows {
        for both in [[&pauses, &Pauses::default()], [&Pauses::default(), &pauses]] {
            let found = conditions(market, both, now);
            assert_eq!(found.paused, PauseBits::NONE);
            assert_eq!(found.grace, in_grace, "{pauses:?}");
            let expected = if in_grace { Err(Error::GracePeriod) } else { Ok(()) };
            assert_eq!(permitted(Action::Liquidate, &found), expected);
            assert_eq!(permitted(Action::AddMargin, &found), Ok(()));
        }
    }
    // One that still runs is no grace but a pause.
    let runs = paused(PauseBits::LIQUIDATION, now.time + 1);
    let found = conditions(market, [&runs, &Pauses::default()], now);
    assert_eq!(permitted(Action::Liquidate, &found), Err(Error::Paused));
    assert_eq!(found.stops(), STOPS_FUNDING);
}

#[test]
fn a_listing_waits_for_its_timelock() {
    let world = World::new(&[guarded()], 0);
    let pauses = Pauses::default();
    let opens_at = world.now.time + 10;
    let guards = Guards { exchange: &Breaker::default(), pauses: [&pauses; 2], opens_at };
    for (seconds, expected) in [(0, Err(Error::MarketNotOpen)), (9, Err(Error::MarketNotOpen)), (10, Ok(()))] {
        let now = Now { time: world.now.time + seconds, ..world.now };
        let found = guards.conditions(world.market(0), now);
        assert_eq!(permitted(Action::TradeIncrease, &found), expected, "{seconds}");
        assert_eq!(permitted(Action::Refresh, &found), Ok(()));
    }
}

/// The cascade gauge high for an hour: risk is refused, liquidation goes on, and it opens a hold after the cure.
#[test]
fn g23_the_gauge_high_for_an_hour_leaves_the_cure() {
    let gauge = MarketParams { gauge_stress: Bps(2_000), gauge_guard: Bps(4_000), ..guarded() };
    let mut world = World::new(&[gauge], 0);
    for minute in 0..60 {
        world.pass(150, 60);
        let _ = world.refresh(0, usd(100.0)).unwrap();
        let now = world.now;
        let high = Shown { gauge: Some(Bps(4_000 + minute)), uninsured: Some(false) };
        trip(&mut world.markets[0].market, Findings::default(), high, now);
        assert_eq!(world.market(0).level(now), Level::Guarded);
        assert_eq!(FORCING.map(|action| may(&world, action)), [Ok(()); 4], "minute {minute}");
        assert_eq!(may(&world, Action::TradeReduce), Ok(()));
        assert_eq!(may(&world, Action::TradeIncrease), Err(Error::MarketHalted));
        assert_eq!(conditions(world.market(0), [&Pauses::default(); 2], now).stops(), STOPS_UNLOCKING);
    }
    let now = world.now;
    let low = Shown { gauge: Some(Bps(3_999)), uninsured: Some(false) };
    trip(&mut world.markets[0].market, Findings::default(), low, now);
    let then = |seconds: i64| Now { time: now.time + seconds, ..now };
    assert_eq!(may_in(world.market(0), Action::TradeIncrease, then(299)), Err(Error::MarketHalted));
    assert_eq!(may_in(world.market(0), Action::TradeIncrease, then(300)), Ok(()));
}

/// An uninsured shortfall guards, and never halts.
#[test]
fn an_uninsured_shortfall_guards_until_it_has_been_covered_for_the_hold() {
    let mut world = World::new(&[guarded()], 2);
    scene::open(&mut world, [0, 1], 0, 1_000 * scene::M, [100 * scene::M, 900 * scene::M]);
    world.pass(20, 1);
    let report = world.refresh(0, usd(80.0)).unwrap();
    assert_eq!((report.level, report.tripped), (Level::Guarded, Reasons::UNINSURED));
    assert_eq!((may(&world, Action::TradeIncrease), may(&world, Action::Resolve)), (Err(Error::MarketHalted), Ok(())));
    let _ = world.resolve(0, 0, None).unwrap();
    world.pass(20, 8);
    let report = world.refresh(0, usd(80.0)).unwrap();
    assert_eq!(report.tripped, Reasons::UNINSURED, "held");
    for _ in 0..5 {
        world.pass(150, 60);
        let _ = world.refresh(0, usd(80.0)).unwrap();
    }
    assert_eq!((world.market(0).breaker.reasons, may(&world, Action::TradeIncrease)), (0, Ok(())));
}

/// With guards that are off nothing is kept: the waterfall alone, as ever.
#[test]
fn a_bare_market_keeps_no_reason() {
    let mut world = World::new(&[scene::params(0)], 2);
    scene::open(&mut world, [0, 1], 0, 1_000 * scene::M, [100 * scene::M, 900 * scene::M]);
    world.pass(20, 1);
    let report = world.refresh(0, usd(80.0)).unwrap();
    assert_eq!((report.level, report.tripped), (Level::Open, Reasons::NONE));
    world.pass(1, 1);
    assert!(!world.refresh(0, usd(20.0)).unwrap().accepted, "a jump");
    assert_eq!(may(&world, Action::Liquidate), Err(Error::PriceQuality));
    world.pass(200, 80);
    let now = world.now;
    assert!(!world.markets[0].market.trip_stale(now));
    let _ = world.refresh(0, usd(80.0)).unwrap();
    assert_eq!((world.market(0).breaker.reasons, may(&world, Action::Liquidate)), (0, Ok(())));
}

fn fund(peak: u64, own: u64, since: i64) -> InsuranceFund {
    let (protocol, staked) = (Atoms(own / 2), Atoms(own - own / 2));
    InsuranceFund { protocol, staked, peak: Atoms(peak), peak_since: since, ..InsuranceFund::default() }
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
        assert_eq!(drawdown(&fund, &params, now), Ok(holds), "{name}");
        let mut breaker = Breaker::default();
        let found = found_in(&fund, false, &params, now).unwrap();
        assert_eq!(trip_exchange(&mut breaker, found, &params, now), holds, "{name}");
        assert_eq!(breaker.level(now), if holds { Level::Guarded } else { Level::Open }, "{name}");
        assert_eq!(breaker == Breaker::default(), !holds, "{name}: a trip that is none changes nothing");
    }
    let never = ExchangeParams::bare();
    assert_eq!(drawdown(&fund(10_000, 0, now.time), &never, now), Ok(false));
    let rows = [(0, 0, false), (0, 100, false), (74, 100, false), (75, 100, true), (200, 100, true), (1, 0, true)];
    for (level, allowance, holds) in rows {
        assert_eq!(outflow_tripped(Atoms(level), Atoms(allowance), &params), holds, "{level} of {allowance}");
    }
    let mut world = World::new(&[guarded()], 0);
    world.pass(150, 60);
    let now = world.now;
    assert!(!world.markets[0].market.trip_stale(now), "as old as it may be");
    world.pass(1, 0);
    let now = world.now;
    let mut settled = world.clone();
    settled.markets[0].market.settled = 1;
    assert!(!settled.markets[0].market.trip_stale(now), "a final mark does not age");
    assert!(world.markets[0].market.trip_stale(now));
    assert!(world.markets[0].market.trip_stale(now), "it still holds");
}

/// An exchange opens again: whoever looks once the condition is gone starts its hold, and nobody ends it sooner.
#[test]
fn an_exchange_opens_a_hold_after_somebody_saw_it_whole() {
    let params = ExchangeParams::standard();
    let mut breaker = Breaker::default();
    let start = 1_000_000;
    let mut look = |fund: InsuranceFund, strained: bool, time: i64| {
        let found = found_in(&fund, strained, &params, at(time)).unwrap();
        let moved = trip_exchange(&mut breaker, found, &params, at(time));
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

/// The exchange's breaker guards every market, and halts none.
#[test]
fn the_exchange_guards_all_markets() {
    let params = ExchangeParams::standard();
    let world = World::new(&[guarded()], 0);
    let mut exchange = Breaker::default();
    // A price reason is no reason of an exchange.
    let found = Findings { seen: Reasons(0x3ff), gone: Reasons::NONE };
    let _ = trip_exchange(&mut exchange, found, &params, world.now);
    assert_eq!(exchange.in_force(world.now), Reasons::OF_EXCHANGE);
    let pauses = Pauses::default();
    let guards = Guards { exchange: &exchange, pauses: [&pauses; 2], opens_at: 0 };
    let mut market = *world.market(0);
    let found = guards.conditions(&market, world.now);
    assert_eq!((found.level, found.stops()), (Level::Guarded, STOPS_UNLOCKING));
    assert_eq!(permitted(Action::TradeIncrease, &found), Err(Error::MarketHalted));
    assert_eq!(permitted(Action::Liquidate, &found), Ok(()));
    // Halted for itself, the market stays halted; settled, its own breaker is silent.
    trip(&mut market, seen(Reasons::STALE), Shown::default(), world.now);
    assert_eq!(guards.conditions(&market, world.now).level, Level::Halted);
    market.settled = 1;
    assert_eq!(guards.conditions(&market, world.now).level, Level::Guarded);
    let of_exchange = Conditions::of_exchange(&exchange, &pauses, world.now);
    assert_eq!(permitted(Action::Withdraw, &of_exchange), Err(Error::MarketHalted));
    assert_eq!(permitted(Action::WithdrawFlat, &of_exchange), Ok(()), "flat money leaves");
}
