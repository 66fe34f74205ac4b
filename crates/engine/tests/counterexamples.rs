//! The counterexamples of the design's review, by name. G9 is in `claims.rs`, G14 and G15 in `deleverage.rs`, G24 in `price.rs`; G12 is
//! the program's. A lot is worth an atom at 100 USD, so prices below are in USD and lots in millions: 1 M lots at 100 are 1 USD.
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
mod common;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::state::MarketParams;
use breakwater_engine::trade::Order;
use breakwater_engine::units::{Bps, Price};
use breakwater_engine::wide::I128;
use breakwater_engine::{Error, Lots, Side};
use check::check;
use scene::{open, params, wait, world, worth, M};
use world::{usd, World};

/// Ten longs of 100 M, margin 10 at 100: bankrupt at 90. At 80 each owes 10 a lot, 100 USD; open interest 1000 M: every short pays
/// 10 of the 20 it gained a lot, also the one deleveraged first, and the one who closed before anyone was resolved.
#[test]
fn g1_every_opposing_lot_pays_the_same() {
    let mut world = world(1, 24, 0);
    for at in 0..10 {
        open(&mut world, [at, 10 + at], 0, 100 * M, [10 * M, (50 + at as u64) * M]);
    }
    open(&mut world, [20, 21], 0, 1_000 * M, [2_000 * M, 2_000 * M]);
    let start: Vec<i128> = (10..20).map(|who| worth(&mut world, who)).collect();
    world.reprice(0, usd(80.0));
    // Open interest 2000 M now: 1000 M of it owe 10 each, so every short pays 5 of its 20.
    let _ = world.trade([19, 20], 0, Side::Long, 100 * M, usd(80.0)).unwrap();
    wait(&mut world, 200);
    for who in 0..10 {
        let report = world.resolve(who, 0, None).unwrap();
        assert_eq!(report.deficit.0, report.insured.0 + report.absorbed.0 + report.socialised.0 + report.unfunded.0);
        assert_eq!((report.lots.0, report.unfunded.0), (100 * M, 0));
        check(&world);
    }
    for (who, start) in (10..20).zip(start) {
        let gained = worth(&mut world, who) - start;
        assert!((gained - 15 * M as i128).abs() <= 20, "{who} gained {gained} of 20 - 5 a lot");
    }
    check(&world);
}

/// Shorts: 60 M under water since 106, 40 M solvent. A long of 100 M, bankrupt at about 122, at 120: 40 M are settled; 60 M keep their
/// bankruptcy price, so at 121 they still own nothing.
#[test]
fn g2_what_cannot_be_settled_keeps_its_price() {
    let mut world = world(1, 5, 100 * M);
    open(&mut world, [0, 1], 0, 60 * M, [600 * M, 6 * M]);
    world.reprice(0, usd(130.0));
    open(&mut world, [2, 3], 0, 40 * M, [78 * M / 10, 400 * M]);
    let _ = world.trade([2, 0], 0, Side::Long, 60 * M, usd(130.0)).map(drop).or_else(|_| {
        world.deposit(2, 10 * M)?;
        world.trade([2, 0], 0, Side::Long, 60 * M, usd(130.0)).map(drop)
    });
    assert_eq!(world.lots(2, 0), 100 * M as i64);
    world.reprice(0, usd(110.0));
    wait(&mut world, 200);
    assert!(world.equity(2, 0) < 0);
    let _ = world.sync(2).unwrap();
    wait(&mut world, 200);
    let line = world.accounts[2].slots[0].position.line;
    let report = world.resolve(2, 0, None).unwrap();
    assert_eq!((report.deleveraged.0, report.lots_left.0), (40 * M, 60 * M));
    assert_eq!(world.accounts[2].slots[0].position.line, line, "the rest keeps its bankruptcy price");
    world.reprice(0, usd(112.0));
    assert!(world.equity(2, 0) <= 0, "and owns nothing at a better mark");
    check(&world);
}

/// Both long 100 M at 200 with the same cash: one put in 50 and bought at 150, the other put in 100 and bought at 200. Profit is 50 and
/// nothing; neither can take out more than it put in, and the profit of the first not at all.
#[test]
fn g3_only_paid_in_margin_leaves() {
    let mut world = world(1, 4, 0);
    world.reprice(0, usd(150.0));
    open(&mut world, [0, 1], 0, 100 * M, [50 * M, 500 * M]);
    world.reprice(0, usd(200.0));
    open(&mut world, [2, 3], 0, 100 * M, [100 * M, 500 * M]);
    assert!((world.equity(0, 0) - world.equity(2, 0)).abs() <= 2);
    assert_eq!(world.attempt(|world| world.take_margin(0, 0, 51 * M)), Err(Error::InsufficientPaidIn));
    assert_eq!(world.attempt(|world| world.take_margin(2, 0, 101 * M)), Err(Error::InsufficientPaidIn));
    world.attempt(|world| world.take_margin(2, 0, 80 * M)).unwrap();
    // Half the profit counts: 25 of 50 for a requirement of 10.
    world.attempt(|world| world.take_margin(0, 0, 50 * M)).unwrap();
    check(&world);
}

/// A thin-market position at 10 % margin: half of it is initial margin, and no more than the rest leaves before the crash.
#[test]
fn g4_margin_stays_where_the_risk_is() {
    let mut world = world(2, 4, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    open(&mut world, [0, 2], 1, 100 * M, [10 * M, 50 * M]);
    assert_eq!(world.attempt(|world| world.take_margin(0, 0, 10 * M)), Err(Error::InsufficientMargin));
    assert_eq!(world.attempt(|world| world.take_margin(0, 0, 6 * M)), Err(Error::InsufficientMargin));
    world.attempt(|world| world.take_margin(0, 0, 4 * M)).unwrap();
    check(&world);
}

/// Vesting profit of 20 from one market; the position in the other falls below maintenance: the profit serves it at
/// once.
#[test]
fn g5_vesting_profit_pays_first() {
    let mut world = world(2, 4, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    open(&mut world, [0, 2], 1, 100 * M, [10 * M, 50 * M]);
    world.reprice(0, usd(120.0));
    let _ = world.trade([0, 1], 0, Side::Short, 100 * M, usd(120.0)).unwrap();
    let free = world.accounts[0].free.0;
    world.withdraw(0, free).unwrap();
    let before = world.accounts[0].slot(0).unwrap().vesting.total().unwrap().0;
    assert!(before >= 20 * M - 2, "{before}");
    world.reprice(1, usd(85.0));
    assert!(world.equity(0, 1) < 0);
    let report = world.sync(0).unwrap();
    assert!(report.topped_up.0 > 5 * M && world.equity(0, 1) > 0);
    assert_eq!(
        world.accounts[0].slot(0).map_or(0, |slot| slot.vesting.total().unwrap().0) + report.topped_up.0,
        before
    );
    check(&world);
}

/// +10 in one market, -15 in the other: the winner may not be isolated while the sibling is short of its initial margin.
#[test]
fn g6_a_winner_is_not_taken_aside() {
    let mut world = world(2, 4, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    open(&mut world, [0, 2], 1, 100 * M, [10 * M, 50 * M]);
    world.reprice(0, usd(110.0));
    world.reprice(1, usd(75.0));
    assert_eq!(world.attempt(|world| world.isolate(0, 0, true)), Err(Error::CannotIsolate));
    // Not in distress yet: at 96 the sibling has 6 of the 4.8 it must have at first; at 94 it has 4 of 4.7.
    for (price, isolated) in [(94.0, Err(Error::CannotIsolate)), (96.0, Ok(()))] {
        world.reprice(1, usd(price));
        world.refresh(0, world.mark(0)).map(drop).unwrap();
        assert!(!world.clone().sync(0).unwrap().health.is_distressed());
        assert_eq!(world.clone().isolate(0, 0, true), isolated, "{price}");
    }
}

/// A maker bids 101 at a mark of 100: through the mark, it does not fill. Observed in distress, his quote is dead.
#[test]
fn g7_quotes_fill_behind_the_mark_only() {
    let mut world = world(2, 5, 0);
    open(&mut world, [0, 1], 0, 100 * M, [60 * M, 50 * M]);
    open(&mut world, [0, 2], 1, 100 * M, [10 * M, 50 * M]);
    world.deposit(3, 100 * M).unwrap();
    let sell = Order { side: Side::Short, lots: Lots(M), limit: Price(1), reduce_only: false, min_fill: Lots(0) };
    let through = world.quote(0, 0, Side::Long, M, usd(101.0)).unwrap();
    assert_eq!(world.attempt(|world| world.take([3, 0], 0, sell, through)), Err(Error::PriceOutOfBand));
    let behind = world.quote(0, 0, Side::Long, M, usd(99.0)).unwrap();
    world.reprice(1, usd(20.0));
    let health = world.sync(0).unwrap().health;
    assert!(health.is_distressed());
    assert_eq!(world.attempt(|world| world.take([3, 0], 0, sell, behind)), Err(Error::QuoteNotLive));
}

/// A dust position in a market whose feed is dead: the account withdraws, trades and is synced as before.
#[test]
fn g8_a_dead_feed_blocks_nothing() {
    let mut world = world(2, 4, 0);
    open(&mut world, [0, 1], 0, 100 * M, [30 * M, 50 * M]);
    open(&mut world, [0, 2], 1, M, [M, M]);
    world.deposit(0, 10 * M).unwrap();
    for _ in 0..10 {
        world.pass(100, 40);
        world.refresh(0, world.mark(0)).map(drop).unwrap();
    }
    assert!(!world.market(1).has_mark(world.now));
    world.attempt(|world| world.withdraw(0, 10 * M)).unwrap();
    let _ = world.attempt(|world| world.sync(0)).unwrap();
    let _ = world.attempt(|world| world.trade([0, 1], 0, Side::Short, 10 * M, usd(100.0))).unwrap();
    check(&world);
}

/// A long of 1000 M owes 50 USD (bankrupt at 94, mark 89): a liquidator takes a fiftieth, and the cover pays a fiftieth of it.
#[test]
fn g10_the_cover_pays_the_lots_share() {
    let mut world = world(1, 3, 1_000 * M);
    open(&mut world, [0, 1], 0, 1_000 * M, [60 * M, 500 * M]);
    world.reprice(0, usd(89.0));
    let owed = -world.equity(0, 0);
    assert!((owed - 50 * M as i128).abs() <= 5, "{owed}");
    world.deposit(2, 100 * M).unwrap();
    let report = world.liquidate(0, 0, 2, 20 * M).unwrap();
    assert!((report.deficit.0 as i128 - owed / 50).abs() <= 1, "{report:?}");
    assert!((-world.equity(0, 0) - owed * 49 / 50).abs() <= 3);
    check(&world);
}

/// Ten accounts owe 5 each at one mark, cover 100 of which an event may use a tenth: together they get 10, not 10 each.
#[test]
fn g11_one_mark_is_one_event() {
    let mut world = World::new(&[MarketParams { event_share: Bps(1_000), ..params(100 * M) }], 20);
    world.insure(100 * M).unwrap();
    world.pass(1, 86_400);
    world.refresh(0, world.mark(0)).map(drop).unwrap();
    let _ = world.refill(0).unwrap();
    for at in 0..10 {
        open(&mut world, [at, 10 + at], 0, 100 * M, [6 * M, 50 * M]);
    }
    world.reprice(0, usd(89.0));
    for who in 0..10 {
        let _ = world.sync(who).unwrap();
    }
    // The price source keeps publishing the same second: one accepted mark.
    world.markets[0].market.params.auction_slots = 20;
    world.pass(20, 0);
    world.refresh(0, world.mark(0)).map(drop).unwrap();
    let insured: u64 = (0..10).map(|who| world.resolve(who, 0, None).unwrap().insured.0).sum();
    assert_eq!(insured, 10 * M);
    check(&world);
}

/// Funding drifts X to ten times the price while the short who pays it keeps his margin: rebases keep the grid around it, so his
/// bankruptcy price, half a mark away, stands on a line less than a 64th of a mark from it.
#[test]
fn g13_lines_stay_narrow() {
    let mut world = world(1, 2, 0);
    open(&mut world, [0, 1], 0, 100 * M, [50 * M, 50 * M]);
    let (mark, mut rebases) = (world.mark(0), 0);
    for _ in 0..75 {
        for side in &mut world.markets[0].market.sides {
            side.index = I128::new(side.index.get() + i128::from(mark / 7));
        }
        while !world.rebase(0, 300).unwrap().finished {}
        rebases += 1;
        world.deposit(1, 100 * M / 7 + 1).unwrap();
        world.add_margin(1, 0, 100 * M / 7 + 1).unwrap();
        // One in eight is enough: more than eight grids back nobody may stand.
        if rebases % 8 == 0 {
            let _ = (world.sync(0).unwrap(), world.sync(1).unwrap());
        }
        check(&world);
    }
    assert!(world.market(0).side(Side::Long).index.get() > 10 * i128::from(mark));
    let _ = world.sync(1).unwrap();
    assert!((world.equity(1, 0) - 50 * M as i128).abs() <= 1_000);
    let position = world.accounts[1].slots[0].position;
    assert!(position.spare.0 <= 100 * M / 64, "{position:?}");
}

/// The long under water since the fall to 85, the short since the rise to 120: nobody is solvent. They close against each other, and
/// who bore the deficit is named.
#[test]
fn g16_nobody_solvent() {
    let mut world = world(1, 2, 0);
    open(&mut world, [0, 1], 0, 100 * M, [6 * M, 6 * M]);
    // A charge of 12 a lot takes both below nothing at one mark.
    for side in Side::BOTH {
        let index = side.opposite().signed(i128::from(usd(12.0))).unwrap();
        let book = world.markets[0].market.side_mut(side);
        book.index = I128::new(index);
        book.residue.cash.add(i128::from(usd(12.0)) * 100 * i128::from(M)).unwrap();
    }
    check(&world);
    assert!(world.equity(0, 0) < 0 && world.equity(1, 0) < 0);
    wait(&mut world, 200);
    for who in [0, 1] {
        let _ = world.sync(who).unwrap();
    }
    wait(&mut world, 200);
    assert_eq!(world.attempt(|world| world.resolve(0, 0, None)), Err(Error::NobodySolvent));
    let report = world.resolve(0, 0, Some(1)).unwrap();
    assert_eq!(report.crossed.0, 100 * M);
    assert_eq!(report.deficit.0, report.insured.0 + report.absorbed.0 + report.socialised.0 + report.unfunded.0);
    assert_eq!(world.market(0).open_interest().0, 0);
    check(&world);
}

/// A pool of three shorts, each of whom leaves with his lots rounded down: the long whose last lots stand against residue closes.
#[test]
fn g17_the_last_long_closes_against_residue() {
    let mut world = world(1, 8, 0);
    for (at, margin) in [(0, 501), (1, 503), (2, 505)] {
        open(&mut world, [3, at], 0, 100 * M, [400 * M, margin * M / 10]);
    }
    open(&mut world, [4, 5], 0, 77_777_777, [7 * M, 200 * M]);
    world.reprice(0, usd(85.0));
    wait(&mut world, 200);
    let _ = world.sync(4).unwrap();
    wait(&mut world, 200);
    assert_eq!(world.resolve(4, 0, None).unwrap().lots_left.0, 0);
    for who in [0, 1, 2] {
        let _ = world.sync(who).unwrap();
        let lots = world.lots(who, 0).unsigned_abs();
        let _ = world.trade([who, 3], 0, Side::Long, lots, usd(85.0)).unwrap();
    }
    let lots = world.lots(5, 0).unsigned_abs();
    let _ = world.trade([5, 3], 0, Side::Long, lots, usd(85.0)).unwrap();
    let (left, residue) = (world.lots(3, 0), world.market(0).side(Side::Short).residue.lots.0);
    assert!(left > 0 && residue as i64 == left, "{left} lots against {residue} of residue");
    world.deposit(6, 10 * M).unwrap();
    let sell = Order { side: Side::Short, lots: Lots(residue), limit: Price(1), reduce_only: true, min_fill: Lots(0) };
    let quote = world.quote(6, 0, Side::Long, M, usd(85.0)).unwrap();
    assert_eq!(world.take([3, 6], 0, sell, quote).unwrap().filled.0, residue);
    assert_eq!(world.market(0).open_interest().0, 0);
    check(&world);
}

/// Distress at a wick, observed; weeks pass unobserved: the auction starts anew instead of standing at its largest discount.
#[test]
fn g18_an_unseen_cure_restarts_the_auction() {
    let mut world = world(1, 2, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    world.reprice(0, usd(92.0));
    let _ = world.sync(0).unwrap();
    let first = world.accounts[0].clock.since;
    assert_eq!(first, world.now.slot);
    world.pass(3_000_000, 14 * 86_400);
    world.refresh(0, usd(92.0)).map(drop).unwrap();
    let _ = world.sync(0).unwrap();
    assert_eq!(world.accounts[0].clock.since, world.now.slot, "starts anew");
    // Seen again within the window it goes on.
    world.pass(100, 40);
    world.refresh(0, usd(92.0)).map(drop).unwrap();
    let _ = world.sync(0).unwrap();
    assert_eq!(world.accounts[0].clock.since, world.now.slot - 100);
}

/// Friendly liquidations of a lot each do not use up the window: the slice counts lots.
#[test]
fn g19_the_slice_counts_lots() {
    let mut world = world(1, 4, 0);
    open(&mut world, [0, 1], 0, 100_000 * M, [8_000 * M, 50_000 * M]);
    world.reprice(0, usd(95.0));
    world.deposit(2, 90_000 * M).unwrap();
    world.deposit(3, 90_000 * M).unwrap();
    for _ in 0..5 {
        assert_eq!(world.liquidate(0, 0, 2, M).unwrap().lots.0, M);
    }
    // A fifth of 100,000 M less the five already taken.
    let lots = world.liquidate(0, 0, 3, 0).unwrap().lots.0;
    assert!(lots > 1_000 * M && lots <= 20_000 * M - 5 * M, "{lots}");
    check(&world);
}

/// One dust position under water for hours: as long as the cover exceeds what it owes, profit unlocks.
#[test]
fn g21_dust_under_water_locks_nothing() {
    let mut world = world(1, 4, 10 * M);
    open(&mut world, [0, 1], 0, 100 * M, [50 * M, 50 * M]);
    open(&mut world, [2, 3], 0, M, [M / 10, M]);
    world.reprice(0, usd(85.0));
    let _ = world.trade([1, 0], 0, Side::Long, 100 * M, usd(85.0)).unwrap();
    assert!(world.equity(2, 0) < 0);
    let before = world.accounts[1].free.0;
    world.pass(200_000, 80_000);
    world.refresh(0, world.mark(0)).map(drop).unwrap();
    let unlocked = world.sync(1).unwrap().unlocked.0;
    assert!(unlocked > 10 * M && world.accounts[1].free.0 >= before + unlocked);
    check(&world);
}
