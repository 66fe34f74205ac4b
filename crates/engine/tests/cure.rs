//! Deleveraging an account in distress that is still solvent, and what a sync is paid where records run low.
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

#[path = "common/check.rs"]
mod check;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::state::MarketParams;
use breakwater_engine::{Bps, Error, Side};
use world::{usd, World};

const WHALE: usize = 0;
const SHORTS: [usize; 2] = [1, 2];
/// A thousand USD worth at 100.
const LOTS: u64 = 1_000_000_000;

/// A long of 10 units bought at 100 with 60 USD inside, against two shorts with plenty; the market falls to 96.5 and nobody
/// takes over: equity 60 - 35 = 25, maintenance 3 % of 965 = 28.95.
fn whale_in_distress(deleverage_after_slots: u64) -> World {
    let none = Bps(0);
    let params = MarketParams {
        taker_fee: none,
        maker_fee: none,
        funding_rate_max: none,
        deleverage_after_slots,
        ..MarketParams::bare()
    };
    let mut world = World::new(&[params], 3);
    for who in [WHALE, SHORTS[0], SHORTS[1]] {
        world.deposit(who, if who == WHALE { 60_000_000 } else { 2_000_000_000 }).unwrap();
    }
    for (short, lots, margins) in
        [(SHORTS[0], LOTS / 2, [30_000_000, 400_000_000]), (SHORTS[1], LOTS / 2, [30_000_000, 700_000_000])]
    {
        let _ = world.open([WHALE, short], 0, lots, margins).unwrap();
    }
    world.reprice(0, usd(96.5));
    world
}

fn wait_observed(world: &mut World, slots: u64) {
    let _ = world.sync(WHALE).unwrap();
    world.pass(slots, 1);
    let price = world.mark(0);
    let _ = world.refresh(0, price).unwrap();
}

#[test]
fn g20_a_whale_without_takers_pays_the_largest_discount() {
    let mut world = whale_in_distress(300);
    wait_observed(&mut world, 299);
    assert_eq!(world.attempt(|world| world.resolve(WHALE, 0, None)).err(), Some(Error::NotBankrupt));
    wait_observed(&mut world, 1);

    let before: i128 = SHORTS.into_iter().map(|short| world.equity(short, 0)).sum();
    let equity = world.equity(WHALE, 0);
    let report = world.resolve(WHALE, 0, None).unwrap();
    assert!(report.cured && report.lots == report.deleveraged && report.deficit.is_zero());
    let closed = i128::from(report.lots.0);
    assert!(closed > 0 && report.lots.0 < LOTS, "only as many lots as cure it");
    assert_eq!(world.lots(WHALE, 0), i64::try_from(LOTS - report.lots.0).unwrap());

    // 96.5 USD a unit is 0.965 atom a lot; the discount is the largest the market has, or what keeps health from falling.
    let paid = equity - world.equity(WHALE, 0);
    let discount = i128::from(world.market(0).params.discount_max.0);
    let largest = closed * 965 * discount / 1_000 / 10_000;
    assert!((paid - largest).abs() <= 4, "paid {paid}, the largest discount is {largest}");
    let gained: i128 = SHORTS.into_iter().map(|short| world.equity(short, 0)).sum::<i128>() - before;
    assert!((paid - gained).abs() <= 6, "paid {paid}, the lots deleveraged gained {gained}");

    // Cured: out of distress, and no free exit: it may not open here for a window.
    assert!(!world.sync(WHALE).unwrap().health.is_distressed());
    world.deposit(WHALE, 1_000_000_000).unwrap();
    world.add_margin(WHALE, 0, 500_000_000).unwrap();
    let mark = world.mark(0);
    let again = world.attempt(|world| world.trade([WHALE, SHORTS[0]], 0, Side::Long, 10_000_000, mark));
    assert_eq!(again.err(), Some(Error::Barred));
    check::check(&world);
}

#[test]
fn a_market_that_does_not_allow_it_waits_for_takers() {
    let mut world = whale_in_distress(0);
    for _ in 0..10 {
        wait_observed(&mut world, 140);
    }
    assert_eq!(world.attempt(|world| world.resolve(WHALE, 0, None)).err(), Some(Error::NotBankrupt));
}

/// G18: distress that nobody observed again in time starts its clock anew, so a cure nobody saw is not held against anyone.
#[test]
fn an_unobserved_clock_starts_anew() {
    let mut world = whale_in_distress(300);
    let _ = world.sync(WHALE).unwrap();
    world.pass(world.market(0).params.observe_slots + 1, 1);
    let price = world.mark(0);
    let _ = world.refresh(0, price).unwrap();
    assert_eq!(world.attempt(|world| world.resolve(WHALE, 0, None)).err(), Some(Error::NotBankrupt));
}
