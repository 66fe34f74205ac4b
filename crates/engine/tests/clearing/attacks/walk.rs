//! A walk that stops at its limit goes on at no further charge while its mark stands, whatever happens between two calls.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::Side::Long;

use crate::stage::{atoms, equal, lots, Report, Stage, LOTS, PRICE, RESOLVE_WAIT, ROUNDING};

/// A whale of 1,000 lots, with 10 a lot, lacks 10 * 1,000 at 80; opposite are 40 shorts of 50 lots on as many lines over six blocks,
/// and rich holds the other 1,000 longs. 10,000 over 2,000 shorts are 5 a lot. `late` lots are another long's with 10 a lot, not declared yet.
fn whale_and(late: u64, levels: u32) -> Stage {
    let mut stage = Stage::new(&[100]).deposits(&[("whale", 10_000), ("rich", 200_000), ("buyer", 90_000)]);
    for at in 0..40 {
        let short = format!("s{at}");
        let long = if at < 20 { "whale" } else { "rich" };
        stage = stage.deposit(&short, 2_000 + 1_000 * at).pair(0, long, &short, 50);
    }
    if late > 0 {
        stage = stage.deposits(&[("late", 10 * late), ("far", 90_000)]).pair(0, "late", "far", late);
    }
    stage.ex.levels_max = levels;
    stage.marks(&[80]).wait(6).declare("whale").wait(RESOLVE_WAIT)
}

fn whale(levels: u32) -> Stage {
    whale_and(0, levels)
}

/// Resolves until the walk has ended; all but the first call go on.
fn go_on(mut stage: Stage) -> Stage {
    while stage.reports.is_empty() || stage.reports.last().is_some_and(|report| report.goes_on) {
        let continues = !stage.reports.is_empty();
        stage = stage.resolve(0);
        let report = stage.reports.last().unwrap();
        assert_eq!(report.continued, continues);
        assert!(!continues || report.deficit.0 == 0, "no further deficit");
        assert!(!continues || report.charges.iter().all(|charge| charge.rate == 0), "no further charge");
    }
    stage
}

fn sum(stage: &Stage, part: impl Fn(&Report) -> u64) -> u64 {
    stage.reports.iter().map(part).sum()
}

/// In one call or in pieces: the same lots close, each short ends with the same lots and money, and each lot is paid for once.
#[test]
fn a34_a_walk_in_pieces_is_the_walk_in_one_call() {
    let (one, pieces) = (go_on(whale(u32::MAX)), go_on(whale(1)));
    assert_eq!(one.reports.len(), 1);
    assert!(pieces.reports.len() > 4, "{} calls", pieces.reports.len());
    for stage in [&one, &pieces] {
        assert_eq!(sum(stage, |report| report.deleveraged[0].0), lots(1_000));
        assert_eq!(sum(stage, |report| report.lots.0), lots(1_000), "each lot is work once");
        equal(i128::from(sum(stage, |report| report.deficit.0)), 10_000);
        assert_eq!(stage.market(0).side(Long).estate.open, 0);
    }
    let absorbed = |stage: &Stage| i128::from(stage.market(0).stats.absorbed.0);
    assert!((absorbed(&one) - absorbed(&pieces)).abs() <= ROUNDING, "the record does not tell calls apart");
    for at in 0..40 {
        let short = format!("s{at}");
        assert!(one.size(&short, 0).abs_diff(pieces.size(&short, 0)) <= 1_000, "{short}");
        assert!((one.gain(&short) - pieces.gain(&short)).abs() <= ROUNDING * 100, "{short}");
    }
}

/// 40 lines on six blocks: the walk looks at the blocks, and at single lines only where its level ends.
#[test]
fn a12_a_walk_looks_at_blocks() {
    let stage = whale(u32::MAX).resolve(0);
    let visited = stage.reports[0].visited;
    assert!(visited.blocks >= 3 && visited.levels() <= 20, "{visited:?}");
}

/// At 79 the lots that the first call left lack one unit each: they are an estate like any other, which waits, and is charged that
/// and nothing twice.
#[test]
fn a34_a_walk_does_not_go_on_at_another_mark() {
    let stage = whale(1).resolve(0);
    let left = stage.market(0).side(Long).estate.lots.0;
    assert!(stage.reports[0].goes_on && left > lots(100), "{left} lots are left");
    let stage = stage.mark(0, 79);
    stage.refused(Error::EstateTooYoung, |ex| ex.resolve(0));
    let stage = stage.wait(12).resolve(0);
    let report = stage.reports[1];
    assert!(!report.continued && !report.charges.iter().all(|charge| charge.rate == 0));
    let (found, lacks) = (i128::from(report.deficit.0), i128::from(left) * i128::from(PRICE) / i128::from(LOTS));
    assert!((found - lacks).abs() <= ROUNDING, "{found} charged, {lacks} lacked");
}

/// late's 20 lots lack 10 each. The walk goes on with the whale's lots alone, at no charge; late's 200 are charged once, by the
/// resolution that follows its own declaration: 10,200 in all.
#[test]
fn a34_what_is_declared_while_a_walk_goes_on_is_charged_once() {
    let stage = go_on(whale_and(20, 1).resolve(0).declare("late"));
    assert_eq!(sum(&stage, |report| report.deleveraged[0].0), lots(1_000), "only the whale's lots closed");
    assert_eq!(stage.market(0).side(Long).estate.lots.0, lots(20));
    stage.refused(Error::EstateTooYoung, |ex| ex.resolve(0));
    let before = stage.reports.len();
    let stage = stage.wait(12).keepers(2);
    equal(i128::from(sum(&stage, |report| report.deficit.0)), 10_200);
    equal(stage.reports[before..].iter().map(|report| i128::from(report.deficit.0)).sum(), 200);
}

/// s39 closes against rich between two calls: it has paid its 5 a lot like the others, and pays nothing again.
#[test]
fn a34_who_leaves_while_a_walk_goes_on_pays_once() {
    let stage = whale(1).resolve(0);
    let pieces = go_on(stage.sync("s0").close_short(0, "s39", "rich", 50));
    assert!(sum(&pieces, |report| report.deleveraged[0].0).abs_diff(lots(1_000)) <= 10);
    // 20 a lot of 50, less 5 a lot, whether closed by the walk or by itself.
    for short in ["s0", "s20", "s39"] {
        let apart = pieces.gain(short) - i128::from(atoms(750u64).0);
        assert!(apart.abs() <= ROUNDING * pieces.reports.len() as i128, "{short}: {apart} atoms apart");
    }
}

/// The lots that the walk left may be bought meanwhile, and late's that enter afterwards are not the walk's: they are declared at
/// the mark of the walk, and stay.
#[test]
fn a34_lots_sold_while_a_walk_goes_on_are_not_closed_again() {
    let mut stage = whale_and(20, 1).resolve(0);
    let left = stage.market(0).side(Long).estate.lots.0;
    stage.ex.levels_max = 1;
    let stage = stage.buy("buyer", Long, left);
    assert_eq!(stage.market(0).side(Long).estate.lots.0, 0);
    let stage = stage.declare("late");
    stage.refused(Error::EstateTooYoung, |ex| ex.resolve(0));
    assert_eq!(stage.market(0).side(Long).estate.lots.0, lots(20));
}

/// Nothing goes on in a market that is silent; restored at the same mark, it does.
#[test]
fn a34_a_walk_waits_while_the_market_is_silent() {
    let stage = whale(1).resolve(0).silence(0);
    stage.refused(Error::NoUsableMark, |ex| ex.resolve(0));
    let stage = go_on(stage.restore(0));
    assert_eq!(sum(&stage, |report| report.deleveraged[0].0), lots(1_000));
}
