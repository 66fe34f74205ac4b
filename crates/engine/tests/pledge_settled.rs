//! Other collateral of an account whose market was settled: it is sold, and what it fetches lets the position leave.
#![allow(
    dead_code,
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

#[path = "common/check.rs"]
mod check;
mod common;
#[path = "common/pledges.rs"]
mod pledges;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/settling.rs"]
mod settling;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::Error;
use pledges::{params, refused, Pledges, TOKEN, USD};
use scene::M;
use settling::{declare, expire, leave};
use world::usd;

const ALICE: usize = 0;
const BOB: usize = 1;

/// Alice owes 49 at the final mark and has two tokens at 100 USD each: nothing else pays before they are sold, as much of them as
/// she owes and no more; then she leaves with nothing, and insurance is whole.
#[test]
fn a_settled_position_leaves_once_its_owners_collateral_is_sold() {
    let mut world = scene::world(1, 3, 100 * USD);
    scene::open(&mut world, [ALICE, BOB], 0, 1_000 * M, [51 * USD, 500 * USD]);
    let mut stage = Pledges::new(world, &params());
    stage.deposit(ALICE, 0, 2 * TOKEN).unwrap();
    stage.world.reprice(0, usd(90.0));
    expire(&mut stage.world);
    declare(&mut stage.world, 0).unwrap();
    (0..3).for_each(|at| stage.price(at, 10_000));
    let insured = stage.world.market(0).tally.insured;
    stage.value(ALICE);
    refused(leave(&mut stage.world, ALICE, 0), Error::Bankrupt);
    refused(stage.resolve(ALICE, 0, None), Error::NotBankrupt);
    let sold = stage.sell(ALICE, 0, 0).unwrap();
    assert!(sold.amount < TOKEN && sold.proceeds.0.abs_diff(49 * USD) < 10, "{sold:?}");
    stage.value(ALICE);
    let paid = leave(&mut stage.world, ALICE, 0).unwrap().paid.0;
    assert!(paid < 10, "{paid}");
    let _ = leave(&mut stage.world, BOB, 0).unwrap();
    assert!(stage.world.market(0).open_interest().is_zero());
    assert_eq!(stage.world.market(0).tally.insured, insured);
    stage.withdraw(ALICE, 0, 2 * TOKEN - sold.amount).unwrap();
    stage.check();
}
