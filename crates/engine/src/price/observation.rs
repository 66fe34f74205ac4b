//! What a source published, and what that is per lot.

use crate::error::{Error, Result};
use crate::units::{Price, PRICE_MAX};
use crate::wide;

/// Exponents a source may publish with.
const EXPONENT: core::ops::RangeInclusive<i32> = -12..=0;
/// USD per lot to 1e-12 atom per lot: 10^6 atoms a dollar, 10^12 parts an atom.
const USD_EXPONENT: i32 = 18;

/// What a source published: numbers times `10^exponent` USD per whole base asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Spot price.
    pub price: i64,
    /// Half-width of spot's confidence interval.
    pub confidence: u64,
    /// The source's own moving average.
    pub ema_price: i64,
    /// Half-width of the average's interval. Not graded: it lags by an hour, and spot's interval already says how sure the
    /// source is now.
    pub ema_confidence: u64,
    /// Power of ten the numbers are multiplied by.
    pub exponent: i32,
    /// Unix seconds.
    pub publish_time: i64,
}

/// An observation per lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerLot {
    /// Spot, rounded down; zero where the source says nothing positive, which is always bad.
    pub price: Price,
    /// The moving average, likewise.
    pub ema: Price,
    /// Confidence, rounded up; at most [`PRICE_MAX`], which is wider than any price and so always bad.
    pub confidence: Price,
}

impl PerLot {
    /// Whether spot and average both are a price.
    #[must_use]
    pub const fn is_positive(&self) -> bool {
        self.price.0 != 0 && self.ema.0 != 0
    }

    /// The same where both are; else `PriceNotPositive`: nothing is listed at such a price.
    pub const fn positive(self) -> Result<PerLot> {
        if self.is_positive() {
            Ok(self)
        } else {
            Err(Error::PriceNotPositive)
        }
    }
}

impl Observation {
    /// Per lot of `10^lot_exponent` base assets. Fails with `PriceExponent` outside -12 to 0, and `Overflow` beyond
    /// [`PRICE_MAX`].
    pub fn per_lot(&self, lot_exponent: i32) -> Result<PerLot> {
        if !EXPONENT.contains(&self.exponent) {
            return Err(Error::PriceExponent);
        }
        let shift = self.exponent.checked_add(lot_exponent).and_then(|sum| sum.checked_add(USD_EXPONENT));
        let scale = Scale::of(shift.ok_or(Error::PriceExponent)?)?;
        Ok(PerLot {
            price: scale.price_floor(self.price)?,
            ema: scale.price_floor(self.ema_price)?,
            confidence: scale.width_ceil(self.confidence)?,
        })
    }
}

/// A power of ten as what to multiply with, then divide by; one of the two is one.
struct Scale {
    times: u64,
    over: u64,
}

impl Scale {
    fn of(shift: i32) -> Result<Scale> {
        let power = 10u64.checked_pow(shift.unsigned_abs()).ok_or(Error::Overflow)?;
        Ok(if shift < 0 { Scale { times: 1, over: power } } else { Scale { times: power, over: 1 } })
    }

    /// Rounded down; what is negative is worth nothing too.
    fn price_floor(&self, mantissa: i64) -> Result<Price> {
        let mantissa = u64::try_from(mantissa).unwrap_or(0);
        match wide::mul_div_floor(mantissa, self.times, self.over)? {
            price if price <= PRICE_MAX => Ok(Price(price)),
            _ => Err(Error::Overflow),
        }
    }

    /// Rounded up. What leaves the range is capped instead of refused: it is graded, never paid, and refusing would hide
    /// from the market that its source has lost confidence.
    fn width_ceil(&self, mantissa: u64) -> Result<Price> {
        let width = wide::div_ceil(wide::mul(mantissa, self.times), u128::from(self.over))?;
        Ok(Price(u64::try_from(width).unwrap_or(PRICE_MAX).min(PRICE_MAX)))
    }
}
