//! Insurance first, and no more of it than was promised: estates, layers, allowances, the sale, openings.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::Side::{Long, Short};

use crate::exchange::Terms;
use crate::stage::{atoms, equal, equal_parts, lots, terms, Stage, ATOMS};

/// b lacks 20 * 100 - 1,000 = 1,000 at 80 and nothing insures it: n would open long, where h is zero, and nl short, where it would
/// bear the longs' lack at an unchanged mark.
#[test]
fn a6_no_account_opens_over_a_shortfall_that_is_not_insured() {
    let mut stage = Stage::new(&[100])
        .deposits(&[("b", 1_000), ("s", 9_000), ("n", 9_000), ("nl", 90_000)])
        .pair(0, "b", "s", 100)
        .marks(&[80]);
    assert_eq!(stage.trade(0, "n", "nl", 300), Err(Error::ShortfallUninsured));
    assert_eq!(stage.trade(0, "nl", "n", 300), Err(Error::ShortfallUninsured));
}

/// A layer of 5,000 for 60 slots counts against h, since it outlasts a resolution (50 + 5), and not for a newcomer, who asks for
/// 150: b lacks 5 * 100 at 85, which would be the newcomer's once the layer has lapsed.
#[test]
fn a6_an_opening_asks_for_layers_that_last() {
    let mut stage = Stage::new(&[100])
        .deposits(&[("b", 1_000), ("s", 9_000), ("n", 9_000), ("nl", 90_000)])
        .layer(0, 5_000, 60)
        .pair(0, "b", "s", 100)
        .marks(&[85]);
    assert_eq!(stage.holdback(0, Short), 0);
    assert_eq!(stage.trade(0, "nl", "n", 100), Err(Error::ShortfallUninsured));
}

/// Forty lots lack 30 each at 60 with 10 a lot behind them: 1,200. 700 of cover, 200 of a pinned layer and an allowance of a quarter
/// of 1,000 are 1,150: the 40 shorts pay the last 50, and of the common fund 750 are left.
#[test]
fn a18_no_winner_is_charged_while_insurance_holds_anything() {
    let terms = Terms { cover: 700 * ATOMS, common: 1_000 * ATOMS, ..terms(&[100]) };
    let stage = Stage::with(&terms)
        .layer(0, 200, 500)
        .deposits(&[("b", 400), ("s", 9_000)])
        .pair(0, "b", "s", 40)
        .marks(&[60])
        .wait(6)
        .declare("b")
        .wait(12)
        .resolve(0);
    let report = stage.reports[0];
    let insured = report.insured;
    assert_eq!((insured.cover, insured.layers, insured.allowance), (atoms(700), atoms(200), atoms(250)));
    equal(i128::from(report.deficit.0), 1_200);
    equal(i128::from(report.absorbed.0 + report.socialized.0), 50);
    assert_eq!(stage.ex.fund.common().unwrap(), atoms(750));
    stage.end().gained("s", 1_600 - 50);
}

/// z is declared with a winning short of market 0. Its estate's 200 lots cross with the ladder's longs only when they are resolved:
/// until the mark falls from 95 to 80 they gain 15 a lot, 3,000, of which b's estate, 100 lots that lack 20 - 6 each, needs 1,400.
/// hs keeps its 20 a lot.
#[test]
fn a73_a_positive_estate_pays_first() {
    Stage::new(&[100, 100])
        .deposits(&[("b", 600), ("hs", 90_000), ("l", 90_000), ("z", 1_500), ("w1", 90_000)])
        .pair(0, "b", "hs", 100)
        .pair(0, "l", "z", 200)
        .deposit("z", 1_500)
        .pair(1, "z", "w1", 200)
        .marks(&[95, 70])
        .wait(6)
        .declare("z")
        .marks(&[80])
        .keepers(12)
        .end()
        .gained("hs", 2_000);
}

/// b lacks 2,000, and run and stay are short 100 lots each.
fn layered(before: Option<u64>, after: Option<u64>) -> Stage {
    let lay = |stage: Stage, slots: Option<u64>| slots.iter().fold(stage, |stage, slots| stage.layer(0, 2_100, *slots));
    let stage = Stage::new(&[100])
        .deposits(&[("b", 1_000), ("run", 4_000), ("rich", 90_000), ("stay", 9_000)])
        .pair(0, "b", "stay", 100)
        .pair(0, "rich", "run", 100)
        .marks(&[70]);
    let (stage, declared) = (lay(stage, before), after.is_some());
    let stage = if declared { lay(stage.wait(6).declare("b"), after) } else { stage };
    let stage = stage.close_short(0, "run", "rich", 100);
    let stage = if declared { stage } else { stage.wait(6).declare("b") };
    stage.keepers(12).end()
}

/// The runner's second account lays a layer for 5 slots, which lapses before b can be declared and so is never pinned: h stands, and
/// each of 200 lots pays 10.
#[test]
fn a75_a_layer_that_does_not_last_does_not_end_the_holdback() {
    let stage = layered(Some(5), None);
    stage.gained("run", 2_000).gained("stay", 2_000);
    assert_eq!(stage.market(0).layers[0].amount, atoms(2_100));
}

/// A layer that is laid after the estate opened pays nothing of what it lacks, however long it lasts.
#[test]
fn a75_a_layer_laid_after_the_estate_opened_does_not_end_the_holdback() {
    for slots in [12, 500] {
        let stage = layered(None, Some(slots));
        stage.gained("run", 2_000).gained("stay", 2_000);
        assert_eq!(stage.market(0).layers[0].amount, atoms(2_100));
    }
}

/// A layer laid after the long estate opened is not pinned when a short estate opens; one laid before stays past its end.
#[test]
fn a75_layers_are_pinned_when_the_first_estate_opens() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("b", 1_000), ("s", 9_000), ("sh", 1_000), ("l", 90_000), ("w", 90_000)])
        .layer(0, 100, 10)
        .pair(0, "b", "s", 100)
        .pair(0, "l", "sh", 100)
        .deposit("sh", 1_000)
        .pair(1, "sh", "w", 100)
        .marks(&[85, 60])
        .wait(6)
        .declare("b")
        .layer(0, 700, 500)
        .declare("sh")
        .wait(6);
    let pinned: Vec<u64> = stage.market(0).layers.iter().map(|layer| layer.pinned).take(2).collect();
    assert_eq!(pinned, [1, 0]);
}

/// Insured when the newcomer n opens; then S's own side turns the mark into a shortfall that shares the cover. n's 400 lots lost
/// 23 - 20 each and no more: 1,200.
#[test]
fn a78_an_insured_estate_is_never_short() {
    Stage::covered(&[100], 1_000)
        .deposits(&[("l", 51), ("w0", 3_000), ("s", 1_300), ("w1", 9_000), ("n", 9_000), ("nl", 9_000)])
        .deposits(&[("hl", 90_000), ("hs", 90_000)])
        .pair(0, "hl", "hs", 200)
        .pair(0, "l", "w0", 10)
        .marks(&[20])
        .pair(0, "nl", "n", 400)
        .pair(0, "w1", "s", 1_000)
        .wait(6)
        .declare("l")
        .marks(&[23])
        .keepers(40)
        .end()
        .gained("n", -1_200);
}

/// b's lack of 500 at 85 is paid out of 5,000 of cover at its declaration; the fall to 80 makes its 100 lots short again, by 500.
fn short_again() -> Stage {
    Stage::covered(&[100], 5_000)
        .deposits(&[("b", 1_000), ("s", 9_000), ("n", 9_000), ("nl", 9_000), ("buyer", 9_000)])
        .pair(0, "b", "s", 100)
        .marks(&[85])
        .wait(6)
        .declare("b")
        .marks(&[80])
}

#[test]
fn a78_an_opening_waits_until_an_insured_estate_is_funded() {
    let mut stage = short_again();
    assert_eq!(stage.trade(0, "nl", "n", 10), Err(Error::EstateUnfunded));
    stage = stage.fund(0);
    // Twice 500.
    equal(i128::from(stage.market(0).whole_cover().unwrap().0), 4_000);
    stage.trade(0, "nl", "n", 10).unwrap();
    stage.refused(Error::NothingToFund, |ex| ex.fund_estate(0));
}

/// A dust lot is declared at 88; 80 slots on, 2,000 lots join its estate and are bought in that slot. The sale's clock is their mean,
/// 80 / 2,001 of a slot, of a window of 100 slots for 200 bps: no whole basis point.
#[test]
fn a65_dust_does_not_age_the_sale() {
    let mut stage = Stage::covered(&[100], 90_000)
        .deposits(&[("d", 10), ("ds", 900), ("b", 20_000), ("s", 900_000), ("buyer", 900_000)])
        .pair(0, "d", "ds", 1)
        .marks(&[88])
        .wait(6)
        .declare("d")
        .pair(0, "b", "s", 2_000)
        .wait(80)
        .marks(&[78])
        .wait(6)
        .declare("b");
    let before = stage.total_of("buyer");
    stage.act(|ex| ex.buy("buyer", 0, Long, lots(2_000)));
    equal(stage.total_of("buyer") - before, 0);
}

/// Two markets fail together; the common fund is 2,000, and each market's allowance a quarter of what it was when the epoch began:
/// 500, whoever is resolved first. Each deficit is 30 * 100 - 1,000 = 2,000.
#[test]
fn a66_the_first_market_resolved_does_not_drink_the_common_fund() {
    let stage = Stage::with(&Terms { common: 2_000 * ATOMS, ..terms(&[100, 100]) })
        .deposits(&[("b0", 1_000), ("s0", 9_000), ("b1", 1_000), ("s1", 9_000)])
        .pair(0, "b0", "s0", 100)
        .pair(1, "b1", "s1", 100)
        .marks(&[70, 70])
        .wait(6)
        .declare("b0")
        .declare("b1")
        .wait(12)
        .resolve(0)
        .resolve(1);
    let allowances: Vec<_> = stage.reports.iter().map(|report| report.insured.allowance).collect();
    assert_eq!(allowances, [atoms(500), atoms(500)]);
}

/// The estate of b lacks nothing after 500 of cover were paid at 85; 100 slots on its 100 lots sell at a discount of 200 bps: 85 for
/// 50 lots. The estate has no equity, and half of the lots get at most half of the 80 of cover that are left: 40.
#[test]
fn a17_a_discount_takes_no_more_of_the_cover_than_its_part_of_the_lots() {
    let mut stage = Stage::covered(&[100], 580)
        .deposits(&[("b", 1_000), ("s", 9_000), ("buyer", 9_000)])
        .pair(0, "b", "s", 100)
        .marks(&[85])
        .wait(6)
        .declare("b")
        .wait(100);
    stage.act(|ex| ex.buy("buyer", 0, Long, lots(50)));
    stage.gained("buyer", 40);
    equal(i128::from(stage.market(0).whole_cover().unwrap().0), 40);
}

/// The discount comes from what insurance holds beyond both shortfalls: u's 100 lots are under water by 3 at 85 with 12 a lot behind
/// them, 300, and 300 of the cover of 320 are for them once b's 500 are paid. The buyer of all lots gets 20 of 170.
#[test]
fn a17_a_discount_never_draws_on_what_covers_a_shortfall() {
    let mut stage = Stage::covered(&[100], 820)
        .deposits(&[("b", 1_000), ("s", 9_000), ("u", 1_200), ("us", 9_000), ("buyer", 9_000)])
        .pair(0, "b", "s", 100)
        .pair(0, "u", "us", 100)
        .marks(&[85])
        .wait(6)
        .declare("b")
        .wait(100);
    stage.act(|ex| ex.buy("buyer", 0, Long, lots(100)));
    // What the ladder sees of u is its 300 and its spare, at most a grid step of 0.8 a lot.
    let gained = stage.gain("buyer");
    assert!((0..=20 * i128::from(ATOMS)).contains(&gained), "{gained}");
}

/// Shorts s0 and s1, 40 of 50 lots, gave what they gained to losing siblings, down to h. At 70 b (7 a lot, 10 lots) and m (20 a lot, 30
/// lots) lack 230 and 300: h is 530 / 50 = 10.6. At 83 b lacks 100, and s0 and s1 lost 13 of 10.6 a lot, 96 in all. The cover of 60 pays
/// the shorts' estate 60 * 96 / 196, and the 40 longs of m and l2 the rest of it: 96 * 136 / 196 / 40 a lot; were the longs' estate
/// paid first they would bear all 96.
#[test]
fn a60_both_estates_are_funded_in_proportion() {
    let mut stage = Stage::new(&[100, 50])
        .deposits(&[("b", 70), ("s0", 55), ("w0", 9_000), ("m", 600), ("s1", 160), ("w1", 9_000)])
        .deposits(&[("l2", 6_000), ("s2", 3_000)])
        .pair(0, "b", "s0", 10)
        .deposit("s0", 65)
        .pair(1, "s0", "w0", 25)
        .pair(0, "m", "s1", 30)
        .deposit("s1", 200)
        .pair(1, "s1", "w1", 75)
        .pair(0, "l2", "s2", 10)
        .marks(&[70]);
    equal_parts(stage.holdback(0, Short) as i128, 106, 10);
    stage = stage.mark(1, (3_744, 100)).sync("s0").sync("s1").wait(6).declare("b").marks(&[83]).wait(6);
    stage = stage.declare("s0").declare("s1");
    stage.act(|ex| ex.earn(0, atoms(60).0));
    let stage = stage.wait(6).wait(6).resolve(0);
    let report = stage.reports[0];
    equal(i128::from(report.deficit.0), 196);
    assert_eq!(report.insured.cover, atoms(60));
    equal_parts(report.charges[0].rate as i128, 96 * 136, 196 * 40);
}
