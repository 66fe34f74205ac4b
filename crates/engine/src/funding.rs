//! Funding: an average premium of fills over the mark, paid from one side to the other through X.

use crate::error::{Error, Result};
use crate::state::MarketBooks;
use crate::units::{Now, Price, BPS};
use crate::wide::{self, I128};

/// Seconds since `then`, at most `most`, never negative.
fn elapsed(now: i64, then: i64, most: u64) -> u64 {
    u64::try_from(now.saturating_sub(then)).unwrap_or(0).min(most)
}

/// `value * part / whole` for a signed value, rounded toward zero.
fn scaled(value: i64, part: u64, whole: u64) -> Result<i64> {
    let magnitude = wide::mul_div_floor(value.unsigned_abs(), part, whole)?;
    let magnitude = i64::try_from(magnitude).map_err(|_| Error::Overflow)?;
    Ok(if value < 0 { magnitude.wrapping_neg() } else { magnitude })
}

/// Moves X by what has fallen due: time and rate are clamped, accrual is never refused, and nothing accrues while `stopped`
/// or for the time of a halt that has ended since (F7, F21). `f = premium * elapsed / period` per lot, premium at most `funding_rate_max` of the mark, rounded toward zero;
/// longs pay when it is positive: `X_long -= f; X_short -= f`.
pub fn accrue(market: &mut MarketBooks, now: Now, stopped: bool) -> Result<()> {
    let since = core::mem::replace(&mut market.funding.paid_at, now.time);
    let since = since.max(market.breaker.halted_until);
    let seconds = elapsed(now.time, since, market.params.funding_gap_seconds_max);
    if stopped || seconds == 0 || market.funding.premium == 0 || market.open_interest().is_zero() {
        return Ok(());
    }
    let most = wide::mul_div_floor(market.mark.price.0, u64::from(market.params.funding_rate_max.0), BPS)?;
    let most = i64::try_from(most).map_err(|_| Error::Overflow)?;
    let premium = market.funding.premium.clamp(most.wrapping_neg(), most);
    let paid = i128::from(scaled(premium, seconds, market.params.funding_period_seconds)?);
    for book in &mut market.sides {
        book.index = I128::new(book.index.get().checked_sub(paid).ok_or(Error::Overflow)?);
    }
    Ok(())
}

/// Moves the premium towards a fill's distance from the mark, by how much of the averaging time has passed since the last.
pub fn sample(market: &mut MarketBooks, fill: Price, now: Now) -> Result<()> {
    let window = market.params.funding_ema_seconds.max(1);
    let seconds = elapsed(now.time, market.funding.sampled_at, window);
    market.funding.sampled_at = now.time;
    let fill = i64::try_from(fill.0).map_err(|_| Error::Overflow)?;
    let mark = i64::try_from(market.mark.price.0).map_err(|_| Error::Overflow)?;
    let gap = fill.checked_sub(mark).and_then(|distance| distance.checked_sub(market.funding.premium));
    let step = scaled(gap.ok_or(Error::Overflow)?, seconds, window)?;
    market.funding.premium = market.funding.premium.checked_add(step).ok_or(Error::Overflow)?;
    Ok(())
}
