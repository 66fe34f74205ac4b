//! Random histories of every verb of clearing, in any order, at prices that wander far: every invariant after each, and at the end
//! every account leaves.
//!
//! `BREAKWATER_HISTORIES=1000` plays as many, `BREAKWATER_SEED=n` one.
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
mod common;
#[path = "clearing/exchange.rs"]
mod exchange;
#[path = "common/histories.rs"]
mod histories;
#[path = "clearing/history.rs"]
mod history;

use std::collections::BTreeMap;

use common::Rng;
use histories::play;
use history::history;

#[test]
fn every_history_is_conserved_and_ends() {
    let found = play(40, |rng: &mut Rng| history(rng));
    let (mut tried, mut done, mut tiers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let count = found.len() as u64;
    for one in found {
        one.tried.iter().for_each(|(verb, times)| *tried.entry(*verb).or_insert(0) += times);
        one.done.iter().for_each(|(verb, times)| *done.entry(*verb).or_insert(0) += times);
        one.tiers.keys().for_each(|tier| *tiers.entry(*tier).or_insert(0) += 1u64);
    }
    for (verb, tried) in &tried {
        println!("  {verb:20} {:6} of {tried:6}", done.get(verb).unwrap_or(&0));
    }
    for (tier, histories) in &tiers {
        println!("  {tier:20} in {histories} of {count} histories");
    }
    if count < 20 {
        return;
    }
    for (verb, tried) in tried.iter().filter(|(verb, _)| !["collect", "end events"].contains(*verb)) {
        let done = done.get(verb).unwrap_or(&0);
        assert!(done * 20 >= *tried, "{verb} succeeds in {done} of {tried} calls");
    }
    let tiers_wanted = [
        "partial liquidation",
        "declared",
        "sold",
        "insured",
        "absorbed",
        "socialized",
        "deleveraged",
        "collateral sold",
        "collateral forfeited",
    ];
    for tier in tiers_wanted {
        let histories = tiers.get(tier).unwrap_or(&0);
        assert!(histories * 10 >= count, "{tier} occurs in {histories} of {count} histories");
    }
}
