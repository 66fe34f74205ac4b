//! Tier 2: the insurance fund and each market's cover inside it.

use crate::error::Result;
use crate::market::Market;
use crate::units::{Atoms, Now};
use crate::wide::U128;

/// The insurance fund: a vault of its own.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InsuranceFund {
    /// Atoms of the insurance vault that are booked: `protocol + staked + layers`.
    pub booked: Atoms,
    /// Sum of all markets' covers: never above `protocol + staked`.
    pub covers: Atoms,
    /// The protocol's tranche: loses first.
    pub protocol: Atoms,
    /// The stakers' tranche: loses second.
    pub staked: Atoms,
    /// What outside layers hold, premiums they earned included.
    pub layers: Atoms,
    /// Shares of the stakers' tranche.
    pub shares: U128,
    /// Counts the times the stakers' tranche was lost whole: shares of an earlier epoch are worth nothing.
    pub epoch: u64,
    /// Most that `protocol + staked` came to in the day that began at `peak_since`, exits taken off.
    pub peak: Atoms,
    /// When that day began, unix seconds.
    pub peak_since: i64,
}

impl InsuranceFund {
    /// Pays into the protocol's tranche.
    pub fn pay_in(&mut self, amount: Atoms) -> Result<()> {
        self.booked = self.booked.plus(amount)?;
        self.protocol = self.protocol.plus(amount)?;
        Ok(())
    }

    /// What pays deficits in any market: the protocol's tranche, then the stakers'. Layers stand apart.
    pub fn own(&self) -> Result<Atoms> {
        self.protocol.plus(self.staked)
    }

    /// What no cover has set aside.
    pub fn beyond_covers(&self) -> Result<Atoms> {
        Ok(self.own()?.beyond(self.covers))
    }

    /// Takes at most `amount` of what no cover has set aside.
    #[must_use = "what was taken must move"]
    pub fn draw_beyond_covers(&mut self, amount: Atoms) -> Result<Atoms> {
        let drawn = amount.least(self.beyond_covers()?);
        self.lose(drawn)?;
        Ok(drawn)
    }

    /// A loss: the protocol's tranche first, then the stakers'.
    pub fn lose(&mut self, amount: Atoms) -> Result<()> {
        let from_protocol = amount.least(self.protocol);
        self.protocol = self.protocol.minus(from_protocol)?;
        self.staked = self.staked.minus(amount.minus(from_protocol)?)?;
        self.booked = self.booked.minus(amount)?;
        Ok(())
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
    fund.lose(drawn)?;
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
    let added = market.cover.earned.least(fund.beyond_covers()?);
    if added.is_zero() {
        return Ok(added);
    }
    fund.covers = fund.covers.plus(added)?;
    market.cover.amount = market.cover.amount.plus(added)?;
    market.cover.earned = Atoms::ZERO;
    market.cover.epoch_start = now.time;
    Ok(added)
}
