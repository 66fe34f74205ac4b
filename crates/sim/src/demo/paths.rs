//! The afternoon of 10 October 2025, 20:00 to 22:00 UTC, as a price a quarter of a minute.
//!
//! Anchors a few minutes apart carry the shape (a slide, a gap, a wick, a thin alt that loses 70 % in ten minutes and gets
//! half of it back); the seed puts noise on the way between them.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Steps a minute.
pub const STEPS_A_MINUTE: usize = 4;
/// Minutes of the day.
pub const MINUTES: usize = 120;
/// Decimals of a price here and in the feeds.
pub const DECIMALS: u32 = 8;

const USD: i64 = 100_000_000;
const CENT: i64 = USD / 100;

/// A market's afternoon: minute and price, 1e-8 USD.
pub type Anchors = &'static [(usize, i64)];

/// Bitcoin: 122,000 to 105,000.
pub const BTC: Anchors = &[
    (0, 122_000 * USD),
    (20, 121_300 * USD),
    (40, 119_800 * USD),
    (50, 118_600 * USD),
    (56, 116_900 * USD),
    (62, 114_200 * USD),
    (68, 112_400 * USD),
    (72, 110_300 * USD),
    (75, 105_900 * USD),
    (78, 105_000 * USD),
    (82, 109_800 * USD),
    (90, 112_300 * USD),
    (105, 111_600 * USD),
    (120, 113_000 * USD),
];

/// Solana: 220 to 170, with a wick.
pub const SOL: Anchors = &[
    (0, 220 * USD),
    (20, 218 * USD),
    (40, 213 * USD),
    (50, 209 * USD),
    (56, 204 * USD),
    (62, 198 * USD),
    (68, 192 * USD),
    (72, 184 * USD),
    (74, 177 * USD),
    (76, 170 * USD),
    (78, 181 * USD),
    (84, 186 * USD),
    (100, 184 * USD),
    (120, 188 * USD),
];

/// A thin alt: 62 cents, 70 % down in ten minutes, half of it back.
pub const ALT: Anchors = &[
    (0, 62 * CENT),
    (30, 61 * CENT),
    (50, 58 * CENT),
    (62, 54 * CENT),
    (66, 52 * CENT),
    (69, 42 * CENT),
    (72, 28 * CENT),
    (74, 20 * CENT),
    (76, 156 * CENT / 10),
    (80, 26 * CENT),
    (88, 33 * CENT),
    (104, 36 * CENT),
    (120, 34 * CENT),
];

/// A price for every step, 1e-8 USD; noise in parts of ten thousand of the price, most on the move.
#[must_use]
pub fn path(anchors: Anchors, noise_bps: i64, rng: &mut ChaCha8Rng) -> Vec<i64> {
    (0..=MINUTES * STEPS_A_MINUTE)
        .map(|step| {
            let price = between(anchors, step);
            let shift = rng.random_range(-noise_bps..=noise_bps);
            // The first and the lowest prices are the anchors' own.
            let quiet = step == 0 || anchors.iter().any(|(minute, _)| minute * STEPS_A_MINUTE == step);
            if quiet {
                price
            } else {
                price + price * shift / 10_000
            }
        })
        .collect()
}

/// The straight line between the anchors around a step.
fn between(anchors: Anchors, step: usize) -> i64 {
    let at = |minute: usize| (minute * STEPS_A_MINUTE) as i64;
    let after = anchors.iter().position(|(minute, _)| minute * STEPS_A_MINUTE >= step).unwrap_or(anchors.len() - 1);
    let (to, last) = anchors[after];
    let (from, first) = anchors[after.saturating_sub(1)];
    let span = (at(to) - at(from)).max(1);
    first + (last - first) * (step as i64 - at(from)).clamp(0, span) / span
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_day_has_its_shape() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let lowest = |anchors, noise, rng: &mut _| path(anchors, noise, rng).into_iter().min().expect("prices");
        assert!((104_500 * USD..=105_000 * USD).contains(&lowest(BTC, 5, &mut rng)));
        assert!((169 * USD..=170 * USD).contains(&lowest(SOL, 10, &mut rng)));
        let alt = path(ALT, 30, &mut rng);
        let (before, low) = (alt[66 * STEPS_A_MINUTE], alt[76 * STEPS_A_MINUTE]);
        assert!(low * 100 <= before * 31, "70 % in ten minutes: {before} to {low}");
        let back = alt[104 * STEPS_A_MINUTE];
        assert!((low..before).contains(&back), "half back: {back}");
    }
}
