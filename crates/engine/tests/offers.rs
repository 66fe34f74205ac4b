//! What of the quotes passed fills: the best offer first whatever their order, and nobody's quote in the way of the others'.
//! Prices are in USD, lots in millions: 1 M lots at 100 USD are worth 1 USD.
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

use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::trade::{Fill, Order, TradeReport};
use breakwater_engine::units::{Lots, Price};
use breakwater_engine::{Error, Result, Side};
use check::check;
use scene::{world, M};
use world::{usd, World};

const TAKER: usize = 0;
const MAKERS: [usize; 4] = [1, 2, 3, 4];

/// A taker and four makers with 1,000 each, which the makers have put into the market.
fn stage() -> World {
    let mut world = world(1, 5, 1_000 * M);
    world.deposit(TAKER, 1_000 * M).unwrap();
    for maker in MAKERS {
        world.deposit(maker, 1_000 * M).unwrap();
        world.add_margin(maker, 0, 1_000 * M).unwrap();
    }
    world
}

/// Asks of 10 each at 100.1, 100.2, 100.3 and 100.4 by the four.
fn asks(world: &mut World) -> Vec<(usize, QuoteBooks)> {
    let mut offers = Vec::new();
    for (maker, price) in MAKERS.into_iter().zip([100.1, 100.2, 100.3, 100.4]) {
        offers.push((maker, world.quote(maker, 0, Side::Short, 10 * M, usd(price)).unwrap()));
    }
    offers
}

fn buy(lots: u64) -> Order {
    Order { side: Side::Long, lots: Lots(lots * M), limit: Price(usd(1_000.0)), reduce_only: false, min_fill: Lots(0) }
}

/// Who filled how much at what, in millions of lots and USD.
fn told(report: &TradeReport, offers: &[(usize, QuoteBooks)]) -> Vec<(usize, u64, u64)> {
    let maker = |fill: &Fill| offers[usize::from(fill.maker.unwrap())].0;
    report.fills.iter().map(|fill| (maker(fill), fill.lots.0 / M, fill.price.0)).collect()
}

fn take(world: &World, lots: u64, offers: &[(usize, QuoteBooks)]) -> Result<Vec<(usize, u64, u64)>> {
    let mut world = world.clone();
    let report = world.take_from(TAKER, 0, buy(lots), &mut offers.to_vec())?;
    let told = told(&report, offers);
    assert_eq!(told.iter().map(|(_, lots, _)| lots).sum::<u64>() * M, report.filled.0, "the fills are all that filled");
    check(&world);
    Ok(told)
}

#[test]
fn n4_the_best_offer_fills_first_whatever_the_order_of_makers() {
    let mut world = stage();
    let offers = asks(&mut world);
    let best = vec![(1, 10, usd(100.1)), (2, 10, usd(100.2)), (3, 5, usd(100.3))];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let passed = order.map(|at| offers[at]);
        assert_eq!(take(&world, 25, &passed), Ok(best.clone()), "{order:?}");
    }
}

/// The best of the four is dead for one reason after another: the others fill the order.
#[test]
fn n4_a_maker_whose_quote_cannot_fill_is_passed_over() {
    let mut world = stage();
    let offers = asks(&mut world);
    let rest = vec![(2, 10, usd(100.2)), (3, 10, usd(100.3)), (4, 5, usd(100.4))];
    type Change = fn(&mut World, &mut QuoteBooks);
    let reasons: [(&str, Change); 9] = [
        ("expired", |world, quote| quote.expires = world.now.slot - 1),
        ("emptied", |_, quote| quote.asks[0].size = Lots(0)),
        ("cancelled", |_, quote| quote.cancel()),
        ("moved outside the band", |_, quote| quote.asks[0].price = Price(usd(103.0))),
        ("moved through the mark", |_, quote| quote.asks[0].price = Price(usd(99.9))),
        ("killed by distress", |world, _| world.accounts[1].quote_epoch += 1),
        ("not checked lately", |world, _| world.accounts[1].checked_until = world.now.slot - 1),
        ("without margin", |world, _| world.take_margin(1, 0, 1_000 * M).unwrap()),
        ("only reduces, with nothing to reduce", |_, quote| quote.reduce_only = 1),
    ];
    for (reason, change) in reasons {
        let (mut world, mut offers) = (world.clone(), offers.clone());
        change(&mut world, &mut offers[0].1);
        assert_eq!(take(&world, 25, &offers), Ok(rest.clone()), "{reason}");
    }
}

#[test]
fn n4_where_every_quote_is_dead_the_taker_is_told() {
    let mut world = stage();
    let mut offers = asks(&mut world);
    for (_, quote) in &mut offers {
        quote.expires = world.now.slot - 1;
    }
    assert_eq!(take(&world, 25, &offers), Err(Error::QuoteNotLive));
    assert_eq!(take(&world, 25, &[]), Err(Error::NothingFilled));
    offers[2].1.expires = u64::MAX;
    offers[2].1.asks[0].price = Price(usd(103.0));
    assert_eq!(take(&world, 25, &offers), Err(Error::PriceOutOfBand));
}

/// Forty are offered: whoever needs forty-one, and says so, gets nothing.
#[test]
fn n7_less_than_the_smallest_fill_refuses_the_whole_order() {
    let mut world = stage();
    let offers = asks(&mut world);
    for (wanted, least, comes_to) in [
        (100, 0, Ok(40)),
        (100, 40, Ok(40)),
        (100, 41, Err(Error::MinFillNotReached)),
        (41, 41, Err(Error::MinFillNotReached)),
        (25, 25, Ok(25)),
        (25, 26, Err(Error::MinFillNotReached)),
    ] {
        let order = Order { min_fill: Lots(least * M), ..buy(wanted) };
        let filled = world.clone().take_from(TAKER, 0, order, &mut offers.clone()).map(|report| report.filled.0 / M);
        assert_eq!(filled, comes_to, "{least} of {wanted}");
    }
}

/// The taker goes through zero in the middle of a level, and so does a maker: each level is told once.
#[test]
fn n7_a_level_is_told_as_one_fill() {
    let mut world = stage();
    let _ = world.trade([TAKER, 1], 0, Side::Short, 15 * M, usd(100.0)).unwrap();
    let offers = asks(&mut world);
    let report = world.take_from(TAKER, 0, buy(40), &mut offers.clone()).unwrap();
    let each = [(1, 100.1), (2, 100.2), (3, 100.3), (4, 100.4)].map(|(maker, price)| (maker, 10, usd(price)));
    assert_eq!(told(&report, &offers), each);
    check(&world);
}

/// Four levels of four makers: sixteen fills are told.
#[test]
fn n7_every_level_of_every_maker_is_told() {
    let mut world = stage();
    let mut offers = asks(&mut world);
    for (number, (_, quote)) in (0u64..).zip(&mut offers) {
        let level = |at: u64| Level { size: Lots(M), price: Price(usd(100.0) + number + 4 * at), pegged: 0 };
        quote.asks = [level(0), level(1), level(2), level(3)];
    }
    let told = take(&world, 16, &offers).unwrap();
    let expected: Vec<_> = (0..16u64).map(|at| (MAKERS[at as usize % 4], 1, usd(100.0) + at)).collect();
    assert_eq!(told, expected);
}

/// The mark was published 2 s ago, 5 slots: pegged levels of makers who allow fewer do not fill, fixed ones do.
#[test]
fn a14_pegged_levels_fill_at_no_older_mark_than_the_maker_allows() {
    let mut world = stage();
    let mut offers = asks(&mut world);
    for (_, quote) in &mut offers {
        quote.asks[0] = Level { size: Lots(10 * M), price: Price(usd(0.1)), pegged: 1 };
    }
    world.pass(5, 2);
    let fills = |world: &World, limits: [u32; 4], fixed: bool| {
        let mut offers = offers.clone();
        for ((_, quote), limit) in offers.iter_mut().zip(limits) {
            quote.mark_age_slots_max = limit;
        }
        if fixed {
            offers[0].1.asks[0] = Level { size: Lots(10 * M), price: Price(usd(100.1)), pegged: 0 };
        }
        take(world, 40, &offers).map(|told| told.into_iter().map(|(maker, ..)| maker).collect::<Vec<_>>())
    };
    assert_eq!(fills(&world, [5, 4, 0, 6], false), Ok(vec![1, 3, 4]));
    assert_eq!(fills(&world, [4, 4, 4, 5], true), Ok(vec![1, 4]));
    assert_eq!(fills(&world, [4, 4, 4, 4], false), Err(Error::StaleMark));
    // A second more is 7.5 slots, rounded up. Slots themselves say nothing: a price shown late is as old as it is.
    world.pass(1, 1);
    assert_eq!(fills(&world, [7, 8, 7, 5], false), Ok(vec![2]));
    // Ahead of the clock is no age.
    world.now.time -= 10;
    assert_eq!(fills(&world, [1, 1, 1, 1], false), Ok(vec![1, 2, 3, 4]));
}
