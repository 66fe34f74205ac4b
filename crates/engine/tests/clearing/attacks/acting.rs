//! What any signer may do to earn or to get out: margin, liquidation, rewards, deleveraging.

use std::collections::BTreeMap;

use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::state::AccountBooks;
use breakwater_engine::clearing::waterfall::Liquidated;
use breakwater_engine::units::Bps;
use breakwater_engine::Lots;
use breakwater_engine::Side::{Long, Short};

use crate::stage::{atoms, equal, lots, per_lot, Stage};

/// l opened 100 lots with 1,000 and deposited 4,000 beside them: at 70 it is worth 2,000 and nobody's loss. Its next touch puts all of
/// it into the position, so the ladder counts nothing and s keeps its 30 a lot.
#[test]
fn a1_margin_follows_positions() {
    let stage = Stage::new(&[100])
        .deposits(&[("l", 1_000), ("s", 9_000)])
        .pair(0, "l", "s", 100)
        .deposit("l", 4_000)
        .marks(&[70])
        .wait(6);
    stage.refused(Error::NotBankrupt, |ex| ex.declare("l"));
    let stage = stage.sync("l");
    equal(stage.equity("l", 0).unwrap(), 2_000);
    assert_eq!(stage.holdback(0, Short), 0);
    stage.keepers(12).end().gained("s", 3_000).gained("l", -3_000);
}

/// A key a hundredth above zero, beyond the grid's end: l has 9,999 behind 100 lots at 100. At 0.005 it lacks half a unit and is
/// declared; s gained 9,999.5 and is charged that. A pair opens at 0.005, and its short is declared when the mark is back at 1: it
/// had 10 behind 100 lots that lose 99.5.
#[test]
fn a9_a_key_beyond_the_grid_is_cured_like_any_other() {
    let mut stage = Stage::new(&[100]).deposits(&[("l", 9_999), ("s", 90_000)]).pair(0, "l", "s", 100);
    for mark in [(50, 1), (5, 1), (1, 2), (5, 100), (5, 1_000)] {
        stage = stage.mark(0, mark);
    }
    assert!(stage.holdback(0, Short) > 0, "what is missing beyond the grid's end counts");
    stage = stage.wait(6).declare("l").keepers(12).end();
    stage.gained("s", 9_999);
    stage = stage.deposits(&[("nl", 9_000), ("ns", 10)]).pair(0, "nl", "ns", 100);
    for mark in [(5, 100), (1, 2), (1, 1)] {
        stage = stage.mark(0, mark);
    }
    stage = stage.wait(6).declare("ns").keepers(12).end();
    assert_eq!((stage.size("nl", 0), stage.size("ns", 0)), (0, 0));
    stage.gained("nl", 10).gained("ns", -10);
}

/// Most lines are on the next grid, some on the old: a mark is accepted, and h stays what it was; what reads or moves lots waits.
/// At 12 b lacks 78 a lot of 100, whichever grid it stands on; x, with 90 a lot, has 2 left.
#[test]
fn a9_a_mark_in_the_middle_of_a_migration_keeps_the_holdback() {
    let rebasing = Error::Engine(breakwater_engine::Error::Rebasing);
    let mut stage = Stage::new(&[100])
        .deposits(&[("b", 1_000), ("s", 9_000), ("x", 9_000), ("y", 90_000)])
        .pair(0, "b", "s", 100)
        .pair(0, "x", "y", 100);
    for mark in [50, 25, 12] {
        stage = stage.mark(0, mark);
    }
    let h = stage.holdback(0, Short);
    assert_eq!(h, per_lot(39), "7,800 over 200 lots");
    // x's line has moved up by three octaves, where the old grid has keys beyond the mark.
    stage.ex.migrate_lines(0, 2_000).unwrap();
    for _ in 0..2 {
        stage.ex.tick(6, &BTreeMap::new(), &BTreeMap::new()).unwrap();
        stage.ex.settle().unwrap();
    }
    assert_eq!(stage.holdback(0, Short), h);
    stage.refused(rebasing, |ex| ex.sync("b"));
    stage.refused(rebasing, |ex| ex.declare("b"));
    assert_eq!(stage.market(0).side(Short).event.alive, 1);
    stage.act(|ex| ex.migrate_grid(0));
    let stage = stage.wait(1);
    assert_eq!(stage.holdback(0, Short), h);
    stage.wait(6).declare("b").keepers(12).end().gained("s", 8_800 - 3_900);
}

/// b's 60 lots are closed against the shorts whose bankruptcy price is nearest: thin has 50 a lot behind the same 60 lots of which
/// whale, who opened with as much and deposited the rest afterwards, has 1,666.
#[test]
fn a11_more_behind_the_same_position_loses_fewer_lots() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("whale", 3_000), ("thin", 3_000), ("b", 700), ("rich", 100_000)])
        .pair(0, "b", "thin", 60)
        .pair(0, "rich", "whale", 60)
        .deposit("whale", 97_000)
        .sync("whale")
        .marks(&[80])
        .keepers(4);
    assert!(stage.size("whale", 0) > stage.size("thin", 0));
    // thin's level reaches whale's key only when next to nothing of it is left.
    assert!(stage.size("whale", 0) > lots(57) && stage.size("thin", 0) < lots(3));
}

/// o's 3,000 of its 4,000 are lost at 70 with 100 lots, half of which it closes; the other 50 gain 40 a lot to 110. 1,000 of paid-in
/// margin were left at 70, and 1,000 leave at once; the 2,000 vest.
#[test]
fn a13_losing_first_does_not_prepay_the_delay() {
    let stage = Stage::new(&[100])
        .deposits(&[("o", 4_000), ("x", 90_000)])
        .pair(0, "o", "x", 100)
        .marks(&[70])
        .pair(0, "x", "o", 50)
        .marks(&[110])
        .pair(0, "x", "o", 50);
    equal(i128::from(stage.ex.accounts["o"].free.0), 1_000);
    stage.end().gained("o", -1_000);
}

/// A whale of 2,000 lots lacks 10 a lot at 80, opposite 40 shorts of 50 lots and as many margins. One resolution closes all of it.
#[test]
fn a34_a_whale_is_resolved_in_one_call() {
    let mut stage = Stage::new(&[100]).deposit("whale", 20_000);
    for at in 0..40 {
        let short = format!("s{at}");
        stage = stage.deposit(&short, 2_000 + 100 * at).pair(0, "whale", &short, 50);
    }
    let stage = stage.marks(&[80]).wait(6).declare("whale").wait(12).resolve(0);
    let report = stage.reports[0];
    assert_eq!(report.deleveraged, [Lots(lots(2_000)), Lots::ZERO]);
    equal(i128::from(report.deficit.0), 20_000);
    assert_eq!(stage.market(0).side(Long).estate.open, 0);
}

/// Whoever opens a pair of dust pays two fees of 5 bps, and is paid for three kinds of work on it, each at most half of one fee and
/// at most 2 bps: 5 lots at 80 are 400, half a fee on them is 0.1, and 2 bps are 0.08.
#[test]
fn a68_no_loop_of_dust_earns() {
    let stage = Stage::new(&[80]);
    for (fee, paid) in [(5, (8, 100)), (3, (6, 100)), (0, (0, 1))] {
        let mut market = *stage.market(0);
        (market.params.taker_fee, market.params.maker_fee) = (Bps(fee), Bps(fee));
        market.keeper_pot = atoms(10);
        market.booked = i64::MAX / 4;
        let mut keeper = AccountBooks::default();
        let got = market.pay_work(&mut keeper, Lots(lots(5))).unwrap();
        assert_eq!((got, keeper.free), (atoms(paid), atoms(paid)));
        assert!(3 * got.0 <= 2 * atoms((400 * u64::from(fee), 10_000)).0, "three rewards and two fees");
    }
}

/// o loses 14 a lot of 300 in market 0 and gains 40 a lot of 100 in market 1; the gain is lifted to market 0 and closed there. Its
/// paid-in margin was lost, so nothing leaves before the gain vests.
#[test]
fn a69_lost_margin_licenses_no_fresh_profit() {
    let mut stage = Stage::new(&[100, 100])
        .deposits(&[("o", 3_000), ("x", 90_000), ("y", 90_000)])
        .pair(0, "o", "x", 300)
        .deposit("o", 1_000)
        .pair(1, "o", "y", 100)
        .marks(&[86, 140])
        .sync("o")
        .pair(0, "x", "o", 300);
    assert_eq!(stage.withdraw("o"), 0);
    // 4,000 - 4,200 + 4,000 are its own all the same.
    equal(stage.total_of("o"), 3_800);
}

/// A phantom of more than 1 bp stands on the losing side: ph is hedged with a silent market. l, in distress, is taken over all the same,
/// since the take-over's own side has no holdback; the shorts' has.
#[test]
fn a82_a_phantom_does_not_stop_take_overs_on_the_losing_side() {
    let mut stage = Stage::new(&[100, 100])
        .deposits(&[("ph", 500), ("x", 90_000), ("y", 90_000), ("taker", 90_000), ("s", 90_000), ("l", 1_000)])
        .pair(1, "y", "ph", 100)
        .deposit("ph", 500)
        .pair(0, "ph", "x", 100)
        .pair(0, "l", "s", 100)
        .marks(&[92, 92])
        .silence(1)
        .wait(6);
    assert!(stage.holdback(0, Short) > 0 && stage.holdback(0, Long) == 0);
    let done = stage.liquidate("l", "taker", 0, 10).unwrap();
    assert!(matches!(done, Liquidated::Done { lots: Lots(taken), .. } if taken == lots(10)), "{done:?}");
    assert_eq!(stage.size("taker", 0), lots(10));
}

/// n's shorts are the most levered when b2's few lots are closed, and p's pool, from b1's, is not reached: it has as many lots as before.
#[test]
fn a61_members_of_a_pool_that_the_walk_does_not_reach_keep_their_lots() {
    let stage = Stage::new(&[100])
        .deposits(&[("b1", 300), ("p", 6_000), ("far", 60_000), ("rich", 90_000)])
        .pair(0, "b1", "p", 30)
        .pair(0, "rich", "p", 70)
        .pair(0, "rich", "far", 100)
        .marks(&[80])
        .wait(6)
        .declare("b1")
        .wait(12)
        .resolve(0)
        .wait(6)
        .wait(6);
    let before = stage.size("p", 0);
    assert!(before < lots(100) && before > lots(60));
    let stage = stage
        .deposits(&[("b2", 100), ("n", 500)])
        .pair(0, "b2", "n", 10)
        .pair(0, "rich", "n", 30)
        .marks(&[68])
        .wait(6)
        .declare("b2")
        .wait(12)
        .resolve(0);
    assert!(stage.size("n", 0) < lots(40));
    assert_eq!(stage.size("p", 0), before);
}
