//! Quotes that margin follows, orders against them, marks that are fresh, and reserve adequacy. Initial margin is 5 % and maintenance
//! margin 3 %; the mark is 100.

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::trading::{Order, Traded};
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::units::{Bps, Lots, Price};
use breakwater_engine::Side::{self, Long, Short};

use crate::exchange::slot_of;
use crate::sold::{asks, bids, level};
use crate::stage::{atoms, equal, equal_parts, lots, Number, Stage, LOTS, PRICE};

fn engine(error: breakwater_engine::Error) -> Error {
    Error::Engine(error)
}

fn order(market: u64, side: Side, amount: u64) -> Order {
    let limit = if side == Long { Price(1 << 59) } else { Price(1) };
    let (lots, min_fill) = (Lots(lots(amount)), Lots::ZERO);
    Order { market_index: market, side, lots, limit, reduce_only: false, min_fill }
}

impl Stage {
    fn order(&mut self, who: &str, makers: &[(&str, QuoteBooks)], order: &Order) -> Result<Traded> {
        self.attempt(|ex| ex.order(who, makers, order))
    }

    fn paid_in(&self, who: &str, market: usize) -> u64 {
        slot_of(&self.ex.accounts[who], market).map_or(0, |slot| slot.position.paid_in.0)
    }

    fn spare(&self, who: &str, market: usize) -> i128 {
        slot_of(&self.ex.accounts[who], market).map_or(0, |slot| i128::from(slot.position.spare.0))
    }

    fn free(&self, who: &str) -> i128 {
        i128::from(self.ex.accounts[who].free.0)
    }

    /// No mark is published any more: the present ones get old.
    fn age(mut self, slots: u64) -> Stage {
        for market in 0..self.ex.len() {
            self.ex.market_mut(market).waterfall.action_age_slots = 10;
        }
        self.ex.slot += slots;
        for market in 0..self.ex.len() {
            let time = self.ex.now().time;
            self.ex.market_mut(market).mark.publish_time = time - slots as i64;
        }
        self
    }
}

/// q has 1,000 behind 100 lots of market 0, of which 500 are initial margin.
fn one_position() -> Stage {
    Stage::new(&[100, 100])
        .deposits(&[("q", 1_000), ("s", 90_000), ("t", 90_000), ("u", 90_000)])
        .pair(0, "q", "s", 100)
}

// --- margin follows quotes

/// 40 lots of market 1 need 200; 500 are spared in market 0. t buys them, and q's position there has what backed the quote.
#[test]
fn a_maker_with_a_position_backs_a_quote_in_another_market() {
    let mut stage = one_position();
    let quote = stage.set_quote("q", 1, asks(&[level(40, 100)])).unwrap();
    equal(stage.spare("q", 1), 200);
    equal(stage.equity("q", 0).unwrap(), 800);
    equal(stage.total_of("q"), 1_000);
    let done = stage.order("t", &[("q", quote)], &order(1, Long, 40)).unwrap();
    assert_eq!((done.fills.lots, stage.size("q", 1)), (Lots(lots(40)), lots(40)));
    equal(stage.equity("q", 1).unwrap(), 200);
    equal(i128::from(stage.paid_in("q", 1)), 200);
}

/// 500 are spared beyond initial margin, which is 100 lots' worth: 120 lots are offered, and no fill takes more than is backed.
#[test]
fn a_quote_takes_of_other_markets_no_more_than_they_may_spare() {
    let mut stage = one_position();
    let quote = stage.set_quote("q", 1, asks(&[level(99, 100), level(21, (1001, 10))])).unwrap();
    equal(stage.spare("q", 1), 500);
    equal(stage.equity("q", 0).unwrap(), 500);
    let done = stage.order("t", &[("q", quote)], &order(1, Long, 120)).unwrap();
    assert_eq!(done.fills.lots, Lots(lots(99)));
    // 995 are bound now, and nothing was created.
    equal(stage.total_of("q"), 1_000);
    equal(stage.withdraw("q"), 5);
}

#[test]
fn a_quote_needs_initial_margin_over_the_whole_account() {
    let mut stage = one_position().marks(&[94, 100]);
    // 400 left of 470 initial margin.
    assert_eq!(stage.set_quote("q", 1, asks(&[level(1, 100)])).err(), Some(Error::InsufficientMargin));
}

/// Deposits wait as free cash; the next touch spreads 300 over 300 of maintenance margin in market 0 and 60 of the 20 lots offered
/// in market 1.
#[test]
fn the_spread_counts_a_market_where_an_account_only_quotes_with_its_quotes() {
    let mut stage = one_position();
    let _ = stage.set_quote("q", 1, asks(&[level(20, 100)])).unwrap();
    equal(stage.spare("q", 1), 100);
    let stage = stage.deposit("q", 360).sync("q");
    equal(stage.spare("q", 1), 160);
    equal(stage.equity("q", 0).unwrap(), 1_200);
    equal(stage.free("q"), 0);
}

/// An account without a position has its money behind its quotes, in proportion; one that fills leaves the other backed.
#[test]
fn a_flat_maker_backs_quotes_in_two_markets() {
    let mut stage = one_position();
    let first = stage.set_quote("u", 0, asks(&[level(100, 100)])).unwrap();
    let second = stage.set_quote("u", 1, asks(&[level(300, 100)])).unwrap();
    let stage_total = stage.total_of("u");
    let _ = stage.order("t", &[("u", first)], &order(0, Long, 100)).unwrap();
    let done = stage.order("t", &[("u", second)], &order(1, Long, 300)).unwrap();
    assert_eq!(done.fills.lots, Lots(lots(300)));
    equal(stage.total_of("u") - stage_total, 0);
}

/// Money behind quotes that died goes back to the positions at the next touch, or is free cash without one.
#[test]
fn money_behind_dead_quotes_returns() {
    let mut stage = one_position();
    let slots = stage.market(0).params.check_slots;
    for who in ["q", "u"] {
        let _ = stage.set_quote(who, 1, asks(&[level(40, 100)])).unwrap();
    }
    stage.ex.slot += slots / 5 + 1;
    let stage = stage.sync("q").sync("u");
    assert_eq!((stage.spare("q", 1), stage.spare("u", 1)), (0, 0));
    equal(stage.equity("q", 0).unwrap(), 1_000);
    equal(stage.free("u"), 90_000);
    // A check revives the quotes, and their margin follows.
    let mut stage = stage;
    stage.act(|ex| ex.check_quotes("q"));
    equal(stage.spare("q", 1), 200);
    stage.act(|ex| ex.cancel("q", 1));
    let stage = stage.sync("q");
    assert!(slot_of(&stage.ex.accounts["q"], 1).is_none(), "its slot is free again");
    equal(stage.equity("q", 0).unwrap(), 1_000);
}

/// At 90.5 the 800 left in market 0 are 150 short of nothing and the 200 behind the quote lift it: q is worth 50, in distress, and its
/// quotes are dead; at 91 they would be 100.
#[test]
fn i13_money_behind_quotes_lifts_a_position_under_water() {
    let mut stage = one_position();
    let quote = stage.set_quote("q", 1, asks(&[level(40, 100)])).unwrap();
    let mut stage = stage.marks(&[(905, 10), (100, 1)]).sync("q");
    equal(stage.equity("q", 0).unwrap(), 50);
    equal(stage.total_of("q"), 50);
    assert_eq!(stage.spare("q", 1), 0);
    let refused = stage.order("t", &[("q", quote)], &order(1, Long, 40)).err();
    assert_eq!(refused, Some(engine(breakwater_engine::Error::QuoteNotLive)));
    assert_eq!(stage.set_quote("q", 1, asks(&[level(1, 100)])).err(), Some(Error::InDistress));
}

/// Found in distress at one mark, cured at the next: what was quoted before stays dead.
#[test]
fn an_account_found_in_distress_loses_its_quotes() {
    let mut stage = one_position();
    let quote = stage.set_quote("q", 1, asks(&[level(20, 100)])).unwrap();
    let mut stage = stage.marks(&[92, 100]).marks(&[100, 100]);
    stage.act(|ex| ex.check_quotes("q"));
    let refused = stage.order("t", &[("q", quote)], &order(1, Long, 20)).err();
    assert_eq!(refused, Some(engine(breakwater_engine::Error::QuoteNotLive)));
    let quote = stage.set_quote("q", 1, asks(&[level(20, 100)])).unwrap();
    let _ = stage.order("t", &[("q", quote)], &order(1, Long, 20)).unwrap();
}

/// Flat money leaves though all of it is behind quotes, the market is silent and no mark is fresh.
#[test]
fn i10_flat_money_behind_quotes_leaves_without_a_mark() {
    let mut stage = one_position();
    let _ = stage.set_quote("u", 1, asks(&[level(40, 100)])).unwrap();
    equal(stage.spare("u", 1), 90_000);
    let mut stage = stage.silence(1).age(100);
    equal(stage.withdraw("u"), 90_000);
}

/// Neither money behind quotes nor what quotes offer changes what an account is worth or must hold.
#[test]
fn quotes_change_no_valuation() {
    let mut stage = one_position();
    let before = stage.total_of("q");
    for amount in [1, 40, 400] {
        let _ = stage.set_quote("q", 1, asks(&[level(amount, 100)])).unwrap();
        equal(stage.total_of("q") - before, 0);
        let mut after = stage.clone();
        equal(after.withdraw("q"), 500);
    }
}

// --- reducing

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
    let quote = stage.set_quote("t", 0, bids(&[level(100, 84)])).unwrap();
    let done = stage.order("q", &[("t", quote)], &order(0, Short, 100)).unwrap();
    assert_eq!((done.fills.lots, stage.size("q", 0)), (Lots(lots(100)), 0));
    // 100 below the mark.
    equal(stage.total_of("q"), 900);
}

// --- makers that are passed over

#[test]
fn n4_where_no_quote_fills_the_taker_is_told_why() {
    let mut stage = one_position();
    let quote = stage.set_quote("u", 0, asks(&[level(10, 101)])).unwrap();
    let buy = order(0, Long, 10);
    let told = |stage: &Stage, quote: QuoteBooks, order: &Order| stage.clone().order("t", &[("u", quote)], order).err();
    let reason = |error| Some(engine(error));
    assert_eq!(stage.clone().order("t", &[], &buy).err(), reason(breakwater_engine::Error::NothingFilled));
    let expired = QuoteBooks { expires: 0, ..quote };
    assert_eq!(told(&stage, expired, &buy), reason(breakwater_engine::Error::QuoteNotLive));
    let below = Order { limit: Price((1005, 10).times(PRICE)), ..buy };
    assert_eq!(told(&stage, quote, &below), reason(breakwater_engine::Error::LimitNotReached));
    let far = QuoteBooks { ..asks(&[level(10, 121)]) };
    assert_eq!(told(&stage, far, &buy), reason(breakwater_engine::Error::PriceOutOfBand));
    assert!(stage.order("t", &[("u", quote)], &buy).is_ok());
}

/// A maker all of whose slots are taken by other markets is passed over, not an error of the order.
#[test]
fn n4_a_maker_without_a_slot_is_passed_over() {
    let mut stage = one_position();
    let full = asks(&[level(10, 100)]);
    let next = stage.set_quote("s", 1, asks(&[level(10, 101)])).unwrap();
    let free: Vec<usize> = (0..8).filter(|at| stage.ex.accounts["u"].slots[*at].market == u64::MAX).collect();
    assert_eq!(free.len(), 8);
    for at in free {
        // Barred elsewhere: taken, and empty of money.
        let slot = &mut stage.account("u").slots[at];
        (slot.market, slot.barred_until) = (100 + at as u64, u64::MAX);
    }
    let mut ex = stage.ex.clone();
    ex.accounts.get_mut("u").unwrap().checked_until = u64::MAX;
    let done =
        ex.order("t", &[("u", QuoteBooks { expires: u64::MAX, ..full }), ("s", next)], &order(1, Long, 10)).unwrap();
    assert_eq!(done.fills.each()[0].maker, 1);
}

/// Published 2 s ago, 5 slots: pegged levels of a maker who allows fewer do not fill, fixed ones do.
#[test]
fn a14_pegged_levels_fill_at_no_older_mark_than_the_maker_allows() {
    let pegged = Level { size: Lots(lots(10)), price: Price((1, 10).times(PRICE)), pegged: 1 };
    let fills = |most: u32, offered: Level| {
        let mut stage = one_position();
        let wanted = QuoteBooks { mark_age_slots_max: most, ..asks(&[offered]) };
        let quote = stage.set_quote("u", 0, wanted).unwrap();
        let mut stage = stage.age(2);
        stage.order("t", &[("u", quote)], &order(0, Long, 10)).map(|done| done.fills.lots.0 / LOTS)
    };
    assert_eq!(fills(5, pegged), Ok(10));
    assert_eq!(fills(4, pegged), Err(engine(breakwater_engine::Error::StaleMark)));
    assert_eq!(fills(0, pegged), Ok(10));
    assert_eq!(fills(4, level(10, 100)), Ok(10));
}

// --- fresh marks

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

// --- reserve adequacy

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

// --- the order of opening

/// All that a has backs its position in market 0; a touch moves margin behind what it opens in market 1 before the counterparty's
/// gate is asked, whoever buys.
#[test]
fn i9_margin_follows_an_opening_before_the_counterpartys_gate() {
    for (buyer, seller) in [("q", "u"), ("u", "q")] {
        let mut stage = one_position();
        stage.trade(1, buyer, seller, 40).unwrap();
        assert_eq!((stage.size("q", 1), stage.size("u", 1)), (lots(40), lots(40)));
        assert!(stage.equity("q", 1).unwrap() >= i128::from(atoms(119).0));
    }
}

/// q's money backs market 0, and so does each maker's; all four fill, in any order they are passed.
#[test]
fn i9_no_maker_is_refused_for_the_order_of_openings() {
    let makers = ["m1", "m2", "m3", "m4"];
    let mut stage = one_position();
    for who in makers {
        stage = stage.deposit(who, 1_000).pair(0, who, "s", 100);
    }
    let quotes: Vec<_> =
        makers.iter().map(|who| (*who, stage.set_quote(who, 1, asks(&[level(10, 100)])).unwrap())).collect();
    for turn in 0..4 {
        let mut passed = quotes.clone();
        passed.rotate_left(turn);
        let mut stage = stage.clone();
        let done = stage.order("q", &passed, &order(1, Long, 40)).unwrap();
        assert_eq!((done.fills.lots, done.fills.each().len()), (Lots(lots(40)), 4));
        assert!(makers.iter().all(|who| stage.size(who, 1) == lots(10)));
    }
}

/// Buyers from an estate have their margin elsewhere too: two of them, one after the other.
#[test]
fn i9_margin_follows_a_purchase_from_an_estate() {
    let mut stage = Stage::covered(&[100, 100], 9_000)
        .deposits(&[("b", 1_000), ("s", 90_000), ("n1", 2_000), ("n2", 2_000)])
        .pair(0, "b", "s", 100)
        .pair(1, "n1", "s", 100)
        .pair(1, "n2", "s", 100)
        .marks(&[85, 100])
        .wait(6)
        .declare("b");
    for who in ["n1", "n2"] {
        stage.act(|ex| ex.buy(who, 0, Long, lots(50)));
        assert_eq!(stage.size(who, 0), lots(50));
    }
}
