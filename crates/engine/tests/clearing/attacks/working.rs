//! Work is paid, and no loop of calls earns (A68): nothing where nothing changed, and less than opening the lots cost.

use breakwater_engine::clearing::error::Result;
use breakwater_engine::clearing::ladder::{Migrated, BUCKETS};
use breakwater_engine::clearing::state::AccountBooks;
use breakwater_engine::clearing::trading::Order;
use breakwater_engine::clearing::waterfall::{Declared, Liquidated};
use breakwater_engine::state::Mark;
use breakwater_engine::units::{Atoms, Bps, Lots, Now, Price};
use breakwater_engine::Side::{self, Long};

use crate::sold::{asks, level};
use crate::stage::{atoms, equal_parts, lots, Stage};

/// The keeper's account, by the first bytes of its address.
const KEEPER: u64 = 7;

/// A pot of 1,000 in each market, put there by whom it concerns nothing, and fees of 5 and 2 bps.
fn paying(prices: &[u64]) -> Stage {
    let mut stage = Stage::new(prices);
    for market in 0..prices.len() {
        let books = stage.ex.market_mut(market);
        (books.params.taker_fee, books.params.maker_fee) = (Bps(5), Bps(2));
        books.keeper_pot = atoms(1_000);
        books.booked += i64::try_from(atoms(1_000).0).unwrap();
        stage.ex.outside += i128::from(atoms(1_000).0);
    }
    stage
}

impl Stage {
    /// A sync by the keeper; what it was paid.
    fn keeper_syncs(&mut self, who: &str) -> i128 {
        let synced = self.act(|ex| ex.sync_for(who, ("keeper", KEEPER)));
        i128::from(synced.paid.0)
    }

    fn pay(&mut self, market: usize, amount: Lots) -> i128 {
        let mut keeper = self.ex.accounts.get("keeper").copied().unwrap_or_default();
        let paid = self.ex.market_mut(market).pay_work(&mut keeper, amount).unwrap();
        self.ex.accounts.insert("keeper".to_string(), keeper);
        i128::from(paid.0)
    }

    fn buys(&mut self, who: &str, maker: &str, amount: u64) -> Result<()> {
        let quote = self.set_quote(maker, 0, asks(&[level(amount, 100)]))?;
        let (size, limit) = (Lots(lots(amount)), Price(1 << 59));
        let order = Order { market_index: 0, side: Long, lots: size, limit, reduce_only: false, min_fill: Lots::ZERO };
        self.attempt(|ex| ex.order(who, &[(maker, quote)], &order)).map(drop)
    }
}

/// h's long of market 0 is lifted by its short of market 1: 100 lots at 70 are 7,000, of which 2 bps are 1.4. run left 100 lots' holdback,
/// and gets it back once its event has ended.
#[test]
fn a68_a_sync_is_paid_for_lots_it_brings_out_of_the_water_and_for_held_money_it_collects_once() {
    let mut stage = paying(&[100, 100])
        .deposits(&[("h", 3_000), ("g", 90_000), ("f", 90_000), ("l", 90_000), ("run", 90_000)])
        .pair(0, "l", "run", 100)
        .pair(0, "h", "g", 100)
        .pair(1, "f", "h", 100)
        .marks(&[70, 70])
        .pair(0, "run", "l", 100);
    assert!(stage.held_of("run", 0, Side::Short) > 0);
    equal_parts(stage.keeper_syncs("h"), 14, 10);
    assert_eq!(stage.keeper_syncs("h"), 0);
    assert_eq!(stage.keeper_syncs("g"), 0);
    let mut stage = stage.wait(6).wait(6);
    equal_parts(stage.keeper_syncs("run"), 14, 10);
    assert_eq!(stage.keeper_syncs("run"), 0);
    equal_parts(i128::from(stage.ex.accounts["keeper"].free.0), 28, 10);
}

/// Who looked first is told by the liquidation and by the declaration that act on it, once each; who looked at a cured account is not.
#[test]
fn a68_a_first_observation_is_paid_once_it_is_acted_on() {
    let stage = paying(&[100]).deposits(&[("b", 1_000), ("s", 90_000), ("t", 90_000)]).pair(0, "b", "s", 100);
    let looked = |mut stage: Stage, mark: u64| {
        // The mark comes, and no verb of b's has looked at it yet.
        stage.ex.tick_unwatched(1, 0, mark);
        let mut by_other = stage.clone();
        assert_eq!(stage.keeper_syncs("b"), 0);
        by_other.act(|ex| ex.sync("b"));
        (stage.wait(6), by_other.wait(6))
    };
    let observer_of = |done: &Liquidated| match done {
        Liquidated::Done { observer, .. } => *observer,
        Liquidated::Observed(_) => panic!("only observed"),
    };
    let (mut first, mut other) = looked(stage.clone(), 92);
    assert_eq!(observer_of(&first.liquidate("b", "t", 0, 5).unwrap()), KEEPER);
    assert_eq!(observer_of(&first.liquidate("b", "t", 0, 5).unwrap()), 0);
    assert_eq!(observer_of(&other.liquidate("b", "t", 0, 5).unwrap()), 0);
    let (mut first, _) = looked(stage.clone(), 85);
    let declared = first.act(|ex| ex.declare("b"));
    assert!(matches!(declared, Declared::Done { observer: KEEPER, .. }), "{declared:?}");
    // Cured in between, the clock is another's.
    let mut cured = stage;
    cured.ex.tick_unwatched(1, 0, 92);
    assert_eq!(cured.keeper_syncs("b"), 0);
    let mut cured = cured.marks(&[100]).marks(&[92]).wait(6);
    assert_eq!(observer_of(&cured.liquidate("b", "t", 0, 5).unwrap()), 0);
}

/// b's lots close; the second resolution finds no estate. One that closes nothing is paid nothing.
#[test]
fn a68_a_resolution_is_paid_for_the_lots_it_closes() {
    let stage = paying(&[100])
        .deposits(&[("b", 1_000), ("s", 90_000)])
        .pair(0, "b", "s", 100)
        .marks(&[85])
        .wait(6)
        .declare("b")
        .wait(12)
        .resolve(0);
    let report = stage.reports[0];
    assert_eq!((report.lots, report.closed), (Lots(lots(100)), Lots(lots(100))));
    let mut stage = stage;
    equal_parts(stage.pay(0, report.closed), 17, 10);
    assert_eq!(stage.pay(0, Lots::ZERO), 0);
}

/// One actor is both sides of a pair, its keeper and all observers: whatever it is paid for is less than the fees of opening, with and
/// without a maker's fee, and its losses are its own gains.
#[test]
fn a68_no_actor_earns_by_opening_observing_declaring_and_resolving() {
    for maker_fee in [0, 2, 5] {
        for mark in [92, 85, 70] {
            let mut stage = paying(&[100]).deposits(&[("b", 1_010), ("s", 90_000), ("t", 90_000)]);
            stage.ex.market_mut(0).params.maker_fee = Bps(maker_fee);
            let pot = |stage: &Stage| stage.market(0).keeper_pot;
            let fees_before = stage.market(0).fees;
            let before = pot(&stage);
            stage.buys("b", "s", 100).unwrap();
            let market = stage.market(0);
            let fees = market.fees.0 - fees_before.0 + market.keeper_pot.0 - before.0 + market.insurance_due.0;
            let mut earned = 0;
            stage.ex.tick_unwatched(1, 0, mark);
            for _ in 0..5 {
                earned += stage.keeper_syncs("b") + stage.keeper_syncs("s");
            }
            let mut stage = stage.wait(6);
            for _ in 0..3 {
                earned += stage.keeper_syncs("b") + stage.keeper_syncs("s");
                if let Ok(Liquidated::Done { lots, observer, .. }) = stage.liquidate("b", "t", 0, 100) {
                    earned += if observer == KEEPER { stage.pay(0, lots) } else { 0 };
                }
                if let Ok(Declared::Done { worst_lots, observer, .. }) = stage.attempt(|ex| ex.declare("b")) {
                    let times = 1 + u64::from(observer == KEEPER);
                    earned += (0..times).map(|_| stage.pay(0, worst_lots)).sum::<i128>();
                }
                stage = stage.wait(12);
                if let Ok(report) = stage.attempt(|ex| ex.resolve(0)) {
                    earned += stage.pay(0, report.closed);
                }
            }
            assert!(earned <= i128::from(fees), "{earned} of {fees} at {mark}, {maker_fee} bps");
            assert!(mark > 90 || earned > 0, "the work is paid");
        }
    }
}

/// A market's upkeep concerns no account's lots: it counts as the smallest slice of a liquidation, 10 lots of 100 here, or less where less
/// is open; half a basis point is 0.2.
#[test]
fn a68_upkeep_is_paid_where_something_changed() {
    let mut stage = paying(&[100]).deposits(&[("a", 90_000), ("b", 90_000)]);
    let market = stage.ex.market_mut(0);
    market.params.mark_age_slots_max = 50;
    let mut keeper = AccountBooks::default();
    assert_eq!(market.pay_trip(&mut keeper, (0, 1)).unwrap(), Atoms::ZERO, "nothing is open");
    let mut stage = stage.pair(0, "a", "b", 100);
    let market = stage.ex.market_mut(0);
    let now = Now { slot: market.mark.slot + 51, time: 0 };
    let before = market.mark;
    assert_eq!(market.pay_refresh(&mut keeper, &before, now).unwrap(), Atoms::ZERO, "no mark was accepted");
    market.mark.sequence += 1;
    let young = Mark { slot: now.slot - 50, ..before };
    assert_eq!(market.pay_refresh(&mut keeper, &young, now).unwrap(), Atoms::ZERO, "it was not old");
    equal_parts(i128::from(market.pay_refresh(&mut keeper, &before, now).unwrap().0), 2, 10);
    assert_eq!(market.pay_trip(&mut keeper, (3, 1)).unwrap(), Atoms::ZERO);
    assert_eq!(market.pay_trip(&mut keeper, (3, 3)).unwrap(), Atoms::ZERO);
    equal_parts(i128::from(market.pay_trip(&mut keeper, (3, 7)).unwrap().0), 2, 10);
    // A whole migration is one slice, however many steps it takes.
    for steps in [1, 8, 512] {
        let visited = u32::try_from(BUCKETS / steps).unwrap();
        let step = Migrated { visited, finished: false };
        let paid: u64 = (0..steps).map(|_| market.pay_migration(&mut keeper, &step).unwrap().0).sum();
        equal_parts(i128::from(paid), 2, 10);
    }
    assert_eq!(market.pay_migration(&mut keeper, &Migrated::default()).unwrap(), Atoms::ZERO);
}

/// What is not in the pot is not paid.
#[test]
fn a68_work_is_paid_from_the_pot_alone() {
    let mut stage = paying(&[100]);
    let market = stage.ex.market_mut(0);
    market.keeper_pot = Atoms(5);
    let mut keeper = AccountBooks::default();
    assert_eq!(market.pay_work(&mut keeper, Lots(lots(100))).unwrap(), Atoms(5));
    assert_eq!((market.pay_work(&mut keeper, Lots(lots(100))).unwrap(), keeper.free), (Atoms::ZERO, Atoms(5)));
}

/// Of a fee of 5 on 10,000 bps the keepers' share of a fifth goes to the pot, beside insurance's.
#[test]
fn a68_fees_fill_the_pot() {
    let mut stage = paying(&[100]);
    let market = stage.ex.market_mut(0);
    market.params.insurance_share = Bps(3_000);
    market.keeper_pot = Atoms::ZERO;
    market.collect_fee(Atoms(1_000)).unwrap();
    assert_eq!((market.keeper_pot, market.insurance_due, market.fees), (Atoms(200), Atoms(300), Atoms(500)));
    market.params.insurance_share = Bps(9_000);
    market.collect_fee(Atoms(1_000)).unwrap();
    assert_eq!((market.keeper_pot, market.insurance_due, market.fees), (Atoms(300), Atoms(1_200), Atoms(500)));
}
