//! Which accounts may be acted on: confirmed states, gross solvency, markets that cannot be valued, gates and waits.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::Side::Short;

use crate::exchange::Terms;
use crate::stage::{equal, lots, terms, Stage, ATOMS, RESOLVE_WAIT};

/// o's money of market 1 is there when its source goes; what o deposits afterwards is in market 0, behind 100 lots.
fn silent(in_one: u64, lots_of_one: u64, in_zero: u64) -> Stage {
    Stage::new(&[100, 100])
        .deposits(&[("o", in_one), ("x", 90_000), ("y", 90_000)])
        .pair(1, "o", "y", lots_of_one)
        .silence(1)
        .deposit("o", in_zero)
        .pair(0, "o", "x", 100)
}

/// 4,000 behind 100 lots of the silent market, where half the mark would take 5,000: nothing may be lifted from it, and it counts.
/// Market 0 lacks 20 * 100 - 1,000.
#[test]
fn a46_money_in_a_silent_market_counts() {
    let stage = silent(4_000, 100, 1_000).mark(0, 80).wait(6);
    equal(stage.equity("o", 0).unwrap(), -1_000);
    equal(stage.total_of("o"), 3_000);
    stage.refused(Error::NotBankrupt, |ex| ex.declare("o"));
}

/// 1,000 behind 10 lots of the silent market: at half its mark that is 500. At 86 market 0 lacks 400 and o is worth 100 even so; at 84
/// it lacks 600, and o is worth 400 at the last mark, and after the grace of 150 slots less than nothing.
#[test]
fn a46_after_the_grace_a_silent_position_counts_its_assured_equity() {
    let stage = silent(1_000, 10, 1_000).mark(0, 86).wait(200).wait(6);
    stage.refused(Error::NotBankrupt, |ex| ex.declare("o"));
    let stage = silent(1_000, 10, 1_000).mark(0, 84).wait(6);
    stage.refused(Error::NotBankrupt, |ex| ex.declare("o"));
    let _ = stage.wait(200).wait(6).declare("o");
}

/// A dust position in a silent market, and 30 a lot lost with 11 behind them in another: b is declared, and its dust stays its own.
#[test]
fn a62_a_dust_position_in_a_halted_market_shields_no_account() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("b", 100), ("s", 9_000), ("x", 900)])
        .pair(1, "b", "x", 1)
        .silence(1)
        .deposit("b", 1_000)
        .pair(0, "b", "s", 100)
        .mark(0, 70)
        .wait(6)
        .declare("b");
    assert_eq!((stage.size("b", 0), stage.size("b", 1)), (0, lots(1)));
}

/// o has 4,700 in market 0, which falls by 58 a lot, and owes 1,100 of it; 1,300 in market 1, which was left out and closes at its
/// entry once its source is back. x gains 4,700, and the 1,100 as soon as they come.
#[test]
fn a62_what_a_declaration_left_out_is_pledged_to_the_debt() {
    let stage = silent(1_300, 100, 4_700).mark(0, 42).wait(200).wait(6).declare("o").keepers(12);
    equal(stage.equity("o", 1).unwrap(), 1_300);
    stage.gained("x", 4_700);
    let stage = stage.restore(1).pair(1, "y", "o", 100);
    equal(i128::from(stage.ex.accounts["o"].free.0), 200);
    stage.gained("x", 5_800);
}

/// h is what X's winning leg would leave for Y's phantom: Y is hedged with a market whose source is gone, so no touch lifts its 300
/// lots, which lack 6,000 - 1,300 at 80: 11.75 a lot on 400 shorts. X is worth its deposit of 1,000, and 175 less than nothing net of it.
#[test]
fn a76_a_phantom_declares_no_solvent_account() {
    let stage = Stage::new(&[100, 100, 100])
        .deposits(&[("X", 500), ("x0", 9_000), ("x1", 9_000), ("Y", 2_600), ("y1", 90_000), ("y2", 90_000)])
        .pair(2, "y2", "Y", 300)
        .deposit("Y", 2_600)
        .pair(1, "Y", "y1", 300)
        .pair(0, "X", "x0", 100)
        .deposit("X", 500)
        .pair(1, "x1", "X", 100)
        .marks(&[80, 80, 80])
        .silence(2)
        .wait(6);
    equal(stage.total_of("X"), 1_000);
    let left = stage.holdback(1, Short) / 1_000_000_000_000 * u128::from(lots(100));
    assert!(left as i128 > stage.total_of("X"), "net of holdback it is bankrupt");
    stage.refused(Error::NotBankrupt, |ex| ex.declare("X"));
}

/// h is long of market 0 and short of market 1, and both fall alike: it is worth its 2,000. run leaves opposite its phantom, and gets
/// back all of its gain of 40 a lot.
#[test]
fn a2_a_solvent_hedged_account_costs_others_nothing() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("h", 1_000), ("x", 90_000), ("y", 90_000), ("run", 4_000), ("rich", 90_000)])
        .pair(0, "h", "x", 100)
        .deposit("h", 1_000)
        .pair(1, "y", "h", 100)
        .pair(0, "rich", "run", 100)
        .marks(&[60, 60])
        .close_short(0, "run", "rich", 100);
    assert!(stage.held_of("run", 0, Short) > 0);
    let stage = stage.keepers(12).end();
    stage.gained("h", 0).gained("run", 4_000).gained("x", 4_000);
    assert!(stage.reports.iter().all(|report| report.deficit.0 == 0));
}

fn lost() -> Stage {
    Stage::new(&[100]).deposits(&[("b", 1_000), ("s", 9_000)]).pair(0, "b", "s", 100).wait(10)
}

/// Two updates of one wick, published two seconds apart and posted five slots apart: 25 slots of 400 ms are ten seconds.
#[test]
fn a64_two_updates_of_one_wick_do_not_confirm_each_other() {
    let mut stage = lost().marks(&[85]);
    stage.ex.published -= 4;
    let stage = stage.mark_in(5, 0, 85);
    stage.stays("b");
    let _ = stage.wait(5).declare("b");
}

#[test]
fn a10_one_print_declares_no_account() {
    let stage = lost().marks(&[85]);
    stage.stays("b");
    let stage = stage.marks(&[100]).marks(&[85]).wait(3);
    stage.stays("b");
    let _ = stage.wait(2).declare("b");
}

/// The shorts would be charged 40 a lot at the wick of 50 instead of 2 at 88: a resolution waits while the mark is further than 5 %
/// from one that was confirmed, and at most `RESOLVE_WAIT`.
#[test]
fn a10_a_wick_is_not_resolved_at() {
    let stage = lost().marks(&[88]).wait(6).declare("b").wait(6).wait(6).marks(&[50]);
    stage.refused(Error::FarFromReference, |ex| ex.resolve(0));
    let stage = stage.marks(&[88]).resolve(0);
    equal(i128::from(stage.reports[0].deficit.0), 200);
}

#[test]
fn a10_after_the_wait_a_resolution_runs_at_the_mark() {
    let stage = lost().marks(&[88]).wait(6).declare("b").wait(RESOLVE_WAIT).marks(&[50]).resolve(0);
    equal(i128::from(stage.reports[0].deficit.0), 4_000);
}

/// An account of twice the lots is declared every 25 slots, and one is always under water: the wait of 50 slots counts from the first.
#[test]
fn a83_an_estate_that_is_doubled_again_and_again_is_resolved_all_the_same() {
    let mut stage = Stage::new(&[100]);
    for at in 0..5 {
        let (long, short, size) = (format!("b{at}"), format!("s{at}"), 1 << at);
        stage = stage.deposit(&long, size * (10 + 4 * at)).deposit(&short, size * 90).pair(0, &long, &short, size);
    }
    for at in 0..3 {
        stage = stage.marks(&[88 - 4 * at]).wait(6).declare(&format!("b{at}")).wait(19);
    }
    let stage = stage.marks(&[70]).resolve(0);
    assert!(stage.reports[0].forced, "b3 and b4 are under water and were not declared");
}

/// A twentieth of a lot of a solvent account whose other leg is silent stays under water beside 1,000 that wait: less than 1 bp.
#[test]
fn a83_a_dust_lot_under_water_holds_no_resolution_up() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("b", 10_000), ("s", 190_000), ("x", 900), ("y", 900)])
        .deposit("d", (3, 10))
        .pair(0, "b", "s", 1_000)
        .pair(0, "d", "x", (1, 20))
        .deposit("d", (3, 10))
        .pair(1, "y", "d", (1, 20))
        .marks(&[80, 70])
        .silence(1)
        .wait(6)
        .declare("b")
        .wait(6)
        .wait(6);
    assert!(stage.equity("d", 0).unwrap() < 0);
    let stage = stage.resolve(0);
    // 10 a lot lacked.
    equal(i128::from(stage.reports[0].deficit.0), 10_000);
}

/// b lacks 6,000 at 30; the declaration moves all that the ladder saw into the estate, and old's profit of 1,000 goes on waiting.
fn emptied() -> Stage {
    Stage::with(&Terms { common: 5_000 * ATOMS, weight: 0, ..terms(&[100]) })
        .deposits(&[("b", 1_000), ("s", 9_000), ("old", 9_000), ("oldest", 90_000), ("n", 9_000), ("nl", 90_000)])
        .pair(0, "oldest", "old", 100)
        .marks(&[90])
        .close_short(0, "old", "oldest", 100)
        .wait(6)
        .pair(0, "b", "s", 100)
        .marks(&[30])
        .wait(6)
        .declare("b")
}

#[test]
fn a63_profit_does_not_unlock_while_an_estate_lacks() {
    let stage = emptied();
    let before = stage.market(0).vesting_clock;
    assert!(before > 0);
    assert_eq!(stage.wait(6).market(0).vesting_clock, before);
}

#[test]
fn a63_no_account_opens_over_what_an_estate_lacks() {
    let mut stage = emptied();
    assert_eq!(stage.trade(0, "nl", "n", 10), Err(Error::ShortfallUninsured));
}

/// Half a lot that lacks 9 a lot in a market of 1,000 at 85: 1 bp of them is 8.5.
#[test]
fn a70_an_underwater_dust_position_refuses_no_opening() {
    let mut stage = Stage::new(&[100])
        .deposits(&[("big", 90_000), ("s", 90_000), ("d", 3), ("x", 900), ("n", 9_000), ("nl", 9_000)])
        .pair(0, "big", "s", 1_000)
        .pair(0, "d", "x", (1, 2))
        .marks(&[85]);
    assert!(stage.equity("d", 0).unwrap() < 0);
    stage.trade(0, "n", "nl", 10).unwrap();
}

/// S leaves with most lots in an event of 1,010.5 lots, which ends once b is resolved: d's half a lot, hedged with a silent market,
/// lacks 5.5 at 80, less than 1 bp of what was open when the event began and more than 1 bp of what is left.
#[test]
fn a70_the_tolerance_is_that_of_the_events_beginning() {
    let stage = Stage::new(&[100, 100])
        .deposits(&[("b", 100), ("s", 9_000), ("L", 90_000), ("S", 90_000), ("d", 3), ("x", 9_000), ("y", 9_000)])
        .pair(0, "b", "s", 10)
        .pair(0, "L", "S", 1_000)
        .pair(0, "d", "x", (1, 2))
        .deposit("d", 3)
        .pair(1, "y", "d", (1, 2))
        .marks(&[80, 70])
        .silence(1)
        .wait(6)
        .declare("b")
        .close_short(0, "S", "L", 990);
    assert!(stage.held_of("S", 0, Short) > 0);
    let stage = stage.wait(RESOLVE_WAIT).resolve(0).wait(6).wait(6).sync("S");
    assert!(stage.equity("d", 0).unwrap() < 0);
    assert_eq!(stage.held_of("S", 0, Short), 0);
}
