//! Lists of held money that ended stand on pages that are never recycled: no event waits for an owner, no owner for an event, and
//! nothing that a page holds is taken for nothing (A84).

use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::state::{AccountBooks, HeldPage};
use breakwater_engine::clearing::trading::Order;
use breakwater_engine::state::{Level, QuoteBooks};
use breakwater_engine::units::{Atoms, Lots, Price};
use breakwater_engine::Side::{Long, Short};

use crate::exchange::slot_of;
use crate::stage::{equal, lots, per_lot, Stage, PRICE, RESOLVE_WAIT};

const MISSING: Error = Error::Engine(breakwater_engine::Error::PageMissing);

/// hed is long in market 0 and short as much in market 1: each fall shows the phantom of its long, until it is synced.
fn phantom() -> Stage {
    Stage::new(&[100, 100])
        .deposits(&[("rich", 90_000), ("q", 90_000), ("q1", 90_000), ("hed", 1_000)])
        .pair(0, "hed", "q", 100)
        .deposit("hed", 1_000)
        .pair(1, "q1", "hed", 100)
}

/// An event of the shorts of market 0: a short of 10 lots opens at 100, leaves at 70 with a gain of 300, of which its part of the
/// phantom is held; the phantom vanishes, and the event is over.
fn event(stage: Stage, at: u64) -> Stage {
    let owner = format!("r{at}");
    let stage =
        stage.deposit(&owner, 9_000u64).pair(0, "rich", &owner, 10).marks(&[70, 60]).close_short(0, &owner, "rich", 10);
    assert!(stage.held_of(&owner, 0, Short) > 0);
    stage.sync("hed").marks(&[100, 100]).sync("hed").wait(6).wait(6)
}

fn events(stage: Stage, count: u64) -> Stage {
    (0..count).fold(stage, |stage, at| {
        let stage = event(stage, at);
        assert_eq!(stage.market(0).side(Short).event.alive, 0, "event {at} ended");
        stage
    })
}

/// Each owner gets what its lots left, though the first one's came 64 events before.
#[test]
fn a84_sixty_four_events_end_while_the_first_ones_owner_never_collects() {
    let mut stage = events(phantom(), 64);
    assert_eq!(stage.market(0).side(Short).event.list, 65);
    for at in (0..64).rev() {
        let owner = format!("r{at}");
        assert!(stage.held_of(&owner, 0, Short) > 0);
        stage = stage.sync(&owner);
        assert_eq!(stage.held_of(&owner, 0, Short), 0);
        stage.gained(&owner, 300);
    }
    assert_eq!(stage.market(0).side(Short).ended_held.get(), 0);
}

/// Lists 250 to 261 stand on two pages; no seat of the first is used again.
#[test]
fn a84_lists_go_on_to_the_next_page() {
    let mut stage = phantom();
    stage.ex.start_lists_at(0, Short, 250);
    let mut stage = events(stage, 12);
    assert_eq!(stage.market(0).side(Short).pages, 2);
    for at in 0..12 {
        stage = stage.sync(&format!("r{at}"));
        stage.gained(&format!("r{at}"), 300);
    }
    let first = stage.ex.pages(0).iter().find(|page| page.side == 1 && page.number == 0).unwrap();
    assert!((250..256).all(|list| first.list(list).unwrap().index > 0), "an ended list keeps its index for ever");
}

/// List 256 has no page: its event waits, its money is not lost, and once any signer has created the page it ends.
#[test]
fn a84_an_event_without_a_page_does_not_end_yet() {
    let mut stage = phantom();
    stage.ex.pages_created = false;
    stage.ex.start_lists_at(0, Short, 255);
    let stage = events(stage, 1);
    let mut stage = event(stage, 1).wait(6).wait(6);
    assert_eq!(stage.market(0).side(Short).event.alive, 1, "it waits for its page");
    stage.refused(MISSING, |ex| ex.end_loss_events(0));
    stage.ex.pages_created = true;
    stage.ex.create_pages();
    assert_eq!(stage.act(|ex| ex.end_loss_events(0)), 1);
    assert_eq!(stage.market(0).side(Short).event.alive, 0);
    stage.refused(Error::NothingToEnd, |ex| ex.end_loss_events(0));
    stage.sync("r0").sync("r1").gained("r1", 300).gained("r0", 300);
}

/// What needs the page of an account says so and changes nothing; refreshes, deposits and all other accounts go on without it.
#[test]
fn a84_an_absent_page_stops_its_owner_alone() {
    let mut stage = event(phantom(), 0);
    stage.ex.pages_passed = false;
    stage.refused(MISSING, |ex| ex.sync("r0"));
    stage.refused(MISSING, |ex| ex.withdraw("r0", 1));
    stage.refused(MISSING, |ex| ex.trade(0, "rich", "r0", lots(10u64)));
    let mut stage = stage.deposit("r0", 100u64).wait(6).sync("rich").pair(0, "rich", "q", 1u64);
    stage.ex.pages_passed = true;
    stage.sync("r0").gained("r0", 300);
}

/// A mark that is accepted without the page is accepted; the event ends with the next that brings it.
#[test]
fn a84_a_refresh_is_never_refused_for_a_page() {
    let mut stage = phantom()
        .deposit("r0", 9_000u64)
        .pair(0, "rich", "r0", 10u64)
        .marks(&[70, 60])
        .close_short(0, "r0", "rich", 10u64)
        .sync("hed");
    stage.ex.pages_passed = false;
    stage = stage.wait(6).wait(6).wait(6);
    assert_eq!(stage.market(0).side(Short).event.alive, 1);
    stage.ex.pages_passed = true;
    stage = stage.wait(1);
    assert_eq!(stage.market(0).side(Short).event.alive, 0);
    stage.sync("r0").gained("r0", 300);
}

/// X gained 3,000 in market 0, of which 650 are held for hed's phantom of 1,300 on 200 shorts, and lost 3,000 in market 1. The event
/// has ended: at 65 X has 1,100 - 500 with what is its own on the page, and 50 less than nothing without.
#[test]
fn a84_money_on_a_page_counts_in_its_owners_solvency() {
    let mut stage = Stage::new(&[100, 100])
        .deposits(&[("hed", 1_000), ("hm", 9_000), ("c1", 90_000), ("X", 500), ("rich", 90_000), ("x1", 90_000)])
        .pair(0, "hed", "hm", 100)
        .deposit("hed", 1_000)
        .pair(1, "c1", "hed", 100)
        .pair(0, "rich", "X", 100)
        .deposit("X", 600)
        .pair(1, "X", "x1", 100)
        .marks(&[70, 70])
        .close_short(0, "X", "rich", 100)
        .sync("hed");
    equal(stage.held_of("X", 0, Short), 650);
    stage = stage.wait(6).wait(6).mark(1, 65).wait(6).wait(6);
    assert_eq!(stage.market(0).side(Short).event.alive, 0);
    stage.stays("X");
    stage.ex.pages_passed = false;
    stage.refused(MISSING, |ex| ex.declare("X"));
    stage.refused(MISSING, |ex| ex.liquidate("X", "rich", 1, lots(1)));
    stage.ex.pages_passed = true;
    let stage = stage.sync("X");
    equal(stage.total_of("X"), 600);
}

/// A maker whose page the taker did not pass is passed over; the next fills.
#[test]
fn a84_a_maker_whose_page_is_absent_is_passed_over() {
    let mut stage = event(phantom(), 0);
    for maker in ["r0", "rich"] {
        stage.act(|ex| ex.check_account(maker));
    }
    let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
    quote.asks[0] = Level { size: Lots(lots(5)), price: Price(100 * PRICE), pegged: 0 };
    let order = Order {
        market_index: 0,
        side: Long,
        lots: Lots(lots(5)),
        limit: Price(200 * PRICE),
        reduce_only: false,
        min_fill: Lots(0),
    };
    for (passed, first, second) in [(false, 0, lots(5)), (true, lots(5), 0)] {
        let mut stage = stage.clone();
        let before = stage.size("rich", 0);
        stage.ex.pages_passed = passed;
        let _ = stage.act(|ex| ex.order("q", &[("r0", quote), ("rich", quote)], &order));
        assert_eq!((stage.size("r0", 0), stage.size("rich", 0).abs_diff(before)), (first, second));
    }
}

/// b1's resolution takes all that run's lots left, and closes their list: its owner's claims are kept on the page, so that the
/// resolution needs it.
#[test]
fn a84_claims_of_a_list_that_closed_empty_are_on_its_page() {
    let mut stage = Stage::new(&[100])
        .deposits(&[("b1", 1_000), ("b2", 1_000), ("rl", 90_000), ("run", 9_000), ("s1", 9_000), ("s2", 9_000)])
        .pair(0, "b1", "s1", 100)
        .pair(0, "b2", "s2", 100)
        .pair(0, "rl", "run", 100)
        .mark(0, (899, 10))
        .close_short(0, "run", "rl", 100)
        .marks(&[60])
        .wait(6)
        .declare("b1")
        .wait(RESOLVE_WAIT);
    stage.ex.pages_passed = false;
    stage.refused(MISSING, |ex| ex.resolve(0));
    stage.ex.pages_passed = true;
    let mut stage = stage.resolve(0);
    stage.ex.pages_passed = false;
    stage.refused(MISSING, |ex| ex.sync("run"));
    stage.ex.pages_passed = true;
    let stage = stage.sync("run");
    let slot = slot_of(&stage.ex.accounts["run"], 0).unwrap();
    assert!(slot.units[1].units.get() > 0, "run's 5 are a claim");
}

/// No mark follows in a settled market: an event of which nothing at all is missing ends when any signer says so; while something
/// is missing it does not.
#[test]
fn a84_an_event_of_a_settled_market_ends_without_a_mark() {
    let mut stage = phantom()
        .deposit("r0", 9_000u64)
        .pair(0, "rich", "r0", 10u64)
        .marks(&[70, 60])
        .close_short(0, "r0", "rich", 10u64);
    stage.act(|ex| ex.settle_market(0));
    assert!(stage.holdback(0, Short) > 0);
    stage.refused(Error::NothingToEnd, |ex| ex.end_loss_events(0));
    let mut stage = stage.sync("hed");
    assert_eq!(stage.holdback(0, Short), per_lot(0u64));
    assert_eq!(stage.act(|ex| ex.end_loss_events(0)), 1);
    stage.sync("r0").gained("r0", 300);
}

/// A page is paid for once, when the side's lists come near it, and never with more than the keeper pot.
#[test]
fn a84_a_page_is_paid_for_when_it_is_due() {
    let mut market = *Stage::new(&[100]).market(0);
    let (mut page, mut keeper) = (HeldPage::EMPTY, AccountBooks::default());
    assert_eq!(market.side(Short).pages, 1, "the first is there from listing on");
    (market.waterfall.page_reward, market.keeper_pot, market.booked) = (Atoms(30), Atoms(50), 50);
    let mut paid = Vec::new();
    for list in [128, 129, 129, 384, 385] {
        market.side_mut(Short).event.list = list;
        paid.push(market.create_page(Short, &mut page, &mut keeper).map(|paid| (paid.0, page.number)));
    }
    let not_due = Err(Error::PageNotDue);
    assert_eq!(paid, [not_due, Ok((30, 1)), not_due, not_due, Ok((20, 2))]);
    assert_eq!((keeper.free, market.keeper_pot, market.booked), (Atoms(50), Atoms(0), 0));
    assert!(page.holds(0, Short, 512) && !page.holds(0, Long, 512) && !page.holds(0, Short, 768));
}
