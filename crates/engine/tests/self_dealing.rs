//! One actor with several accounts, or a keeper with a sharp pencil: what they try, and that it does not pay. Prices are in USD,
//! lots in millions: 1 M lots at 100 USD are worth 1 USD.
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
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::state::MarketParams;
use breakwater_engine::units::Bps;
use breakwater_engine::wide::I128;
use breakwater_engine::{Error, Side};
use check::check;
use scene::{open, params, wait, world, M};
use world::{usd, World};

/// Cross long of 1,000 with 60 inside, an isolated position beside it, 40 free. At 92 the cross position is at -20 and the 40
/// back it: they may neither be withdrawn nor hidden in the isolated position until the others have paid.
#[test]
fn free_cash_does_not_leave_for_an_isolated_position() {
    let mut world = world(2, 5, 0);
    open(&mut world, [0, 1], 0, 1_000 * M, [60 * M, 300 * M]);
    open(&mut world, [0, 2], 1, 10 * M, [10 * M, 50 * M]);
    world.isolate(0, 1, true).unwrap();
    world.deposit(0, 40 * M).unwrap();
    world.reprice(0, usd(92.0));
    assert_eq!(world.attempt(|world| world.withdraw(0, 40 * M)), Err(Error::InsufficientMargin));
    assert_eq!(world.attempt(|world| world.add_margin(0, 1, 40 * M)), Err(Error::Isolated));
    let topped_up = world.sync(0).unwrap().topped_up;
    assert_eq!(topped_up.0, 40 * M);
    check(&world);
}

/// 100,000 long just below maintenance: what cures it may be taken, not all but one lot, and least of all everything.
#[test]
fn a_dust_request_takes_no_more_than_the_cure() {
    let mut world = world(1, 4, 0);
    open(&mut world, [0, 1], 0, 100_000 * M, [8_050 * M, 100_000 * M]);
    world.deposit(2, 100_000 * M).unwrap();
    world.reprice(0, usd(95.2));
    let _ = world.sync(0).unwrap();
    for wanted in [100_000 * M, 100_000 * M - 1] {
        assert_eq!(world.attempt(|world| world.liquidate(0, 0, 2, wanted)).err(), Some(Error::TooMuch));
    }
    let taken = world.liquidate(0, 0, 2, 0).unwrap().lots.0;
    assert!(taken > 0 && taken < 25_000 * M, "{taken}");
    check(&world);
}

/// A tiny liquidation sweeps the account; that is no licence to skip the auction, nor to close it once it is solvent again.
#[test]
fn a_sweep_does_not_open_the_door_to_resolution() {
    let mut world = world(1, 4, 1_000 * M);
    open(&mut world, [0, 1], 0, 1_000 * M, [60 * M, 1_000 * M]);
    world.deposit(2, 10_000 * M).unwrap();
    world.reprice(0, usd(93.9));
    assert_eq!(world.attempt(|world| world.resolve(0, 0, None)).err(), Some(Error::TooEarly));
    let _ = world.liquidate(0, 0, 2, M).unwrap();
    assert_eq!(world.attempt(|world| world.resolve(0, 0, None)).err(), Some(Error::TooEarly));
    world.reprice(0, usd(101.0));
    wait(&mut world, 200);
    assert_eq!(world.attempt(|world| world.resolve(0, 0, None)).err(), Some(Error::NotBankrupt));
    check(&world);
}

/// Both sides bankrupt, each with a little money beside: the sweep is progress, and then they close against each other (G16).
#[test]
fn two_bankrupt_accounts_with_leftovers_still_end() {
    let mut world = world(1, 2, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 10 * M]);
    for who in [0, 1] {
        world.deposit(who, M).unwrap();
    }
    let quarter = i128::from(world.mark(0)) / 4;
    for (side, charge) in [(0, -quarter), (1, quarter)] {
        let book = &mut world.markets[0].market.sides[side];
        book.index = I128::new(book.index.get() + charge);
        // What the index took stands in the reserve, as a charge would leave it.
        book.reserve.add(quarter.unsigned_abs() * u128::from(book.lots.0)).unwrap();
    }
    let _ = world.sync(0).unwrap();
    let _ = world.sync(1).unwrap();
    wait(&mut world, 200);
    for who in [0, 1] {
        let _ = world.sync(who).unwrap();
        let swept = world.resolve(who, 0, None).unwrap();
        assert!(swept.swept.0 > 0 && swept.lots.is_zero());
    }
    let report = world.resolve(0, 0, Some(1)).unwrap();
    assert_eq!((report.crossed.0, world.lots(0, 0), world.lots(1, 0)), (100 * M, 0, 0));
    check(&world);
}

/// A cover of 40 of which an event may use 10, and U of about 10: covered, nobody is charged. An accomplice's liquidation may
/// not spend what provisioning counts on.
#[test]
fn a_discount_leaves_the_cover_that_provisioning_counts_on() {
    let mut world = World::new(&[MarketParams { event_share: Bps(2_500), ..params(40 * M) }], 6);
    world.insure(40 * M).unwrap();
    world.pass(1, 86_400);
    world.refresh(0, world.mark(0)).map(drop).unwrap();
    let _ = world.refill(0).unwrap();
    open(&mut world, [0, 1], 0, 100 * M, [6 * M, 100 * M]);
    open(&mut world, [2, 3], 0, 1_000 * M, [160 * M, 1_000 * M]);
    world.deposit(4, 500 * M).unwrap();
    world.reprice(0, usd(84.2));
    assert_eq!(world.provision(0).unwrap().charged, [0, 0]);
    let report = world.liquidate(2, 0, 4, 0).unwrap();
    assert!(report.discount_by_cover.0 < M, "{report:?}");
    assert_eq!(world.provision(0).unwrap().charged, [0, 0]);
    check(&world);
}

/// Profit waits while nobody knows the price: a stale mark shows no shortfall (F1, F10).
#[test]
fn profit_does_not_unlock_without_a_good_mark() {
    let mut world = world(1, 4, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    world.reprice(0, usd(120.0));
    let _ = world.trade([0, 1], 0, Side::Short, 100 * M, usd(120.0)).unwrap();
    world.pass(200_000, 80_000);
    assert_eq!(world.sync(0).unwrap().unlocked.0, 0);
    let price = world.mark(0);
    let _ = world.refresh(0, price).unwrap();
    world.pass(100_000, 90_000);
    let _ = world.refresh(0, price).unwrap();
    assert!(world.sync(0).unwrap().unlocked.0 > 19 * M);
    check(&world);
}

/// In distress elsewhere, an order through zero is refused like an opening: what it closes first is no licence (F18).
#[test]
fn f18_an_order_through_zero_opens_at_initial_margin() {
    let mut world = world(2, 4, 0);
    open(&mut world, [0, 1], 0, 10 * M, [M, 50 * M]);
    open(&mut world, [0, 2], 1, 1_000 * M, [60 * M, 300 * M]);
    world.reprice(1, usd(96.5));
    let through = |world: &mut World| world.trade([0, 1], 0, Side::Short, 19 * M, usd(100.0)).map(drop);
    assert_eq!(world.attempt(through), Err(Error::InsufficientMargin));
    let reduce = |world: &mut World| world.trade([0, 1], 0, Side::Short, 9 * M, usd(100.0)).map(drop);
    assert_eq!(world.attempt(reduce), Ok(()));
    check(&world);
}

/// A returned charge took a favourable move to be charged: it vests like the move itself, and is not free at once (F9).
#[test]
fn a_returned_charge_is_not_money_at_once() {
    let mut world = world(1, 4, 0);
    open(&mut world, [0, 1], 0, 50 * M, [10 * M, 5 * M]);
    open(&mut world, [0, 2], 0, 50 * M, [M, 60 * M]);
    world.reprice(0, usd(125.0));
    world.reprice(0, usd(150.0));
    let free = world.accounts[0].free.0;
    world.deposit(1, 40 * M).unwrap();
    world.add_margin(1, 0, 40 * M).unwrap();
    let _ = world.sync(1).unwrap();
    let _ = world.sync(0).unwrap();
    assert_eq!(world.accounts[0].free.0, free);
    assert!(world.accounts[0].slots[0].vesting.total().unwrap().0 > 15 * M);
    check(&world);
}

/// Both sides have somebody under water, and both are charged: what the charges themselves put under water is not charged back
/// while the mark stays, however often anyone provisions.
#[test]
fn a_charge_is_not_charged_back_at_the_same_mark() {
    let mut world = world(1, 4, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 10 * M]);
    open(&mut world, [2, 3], 0, 100 * M, [90 * M, 90 * M]);
    let quarter = i128::from(world.mark(0)) / 4;
    for (side, charge) in [(0, -quarter), (1, quarter)] {
        let book = &mut world.markets[0].market.sides[side];
        book.index = I128::new(book.index.get() + charge);
    }
    let [long, short] = world.provision(0).unwrap().charged;
    assert!(long > 0 && short > 0);
    for _ in 0..3 {
        assert_eq!(world.provision(0).unwrap().charged, [0, 0]);
    }
}
