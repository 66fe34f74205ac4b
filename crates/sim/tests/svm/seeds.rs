//! Which random histories a run plays. A run plays its own; `BREAKWATER_SEED` replays those of another.

/// A number from the environment, else a default.
pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// The seed of a run, told on its output so that the run can be had again.
pub fn seed() -> u64 {
    let seed = number("BREAKWATER_SEED", rand::random::<u32>().into());
    println!("BREAKWATER_SEED={seed}");
    seed
}
