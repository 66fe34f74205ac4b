//! Volatility: a time-weighted average of squared returns, and the multiple of margins it asks for.
//!
//! The exponentially weighted moving average of J.P. Morgan's RiskMetrics (1996), `v' = (1 - w) v + w r^2`, for samples that
//! come when they come: a return r over dt seconds says that the variance per second was `r^2 / dt` all that time, and its
//! weight is `w = dt / (window + dt)`. The two make
//!
//! ```text
//! v' = (v * window + r^2) / (window + dt)
//! ```
//!
//! which needs no exponential, rises in r, falls in dt, and lies between v and `r^2 / dt`. A mark that has not moved is a
//! sample like any other: quiet lowers the average, at most as fast as `exp(-t / window)` however often anyone refreshes.

use crate::error::{Error, Result};
use crate::state::{Mark, MarketBooks, MarketParams, Volatility};
use crate::units::{Bps, BPS};
use crate::wide;

/// One whole as a return: 1e-9.
const WHOLE: u64 = 1_000_000_000;
/// The largest return counted: the mark more than quintupled from one sample to the next, and its square still fits 64 bits.
const RETURN_MAX: u64 = (1 << 32) - 1;
/// A basis point as a return.
const RETURN_BPS: u64 = WHOLE / BPS;
const HOUR: u64 = 3_600;
/// The root of [`HOUR`]: volatility over an hour for one over a second.
const HOUR_ROOT: u64 = 60;

/// Samples the market's mark, which has just been accepted.
pub fn sample(market: &mut MarketBooks) -> Result<()> {
    market.volatility.sample(&market.params, &market.mark)
}

/// `(v * window + r^2) / (window + dt)`, rounded up. At most the larger of v and `r^2 / dt`, so it stays within 64 bits: a return
/// has 32. The sum in between is below 2^64 * window + 2^64.
fn average(variance: u64, window: u64, moved: u64, passed: u64) -> Result<u64> {
    let sum = wide::mul(variance, window).checked_add(wide::mul(moved, moved)).ok_or(Error::Overflow)?;
    let whole = window.checked_add(passed).ok_or(Error::Overflow)?;
    u64::try_from(wide::div_ceil(sum, u128::from(whole))?).map_err(|_| Error::Overflow)
}

impl Volatility {
    /// Samples a mark that has just been accepted. The first is where returns are measured from and nothing else. Marks of one
    /// second are one sample: the anchor stays, so that what happens within a second is in the next return.
    pub fn sample(&mut self, params: &MarketParams, mark: &Mark) -> Result<()> {
        let (price, at) = (mark.price, mark.publish_time);
        if self.anchor.0 == 0 {
            (self.anchor, self.sampled_at) = (price, at);
            return Ok(());
        }
        let passed = u64::try_from(at.saturating_sub(self.sampled_at)).unwrap_or(0);
        if passed == 0 {
            return Ok(());
        }
        let moved = wide::div_ceil(wide::mul(price.0.abs_diff(self.anchor.0), WHOLE), u128::from(self.anchor.0))?;
        let moved = u64::try_from(moved).unwrap_or(RETURN_MAX).min(RETURN_MAX);
        let variance = average(self.variance, params.volatility_window_seconds, moved, passed)?;
        *self = Volatility { variance, anchor: price, sampled_at: at };
        Ok(())
    }

    /// Standard deviation of returns over an hour, 1e-9, rounded up. Cannot overflow: a root has 32 bits.
    #[must_use]
    pub fn hourly(&self) -> u64 {
        root_ceil(self.variance).wrapping_mul(HOUR_ROOT)
    }

    /// The multiple of margins: volatility over an hour against the market's normal one, at least one whole and at most
    /// `volatility_multiplier_max`. Rounds up.
    #[must_use]
    pub fn multiple(&self, params: &MarketParams) -> Bps {
        let most = params.volatility_multiplier_max;
        let normal = u64::from(params.volatility_normal.0);
        // Cannot overflow: a fraction of 32 bits times 1e5, and its square by 64-bit saturation, which only means "normal".
        let usual = normal.wrapping_mul(RETURN_BPS);
        let is_normal = self.variance <= usual.saturating_mul(usual) / HOUR;
        if is_normal || u64::from(most.0) <= BPS {
            return Bps(10_000);
        }
        // In bps: hourly / usual * 1e4 = hourly / (normal * 1e5 / 1e4).
        let multiple = self.hourly().div_ceil(normal.wrapping_mul(RETURN_BPS / BPS).max(1));
        let multiple = u32::try_from(multiple).unwrap_or(u32::MAX);
        Bps(multiple.clamp(10_000, most.0))
    }
}

/// The square root, rounded up: Newton's steps down from a power of two above it. Each halves the distance at least, and from
/// a start within a factor of two five are enough.
#[must_use]
pub fn root_ceil(n: u64) -> u64 {
    let Some(top) = n.checked_ilog2() else { return 0 };
    let mut root = 1u64.wrapping_shl((top >> 1).wrapping_add(1));
    // Above the root it falls; the first step that does not is at the root, rounded down.
    while let Some(next) = n.checked_div(root).map(|other| (root.wrapping_add(other)) >> 1) {
        if next >= root {
            break;
        }
        root = next;
    }
    // Cannot overflow: a root of 64 bits has 32.
    root.wrapping_add(u64::from(root.wrapping_mul(root) < n))
}
