//! Reducing is always possible, not only permitted (I9): on either side of a trade, below initial margin, and at any usable mark.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::state::QuoteBooks;
use breakwater_engine::units::{Bps, Lots};
use breakwater_engine::Side::{Long, Short};

use crate::quoting::{one_position, order};
use crate::sold::{asks, bids, level};
use crate::stage::{equal, equal_parts, lots};

/// At 97 q has 700 of 485; at 94.5 it has 450 of 472.5 and may not open, but offers what it has.
#[test]
fn a47_a_quote_that_only_reduces_asks_no_initial_margin() {
    let mut stage = one_position().marks(&[(945, 10), (100, 1)]);
    assert_eq!(stage.set_quote("q", 0, asks(&[level(101, (945, 10))])).err(), Some(Error::InsufficientMargin));
    assert_eq!(stage.set_quote("q", 0, bids(&[level(1, (945, 10))])).err(), Some(Error::InsufficientMargin));
    let quote = stage.set_quote("q", 0, asks(&[level(100, (945, 10))])).unwrap();
    assert_eq!(quote.reduce_only, 1);
    let done = stage.order("t", &[("q", quote)], &order(0, Long, 100)).unwrap();
    assert_eq!((done.fills.lots, stage.size("q", 0)), (Lots(lots(100)), 0));
    equal(stage.total_of("q"), 450);
}

/// It outlives the check of the account, and distress that was found before it was set; a full close is all it ever does.
#[test]
fn a47_a_quote_that_only_reduces_outlives_checks_and_never_opens() {
    let mut stage = one_position().marks(&[92, 100]);
    let quote = stage.set_quote("q", 0, QuoteBooks { reduce_only: 1, ..asks(&[level(130, 92)]) }).unwrap();
    stage.ex.slot += stage.market(0).params.check_slots;
    let mut stage = stage.sync("q");
    let done = stage.order("t", &[("q", quote)], &order(0, Long, 130)).unwrap();
    assert_eq!((done.fills.lots, stage.size("q", 0)), (Lots(lots(100)), 0));
}

/// In a guarded market, at an old mark, both sides may still reduce.
#[test]
fn a47_reducing_passes_where_opening_is_refused() {
    let mut stage = one_position().age(50);
    stage.ex.market_mut(0).guarded = 1;
    let quote = stage.set_quote("q", 0, asks(&[level(100, 100)])).unwrap();
    assert_eq!(quote.reduce_only, 1);
    let done = stage.order("s", &[("q", quote)], &order(0, Long, 100)).unwrap();
    assert_eq!((done.fills.lots, done.opened), (Lots(lots(100)), Lots::ZERO));
}

/// q sells 150: 100 close, 50 open with what is left; the maker is told one fill.
#[test]
fn an_order_through_zero_is_a_full_close_and_an_opening() {
    let mut stage = one_position();
    let quote = stage.set_quote("t", 0, bids(&[level(200, 100)])).unwrap();
    let done = stage.order("q", &[("t", quote)], &order(0, Short, 150)).unwrap();
    assert_eq!((done.fills.each().len(), done.fills.lots, done.opened), (1, Lots(lots(150)), Lots(lots(50))));
    assert_eq!(stage.ex.accounts["q"].slot(0).unwrap().position.side(), Some(Short));
    equal(stage.equity("q", 0).unwrap(), 1_000);
    // A guard refuses the opening only.
    let mut stage = one_position();
    let quote = stage.set_quote("s", 0, bids(&[level(200, 100)])).unwrap();
    stage.ex.market_mut(0).guarded = 1;
    let done = stage.order("q", &[("s", quote)], &order(0, Short, 150)).unwrap();
    assert_eq!((done.fills.lots, done.opened), (Lots(lots(100)), Lots::ZERO));
}

/// q is worth 1 at 90.01 and a fee of 5 bps on 9,001 would be 4.5: it takes 1 and the position closes, as taker and as maker.
#[test]
fn a50_a_fee_takes_at_most_what_is_left() {
    for taker in [true, false] {
        let mut stage = one_position().marks(&[(9001, 100), (100, 1)]);
        stage.ex.market_mut(0).params.taker_fee = Bps(5);
        stage.ex.market_mut(0).params.maker_fee = Bps(5);
        let (who, other) = if taker { ("q", "t") } else { ("t", "q") };
        let wanted = if taker { bids(&[level(100, (9001, 100))]) } else { asks(&[level(100, (9001, 100))]) };
        let quote = stage.set_quote(other, 0, wanted).unwrap();
        let side = if taker { Short } else { Long };
        let done = stage.order(who, &[(other, quote)], &order(0, side, 100)).unwrap();
        let fee = if taker { done.taker_fee } else { done.fills.maker_fees };
        equal(i128::from(fee.0), 1);
        assert_eq!(stage.size("q", 0), 0);
        equal(stage.total_of("q"), 0);
    }
}

/// Of a fifth that closes, a fee takes at most a fifth of the 1 that is left, so that health does not fall.
#[test]
fn a50_a_fee_leaves_the_rest_its_share() {
    for taker in [true, false] {
        let mut stage = one_position().marks(&[(9001, 100), (100, 1)]);
        stage.ex.market_mut(0).params.taker_fee = Bps(5);
        stage.ex.market_mut(0).params.maker_fee = Bps(5);
        let (who, other) = if taker { ("q", "t") } else { ("t", "q") };
        let wanted = if taker { bids(&[level(20, (9001, 100))]) } else { asks(&[level(20, (9001, 100))]) };
        let quote = stage.set_quote(other, 0, wanted).unwrap();
        let side = if taker { Short } else { Long };
        let done = stage.order(who, &[(other, quote)], &order(0, side, 20)).unwrap();
        let fee = if taker { done.taker_fee } else { done.fills.maker_fees };
        equal_parts(i128::from(fee.0), 1, 5);
        assert_eq!(stage.size("q", 0), lots(80));
        equal_parts(stage.total_of("q"), 4, 5);
    }
}

/// 1,000 are spread over both legs, and each leg is worth what it moved: the losing one closes all the same.
#[test]
fn a51_siblings_pay_what_a_closing_leg_lacks() {
    // s is lifted first: what q's winning leg would leave for a phantom of s may not be lifted.
    let mut stage = one_position().pair(1, "s", "q", 100).marks(&[85, 85]).sync("s");
    // A touch leaves 255 of maintenance margin in the losing leg, and the price takes 500.
    let quote = stage.set_quote("t", 0, bids(&[level(100, 80)])).unwrap();
    let done = stage.order("q", &[("t", quote)], &order(0, Short, 100)).unwrap();
    assert_eq!((done.fills.lots, stage.size("q", 0)), (Lots(lots(100)), 0));
    equal(stage.total_of("q"), 500);
}
