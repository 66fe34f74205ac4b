//! Breakers over a market: what halts and guards it, what it stops, and the grace after it (F6, F19, F21, G23).
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

use breakwater_engine::breaker::{trip, trip_exchange, Findings, Level, Shown};
use breakwater_engine::funding;
use breakwater_engine::market::{STOPS_DRAWING, STOPS_FUNDING, STOPS_UNLOCKING};
use breakwater_engine::permission::{permitted, Action, Conditions, Guards, PauseBits};
use breakwater_engine::price::Reasons;
use breakwater_engine::state::{
    Breaker, ExchangeParams, InsuranceBooks, MarketBooks, MarketParams, Outflow, Pause, Pauses,
};
use breakwater_engine::units::{Atoms, Bps, Now};
use breakwater_engine::wide::I128;
use breakwater_engine::{Error, Result};
use world::{usd, World};

fn seen(reason: Reasons) -> Findings {
    Findings::default().about(reason, true)
}

fn gone(reason: Reasons) -> Findings {
    Findings::default().about(reason, false)
}

fn guarded() -> MarketParams {
    MarketParams { halt_hold_seconds: 15, guard_hold_seconds: 300, grace_seconds: 30, ..scene::params(0) }
}

fn conditions(market: &MarketBooks, pauses: [&Pauses; 2], now: Now) -> Conditions {
    Guards { exchange: &Breaker::default(), pauses, opens_at: 0 }.conditions(market, now)
}

fn stops(market: &MarketBooks, pauses: [&Pauses; 2], now: Now) -> u64 {
    Guards { exchange: &Breaker::default(), pauses, opens_at: 0 }.stops(market, now)
}

fn may_in(market: &MarketBooks, action: Action, now: Now) -> Result<()> {
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
            trip(&mut world.markets[0].market, seen(Reasons::STALE), Shown::default(), now);
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
    let market = &mut world.markets[0].market;
    market.params.funding_rate_max = Bps(100);
    market.funding.premium = I128::new(i128::from(usd(1.0)) << 32);
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
    funding::accrue(&mut halted.markets[0].market, now).unwrap();
    trip(&mut halted.markets[0].market, seen(Reasons::WIDE), Shown::default(), now);
    let standing = stops(halted.market(0), [&Pauses::default(); 2], now);
    assert_eq!(standing, STOPS_FUNDING | STOPS_UNLOCKING | STOPS_DRAWING);
    halted.markets[0].market.stop(standing, now).unwrap();
    for world in [&mut free, &mut halted] {
        world.pass(10, 25);
    }
    let now = halted.now;
    funding::accrue(&mut halted.markets[0].market, now).unwrap();
    assert_eq!(paid(&halted), 0);
    trip(&mut halted.markets[0].market, gone(Reasons::WIDE), Shown::default(), now);
    // The hold of 15 seconds runs out unnoticed; funding is accrued 35 seconds later.
    for world in [&mut free, &mut halted] {
        world.pass(10, 35);
        let now = world.now;
        assert!(world.market(0).level(now) < Level::Halted);
        world.markets[0].market.stop(0, now).unwrap();
        funding::accrue(&mut world.markets[0].market, now).unwrap();
    }
    // 35 seconds less the hold: the last twenty of sixty, of a premium that decayed all the while.
    let left = |seconds: f64| (-seconds / 1_800.0).exp();
    let share = (left(40.0) - left(60.0)) / (1.0 - left(60.0));
    let (all, last) = (paid(&free) as f64, paid(&halted) as f64);
    assert!((last / all - share).abs() < 1e-6, "{last} of {all}, not {share}");
}

fn paused(bits: PauseBits, until: i64) -> Pauses {
    Pauses { guardian: Pause { bits: bits.0, until }, ..Pauses::default() }
}

/// A market that is frozen, or halted, is left out by instructions over several: neither its positions nor its vesting profit are
/// drawn on for another, and nobody is refused for it.
#[test]
fn a27_a_frozen_market_is_not_drawn_on() {
    let frozen = |now: Now| Pauses { frozen_until: now.time + 60, ..Pauses::default() };
    let mut drawn = Vec::new();
    for freezes in [false, true] {
        let mut world = World::new(&[guarded(); 2], 4);
        scene::open(&mut world, [0, 1], 0, 100 * scene::M, [8 * scene::M, 50 * scene::M]);
        scene::open(&mut world, [0, 2], 1, 100 * scene::M, [40 * scene::M, 50 * scene::M]);
        world.reprice(0, usd(94.0));
        let _ = world.refresh(1, usd(100.0)).unwrap();
        let now = world.now;
        let pauses = if freezes { frozen(now) } else { Pauses::default() };
        let standing = stops(world.market(1), [&Pauses::default(), &pauses], now);
        assert_eq!(standing & STOPS_DRAWING != 0, freezes);
        world.markets[1].market.stop(standing, now).unwrap();
        let before = world.equity(0, 1);
        let _ = world.sync(0).unwrap();
        drawn.push(before - world.equity(0, 1));
    }
    assert!(drawn[0] > i128::from(scene::M) && drawn[1] == 0, "{drawn:?}");
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
    let keeps = [PauseBits::LIQUIDATION, PauseBits::TRADE_REDUCE, PauseBits::DEPOSITS, PauseBits::FREEZE];
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
    assert_eq!(stops(market, [&runs, &Pauses::default()], now), STOPS_FUNDING);
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

/// The cascade gauge high for an hour: risk is refused, liquidation goes on, and the market opens a hold after the cure.
#[test]
fn g23_the_gauge_high_for_an_hour_leaves_the_cure() {
    let gauge =
        MarketParams { gauge_distance: Bps(500), gauge_stress: Bps(2_000), gauge_guard: Bps(4_000), ..guarded() };
    let mut world = World::new(&[gauge], 3);
    world.deposit(2, 10_000 * scene::M).unwrap();
    // Half of all open interest is long and goes bankrupt some 4 % below the mark.
    scene::open(&mut world, [0, 1], 0, 1_000 * scene::M, [52 * scene::M, 900 * scene::M]);
    for minute in 0..60 {
        world.pass(150, 60);
        let report = world.refresh(0, usd(99.0)).unwrap();
        assert_eq!((report.level, report.tripped), (Level::Guarded, Reasons::GAUGE), "minute {minute}");
        assert_eq!(FORCING.map(|action| may(&world, action)), [Ok(()); 4], "minute {minute}");
        assert_eq!(may(&world, Action::TradeReduce), Ok(()));
        assert_eq!(may(&world, Action::TradeIncrease), Err(Error::MarketHalted));
        assert_eq!(stops(world.market(0), [&Pauses::default(); 2], world.now), STOPS_UNLOCKING);
    }
    world.pass(150, 60);
    let _ = world.refresh(0, usd(97.5)).unwrap();
    while world.liquidate(0, 0, 2, 0).is_ok() {
        world.pass(150, 60);
        let _ = world.refresh(0, usd(97.5)).unwrap();
    }
    assert!(world.lots(0, 0) < 1_000_000_000, "liquidation went on");
    world.deposit(0, 500 * scene::M).unwrap();
    world.add_margin(0, 0, 400 * scene::M).unwrap();
    world.add_margin(2, 0, 5_000 * scene::M).unwrap();
    world.pass(150, 60);
    let report = world.refresh(0, usd(97.5)).unwrap();
    assert_eq!((report.level, report.tripped), (Level::Guarded, Reasons::GAUGE), "cured, and held");
    let then = |seconds: i64| Now { time: world.now.time + seconds, ..world.now };
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
    let _ = world.refresh(0, usd(80.0)).unwrap();
    assert_eq!((world.market(0).breaker.reasons, may(&world, Action::Liquidate)), (0, Ok(())));
}

/// The exchange's breaker guards every market, and halts none.
#[test]
fn the_exchange_guards_all_markets() {
    let params = ExchangeParams::standard();
    let world = World::new(&[guarded()], 0);
    let mut exchange = Breaker::default();
    let fund = InsuranceBooks { peak: Atoms(1), peak_since: world.now.time, ..InsuranceBooks::default() };
    assert_eq!(trip_exchange(&mut exchange, (&fund, &Outflow::default()), &params, world.now), Ok(true));
    assert_eq!(exchange.in_force(world.now), Reasons::DRAWDOWN);
    let pauses = Pauses::default();
    let guards = Guards { exchange: &exchange, pauses: [&pauses; 2], opens_at: 0 };
    let mut market = *world.market(0);
    let found = guards.conditions(&market, world.now);
    assert_eq!((found.level, guards.stops(&market, world.now)), (Level::Guarded, STOPS_UNLOCKING));
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
