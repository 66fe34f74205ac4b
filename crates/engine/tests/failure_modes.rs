//! What has gone wrong elsewhere, by its number in `docs/failure-modes.md`. Prices are in USD, lots in millions: 1 M lots at 100 USD
//! are worth 1 USD.
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

use breakwater_engine::margin;
use breakwater_engine::state::MarketParams;
use breakwater_engine::trade::Order;
use breakwater_engine::units::{Atoms, Bps, Cash, Price, PRICE_MAX};
use breakwater_engine::wide::I128;
use breakwater_engine::{Error, Lots, Result, Side};
use check::check;
use scene::{open, params, wait, world, worth, M};
use world::{usd, World};

/// A long of 300 M that owes 9 a lot stands against three shorts; 300 M more stand between two others. Exactly its 300 M lots
/// close, and the shorts together have exactly its deficit less than their margins and the move.
#[test]
fn f5_exactly_the_lots_close_and_exactly_the_deficit_is_charged() {
    let mut world = world(1, 6, 0);
    for (short, margin) in [(1, 12), (2, 30), (3, 80)] {
        open(&mut world, [0, short], 0, 100 * M, [6 * M, margin * M]);
    }
    open(&mut world, [4, 5], 0, 300 * M, [200 * M, 200 * M]);
    let before: i128 = [1, 2, 3, 5].map(|who| worth(&mut world, who)).iter().sum();
    world.reprice(0, usd(85.0));
    // Whoever provisions again finds it charged.
    let _ = (world.provision(0).unwrap(), world.provision(0).unwrap());
    wait(&mut world, 200);
    let _ = world.sync(0).unwrap();
    wait(&mut world, 200);
    let had = world.market(0).open_interest().0;
    let report = world.resolve(0, 0, None).unwrap();
    assert_eq!((report.deleveraged.0, report.lots_left.0), (300 * M, 0));
    assert_eq!(had - world.market(0).open_interest().0, 300 * M);
    let after: i128 = [1, 2, 3, 5].map(|who| worth(&mut world, who)).iter().sum();
    let lost = before + 15 * 600 * M as i128 / 100 - after;
    assert!((lost - i128::from(report.deficit.0)).abs() <= 40, "lost {lost} of {report:?}");
    assert!(report.deficit.0.abs_diff(27 * M) <= M, "{report:?}");
    check(&world);
}

/// The premium of fills is ten times the mark, and nobody comes by for a month: X moves once, by an hour's worth at the largest
/// rate, which takes nobody from initial margin into distress; not at all while no time passes; and never back to zero.
#[test]
fn f7_an_index_moves_with_time_and_by_a_bounded_step() {
    let mut world = world(1, 2, 0);
    open(&mut world, [0, 1], 0, 100 * M, [6 * M, 6 * M]);
    let mark = world.mark(0);
    world.markets[0].market.params.funding_rate_max = Bps(100);
    let params = world.market(0).params;
    let index = |world: &World| world.market(0).side(Side::Long).index.get();
    let mut last = index(&world);
    for seconds in [30 * 86_400, 1, 3_600] {
        world.markets[0].market.funding.premium = I128::new(i128::from(mark * 10) << 32);
        world.pass(100, seconds);
        world.refresh(0, mark).map(drop).unwrap();
        let moved = last - index(&world);
        let hours = i128::from((seconds as u64).min(params.funding_gap_seconds_max));
        let most = i128::from(mark) * i128::from(params.funding_rate_max.0) * hours
            / (10_000 * i128::from(params.funding_period_seconds));
        assert!(moved > 0 && moved <= most, "{moved} in {seconds} s, at most {most}");
        last = index(&world);
        world.refresh(0, mark).map(drop).unwrap();
        let _ = world.provision(0).unwrap();
        assert_eq!(index(&world), last, "no time, no funding");
    }
    assert!(last < 0 && !world.sync(0).unwrap().health.is_distressed());
    check(&world);
}

/// Somebody else's long is under water and nobody has touched it: the winner who is out gets nothing of his profit until that
/// is resolved, although every account he touches is in order.
#[test]
fn f10_insolvency_nobody_touched_holds_profit_back() {
    let mut world = world(1, 6, 0);
    open(&mut world, [0, 1], 0, 100 * M, [50 * M, 50 * M]);
    open(&mut world, [2, 3], 0, 100 * M, [6 * M, 50 * M]);
    world.reprice(0, usd(85.0));
    let _ = world.trade([1, 0], 0, Side::Long, 100 * M, usd(85.0)).unwrap();
    let free = world.accounts[1].free.0;
    for _ in 0..24 {
        world.pass(9_000, 3_600);
        let _ = world.refresh(0, usd(85.0)).unwrap();
        assert_eq!(world.sync(1).unwrap().unlocked.0, 0);
    }
    assert_eq!(world.accounts[1].free.0, free);
    assert_eq!(world.attempt(|world| world.withdraw(1, free + 1)), Err(Error::InsufficientFreeCash));
    let _ = world.sync(2).unwrap();
    wait(&mut world, 200);
    let _ = world.resolve(2, 0, None).unwrap();
    world.pass(216_000, 86_400);
    let _ = world.refresh(0, usd(85.0)).unwrap();
    let _ = world.sync(1).unwrap();
    assert!(world.accounts[1].free.0 > free + 5 * M, "{:?}", world.accounts[1].free);
    check(&world);
}

/// A short that has been deleveraged, and was not touched since.
fn deleveraged() -> (World, u64) {
    let mut world = world(1, 8, 0);
    open(&mut world, [0, 1], 0, 100 * M, [6 * M, 20 * M]);
    open(&mut world, [2, 3], 0, 100 * M, [60 * M, 90 * M]);
    world.reprice(0, usd(90.0));
    wait(&mut world, 200);
    let _ = world.sync(0).unwrap();
    wait(&mut world, 200);
    assert_eq!(world.resolve(0, 0, None).unwrap().lots_left.0, 0);
    let left = world.lots(1, 0).unsigned_abs();
    assert!(left < 100 * M && world.accounts[1].slots[0].position.lots == -(100 * M as i64));
    world.deposit(1, 100 * M).unwrap();
    world.deposit(4, 100 * M).unwrap();
    (world, left)
}

/// Whatever touches a deleveraged position first, it is caught up before anything else: nothing brings the closed lots back, and
/// what passes to a fresh account leaves the old one.
#[test]
fn f11_every_route_catches_a_deleveraged_position_up_first() {
    type Route = fn(&mut World) -> Result<()>;
    let routes: [(&str, Route, u64); 6] = [
        ("sync", |world| world.sync(1).map(drop), 0),
        ("add margin", |world| world.add_margin(1, 0, M), 0),
        ("take margin", |world| world.add_margin(1, 0, 50 * M).and_then(|()| world.take_margin(1, 0, M)), 0),
        ("trade as taker", |world| world.trade([1, 2], 0, Side::Long, 2 * M, usd(90.0)).map(drop), 2 * M),
        ("trade as maker", |world| world.trade([2, 1], 0, Side::Short, 2 * M, usd(90.0)).map(drop), 2 * M),
        ("to a fresh account", |world| world.trade([1, 4], 0, Side::Long, 5 * M, usd(90.0)).map(drop), 5 * M),
    ];
    for (name, route, closed) in routes {
        let (mut world, left) = deleveraged();
        if name == "to a fresh account" {
            world.add_margin(4, 0, 50 * M).unwrap();
        }
        world.attempt(route).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let stored = world.accounts[1].slots[0].position.lots.unsigned_abs();
        assert!(stored + closed == left, "{name}: {stored} lots of {left}");
        check(&world);
    }
}

/// Five shorts of odd sizes in pools: whoever leaves leaves a fraction behind, which is residue and never more than a lot each. So
/// the positions never come to more than open interest, and the last long closes against what is left.
#[test]
fn f12_the_last_leg_takes_what_rounding_left() {
    let mut world = world(1, 10, 0);
    for at in 0..5 {
        let lots = 100 * M + 7_777 * at as u64;
        open(&mut world, [5, at], 0, lots, [300 * M, (501 + 3 * at as u64) * M / 10]);
    }
    open(&mut world, [6, 7], 0, 77_777_777, [7 * M, 200 * M]);
    open(&mut world, [8, 7], 0, 33_333_331, [2 * M, 200 * M]);
    world.reprice(0, usd(85.0));
    for who in [6, 8] {
        wait(&mut world, 200);
        let _ = world.sync(who).unwrap();
        wait(&mut world, 200);
        assert_eq!(world.resolve(who, 0, None).unwrap().lots_left.0, 0);
        check(&world);
    }
    for who in [0, 1, 2, 3, 4, 7] {
        let _ = world.sync(who).unwrap();
        let lots = world.lots(who, 0).unsigned_abs();
        let _ = world.trade([who, 5], 0, Side::Long, lots, usd(85.0)).unwrap();
        let held: u64 = (0..8).map(|who| world.lots(who, 0).min(0).unsigned_abs()).sum();
        let book = world.market(0).side(Side::Short);
        let dust = book.lots.0 - held - book.residue.lots.0;
        assert!(dust <= u64::from(book.members), "{dust} lots nobody holds");
        check(&world);
    }
    let (left, residue) = (world.lots(5, 0), world.market(0).side(Side::Short).residue.lots.0);
    assert!(left > 0 && left as u64 == residue, "{left} lots against {residue}");
    world.deposit(9, 10 * M).unwrap();
    let quote = world.quote(9, 0, Side::Long, M, usd(85.0)).unwrap();
    let sell = Order { side: Side::Short, lots: Lots(residue), limit: Price(1), reduce_only: true, min_fill: Lots(0) };
    assert_eq!(world.take([5, 9], 0, sell, quote).unwrap().filled.0, residue);
    assert_eq!((world.market(0).open_interest().0, world.lots(5, 0)), (0, 0));
    check(&world);
}

/// The last one in the market is deleveraged whole and learns of it by a sync: what rounding left goes to insurance with him, and
/// does not wait for a trade that nobody can make.
#[test]
fn f12_the_last_one_out_by_a_sync_leaves_nothing_behind() {
    let mut world = world(1, 4, 0);
    open(&mut world, [0, 1], 0, 100 * M, [6 * M, 60 * M]);
    for who in [2, 3] {
        world.deposit(who, 100 * M).unwrap();
        world.add_margin(who, 0, 50 * M).unwrap();
    }
    for trip in 0..20u64 {
        let price = usd(100.0) + 37_700 + 4_100 * trip;
        world.reprice(0, price);
        let _ = world.trade([2, 3], 0, Side::Long, M + 3 * trip, price).unwrap();
        world.reprice(0, price + 1_900);
        let _ = world.trade([2, 3], 0, Side::Short, M + 3 * trip, price + 1_900).unwrap();
        for who in [2, 3] {
            let free = world.accounts[who].free.0.min(50 * M);
            assert!(free == 0 || world.add_margin(who, 0, free).is_ok());
        }
    }
    world.reprice(0, usd(85.0));
    let _ = world.sync(0).unwrap();
    wait(&mut world, 200);
    let _ = world.sync(0).unwrap();
    assert_eq!(world.resolve(0, 0, None).unwrap().deleveraged.0, 100 * M);
    let _ = world.sync(1).unwrap();
    let market = world.market(0);
    let residue: i128 = market.sides.iter().map(|side| side.residue.cash.get()).sum();
    assert!(
        market.sides.iter().all(|side| side.members == 0) && (0..1_000_000_000_000).contains(&residue),
        "{residue}"
    );
    assert!(market.insurance_due.0 > 0);
    check(&world);
}

/// A limit of the largest price there is, or of almost nothing: the fee is on what was filled at the maker's price.
#[test]
fn f16_fees_are_on_the_fill_whatever_the_caller_names() {
    let rates = MarketParams { taker_fee: Bps(7), maker_fee: Bps(3), ..params(0) };
    let fee = |bps: u64, value: u64| (value * bps).div_ceil(10_000);
    for (side, limit) in [(Side::Long, Price(PRICE_MAX)), (Side::Short, Price(1)), (Side::Long, Price(usd(101.0)))] {
        let mut world = World::new(&[rates], 2);
        for who in [0, 1] {
            world.deposit(who, 1_000 * M).unwrap();
            world.add_margin(who, 0, 500 * M).unwrap();
        }
        let price = if side == Side::Long { usd(101.0) } else { usd(99.0) };
        let quote = world.quote(1, 0, side.opposite(), 123 * M, price).unwrap();
        let order = Order { side, lots: Lots(123 * M), limit, reduce_only: false, min_fill: Lots(0) };
        let report = world.take([0, 1], 0, order, quote).unwrap();
        let value = 123 * M * (price / 100_000_000) / 10_000;
        assert_eq!(report.value.0, value);
        assert_eq!((report.taker_fee.0, report.maker_fees.0), (fee(7, value), fee(3, value)));
        assert_eq!(world.market(0).fees.0, fee(7, value) + fee(3, value));
        check(&world);
    }
}

/// A fraction of an atom lost is an atom lost, one won is nothing, and one required is an atom. Over a hundred round trips at
/// prices that no whole number of atoms is worth, two traders never have more than they brought.
#[test]
fn f23_losses_and_requirements_round_up_gains_down() {
    let atom = 1_000_000_000_000;
    for (pico, floor, debt, gain) in [
        (-1, -1, 1, 0),
        (-atom, -1, 1, 0),
        (-atom - 1, -2, 2, 0),
        (1, 0, 0, 0),
        (atom - 1, 0, 0, 0),
        (2 * atom + 1, 2, 0, 2),
    ] {
        let cash = Cash(pico);
        assert_eq!(cash.atoms_floor(), floor, "{pico}");
        assert_eq!((cash.debt_ceil().unwrap().0, cash.gain_floor().unwrap().0), (debt, gain), "{pico}");
    }
    let required = margin::requirement(&MarketParams::bare(), margin::Multiples::WHOLE, Atoms(1)).unwrap();
    assert_eq!((required.initial.0, required.maintenance.0), (1, 1));
    let mut world = world(1, 2, 0);
    for who in [0, 1] {
        world.deposit(who, 100 * M).unwrap();
        world.add_margin(who, 0, 50 * M).unwrap();
    }
    for trip in 0..100u64 {
        let price = usd(100.0) + 37_700 + 4_100 * trip;
        world.reprice(0, price);
        let (pair, lots) = (if trip % 2 == 0 { [0, 1] } else { [1, 0] }, M + 3 * trip);
        let _ = world.trade(pair, 0, Side::Long, lots, price).unwrap();
        world.reprice(0, price + 1_900);
        let _ = world.trade(pair, 0, Side::Short, lots, price + 1_900).unwrap();
        for who in [0, 1] {
            let free = world.accounts[who].free.0.min(50 * M);
            world.add_margin(who, 0, free).unwrap();
        }
        check(&world);
    }
    let brought = world.collateral;
    let owned: i128 = [0, 1].map(|who| worth(&mut world, who)).iter().sum();
    assert!(owned <= brought && brought - owned <= 2_000, "{owned} of {brought}");
}

/// Just below maintenance and far below it, whichever of two positions the liquidator chooses, and however much he asks for:
/// equity over maintenance never falls, and once it is restored there is nothing more to take.
#[test]
fn f24_no_liquidation_leaves_its_victim_worse() {
    for fall in [9_660, 9_600, 9_500, 9_420] {
        for market in [0, 1] {
            for wanted in [0, M, 20 * M] {
                let mut world = world(2, 6, 0);
                open(&mut world, [0, 1], 0, 1_000 * M, [65 * M, 400 * M]);
                open(&mut world, [0, 2], 1, 1_000 * M, [65 * M, 400 * M]);
                world.deposit(3, 10_000 * M).unwrap();
                (0..2).for_each(|market| world.reprice(market, usd(f64::from(fall) / 100.0)));
                for market in [0, 1] {
                    let mark = world.mark(market);
                    let _ = world.refresh(market, mark).unwrap();
                }
                for _ in 0..12 {
                    let before = world.sync(0).unwrap().health;
                    let report = match world.attempt(|world| world.liquidate(0, market, 3, wanted)) {
                        Ok(report) => report,
                        Err(Error::NotInDistress | Error::TooMuch | Error::SliceUsed | Error::NoPosition) => break,
                        Err(error) => panic!("{fall} {market} {wanted}: {error:?}"),
                    };
                    let after = world.sync(0).unwrap().health;
                    // Cross multiplied; the atoms of leaving and taking a line are not health.
                    let fell = before.equity.0 * i128::from(after.maintenance.0)
                        - (after.equity.0 + 4_000_000_000_000) * i128::from(before.maintenance.0);
                    assert!(
                        fell <= 0 || before.equity.0 <= 0,
                        "{fall} {market} {wanted}: {before:?} {after:?} {report:?}"
                    );
                    check(&world);
                }
                let health = world.sync(0).unwrap().health;
                if !health.is_distressed() {
                    let again = world.attempt(|world| world.liquidate(0, market, 3, wanted));
                    assert_eq!(again.err(), Some(Error::NotInDistress));
                }
            }
        }
    }
}

/// Eight shorts of rising margins, opened in this order or in the other: a resolution names no victims, and what closes are the
/// lots of the most levered, down to one level, wherever their accounts stand.
#[test]
fn f26_the_order_is_the_ladders_and_nobody_elses() {
    let play = |order: &[usize]| {
        let mut world = world(1, 12, 0);
        for &at in order {
            open(&mut world, [8, at], 0, 100 * M, [100 * M, (10 + 10 * at as u64) * M]);
        }
        open(&mut world, [9, 10], 0, 120 * M, [7 * M, 400 * M]);
        world.reprice(0, usd(90.0));
        wait(&mut world, 200);
        let _ = world.sync(9).unwrap();
        wait(&mut world, 200);
        assert_eq!(world.resolve(9, 0, None).unwrap().deleveraged.0, 120 * M);
        check(&world);
        (0..8).map(|who| world.lots(who, 0).unsigned_abs()).collect::<Vec<u64>>()
    };
    let upwards = play(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let downwards = play(&[7, 6, 5, 4, 3, 2, 1, 0]);
    assert!(upwards.windows(2).all(|pair| pair[0] <= pair[1]), "{upwards:?}");
    assert!(upwards[0] < 60 * M && upwards[6] == 100 * M && upwards[7] == 100 * M, "{upwards:?}");
    for (one, other) in upwards.iter().zip(&downwards) {
        assert!(one.abs_diff(*other) <= 1_000, "{upwards:?} {downwards:?}");
    }
}
