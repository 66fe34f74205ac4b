//! Whatever lets money out or risk in uses marks published a few slots ago.

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::state::QuoteBooks;
use breakwater_engine::Side::{Long, Short};

use crate::quoting::{one_position, order};
use crate::sold::{asks, bids, level};
use crate::stage::{lots, Stage};

/// 4 s are 10 slots of 400 ms, and 5 s are 13: what lets money out or risk in asks for a mark at most 10 slots old.
#[test]
fn a55_money_out_and_risk_in_ask_for_a_fresh_mark() {
    let young = one_position().age(4);
    let old = one_position().age(5);
    type Verb = fn(&mut Stage) -> Result<()>;
    let verbs: [(&str, Verb); 5] = [
        ("withdraw", |stage| stage.attempt(|ex| ex.withdraw("q", 1 << 40)).map(drop)),
        ("isolate", |stage| stage.attempt(|ex| ex.isolate("q", 0))),
        ("quote", |stage| stage.set_quote("q", 1, asks(&[level(1, 100)])).map(drop)),
        ("check", |stage| stage.attempt(|ex| ex.check_quotes("q"))),
        ("open", |stage| stage.trade(0, "q", "s", 1)),
    ];
    for (name, verb) in verbs {
        assert_eq!(verb(&mut young.clone()), Ok(()), "{name}");
        assert_eq!(verb(&mut old.clone()), Err(Error::MarkTooOld), "{name}");
    }
}

/// An order that opens asks for it of the market and of every other in which the taker has lots; one that reduces asks nothing.
#[test]
fn a55_an_order_that_opens_asks_every_market_of_the_taker() {
    let aged = |market: usize| {
        let mut stage = one_position();
        let quote = stage.set_quote("u", 1, asks(&[level(10, 100)])).unwrap();
        let stage_of = |mut stage: Stage| {
            let fresh = stage.ex.now().time;
            stage.ex.market_mut(1 - market).mark.publish_time = fresh;
            stage
        };
        (stage_of(stage.age(5)), quote)
    };
    for market in [0, 1] {
        let (mut stage, quote) = aged(market);
        let refused = stage.order("q", &[("u", quote)], &order(1, Long, 1)).err();
        assert_eq!(refused, Some(Error::MarkTooOld), "market {market} is old");
    }
    let (mut stage, quote) = aged(0);
    assert!(stage.order("t", &[("u", quote)], &order(1, Long, 1)).is_ok(), "t has no lots in market 0");
    let (mut stage, quote) = aged(0);
    assert!(stage.order("q", &[("u", quote)], &order(1, Long, 1)).is_err());
    let quote = stage.set_quote("s", 0, QuoteBooks { reduce_only: 1, ..bids(&[level(10, 100)]) }).unwrap();
    assert!(stage.order("q", &[("s", quote)], &order(0, Short, 10)).is_ok(), "reducing asks nothing");
}

/// The state was confirmed; acting on it asks for a mark that is fresh.
#[test]
fn a55_liquidations_and_declarations_ask_for_a_fresh_mark() {
    let distress = |mark| one_position().marks(&[mark, 100]).wait(6);
    let young = |mark| {
        let mut stage = distress(mark);
        stage.ex.market_mut(0).waterfall.action_age_slots = 10;
        stage
    };
    let old = |mark| {
        let mut stage = young(mark);
        stage.ex.slot += 20;
        stage.account("q").clock.last = stage.ex.now().slot;
        stage
    };
    let refused = Some(Error::MarkTooOld);
    assert!(young(92).liquidate("q", "t", 0, 10).is_ok());
    assert_eq!(old(92).liquidate("q", "t", 0, 10).err(), refused);
    let into = |mut stage: Stage| {
        let quote = QuoteBooks { expires: u64::MAX, ..bids(&[level(10, 92)]) };
        stage.account("u").checked_until = u64::MAX;
        stage.attempt(|ex| ex.liquidate_into("q", &[("u", quote)], (0, lots(10)))).map(drop)
    };
    assert_eq!(into(young(92)), Ok(()));
    assert_eq!(into(old(92)).err(), refused);
    assert!(young(85).attempt(|ex| ex.declare("q")).is_ok());
    assert_eq!(old(85).attempt(|ex| ex.declare("q")).err(), refused);
}
