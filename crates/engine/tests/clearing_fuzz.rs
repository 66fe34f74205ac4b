//! Random histories of every verb of clearing, in any order, at prices from a millionth to a thousandfold of the first: every
//! invariant after each operation, and at the end every account leaves.
//!
//! `make fuzz` plays a thousand of 2,500 operations and goes on where it was stopped; `make fuzz SEED=n` replays one.
//! I18 is the benchmark's; I12 holds since a refused verb's copy is dropped, and so it is not tried here.
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
#[path = "clearing/history.rs"]
mod history;
#[path = "clearing/progress.rs"]
mod progress;
#[path = "clearing/watch.rs"]
mod watch;

use std::collections::BTreeMap;
use std::time::Instant;

use common::Rng;
use history::{history, Found};
use progress::Progress;

/// What `cargo test` plays.
const HISTORIES: u64 = 12;
const OPERATIONS: u64 = 700;
/// From so many histories on, how often the rare ones occur is asserted too.
const MANY: usize = 100;
const TIERS: [&str; 10] = [
    "partial liquidation",
    "declared",
    "sold",
    "insured",
    "absorbed",
    "socialized",
    "deleveraged",
    "from held",
    "collateral sold",
    "collateral forfeited",
];
const RARE: [&str; 4] = ["from vesting", "last resort", "unfunded", "pre-emptive"];

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Says which history was running when a test panicked.
struct Blame(u64, u64);

impl Drop for Blame {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("replay this history with BREAKWATER_SEED={} BREAKWATER_OPERATIONS={}", self.0, self.1);
        }
    }
}

/// Plays seeds on two threads.
fn play(seeds: &[u64], operations: u64, progress: &Progress) -> Vec<Found> {
    let one = |seed: &u64| {
        let _blame = Blame(*seed, operations);
        let found = history(&mut Rng::of(*seed), operations);
        progress.note(*seed, &found);
        found
    };
    let (first, second) = seeds.split_at(seeds.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| second.iter().map(one).collect::<Vec<Found>>());
        let mut found: Vec<Found> = first.iter().map(one).collect();
        found.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        found
    })
}

fn sum<'f>(found: &'f [Found], of: impl Fn(&'f Found) -> &'f BTreeMap<String, u64>) -> BTreeMap<&'f str, u64> {
    let mut sums = BTreeMap::new();
    for (name, times) in found.iter().flat_map(of) {
        *sums.entry(name.as_str()).or_default() += times;
    }
    sums
}

#[test]
fn every_history_is_conserved_and_ends() {
    let operations = from_environment("BREAKWATER_OPERATIONS").unwrap_or(OPERATIONS);
    let count = from_environment("BREAKWATER_HISTORIES").unwrap_or(HISTORIES);
    let progress = Progress::open(operations);
    let known = progress.seeds();
    let seeds: Vec<u64> = match from_environment("BREAKWATER_SEED") {
        Some(seed) => vec![seed],
        None => (1..=count).filter(|seed| !known.contains(seed)).collect(),
    };
    println!(
        "{} histories of {operations} operations, {} of them played before",
        seeds.len() + known.len(),
        known.len()
    );
    let began = Instant::now();
    let mut found = play(&seeds, operations, &progress);
    let played: u64 = found.iter().map(|one| one.operations).sum();
    println!("{played} operations, {:.0} a second", played as f64 / began.elapsed().as_secs_f64());
    found.extend(progress.into_found());
    let (tried, done) = (sum(&found, |one| &one.tried), sum(&found, |one| &one.done));
    for (verb, tried) in &tried {
        println!("  {verb:20} {:8} of {tried:8}", done.get(verb).unwrap_or(&0));
    }
    let occurred = |tier: &str| found.iter().filter(|one| one.tiers.contains_key(tier)).count() as u64;
    for tier in TIERS.iter().chain(&RARE) {
        println!("  {tier:20} in {} of {} histories", occurred(tier), found.len());
    }
    if found.len() < HISTORIES as usize {
        return;
    }
    for (verb, tried) in tried.iter().filter(|(verb, _)| !["collect", "end events"].contains(*verb)) {
        let done = done.get(verb).unwrap_or(&0);
        assert!(done * 20 >= *tried, "{verb} succeeds in {done} of {tried} calls");
    }
    let rare = if found.len() < MANY { &RARE[..0] } else { &RARE };
    for tier in TIERS.iter().chain(rare) {
        assert!(occurred(tier) * 10 >= found.len() as u64, "{tier} occurs in {} of {}", occurred(tier), found.len());
    }
}
