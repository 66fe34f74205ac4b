//! Orders against quotes: best price first, who is passed over, what an opening and a reduction ask.
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

#[path = "clearing/exchange.rs"]
mod exchange;

use std::collections::BTreeMap;

use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::trading::Order;
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::{Lots, Price, Side};
use exchange::{Terms, TestExchange};

/// 100 atoms a lot: a price of 100.
const PICO: u64 = 1_000_000_000_000;
const UNIT: u64 = 1_000_000;

fn price(of: u64) -> Price {
    Price(of * PICO / 1_000)
}

/// Two rich makers, a taker with 2,000 lots' initial margin and a little more.
fn stage(markets: usize) -> TestExchange {
    let mut exchange = TestExchange::new(&Terms::uninsured(vec![100 * PICO; markets]));
    for (who, amount) in [("maria", 1_000 * UNIT), ("mike", 1_000 * UNIT), ("tina", 21_000)] {
        exchange.deposit(who, amount).unwrap();
        exchange.check_account(who).unwrap();
    }
    exchange
}

fn ask(size: u64, at: u64) -> Level {
    Level { size: Lots(size), price: price(at), pegged: 0 }
}

fn quote(bids: &[Level], asks: &[Level]) -> QuoteBooks {
    let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
    quote.bids[..bids.len()].copy_from_slice(bids);
    quote.asks[..asks.len()].copy_from_slice(asks);
    quote
}

fn order(side: Side, lots: u64) -> Order {
    let limit = if side == Side::Long { Price(1 << 59) } else { Price(1) };
    Order { market_index: 0, side, lots: Lots(lots), limit, reduce_only: false, min_fill: Lots(0) }
}

#[test]
fn the_best_offer_fills_first_whatever_the_order_of_makers() {
    let offers =
        [("maria", quote(&[], &[ask(500, 100_300)])), ("mike", quote(&[], &[ask(400, 100_100), ask(500, 100_200)]))];
    for makers in [[0, 1], [1, 0]] {
        let mut exchange = stage(1);
        let passed: Vec<_> = makers.iter().map(|at| offers[*at]).collect();
        let done = exchange.order("tina", &passed, &order(Side::Long, 1_000)).unwrap();
        let prices: Vec<u64> = done.fills.each().iter().map(|fill| fill.price.0).collect();
        assert_eq!(prices, [price(100_100).0, price(100_200).0, price(100_300).0]);
        assert_eq!(done.fills.lots, Lots(1_000));
        // 400 at 100.1, 500 at 100.2, 100 at 100.3: 40,040 + 50,100 + 10,030.
        assert_eq!(done.fills.value.0, 100_170);
        exchange.settle().unwrap();
    }
}

/// A maker who cannot back the fill, one whose quote has expired and one in nobody's favour are passed over (N4).
#[test]
fn makers_that_cannot_fill_are_passed_over() {
    let mut exchange = stage(1);
    exchange.deposit("poor", 10).unwrap();
    exchange.check_account("poor").unwrap();
    let expired = QuoteBooks { expires: 0, ..quote(&[], &[ask(1_000, 100_000)]) };
    let makers = [
        ("poor", quote(&[], &[ask(1_000, 100_000)])),
        ("mike", expired),
        ("maria", quote(&[], &[ask(1_000, 99_900), ask(1_000, 100_500)])),
    ];
    let done = exchange.order("tina", &makers, &order(Side::Long, 600)).unwrap();
    // Maria's first ask is through the mark: only the second stands on its own side of it.
    assert_eq!((done.fills.lots, done.fills.each().len(), done.fills.each()[0].maker), (Lots(600), 1, 2));
    assert_eq!(exchange.size("poor", 0), 0);
    exchange.settle().unwrap();
}

#[test]
fn less_than_the_smallest_fill_refuses_the_whole_order() {
    let mut exchange = stage(1);
    let makers = [("maria", quote(&[], &[ask(300, 100_000)]))];
    let wanted = Order { min_fill: Lots(500), ..order(Side::Long, 1_000) };
    assert_eq!(exchange.order("tina", &makers, &wanted).err(), Some(Error::TooLittleFilled));
    assert_eq!(exchange.size("tina", 0), 0);
}

#[test]
fn an_opening_needs_initial_margin_over_the_whole_account() {
    let mut exchange = stage(1);
    let makers = [("maria", quote(&[], &[ask(9_000, 100_000)]))];
    // 2,101 lots of 100 need 21,010; there are 21,000.
    assert_eq!(exchange.order("tina", &makers, &order(Side::Long, 2_101)).err(), Some(Error::InsufficientMargin));
    let _ = exchange.order("tina", &makers, &order(Side::Long, 2_099)).unwrap();
    assert_eq!(exchange.size("tina", 0), 2_099);
}

/// Between maintenance and initial margin a reduction passes, though the account could not open (A47).
#[test]
fn a_reduction_needs_no_initial_margin() {
    let mut exchange = stage(1);
    let makers = [("maria", quote(&[ask(9_000, 96_000)], &[ask(9_000, 100_000)]))];
    let _ = exchange.order("tina", &makers, &order(Side::Long, 2_000)).unwrap();
    // At 96 the 2,000 lots are worth 192,000: equity 13,000, initial margin 19,200, maintenance 9,600.
    exchange.tick(1, &BTreeMap::from([(0, 96 * PICO)]), &BTreeMap::new()).unwrap();
    exchange.check_account("maria").unwrap();
    assert_eq!(exchange.order("tina", &makers, &order(Side::Long, 1)).err(), Some(Error::InsufficientMargin));
    let done = exchange.order("tina", &makers, &order(Side::Short, 500)).unwrap();
    assert_eq!((done.fills.lots, done.opened), (Lots(500), Lots(0)));
    exchange.settle().unwrap();
}

/// A losing leg closes though it has less than it loses: the winning one pays (A51).
#[test]
fn siblings_pay_what_a_closing_leg_lacks() {
    let mut exchange = stage(2);
    let both = [("maria", quote(&[ask(9_000, 85_000)], &[ask(9_000, 100_000)]))];
    let _ = exchange.order("tina", &both, &order(Side::Long, 1_000)).unwrap();
    let other = Order { market_index: 1, ..order(Side::Short, 1_000) };
    let bids = [("mike", quote(&[ask(9_000, 100_000)], &[]))];
    let _ = exchange.order("tina", &bids, &other).unwrap();
    // Market 0 falls by 15 a lot and market 1 by as much: tina is even.
    exchange.tick(1, &BTreeMap::from([(0, 85 * PICO), (1, 85 * PICO)]), &BTreeMap::new()).unwrap();
    exchange.check_account("maria").unwrap();
    let done = exchange.order("tina", &both, &order(Side::Short, 1_000)).unwrap();
    assert_eq!(done.fills.lots, Lots(1_000));
    assert_eq!(exchange.size("tina", 0), 0);
    exchange.settle().unwrap();
}

/// All of tina's cash backs her position in market 0, and lots that open at the mark are worth nothing: the fee of opening in market 1
/// comes out of what follows them there.
#[test]
fn the_fee_of_an_opening_is_paid_though_all_cash_backs_another_position() {
    let mut exchange = stage(2);
    exchange.set_taker_fee(5);
    let both = [("maria", quote(&[ask(9_000, 100_000)], &[ask(9_000, 100_000)]))];
    let first = exchange.order("tina", &both, &order(Side::Long, 100)).unwrap();
    assert_eq!(exchange.accounts["tina"].free.0, 0);
    let other = Order { market_index: 1, ..order(Side::Short, 100) };
    let bids = [("mike", quote(&[ask(9_000, 100_000)], &[]))];
    let second = exchange.order("tina", &bids, &other).unwrap();
    // 100 lots at 100 are 10,000: 5 bps of them are 5, twice.
    assert_eq!((first.taker_fee.0, second.taker_fee.0), (5, 5));
    assert_eq!(exchange.market(1).fees.0 + exchange.market(1).keeper_pot.0, 5);
    exchange.settle().unwrap();
}
