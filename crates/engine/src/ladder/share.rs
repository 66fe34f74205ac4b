//! What a share of a pool is worth when lines join it, as a number and a scale: 64 bits hold it with at least 24 that count.

use crate::error::{Error, Result};
use crate::wide;

/// Shares a new pool starts with, about: one is far less than a lot even at the largest open interest.
pub const SHARES_AT_BIRTH: u64 = 1 << 56;
/// Shares a pool may grow to.
pub const SHARES_MAX: u64 = 1 << 62;
/// Below this a share's value is too coarse to measure others by: the joiners get a pool of their own.
const VALUE_MIN: u64 = 1 << 24;
const SCALE: u32 = 32;

/// Equity of one share, 1e-12 atom, times 2^shift, rounded up: those who join never take from those who are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareValue {
    /// The number.
    pub value: u64,
    /// Its scale: 0 or 32.
    pub shift: u32,
}

impl ShareValue {
    /// `equity / shares`, rounded up.
    pub fn of(equity: u128, shares: u64) -> Result<ShareValue> {
        let shares = u128::from(shares);
        let shift = if equity >> SCALE >= shares { 0 } else { SCALE };
        // Cannot lose bits: with a scale of 32 the equity is below 2^32 * 2^64.
        let value = wide::div_ceil(equity << shift, shares)?;
        Ok(ShareValue { value: u64::try_from(value).map_err(|_| Error::Overflow)?, shift })
    }

    /// Whether others can be measured by it.
    #[must_use]
    pub const fn is_fine(&self) -> bool {
        self.value >= VALUE_MIN
    }

    /// Shares worth an equity, rounded down.
    pub fn shares_floor(&self, equity: u128) -> Result<u64> {
        let scale = 1u64.checked_shl(self.shift).ok_or(Error::Overflow)?;
        let shares = wide::mul_div_long_floor(equity, scale, self.value)?;
        u64::try_from(shares).map_err(|_| Error::Overflow)
    }
}
