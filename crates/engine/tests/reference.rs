//! The engine against the reference: seeded histories of `reference/emit.py`, replayed instruction by instruction, and the whole
//! state compared after each. What may be apart, and by how much: `clearing/compare.rs`.
//!
//! `BREAKWATER_HISTORIES=10000 cargo test -p breakwater-engine --release --test reference` plays all of them, from seed
//! `BREAKWATER_FIRST` on, and `BREAKWATER_SEED=n` one.
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics has found something"
)]

#[path = "clearing/compare.rs"]
mod compare;
#[path = "clearing/exact.rs"]
mod exact;
#[path = "clearing/exchange.rs"]
mod exchange;
#[path = "clearing/replay.rs"]
mod replay;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use replay::{Replay, Stopped};

/// Histories that `make test` plays.
const HISTORIES: u64 = 300;
/// And these, each of which has found something once.
const FOUND: [u64; 18] =
    [933, 1213, 1487, 1616, 1986, 2046, 2124, 2240, 2682, 3177, 3396, 4339, 4378, 4605, 5164, 5596, 7172, 7342];

/// From so many histories on each of these occurs in one of twenty, which is asserted.
const MANY: u64 = 2_000;
const OFTEN: [&str; 10] = [
    "sale",
    "pinned layer",
    "allowance",
    "last resort",
    "unfunded",
    "two-sided",
    "forced resolution",
    "isolated",
    "uncollected",
    "event end",
];

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Lines of histories with seeds from `first`, `count` of them, as the reference prints them.
fn histories(first: u64, count: u64, mut line: impl FnMut(&str)) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let arguments = ["-m", "reference.emit", "--seed", &first.to_string(), "--count", &count.to_string()];
    let mut emit = Command::new("python3").args(arguments).current_dir(root).stdout(Stdio::piped()).spawn().unwrap();
    for text in BufReader::new(emit.stdout.take().unwrap()).lines() {
        line(&text.unwrap());
    }
    let _ = emit.wait().unwrap();
}

#[derive(Default)]
struct Found {
    equal: u64,
    occurred: BTreeMap<String, u64>,
    different: Vec<(u64, Stopped)>,
}

impl Found {
    fn join(&mut self, other: Found) {
        self.equal += other.equal;
        self.different.extend(other.different);
        for (name, times) in other.occurred {
            *self.occurred.entry(name).or_default() += times;
        }
    }
}

fn play(first: u64, count: u64) -> Found {
    let mut found = Found::default();
    let mut running: Option<(u64, Result<Replay, Stopped>)> = None;
    histories(first, count, |text| {
        let line: serde_json::Value = serde_json::from_str(text).unwrap();
        if let Some(seed) = line.get("begin") {
            running = Some((seed.as_u64().unwrap(), Ok(Replay::begin(&line))));
            return;
        }
        let (seed, replay) = running.take().unwrap();
        if line.get("end").is_some() {
            match replay {
                Ok(_) if !line["failed"].is_null() => {
                    let what = format!("the reference's own history failed: {}", line["failed"]);
                    found.different.push((seed, Stopped::at_end(what)));
                }
                Ok(_) => found.equal += 1,
                Err(stopped) => found.different.push((seed, stopped)),
            }
            for name in replay::occurred(&line) {
                *found.occurred.entry(name).or_default() += 1;
            }
            return;
        }
        let replay = replay.and_then(|mut replay| replay.step(&line).map(|()| replay));
        running = Some((seed, replay));
    });
    found
}

#[test]
fn the_engine_equals_the_reference_after_every_step() {
    let (first, count) = match from_environment("BREAKWATER_SEED") {
        Some(seed) => (seed, 1),
        None => (
            from_environment("BREAKWATER_FIRST").unwrap_or(0),
            from_environment("BREAKWATER_HISTORIES").unwrap_or(HISTORIES),
        ),
    };
    let half = count / 2;
    let alone = from_environment("BREAKWATER_SEED").is_some();
    let again: Vec<u64> = FOUND.into_iter().filter(|seed| !alone && !(first..first + count).contains(seed)).collect();
    let (of_other, of_this) = again.split_at(again.len() / 2);
    let play_all = |first: u64, count: u64, more: &[u64]| {
        let mut found = if count > 0 { play(first, count) } else { Found::default() };
        more.iter().for_each(|seed| found.join(play(*seed, 1)));
        found
    };
    let (mut found, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| play_all(first + half, count - half, of_other));
        (play_all(first, half, of_this), other.join().unwrap())
    });
    found.join(other);
    let count = count + again.len() as u64;
    println!("{} of {count} histories equal after every step", found.equal);
    println!("  in so many of them occurred:");
    for (name, times) in &found.occurred {
        println!("  {name:20} {times:6}");
    }
    println!("  the largest differences, in atoms or lots of 1e-9 of the reference's:");
    for (name, apart) in compare::LARGEST.lock().unwrap().iter() {
        println!("  {name:20} at most {apart:6} apart");
    }
    for (seed, stopped) in found.different.iter() {
        println!("BREAKWATER_SEED={seed}: {stopped}");
    }
    assert!(found.different.is_empty(), "{} histories differ", found.different.len());
    assert_eq!(found.equal, count, "every history was played to its end");
    for name in OFTEN.iter().filter(|_| count >= MANY) {
        let times = found.occurred.get(*name).copied().unwrap_or(0);
        assert!(times * 20 >= count, "{name} occurs in {times} of {count} histories");
    }
}
