//! Running from a shortfall gains nothing: what leaves a side leaves its part behind.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::Side::{Long, Short};

use crate::exchange::Terms;
use crate::stage::{equal, equal_parts, lots, per_lot, terms, Report, Stage, ATOMS, RESOLVE_WAIT};

/// l and s are one actor, long and short of market 0, and s is long of market 1. At 70 and 70 l lacks 30 * 100 - 1,000 = 2,000 in
/// market 0, and s lost 30 * 200 = 6,000 in market 1, where its deposit of 2,000 and its gain of 3,000 in market 0 stand against it.
///
/// Half of the 200 shorts of market 0 are s's. Its winning leg leaves 2,000 / 200 = 10 a lot like any other, 1,000 in all, so the
/// honest short pays the other 1,000 of its gain of 3,000; without that it would pay all 2,000.
#[test]
fn a58_a_declared_winning_leg_leaves_its_part_behind() {
    Stage::new(&[100, 100])
        .deposits(&[("l", 1_000), ("s", 1_000), ("w", 9_000), ("long", 20_000), ("short", 4_000)])
        .pair(0, "l", "s", 100)
        .pair(0, "long", "short", 100)
        .deposit("s", 1_000)
        .pair(1, "s", "w", 200)
        .marks(&[70, 70])
        .wait(6)
        .declare("s")
        .declare("l")
        .keepers(12)
        .end()
        .gained("short", 2_000);
}

/// b lacks 30 * 100 - 1,000 = 2,000; run and stay are short 100 lots each and gain 3,000 each.
fn runner() -> Stage {
    Stage::new(&[100])
        .deposits(&[("b", 1_000), ("stay", 9_000), ("run", 9_000), ("long", 90_000)])
        .pair(0, "b", "stay", 100)
        .pair(0, "long", "run", 100)
        .marks(&[70])
}

/// 2,000 over 200 lots is 10 a lot, whether run closes before b is declared or stays: 3,000 - 1,000 each.
#[test]
fn a59_closing_before_the_charge_pays_what_staying_pays() {
    for runs in [false, true] {
        let stage = runner();
        let stage = if runs { stage.close_short(0, "run", "long", 100) } else { stage };
        let stage = stage.wait(6).declare("b").keepers(12).end();
        stage.gained("run", 2_000).gained("stay", 2_000);
    }
}

/// The estate's lots are for sale only while insurance covers what it lacks: here there is none.
#[test]
fn a59_winners_do_not_buy_the_estate_away_before_the_charge() {
    let stage = runner().wait(6).declare("b");
    stage.refused(Error::EstateUninsured, |ex| ex.buy("run", 0, Long, lots(100)));
    stage.keepers(12).end().gained("run", 2_000).gained("stay", 2_000);
}

/// Ten longs of 100 lots, each with 1,000, lack 20 * 100 - 1,000 = 1,000 at 80, and are declared and resolved one by one; the short
/// with the least margin is deleveraged first. All 10,000 over 1,000 lots are 10 a lot: every short gains 2,000 - 1,000.
#[test]
fn a60_ten_bankrupts_resolved_one_by_one_charge_every_lot_alike() {
    let mut stage = Stage::new(&[100]);
    for at in 0..10 {
        let (long, short) = (format!("l{at}"), format!("s{at}"));
        stage = stage.deposit(&long, 1_000).deposit(&short, 1_000 * (at + 3)).pair(0, &long, &short, 100);
    }
    stage = stage.marks(&[80]).wait(6);
    for at in 0..10 {
        stage = stage.declare(&format!("l{at}")).wait(RESOLVE_WAIT).resolve(0);
    }
    let stage = stage.end();
    for at in 0..10 {
        stage.gained(&format!("s{at}"), 1_000);
    }
}

/// At 89.9 tiny and big, with 10 a lot, lack 0.1 on each of 110 lots: 11 in all, and the 200 shorts' part is 0.055 a lot, which run
/// leaves for its 90 lots. At 60 they lack 30 * 110 = 3,300. The held lots have 4.95 in all; stay's 110 lots pay the other 3,295.05,
/// 29.955 a lot, within their move of 40: nothing is left for the last resort.
#[test]
fn a72_held_lots_pay_at_most_what_is_held() {
    let terms = Terms { common: 10_000 * ATOMS, weight: 0, ..terms(&[100]) };
    let stage = Stage::with(&terms)
        .deposits(&[("tiny", 100), ("big", 1_000), ("run", 3_000), ("stay", 9_000), ("rich", 9_000)])
        .pair(0, "rich", "run", 90)
        .pair(0, "tiny", "stay", 10)
        .pair(0, "big", "stay", 100)
        .mark(0, (899, 10))
        .close_short(0, "run", "rich", 90)
        .marks(&[60])
        .keepers(12)
        .end();
    let sum = |part: fn(&Report) -> u64| stage.reports.iter().map(part).sum::<u64>();
    equal(i128::from(sum(|report| report.deficit.0)), 3_300);
    assert_eq!(sum(|report| report.last_resort.0 + report.from_vesting.0 + report.unfunded.0), 0);
    // 110 lots gained 40 each and paid 3,295.05.
    equal_parts(stage.gain("stay"), 110_495, 100);
}

/// hed is hedged: its long leg of market 0 is under water at 88, until it is synced. v leaves before the sync, a after it. b lacks
/// 2 * 100 = 200 over the 400 shorts, half a unit a lot: that is what each of v and a pays of a gain of 12 a lot.
#[test]
fn a79_leaving_in_a_spike_of_one_slot_costs_nothing_more() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("b", 1_000), ("bs", 9_000), ("v", 4_000), ("vl", 90_000), ("a", 4_000), ("al", 90_000)])
        .deposits(&[("hed", 1_000), ("c1", 90_000), ("hs", 90_000)])
        .pair(0, "b", "bs", 100)
        .pair(0, "vl", "v", 100)
        .pair(0, "al", "a", 100)
        .pair(1, "c1", "hed", 100)
        .deposit("hed", 1_000)
        .pair(0, "hed", "hs", 100)
        .marks(&[88, 88])
        .close_short(0, "v", "vl", 100)
        .sync("hed")
        .close_short(0, "a", "al", 100)
        .wait(6)
        .wait(6)
        .sync("v")
        .keepers(12)
        .end();
    stage.gained("v", 1_150).gained("a", 1_150);
}

/// h is zero at the marks of 91 and stands between them: b, with 10 a lot, lacks 2,000 at 70. run left at 70 and a wick of one mark
/// at 91, four slots on, pays it nothing back: 10 a lot for each of 200 lots.
#[test]
fn a81_an_event_ends_only_after_zero_at_every_mark() {
    let stage = Stage::new(&[100])
        .deposits(&[("b", 1_000), ("run", 4_000), ("rich", 90_000), ("stay", 9_000)])
        .pair(0, "b", "stay", 100)
        .pair(0, "rich", "run", 100)
        .marks(&[89])
        .marks(&[91])
        .marks(&[70])
        .close_short(0, "run", "rich", 100)
        .mark_in(4, 0, 91)
        .marks(&[70])
        .keepers(12)
        .end();
    stage.gained("run", 2_000).gained("stay", 2_000);
}

/// Under water are b's 100 lots by 20: 2,000 over 200 shorts are 10 a lot, which each lot of a leaver leaves.
#[test]
fn a59_what_a_leaver_leaves_is_the_common_rate() {
    let stage = runner();
    assert_eq!(stage.holdback(0, Short), per_lot(10));
    let stage = stage.close_short(0, "run", "long", 100);
    equal(stage.held_of("run", 0, Short), 1_000);
}
