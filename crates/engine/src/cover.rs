//! Tier 2: the insurance fund and each market's cover inside it.

use crate::error::Result;
use crate::market::Market;
use crate::units::{Atoms, Now};

/// The insurance fund: a vault of its own.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InsuranceFund {
    /// Atoms of the insurance vault that are booked. All of it is the protocol's tranche.
    pub booked: Atoms,
    /// Sum of all markets' covers: never above `booked`.
    pub covers: Atoms,
}

impl InsuranceFund {
    /// Pays money in.
    pub fn pay_in(&mut self, amount: Atoms) -> Result<()> {
        self.booked = self.booked.plus(amount)?;
        Ok(())
    }

    /// What no cover has set aside.
    #[must_use]
    pub fn beyond_covers(&self) -> Atoms {
        self.booked.beyond(self.covers)
    }

    /// Takes at most `amount` of what no cover has set aside.
    #[must_use = "what was taken must move"]
    pub fn draw_beyond_covers(&mut self, amount: Atoms) -> Result<Atoms> {
        let drawn = amount.least(self.beyond_covers());
        self.booked = self.booked.minus(drawn)?;
        Ok(drawn)
    }
}

/// What the market's cover may pay in the present event: a market at one accepted mark is one event, however many accounts
/// a bankruptcy is split over (G11).
pub fn usable(market: &Market) -> Result<Atoms> {
    let cover = &market.cover;
    if cover.event == market.mark.sequence {
        return Ok(cover.event_left.least(cover.amount));
    }
    market.params.event_share.of_floor(cover.amount)
}

/// Takes at most `amount` from the cover, within what the event may use.
#[must_use = "what was taken must move"]
pub fn draw(market: &mut Market, fund: &mut InsuranceFund, amount: Atoms) -> Result<Atoms> {
    let left = usable(market)?;
    let drawn = amount.least(left);
    if drawn.is_zero() {
        return Ok(drawn);
    }
    let cover = &mut market.cover;
    cover.event = market.mark.sequence;
    cover.event_left = left.minus(drawn)?;
    cover.amount = cover.amount.minus(drawn)?;
    fund.covers = fund.covers.minus(drawn)?;
    fund.booked = fund.booked.minus(drawn)?;
    Ok(drawn)
}

/// What a market collected for insurance moves to the fund; returns the tokens to move.
#[must_use = "what was collected must move"]
pub fn collect_due(market: &mut Market, fund: &mut InsuranceFund) -> Result<Atoms> {
    let due = core::mem::take(&mut market.insurance_due);
    market.book_out(due)?;
    fund.pay_in(due)?;
    Ok(due)
}

/// Once per epoch sets aside what the market earned for insurance since the last time, as far as the fund reaches. The first
/// refill adds the listing grant, which listing books as earned.
pub fn refill(market: &mut Market, fund: &mut InsuranceFund, now: Now) -> Result<Atoms> {
    let age = u64::try_from(now.time.saturating_sub(market.cover.epoch_start)).unwrap_or(0);
    if age < market.params.cover_epoch_seconds {
        return Ok(Atoms::ZERO);
    }
    let added = market.cover.earned.least(fund.beyond_covers());
    if added.is_zero() {
        return Ok(added);
    }
    fund.covers = fund.covers.plus(added)?;
    market.cover.amount = market.cover.amount.plus(added)?;
    market.cover.earned = Atoms::ZERO;
    market.cover.epoch_start = now.time;
    Ok(added)
}
