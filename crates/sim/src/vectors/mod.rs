//! Test vectors for clients: accounts as the chain holds them, byte for byte, with what the engine's native build says of them,
//! byte for byte too. Numbers that may exceed what JSON's hold are decimal strings.

mod bytes;
mod crowded;
mod entry;
mod moment;
#[cfg(test)]
mod naive;
mod pledged;
mod shares;
mod sparse;

use serde::Serialize;

pub use entry::{Attempt, Day, Entry};
pub use moment::Moment;
pub use shares::shares;

/// Accounts with their markets, day by day.
#[derive(Debug, Serialize)]
pub struct Vectors {
    /// What the days were made from.
    pub seed: u64,
    /// The days.
    pub days: Vec<Day>,
}

impl Vectors {
    /// Writes moments down.
    #[must_use]
    pub fn of(seed: u64, moments: &[Moment]) -> Vectors {
        Vectors { seed, days: moments.iter().map(Day::of).collect() }
    }
}

/// Moments with at least `count` accounts, the same for the same seed.
pub fn moments(seed: u64, count: usize) -> Result<Vec<Moment>, String> {
    let mut moments: Vec<Moment> = Vec::new();
    let mut accounts = 0;
    while accounts < count {
        let seed = seed + moments.len() as u64;
        // Two markets and six accounts, or eight and fifty.
        let moment = if moments.len().is_multiple_of(2) { moment::random(seed)? } else { crowded::crowded(seed)? };
        accounts += moment.state.accounts.len();
        moments.push(moment);
    }
    Ok(moments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_writes_the_same_vectors() {
        let once = || serde_json::to_string(&Vectors::of(7, &moments(7, 20).expect("moments"))).expect("json");
        assert_eq!(once(), once());
    }
}
