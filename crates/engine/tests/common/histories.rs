//! Random histories: many seeds, two threads, and the seed of the one that failed.
//!
//! `BREAKWATER_SEED=n` replays one history; `BREAKWATER_HISTORIES=n` plays that many instead of the test's own number.

use super::Rng;

/// Says which history was running when a test panicked.
struct Blame(u64);

impl Drop for Blame {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("replay this history with BREAKWATER_SEED={}", self.0);
        }
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Plays `count` histories and returns what each found, in the order of their seeds.
pub fn play<R: Send>(count: u64, history: impl Fn(&mut Rng) -> R + Sync) -> Vec<R> {
    let count = from_environment("BREAKWATER_HISTORIES").unwrap_or(count);
    let seeds: Vec<u64> = match from_environment("BREAKWATER_SEED") {
        Some(seed) => vec![seed],
        None => (1..=count).collect(),
    };
    println!("histories with seeds {:?} to {:?}", seeds.first(), seeds.last());
    let one = |seed: &u64| {
        let _blame = Blame(*seed);
        history(&mut Rng::of(*seed))
    };
    let (first, second) = seeds.split_at(seeds.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| second.iter().map(one).collect::<Vec<R>>());
        let mut found: Vec<R> = first.iter().map(one).collect();
        found.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        found
    })
}
