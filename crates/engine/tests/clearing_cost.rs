//! What a resolution looks at depends on lines, pools and checkpoints, never on how many accounts were declared or stand opposite
//! (I18): counted, not timed.
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

#[path = "clearing/check.rs"]
mod check;
#[path = "clearing/exchange.rs"]
mod exchange;
#[path = "clearing/attacks/stage.rs"]
mod stage;

use std::collections::BTreeMap;

use breakwater_engine::clearing::waterfall::{Declared, Resolved};
use breakwater_engine::Side::Short;
use exchange::TestExchange;
use stage::{atoms, lots, terms, PRICE};

/// Lots that are declared, and lots of shorts on each of ten lines.
const DECLARED: u64 = 100;
const ON_A_LINE: u64 = 20;
const LINES: u64 = 10;

/// `bankrupts` accounts hold 100 long lots together, with 10 behind each; `opposite` accounts as many shorts on each of ten lines as
/// make 20 lots, with 30, 40, ... behind each. Two smaller bankruptcies before leave pools and checkpoints behind.
fn resolved(bankrupts: u64, opposite: u64) -> (TestExchange, Resolved) {
    let mut ex = TestExchange::new(&terms(&[100]));
    ex.deposit("rich", atoms(1_000_000u64).0).unwrap();
    for line in 0..LINES {
        for at in 0..opposite / LINES {
            let (who, part) = (format!("s{line}-{at}"), opposite / LINES);
            ex.deposit(&who, atoms((ON_A_LINE * (30 + 10 * line), part)).0).unwrap();
            ex.trade(0, "rich", &who, lots((ON_A_LINE, part))).unwrap();
        }
    }
    // rich's longs become the bankrupts'.
    for (who, behind) in [("p0", 6), ("p1", 8)] {
        ex.deposit(who, atoms(5u64 * behind).0).unwrap();
        ex.trade(0, who, "rich", lots(5u64)).unwrap();
    }
    for at in 0..bankrupts {
        let who = format!("l{at}");
        ex.deposit(&who, atoms((DECLARED * 10, bankrupts)).0).unwrap();
        ex.trade(0, &who, "rich", lots((DECLARED, bankrupts))).unwrap();
    }
    let _ = resolve(&mut ex, 93, &["p0".into()]);
    let _ = resolve(&mut ex, 91, &["p1".into()]);
    let names: Vec<String> = (0..bankrupts).map(|at| format!("l{at}")).collect();
    let report = resolve(&mut ex, 80, &names);
    (ex, report)
}

fn resolve(ex: &mut TestExchange, mark: u64, bankrupts: &[String]) -> Resolved {
    let mut wait = || ex.tick(6, &[(0, mark * PRICE)].into(), &BTreeMap::new()).unwrap();
    wait();
    wait();
    for who in bankrupts {
        assert!(matches!(ex.declare(who).unwrap(), Declared::Done { .. }));
    }
    for _ in 0..2 {
        ex.tick(6, &[(0, mark * PRICE)].into(), &BTreeMap::new()).unwrap();
    }
    ex.resolve(0).unwrap()
}

#[test]
fn a_resolution_costs_the_same_for_one_or_a_thousand_declared() {
    let (one, thousand) = (resolved(1, 10).1, resolved(1_000, 10).1);
    assert_eq!(one.visited, thousand.visited);
    assert!(one.deleveraged[0].0.abs_diff(thousand.deleveraged[0].0) <= 1_000);
    assert!(one.visited.buckets + one.visited.blocks > 0);
}

#[test]
fn a_resolution_costs_the_same_for_ten_or_ten_thousand_opposite() {
    let ((few, ten), (many, ten_thousand)) = (resolved(1, 10), resolved(1, 10_000));
    assert_eq!(ten.visited, ten_thousand.visited);
    let members = |ex: &TestExchange| ex.market(0).side(Short).totals.members;
    assert_eq!((members(&few), members(&many)), (10, 10_000));
    println!("{:?}", ten.visited);
}
