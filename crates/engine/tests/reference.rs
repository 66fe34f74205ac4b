//! The engine against the reference: seeded histories of `reference/emit.py`, replayed instruction by instruction, and the whole
//! state compared after each.
//!
//! `BREAKWATER_HISTORIES=10000 cargo test -p breakwater-engine --release --test reference` plays all of them,
//! `BREAKWATER_SEED=n` one.
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
    assert!(emit.wait().unwrap().success(), "the reference plays its histories");
}

#[derive(Default)]
struct Found {
    equal: u64,
    occurred: BTreeMap<String, u64>,
    different: Vec<(u64, Stopped)>,
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
            assert!(line["failed"].is_null(), "the reference's own history {seed} failed: {}", line["failed"]);
            match replay {
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
        None => (0, from_environment("BREAKWATER_HISTORIES").unwrap_or(HISTORIES)),
    };
    let half = count / 2;
    let (mut found, other) = std::thread::scope(|scope| {
        let other = scope.spawn(move || play(first + half, count - half));
        (if half > 0 { play(first, half) } else { Found::default() }, other.join().unwrap())
    });
    found.equal += other.equal;
    found.different.extend(other.different);
    for (name, times) in other.occurred {
        *found.occurred.entry(name).or_default() += times;
    }
    println!("{} of {count} histories equal after every step", found.equal);
    for (name, times) in &found.occurred {
        println!("  {name:20} {times:6}");
    }
    for (seed, stopped) in found.different.iter().take(20) {
        println!("BREAKWATER_SEED={seed}: {stopped}");
    }
    assert!(found.different.is_empty(), "{} histories differ", found.different.len());
}
