//! Fees of openings, whatever market the taker's money is in.
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

use breakwater_engine::clearing::trading::Order;
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::{Lots, Price, Side};
use exchange::{Terms, TestExchange};

/// 100 atoms a lot.
const PRICE: u64 = 100_000_000_000_000;

/// A68: lots that open for nothing would earn the rewards for work on them. The taker's money is margin of another market, so the
/// new position has none of its own when the fee is due.
#[test]
fn a68_an_opening_pays_its_fee_though_the_money_is_in_another_market() {
    let mut exchange = TestExchange::new(&Terms::uninsured(vec![PRICE; 2]));
    exchange.set_fee(5);
    for (who, amount) in [("tina", 50_000), ("mike", 50_000), ("maria", 900_000)] {
        exchange.deposit(who, amount).unwrap();
    }
    exchange.trade(1, "tina", "mike", 100).unwrap();
    assert_eq!(exchange.accounts["tina"].free.0, 0, "margin follows positions");
    exchange.check_account("maria").unwrap();

    let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
    quote.asks[0] = Level { size: Lots(1_000), price: Price(PRICE), pegged: 0 };
    let order = Order {
        market_index: 0,
        side: Side::Long,
        lots: Lots(1_000),
        limit: Price(1 << 59),
        reduce_only: false,
        min_fill: Lots(1_000),
    };
    let done = exchange.order("tina", &[("maria", quote)], &order).unwrap();
    // 5 bps of 100,000.
    assert_eq!(done.taker_fee.0, 50);
    exchange.settle().unwrap();
}
