//! Quotes that margin follows, who is passed over, and the order of openings. Initial margin is 5 % and maintenance margin 3 %; the
//! mark is 100.

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::trading::{Order, Traded};
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::units::{Lots, Price};
use breakwater_engine::Side::{self, Long};

use crate::exchange::slot_of;
use crate::sold::{asks, level};
use crate::stage::{equal, lots, Number, Stage, LOTS, PRICE};

pub fn engine(error: breakwater_engine::Error) -> Error {
    Error::Engine(error)
}

pub fn order(market: u64, side: Side, amount: u64) -> Order {
    let limit = if side == Long { Price(1 << 59) } else { Price(1) };
    let (lots, min_fill) = (Lots(lots(amount)), Lots::ZERO);
    Order { market_index: market, side, lots, limit, reduce_only: false, min_fill }
}

impl Stage {
    pub fn order(&mut self, who: &str, makers: &[(&str, QuoteBooks)], order: &Order) -> Result<Traded> {
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
    pub fn age(mut self, slots: u64) -> Stage {
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
pub fn one_position() -> Stage {
    Stage::new(&[100, 100])
        .deposits(&[("q", 1_000), ("s", 90_000), ("t", 90_000), ("u", 90_000)])
        .pair(0, "q", "s", 100)
}

/// 40 lots of market 1 need 200; 500 are spared in market 0. t buys them, and q's position there has what backed the quote.
#[test]
fn a1_a_maker_with_a_position_backs_a_quote_in_another_market() {
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
fn a1_a_quote_takes_of_other_markets_no_more_than_they_may_spare() {
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
fn a1_the_spread_counts_a_market_where_an_account_only_quotes_with_its_quotes() {
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
fn a1_a_flat_maker_backs_quotes_in_two_markets() {
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
fn a1_money_behind_dead_quotes_returns() {
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
fn a1_money_behind_quotes_lifts_a_position_under_water() {
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
fn a1_an_account_found_in_distress_loses_its_quotes() {
    let mut stage = one_position();
    let quote = stage.set_quote("q", 1, asks(&[level(20, 100)])).unwrap();
    let mut stage = stage.marks(&[92, 100]).marks(&[100, 100]);
    stage.act(|ex| ex.check_quotes("q"));
    let refused = stage.order("t", &[("q", quote)], &order(1, Long, 20)).err();
    assert_eq!(refused, Some(engine(breakwater_engine::Error::QuoteNotLive)));
    let quote = stage.set_quote("q", 1, asks(&[level(20, 100)])).unwrap();
    let mut stage = stage.deposit("q", 2_000).sync("q");
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

/// A quote of more than a side may ever hold is refused, and the largest that is not weighs in a touch without failing.
#[test]
fn i11_no_quote_stops_a_touch() {
    let mut stage = one_position();
    let huge = asks(&[Level { size: Lots(1 << 53), price: Price(100u64.times(PRICE)), pegged: 0 }; 4]);
    let dear = |at: u64| Level { size: Lots(1 << 53), price: Price((100 + at).times(PRICE)), pegged: 0 };
    let quote = QuoteBooks { asks: [dear(0), dear(1), dear(2), dear(3)], ..huge };
    let refused = Some(engine(breakwater_engine::Error::OpenInterestCap));
    assert_eq!(stage.set_quote("q", 1, quote).err(), refused);
    stage.ex.market_mut(1).params.open_interest_max = Lots(lots(2_000));
    assert_eq!(stage.set_quote("q", 1, asks(&[level(2_001, 100)])).err(), refused);
    let _ = stage.set_quote("q", 1, asks(&[level(2_000, 100)])).unwrap();
    let _ = stage.sync("q").marks(&[92, 800]).sync("q").wait(6).sync("q");
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
    let next = stage.set_quote("t", 1, asks(&[level(10, 101)])).unwrap();
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
        ex.order("s", &[("u", QuoteBooks { expires: u64::MAX, ..full }), ("t", next)], &order(1, Long, 10)).unwrap();
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

/// q's money backs market 0, and so does each maker's; all four fill, in any order they are passed. 100.3 is between two lines of the
/// grid: lots that stood there without margin would be under water.
#[test]
fn a1_no_maker_is_refused_for_the_order_of_openings() {
    let makers = ["m1", "m2", "m3", "m4"];
    let mut stage = one_position();
    for who in makers {
        stage = stage.deposit(who, 1_000).pair(0, who, "s", 100);
    }
    let mut stage = stage.marks(&[(100, 1), (1003, 10)]);
    let quotes: Vec<_> =
        makers.iter().map(|who| (*who, stage.set_quote(who, 1, asks(&[level(10, (1003, 10))])).unwrap())).collect();
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
