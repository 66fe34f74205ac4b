//! Reserve adequacy: orders that raise what a move would leave uninsured are refused, and nothing else is.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::units::Bps;
use breakwater_engine::Side::{Long, Short};

use crate::quoting::{engine, order};
use crate::sold::{asks, bids, level};
use crate::stage::{equal, lots, Stage};

/// The market looks 10 % ahead and has 100 of cover.
fn looking_ahead() -> Stage {
    let mut stage = Stage::covered(&[100], 100).deposits(&[("rich", 90_000), ("wide", 90_000)]);
    stage.ex.market_mut(0).waterfall.adequacy_move = Bps(1_000);
    stage
}

/// t has 6 a lot behind its longs, so that 4 a lot are missing at 90: 25 lots lack the 100 that the cover holds.
#[test]
fn a67_an_order_that_raises_what_is_missing_beyond_the_reserve_is_refused() {
    for (amount, refused) in [(25, None), (26, Some(Error::ReserveInadequate))] {
        let mut stage = looking_ahead().deposit("t", amount * 6);
        let quote = stage.set_quote("rich", 0, asks(&[level(100, 100)])).unwrap();
        assert_eq!(stage.order("t", &[("rich", quote)], &order(0, Long, amount)).err(), refused, "{amount}");
    }
    // A reserve that a layer or the common fund's allowance adds counts too.
    let mut stage = looking_ahead().layer(0, 4, 1_000).deposit("t", 156);
    let quote = stage.set_quote("rich", 0, asks(&[level(100, 100)])).unwrap();
    assert!(stage.order("t", &[("rich", quote)], &order(0, Long, 26)).is_ok());
}

/// The other side is looked at where the mark rises.
#[test]
fn a67_shorts_are_looked_at_where_the_mark_rises() {
    let mut stage = looking_ahead().deposit("t", 26 * 6);
    let quote = stage.set_quote("rich", 0, bids(&[level(100, 100)])).unwrap();
    let refused = stage.order("t", &[("rich", quote)], &order(0, Short, 26)).err();
    assert_eq!(refused, Some(Error::ReserveInadequate));
}

/// thin's maker position counts as much as the taker's.
#[test]
fn a67_what_makers_open_counts_too() {
    let mut stage = looking_ahead().deposits(&[("t", 90_000), ("thin", 26 * 6)]);
    let quote = stage.set_quote("thin", 0, bids(&[level(26, 100)])).unwrap();
    let refused = stage.order("t", &[("thin", quote)], &order(0, Short, 26)).err();
    assert_eq!(refused, Some(Error::ReserveInadequate));
    assert!(stage.order("t", &[("thin", quote)], &order(0, Short, 25)).is_ok());
}

/// Money at rest lacks 400 beyond 100: nothing is guarded, orders that add nothing to it pass, and reducing does.
#[test]
fn a67_money_at_rest_guards_nothing_and_reducing_passes() {
    let mut stage = Stage::covered(&[100], 100)
        .deposits(&[("rich", 90_000), ("wide", 90_000), ("rest", 500), ("t", 600)])
        .pair(0, "rest", "wide", 100);
    stage.ex.market_mut(0).waterfall.adequacy_move = Bps(1_000);
    let mut stage = stage.wait(6);
    assert_eq!(stage.market(0).guarded, 0);
    let quote = stage.set_quote("rich", 0, asks(&[level(100, 100)])).unwrap();
    // 60 a lot behind ten lots: nothing is missing of them.
    assert!(stage.order("t", &[("rich", quote)], &order(0, Long, 10)).is_ok());
    let bid = stage.set_quote("rich", 0, bids(&[level(100, 100)])).unwrap();
    assert!(stage.order("rest", &[("rich", bid)], &order(0, Short, 50)).is_ok());
    assert_eq!(stage.market(0).guarded, 0);
}

/// t, who lacks nothing at 90, reduces: thin, who would lack 4 a lot, is passed over, and wide takes the lots at a worse price.
#[test]
fn a67_who_reduces_finds_makers_who_raise_nothing() {
    let mut stage =
        looking_ahead().deposits(&[("t", 90_000), ("thin", 300), ("other", 90_000)]).pair(0, "t", "other", 100);
    let thin = stage.set_quote("thin", 0, bids(&[level(50, 100)])).unwrap();
    let wide = stage.set_quote("wide", 0, bids(&[level(100, 99)])).unwrap();
    let done = stage.order("t", &[("thin", thin), ("wide", wide)], &order(0, Short, 50)).unwrap();
    assert_eq!(done.fills.each().iter().map(|fill| fill.maker).collect::<Vec<_>>(), [1]);
    // Where all that opens would raise it, the order is told that nothing fills.
    let nothing = Some(engine(breakwater_engine::Error::NothingFilled));
    assert_eq!(stage.order("t", &[("thin", thin)], &order(0, Short, 50)).err(), nothing);
}

/// A liquidation into quotes passes the thin maker over as well.
#[test]
fn a67_a_liquidation_into_quotes_raises_nothing_either() {
    let mut stage = Stage::covered(&[100], 1)
        .deposits(&[("l", 1_000), ("s", 90_000), ("thin", 100), ("wide", 90_000)])
        .pair(0, "l", "s", 100)
        .marks(&[92])
        .wait(6);
    // Four per cent ahead l lacks 168 of 368; thin, with 4.8 a lot, nothing; eight per cent ahead 2.6 a lot more than l.
    stage.ex.market_mut(0).waterfall.adequacy_move = Bps(800);
    let thin = stage.set_quote("thin", 0, bids(&[level(20, 92)])).unwrap();
    let sold = stage.attempt(|ex| ex.liquidate_into("l", &[("thin", thin)], (0, lots(20))));
    assert!(sold.is_ok(), "l lacks 5.4 a lot, thin 2.4: {sold:?}");
}

/// Estate lots count: b's 100 lots are the estate's and lack 500 at 85; at 76.5 they lack 850 more.
#[test]
fn a67_estates_count_at_the_moved_mark() {
    let mut stage = Stage::new(&[100]).deposits(&[("b", 1_000), ("s", 9_000)]).pair(0, "b", "s", 100);
    stage.ex.market_mut(0).waterfall.adequacy_move = Bps(1_000);
    let stage = stage.marks(&[85]).wait(6);
    let seen = |stage: &Stage| stage.ex.view(0).adequacy(&stage.ex.fund).unwrap().unwrap();
    equal(i128::from(seen(&stage).short[0].0), 1_350);
    let stage = stage.declare("b");
    equal(i128::from(seen(&stage).short[0].0), 1_350);
    equal(i128::from(seen(&stage).gap().0), 1_350);
    equal(i128::from(seen(&stage).short[1].0), 0);
}

/// Where a market does not look ahead nothing is refused, and nothing is read.
#[test]
fn a67_a_move_of_zero_is_never() {
    let mut stage = Stage::new(&[100]).deposits(&[("rich", 90_000), ("t", 600)]);
    assert_eq!(stage.ex.view(0).adequacy(&stage.ex.fund).unwrap(), None);
    let quote = stage.set_quote("rich", 0, asks(&[level(100, 100)])).unwrap();
    assert!(stage.order("t", &[("rich", quote)], &order(0, Long, 100)).is_ok());
}
