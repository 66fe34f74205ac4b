//! Seeded randomness: one seed reproduces a run.

/// xorshift64*: small, fast, the same everywhere.
pub struct Rng(u64);

#[allow(dead_code, reason = "not every test uses every verb")]
impl Rng {
    /// Seeded from `BREAKWATER_SEED`, or `default`; prints the seed, which the harness shows when the test fails.
    pub fn seeded(default: u64) -> Rng {
        let seed = std::env::var("BREAKWATER_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(default);
        println!("replay with BREAKWATER_SEED={seed}");
        Rng(seed.max(1))
    }

    /// Of one seed; neighbouring seeds give unrelated numbers.
    pub fn of(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x2545_f491_4f6c_dd1d) | 1)
    }

    /// Any 64 bits but none at all.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From `low` to `high`, both included.
    pub fn within(&mut self, low: u64, high: u64) -> u64 {
        match (high - low).checked_add(1) {
            Some(span) => low + self.next() % span,
            None => self.next(),
        }
    }

    /// Below `2^bits`, every magnitude alike: small numbers are as frequent as large ones.
    pub fn magnitude(&mut self, bits: u32) -> u64 {
        let bits = u32::try_from(self.within(0, u64::from(bits))).unwrap();
        if bits == 0 {
            0
        } else {
            self.next() >> (64 - bits)
        }
    }

    /// One in `n`.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}
