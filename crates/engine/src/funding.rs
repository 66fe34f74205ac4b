//! Funding: a decaying average of how far fills are from the mark, paid from one side to the other through X.
//!
//! The premium `m`, per lot, decays by itself, whether anybody trades or not: after `t` seconds `m * e^(-t / ema)` is left. While
//! it is positive longs pay shorts `m / period` a second, while it is negative shorts pay longs. So a stretch of time pays the
//! integral, `ema * (m_before - m_after) / period` per lot, and the remainder of that division waits for the next stretch: many
//! small accruals equal one big one (A49).
//!
//! Fills of x lots at a mean distance d do `m += min(1, x / I) * (d - m)`, where `I` is the market's impact size. `d` and `m` are
//! at most what funding may charge. So x lots of wash trades, in whatever pieces and at whatever times, earn each lot of open
//! interest at most `x / I * d * ema / period`, which [`MarketParams::validate`] keeps below their fees (A8).

use crate::error::{Error, Result};
use crate::state::{Funding, Mark, MarketBooks, MarketParams};
use crate::units::{Bps, Lots, Now, Price, BPS};
use crate::wide::{self, I128};

/// A premium counts 2^-32 of 1e-12 atom. Premiums are below 2^58 of 1e-12 atom: a fifth of the largest price.
const FINE_BITS: u32 = 32;
/// One in a factor's 2^-63.
const ONE: u64 = 1 << 63;

impl MarketParams {
    /// The farthest from the mark that a fill counts and a premium stands, as a fraction of the mark: what funding may charge,
    /// within the band. A premium kept beyond it would only be remembered longer.
    #[must_use]
    pub fn premium_max(&self) -> Bps {
        self.funding_rate_max.min(self.band)
    }
}

/// What funding is measured by, and where a market keeps it.
pub struct FundingBooks<'a> {
    /// What the market was listed with.
    pub params: &'a MarketParams,
    /// Premium and clock.
    pub funding: &'a mut Funding,
    /// The mark premiums are bounded by.
    pub mark: Price,
    /// Lots of one side.
    pub interest: Lots,
}

impl FundingBooks<'_> {
    /// What has fallen due since the last accrual, 1e-12 atom per lot that longs pay: for time alone, however old the mark, at most
    /// `funding_gap_seconds_max` at once (F7). Time in which funding stood still, up to `halted_until` and where it does not
    /// `run`, decays the premium and pays nothing (F21). The caller moves X by it.
    #[must_use = "X moves by it"]
    pub fn accrue(&mut self, runs: bool, halted_until: i64, now: Now) -> Result<i128> {
        self.stand_still(halted_until.min(now.time))?;
        let seconds = elapsed(self.funding.accrued_at, now.time);
        let mut paid = 0;
        if seconds != 0 && runs && !self.interest.is_zero() && self.funding.premium != I128::ZERO {
            let before = self.capped(self.funding.premium.get())?;
            let paid_for = seconds.min(self.params.funding_gap_seconds_max);
            let after = decayed(before, paid_for, self.params.funding_ema_seconds)?;
            paid = self.due(before.checked_sub(after).ok_or(Error::Overflow)?)?;
            self.funding.premium = I128::new(after);
            self.funding.accrued_at = self.funding.accrued_at.saturating_add_unsigned(paid_for);
        }
        self.stand_still(now.time)?;
        Ok(paid)
    }

    /// No account pays for the time up to `until`; the premium decays all the same.
    pub fn stand_still(&mut self, until: i64) -> Result<()> {
        let Funding { premium, accrued_at, .. } = &mut *self.funding;
        let seconds = elapsed(*accrued_at, until);
        if seconds != 0 && *premium != I128::ZERO {
            *premium = I128::new(decayed(premium.get(), seconds, self.params.funding_ema_seconds)?);
        }
        *accrued_at = until.max(*accrued_at);
        Ok(())
    }

    /// `ema * decay / period`; the remainder is kept.
    fn due(&mut self, decay: i128) -> Result<i128> {
        let owed = wide::mul_signed(decay, self.params.funding_ema_seconds)?;
        let owed = owed.checked_add(self.funding.carried.get()).ok_or(Error::Overflow)?;
        let unit = i128::from(self.params.funding_period_seconds) << FINE_BITS;
        let paid = owed.checked_div(unit).ok_or(Error::Overflow)?;
        let rest = owed.checked_rem(unit).ok_or(Error::Overflow)?;
        self.funding.carried = I128::new(rest);
        Ok(paid)
    }

    /// Moves the premium towards the fills' mean distance, by their lots' part of the impact size. After
    /// [`FundingBooks::accrue`].
    pub fn sample(&mut self, fills: &Fills) -> Result<()> {
        if fills.lots.is_zero() {
            return Ok(());
        }
        let premium = self.capped(self.funding.premium.get())?;
        let mean = part(fills.distance, 1 << FINE_BITS, fills.lots.0)?;
        let impact = self.impact_lots()?;
        let gap = mean.checked_sub(premium).ok_or(Error::Overflow)?;
        let step = part(gap, fills.lots.least(impact).0, impact.0)?;
        self.funding.premium = I128::new(premium.checked_add(step).ok_or(Error::Overflow)?);
        Ok(())
    }

    /// Lots whose fills replace the premium altogether.
    fn impact_lots(&self) -> Result<Lots> {
        let share = wide::mul_div_ceil(self.interest.0, u64::from(self.params.impact_share_bps.0), BPS)?;
        Ok(Lots(share).max(self.params.impact_lots_min).max(Lots(1)))
    }

    /// A premium no larger than the mark allows, which may have fallen since.
    fn capped(&self, premium: i128) -> Result<i128> {
        let most = i128::from(premium_max(self.params, self.mark)?) << FINE_BITS;
        Ok(premium.clamp(most.wrapping_neg(), most))
    }
}

impl MarketBooks {
    fn funding_books(&mut self) -> FundingBooks<'_> {
        let interest = self.open_interest();
        FundingBooks { params: &self.params, funding: &mut self.funding, mark: self.mark.price, interest }
    }
}

/// Moves X by what has fallen due since the last accrual, `X_long -= f; X_short -= f`: [`FundingBooks::accrue`].
pub fn accrue(market: &mut MarketBooks, now: Now) -> Result<()> {
    let (runs, halted_until) = (market.funding_runs(), market.breaker.halted_until);
    let paid = market.funding_books().accrue(runs, halted_until, now)?;
    if paid != 0 {
        for book in &mut market.sides {
            book.index.add(paid.checked_neg().ok_or(Error::Overflow)?)?;
        }
    }
    Ok(())
}

/// [`FundingBooks::stand_still`].
pub fn stand_still(market: &mut MarketBooks, until: i64) -> Result<()> {
    market.funding_books().stand_still(until)
}

/// [`FundingBooks::sample`].
pub fn sample(market: &mut MarketBooks, fills: &Fills) -> Result<()> {
    market.funding_books().sample(fills)
}

/// The fills of one order: their lots, and how far from the mark they were.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fills {
    lots: Lots,
    /// Sum of lots times distance, 1e-12 atom.
    distance: i128,
}

impl Fills {
    /// [`Fills::note`] in a market.
    pub fn add(&mut self, market: &MarketBooks, lots: Lots, price: Price) -> Result<()> {
        self.note((&market.params, &market.mark), lots, price)
    }

    /// Adds a fill at a price. The price, not the rounded value of the lots: an atom for one lot is no price (A49).
    pub fn note(&mut self, (params, mark): (&MarketParams, &Mark), lots: Lots, price: Price) -> Result<()> {
        let most = i128::from(premium_max(params, mark.price)?);
        let distance = i128::from(price.0).checked_sub(i128::from(mark.price.0)).ok_or(Error::Overflow)?;
        let weighed = wide::mul_signed(distance.clamp(most.wrapping_neg(), most), lots.0)?;
        self.distance = self.distance.checked_add(weighed).ok_or(Error::Overflow)?;
        self.lots = self.lots.plus(lots)?;
        Ok(())
    }
}

/// The largest premium at the mark, 1e-12 atom per lot.
fn premium_max(params: &MarketParams, mark: Price) -> Result<u64> {
    wide::mul_div_floor(mark.0, u64::from(params.premium_max().0), BPS)
}

/// Seconds from `since` to `until`; none where it has passed already.
fn elapsed(since: i64, until: i64) -> u64 {
    u64::try_from(until.saturating_sub(since)).unwrap_or(0)
}

/// What is left of a premium after some seconds, rounded toward zero.
fn decayed(premium: i128, seconds: u64, ema: u64) -> Result<i128> {
    let left = wide::mul_high(premium.unsigned_abs(), u128::from(left_after(seconds, ema)))?;
    signed_as(premium, left)
}

/// `value * part / whole` for a signed value, rounded toward zero.
fn part(value: i128, part: u64, whole: u64) -> Result<i128> {
    signed_as(value, wide::mul_div_long_floor(value.unsigned_abs(), part, whole)?)
}

fn signed_as(sign: i128, magnitude: u128) -> Result<i128> {
    let magnitude = i128::try_from(magnitude).map_err(|_| Error::Overflow)?;
    Ok(if sign < 0 { magnitude.wrapping_neg() } else { magnitude })
}

/// `e^(-seconds / ema)` in 2^-63: the factor of one second, squared and multiplied. Within `16 * seconds` of 2^-63.
#[must_use]
pub fn left_after(seconds: u64, ema: u64) -> u64 {
    let (mut left, mut factor, mut rest) = (ONE, left_after_a_second(ema.max(1)), seconds);
    while rest != 0 {
        if rest & 1 == 1 {
            left = times(left, factor);
        }
        factor = times(factor, factor);
        rest >>= 1;
    }
    left
}

/// `e^(-1 / ema)` by its series, `sum of (-1 / ema)^k / k!`, whose terms fall at least as fast as `1 / k!`.
fn left_after_a_second(ema: u64) -> u64 {
    let (mut sum, mut term, mut order) = (ONE, ONE, 1u64);
    loop {
        // Cannot divide by zero: `ema` and the order are at least one.
        term = term.checked_div(ema.saturating_mul(order)).unwrap_or(0);
        if term == 0 {
            return sum;
        }
        // Cannot overflow: partial sums of an alternating series with falling terms stay between zero and the first.
        sum = if order & 1 == 1 { sum.wrapping_sub(term) } else { sum.wrapping_add(term) };
        order = order.wrapping_add(1);
    }
}

/// The product of two factors of at most one.
fn times(a: u64, b: u64) -> u64 {
    // Cannot lose a bit: the product is at most 2^126.
    wide::low(wide::mul(a, b) >> 63)
}
