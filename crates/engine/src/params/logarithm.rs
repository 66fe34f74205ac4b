//! A rational bound of the natural logarithm, for listing rules.

/// One, in the millionths that [`ln_ceil`] counts.
pub const MICROS: u64 = 1_000_000;
/// ln 2 = 0.693147..., rounded up.
const LN_2: u64 = 693_148;

/// At least `ln(whole / part)` in millionths, and at most a hundredth of itself and a few millionths above it; zero where
/// `whole <= part` or there is no part. `ln f <= (f - 1)(f + 5) / (4 f + 2)` for f from 1 to 2, with powers of two apart.
#[must_use]
pub fn ln_ceil(whole: u32, part: u32) -> u64 {
    let (whole, mut part) = (u64::from(whole), u64::from(part));
    if part == 0 || whole <= part {
        return 0;
    }
    let mut twos = 0u64;
    // Cannot overflow: the part stays below twice the whole, the sums below 2^37, the products below 2^127.
    while part.wrapping_mul(2) <= whole {
        part = part.wrapping_mul(2);
        twos = twos.wrapping_add(1);
    }
    let rise = u128::from(whole.wrapping_sub(part));
    let above =
        rise.wrapping_mul(u128::from(whole.wrapping_add(part.wrapping_mul(5)))).wrapping_mul(u128::from(MICROS));
    let below = u128::from(part).wrapping_mul(u128::from(whole.wrapping_mul(4).wrapping_add(part.wrapping_mul(2))));
    let rest = u64::try_from(above.div_ceil(below.max(1))).unwrap_or(u64::MAX);
    twos.wrapping_mul(LN_2).saturating_add(rest)
}
