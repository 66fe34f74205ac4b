//! Held money: whose it is, when it returns, and which part of a lack falls on its own side.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::Side::Short;

use crate::stage::{atoms, equal, equal_parts, lots, Stage, RESOLVE_WAIT, ROUNDING};

/// run leaves at 89.9, when b1 and b2 lack 0.1 on each of 200 lots: 20 over 400 shorts, 0.05 a lot, 5 in all. At 60 they lack 3,000
/// each; what run left is all paid in the first resolution, and the next leaver's money enters a list of its own. run gained
/// 10.1 * 100 - 5; the 300 lots that stayed pay 5,995, and s1 keeps 4,000 - 5,995 / 3.
#[test]
fn a71_an_index_at_zero_closes_its_list() {
    let stage = Stage::new(&[100])
        .deposits(&[("b1", 1_000), ("b2", 1_000), ("rl", 90_000), ("run", 9_000), ("s1", 9_000), ("s2", 9_000)])
        .deposits(&[("rl2", 90_000), ("s3", 9_000)])
        .pair(0, "b1", "s1", 100)
        .pair(0, "b2", "s2", 100)
        .pair(0, "rl", "run", 100)
        .pair(0, "rl2", "s3", 100)
        .mark(0, (899, 10))
        .close_short(0, "run", "rl", 100);
    equal(stage.held_of("run", 0, Short), 5);
    let stage = stage.marks(&[60]).wait(6).declare("b1").wait(RESOLVE_WAIT).resolve(0);
    // What rounding left of it is run's, in a list that has ended.
    assert!(stage.held_of("run", 0, Short) < ROUNDING);
    let stage = stage.close_short(0, "s3", "rl2", 10).keepers(12).end();
    stage.gained("run", 1_005);
    equal_parts(stage.gain("s1"), 6_005, 3);
}

/// hed is solvent and under water in market 0, and no touch lifts it while market 1 is silent; thin is deleveraged for b meanwhile. b
/// lacks 800 at 82: 4 a lot of 200. What thin's lots left for hed's phantom returns to thin, and both shorts keep 1,800 - 400.
#[test]
fn a74_what_deleveraged_lots_leave_stays_their_owners() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("b", 1_000), ("thin", 2_000), ("hed", 1_300), ("hs", 40_000), ("c1", 90_000)])
        .pair(1, "c1", "hed", 100)
        .deposit("hed", 1_300)
        .pair(0, "hed", "hs", 100)
        .pair(0, "b", "thin", 100)
        .marks(&[82, 80])
        .silence(1)
        .keepers_that_sync_nobody(12);
    assert!(stage.size("thin", 0) < lots(10), "most of thin's lots were deleveraged");
    let stage = stage.restore(1).sync("hed").wait(1).wait(5).wait(1).end();
    stage.gained("thin", 1_400).gained("hs", 1_400);
}

/// h is zero for a moment in a living event: who opens there would bear the shortfall that stands again.
#[test]
fn a74_no_account_opens_on_a_side_whose_event_lives() {
    let mut stage = Stage::new(&[100])
        .deposits(&[("b", 1_000), ("s", 9_000), ("n", 9_000), ("nl", 90_000)])
        .pair(0, "b", "s", 100)
        .marks(&[85])
        .marks(&[91]);
    assert_eq!(stage.holdback(0, Short), 0);
    assert_eq!(stage.trade(0, "nl", "n", 100), Err(Error::LossEventLives));
}

/// The actor's old claims on the short side of market 0 were made with himself. Y's phantom in market 1 cuts Z's winning leg. Z, with
/// 1,105 + 20 * 100, lacks 95 of 32 * 100 in market 0 once what is held from it returns to its estate: hs keeps 3,105, old claims or not.
fn pump(old: bool) -> Stage {
    let mut stage = Stage::new(&[100, 100, 100]);
    if old {
        stage = stage.deposits(&[("aL", 1_000), ("aS", 9_000)]).pair(0, "aL", "aS", 100).marks(&[60]).keepers(12);
        stage = stage.marks(&[100]).wait(6).wait(6);
    }
    stage
        .deposits(&[("Y", 2_600), ("y1", 90_000), ("y2", 90_000), ("Z", 505), ("hs", 9_000), ("z1", 9_000)])
        .pair(2, "y2", "Y", 300)
        .deposit("Y", 2_600)
        .pair(1, "Y", "y1", 300)
        .pair(0, "Z", "hs", 100)
        .deposit("Z", 600)
        .pair(1, "z1", "Z", 100)
        .marks(&[75, 80, 80])
        .silence(2)
        .marks(&[68])
        .keepers_that_sync_nobody(12)
        .restore(2)
        .sync("Y")
        .end()
}

#[test]
fn a77_what_is_held_from_a_declared_account_is_its_estates() {
    for old in [false, true] {
        pump(old).gained("hs", 3_105);
    }
}

/// Z's estate in market 1 owns what its winning leg left in market 0, where it pays for b: 2,000. Z, worth 1,200 + 3,000 - 4,200,
/// lacks these 2,000 in market 1: 10 a lot of its 200 shorts, who gained 42, and run left before.
#[test]
fn a77_what_an_estate_owns_elsewhere_may_be_charged_there() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("b", 1_000), ("Z", 600), ("run", 9_000), ("stay", 9_000), ("l", 90_000)])
        .pair(0, "b", "Z", 100)
        .deposit("Z", 600)
        .pair(1, "Z", "stay", 100)
        .pair(1, "l", "run", 100)
        .marks(&[70, 58])
        .wait(6)
        .declare("Z")
        .close_short(1, "run", "l", 100)
        .declare("b")
        .keepers(40)
        .end();
    stage.gained("run", 3_200).gained("stay", 3_200);
}

/// Z's estate in market 1 owns 2,000 in market 0. A resolution that is not passed market 0 would charge them to the shorts of market 1.
#[test]
fn a77_a_resolution_finds_all_that_its_estates_own() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("b", 1_000), ("Z", 600), ("stay", 9_000)])
        .pair(0, "b", "Z", 100)
        .deposit("Z", 600)
        .pair(1, "Z", "stay", 100)
        .marks(&[70, 58])
        .wait(6)
        .declare("Z")
        .wait(RESOLVE_WAIT);
    stage.refused(Error::Engine(breakwater_engine::Error::MarketMissing), |ex| ex.resolve_alone(1));
    // With market 0 nothing lacks: the lots are for sale.
    stage.refused(Error::SaleRuns, |ex| ex.resolve(1));
}

/// S is charged for b in an event that lives on, pays, carries its profit to a losing leg, and fails at the turn: what it lacks then
/// was no charge, and nothing of it is called uncollected.
#[test]
fn a80_a_charge_that_was_paid_is_not_uncollected() {
    let stage = Stage::new(&[140, 140, 140])
        .deposits(&[("hed", 1_000), ("c1", 90_000), ("hm", 90_000), ("b", 800), ("bs", 1_500), ("hs", 90_000)])
        .deposits(&[("hl", 90_000), ("S", 3_500), ("W", 90_000), ("W2", 90_000)])
        .pair(1, "c1", "hed", 100)
        .deposit("hed", 1_000)
        .pair(0, "hed", "hm", 100)
        .pair(0, "b", "bs", 100)
        .pair(0, "W", "S", 400)
        .deposit("S", 3_500)
        .pair(2, "S", "W2", 400)
        .pair(0, "hl", "hs", 100)
        .marks(&[80, 80, 80])
        .silence(1)
        .sync("S")
        .wait(6)
        .declare("b")
        .wait(6)
        .wait(RESOLVE_WAIT)
        .resolve(0)
        .mark(0, 115)
        .wait(6)
        .declare("S")
        .wait(6)
        .wait(RESOLVE_WAIT)
        .resolve(0);
    assert!(stage.reports[0].charges[1].stayed.0 > 0 && stage.reports[1].deficit.0 > 0);
    equal(i128::from(stage.reports[1].own.0), 0);
}

/// N would take V's shorts over in an event that has charged V, and its failure at the next rise would be called a charge.
#[test]
fn a80_no_lots_enter_a_side_that_has_charged() {
    let mut stage = Stage::new(&[140, 140])
        .deposits(&[
            ("b", 160),
            ("bs", 90_000),
            ("b2", 2_800),
            ("s", 90_000),
            ("V", 450),
            ("vl", 90_000),
            ("w", 90_000),
        ])
        .deposit("N", 105)
        .pair(0, "b", "bs", 20)
        .pair(0, "b2", "s", 100)
        .pair(0, "vl", "V", 40)
        .deposit("V", 450)
        .pair(1, "V", "w", 40)
        .marks(&[(115, 1), (965, 10)])
        .wait(6)
        .declare("b")
        .wait(6)
        .wait(6)
        .resolve(0)
        .marks(&[(100, 1), (885, 10)])
        .wait(6)
        .layer(0, 5_000, 57);
    assert_eq!(stage.liquidate("V", "N", 0, 40), Err(Error::LossEventLives));
}

/// Three events of the shorts, for phantoms of hedged accounts; the owner of what the first held never collects it.
#[test]
fn a84_an_event_ends_though_the_first_ones_owner_never_collects() {
    let mut stage = Stage::new(&[100, 100]).deposits(&[("x", 90_000), ("rich", 90_000)]);
    for at in 0..3 {
        let [h, r, q] = ["h", "r", "q"].map(|name| format!("{name}{at}"));
        stage = stage
            .deposits(&[(&h, 1_000), (&r, 9_000), (&q, 45_000)])
            .pair(0, &h, &q, 100)
            .deposit(&h, 1_000)
            .deposit(&q, 45_000)
            .pair(1, &q, &h, 100)
            .pair(0, "rich", &r, 10)
            .marks(&[70, 60])
            .close_short(0, &r, "rich", 10);
        for of in 0..=at {
            stage = stage.sync(&format!("h{of}"));
        }
        stage = stage.marks(&[100, 100]);
        for of in 0..=at {
            stage = stage.sync(&format!("h{of}"));
        }
        stage = stage.wait(6).wait(6);
        assert_eq!(stage.market(0).side(Short).event.alive, 0);
    }
    assert!(stage.held_of("r0", 0, Short) > 0);
}

/// run's profit of 5,000 was fresh when its part was held for a hedged account's phantom: what returns vests. Some 19 slots of 1,000
/// have passed since it left, so at most 30 thousandths of it and its deposit leave at once.
#[test]
fn a13_what_returns_vests_unless_it_was_margin() {
    let mut stage = Stage::new(&[100, 100])
        .deposits(&[("hed", 1_000), ("h0", 90_000), ("h1", 90_000), ("run", 600), ("rich", 90_000)])
        .pair(0, "hed", "h0", 100)
        .deposit("hed", 1_000)
        .pair(1, "h1", "hed", 100)
        .pair(0, "rich", "run", 100)
        .marks(&[50, 40])
        .close_short(0, "run", "rich", 100);
    assert!(stage.held_of("run", 0, Short) > i128::from(atoms(600).0));
    stage = stage.sync("hed").wait(6).wait(6).wait(6).sync("run");
    assert_eq!(stage.held_of("run", 0, Short), 0);
    let got = stage.withdraw("run");
    assert!(got <= i128::from(atoms(600 + 150).0), "{got}");
    stage.end().gained("run", 5_000);
}

/// X left 1,000 behind when it closed a gain of 3,000: b lacks 2,000 over 200 shorts. Its other position loses 35 a lot of 1,100 and
/// what came of the gain: 400 less than nothing without what is held.
#[test]
fn a5_held_money_counts_in_its_owners_solvency() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("b", 1_000), ("bs", 9_000), ("X", 500), ("rich", 90_000), ("x1", 9_000)])
        .pair(0, "b", "bs", 100)
        .pair(0, "rich", "X", 100)
        .deposit("X", 600)
        .pair(1, "X", "x1", 100)
        .marks(&[70, 82])
        .close_short(0, "X", "rich", 100);
    equal(stage.held_of("X", 0, Short), 1_000);
    let stage = stage.mark(1, 65).wait(6);
    equal(stage.total_of("X"), 600);
    stage.refused(Error::NotBankrupt, |ex| ex.declare("X"));
}

/// Forty longs of 10 lots lack 1 a lot at 89, and each is declared and resolved by itself: 40 losses of one epoch. Once each has paid
/// its debt of 10 the short has all of its 400 * 11: nothing is in no account, and nothing waits.
#[test]
fn a3_no_payment_waits_however_many_charges() {
    let names: Vec<String> = (0..40).map(|at| format!("l{at}")).collect();
    let mut stage = Stage::new(&[100]).deposit("s", 90_000);
    for long in &names {
        stage = stage.deposit(long, 100).pair(0, long, "s", 10);
    }
    stage = stage.marks(&[89]).wait(6);
    for long in &names {
        stage = stage.declare(long).wait(RESOLVE_WAIT).resolve(0);
    }
    // A rounding for each of the 40.
    let found = stage.gain("s") - i128::from(atoms(4_000).0);
    assert!(found.abs() <= 40 * ROUNDING, "{found}");
    for long in &names {
        stage = stage.deposit(long, 10);
        assert_eq!(stage.ex.accounts[long].free, atoms(0));
    }
    stage = stage.sync("s");
    let found = stage.gain("s") - i128::from(atoms(4_400).0);
    assert!(found.abs() <= 40 * ROUNDING, "{found}");
}

/// The attacker's claims of an older event, 2,000 or more, were made with himself. An honest short leaves at a dip of a hedged account
/// and everything held from it returns: 12 a lot, and none of it serves the old claims.
#[test]
fn a4_money_held_for_one_event_never_reaches_anothers_claims() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("aL", 1_000), ("aS", 9_000)])
        .pair(0, "aL", "aS", 100)
        .marks(&[60])
        .keepers(12)
        .marks(&[100])
        .wait(6)
        .wait(6);
    let before = stage.total_of("aS");
    assert!(stage.market(0).side(Short).claims.outstanding >= atoms(2_000));
    let stage = stage
        .deposits(&[("hed", 1_000), ("hs", 90_000), ("c1", 90_000), ("run", 4_000), ("rich", 90_000)])
        .pair(0, "hed", "hs", 100)
        .deposit("hed", 1_000)
        .pair(1, "c1", "hed", 100)
        .pair(0, "rich", "run", 100)
        .marks(&[82, 82])
        .close_short(0, "run", "rich", 100);
    assert!(stage.held_of("run", 0, Short) > 0);
    let stage = stage.sync("hed").wait(6).wait(6).end();
    stage.gained("run", 1_800);
    equal(stage.total_of("aS") - before, 0);
}

/// b's debt of 1,000 is a claim of the shorts'. Neither the market's income nor the fund pays it, or claims could be made by trading
/// with oneself.
#[test]
fn a7_claims_are_never_paid_from_income_or_the_fund() {
    let terms = crate::exchange::Terms { common: atoms(5_000).0, weight: 0, ..crate::stage::terms(&[100]) };
    let mut stage = Stage::with(&terms)
        .deposits(&[("b", 1_000), ("s", 9_000)])
        .pair(0, "b", "s", 100)
        .marks(&[80])
        .wait(6)
        .declare("b")
        .keepers(12)
        .end();
    equal(i128::from(stage.market(0).side(Short).claims.outstanding.0), 1_000);
    stage.act(|ex| ex.earn(0, atoms(700).0));
    let stage = stage.wait(6).end();
    stage.gained("s", 1_000);
    assert_eq!(stage.ex.fund.common().unwrap(), atoms(5_000));
    equal(i128::from(stage.market(0).whole_cover().unwrap().0), 700);
}
