//! Covers: money set aside for one market inside the fund's own tranches.

use super::fund::is_over;
use crate::clearing::state::{Fund, MarketBooks};
use crate::error::{Error, Result};
use crate::units::{Atoms, Now};

impl MarketBooks {
    /// The cover, what is still in the collateral vault included.
    pub fn whole_cover(&self) -> Result<Atoms> {
        self.cover.amount.plus(self.cover.due)
    }

    /// A listed market joins the fund: its weight counts from the next epoch on, it reports that nothing is open, and
    /// its first refill may add the listing grant. Fails with `RuleInsurance` where weights would sum to more than one
    /// whole.
    pub fn join_fund(&mut self, fund: &mut Fund, now: Now) -> Result<()> {
        fund.accrue(now)?;
        self.join_epochs(fund)?;
        self.cover.earned = self.params.cover_grant;
        fund.reports.markets = fund.reports.markets.checked_add(1).ok_or(Error::Overflow)?;
        self.report(fund, &super::Exposure::default(), now)
    }

    /// Pays a gift into the market's cover, at once.
    pub fn fund_cover(&mut self, fund: &mut Fund, amount: Atoms, now: Now) -> Result<()> {
        fund.donate(amount, now)?;
        self.set_aside(fund, amount)
    }

    /// Once per cover epoch sets aside what reached the fund from the market and stayed there (A17), as far as no other
    /// cover has set the fund aside; a listed market's first refill adds its grant. Returns what was added; nothing
    /// moves.
    pub fn refill_cover(&mut self, fund: &mut Fund, now: Now) -> Result<Atoms> {
        fund.accrue(now)?;
        let added = self.cover.earned.least(fund.common()?);
        if added.is_zero() || !self.cover_epoch_is_over(now) || self.reported.retired != 0 {
            return Ok(Atoms::ZERO);
        }
        self.cover.refilled_at = now.time;
        self.cover.earned = self.cover.earned.minus(added)?;
        self.set_aside(fund, added)?;
        Ok(added)
    }

    /// Returns the cover of a market in which nothing is open to the common fund once its epoch is over, so that money
    /// can drain (I11). As much may be set aside again at once: no signer takes a market's cover away for good. Returns
    /// what was released.
    pub fn release_idle_cover(&mut self, fund: &mut Fund, now: Now) -> Result<Atoms> {
        fund.accrue(now)?;
        if !self.is_idle() || !(self.cover_epoch_is_over(now) || self.is_settled()) {
            return Ok(Atoms::ZERO);
        }
        let released = core::mem::take(&mut self.cover.amount);
        self.cover.earned = self.cover.earned.plus(released)?;
        fund.covers = fund.covers.minus(released)?;
        Ok(released)
    }

    /// Whether no lots are open, in estates or out of them, but dust: it is nobody's, and may stay for ever.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        !self.has_open_estate() && self.sides.iter().all(|book| book.totals.lots == book.dust.lots)
    }

    fn has_open_estate(&self) -> bool {
        self.sides.iter().any(|book| book.estate.open != 0 || !book.estate.lots.is_zero())
    }

    fn cover_epoch_is_over(&self, now: Now) -> bool {
        is_over(self.cover.refilled_at, self.params.cover_epoch_seconds, now)
    }

    /// Sets money of the fund's own tranches aside.
    pub(super) fn set_aside(&mut self, fund: &mut Fund, amount: Atoms) -> Result<()> {
        self.cover.amount = self.cover.amount.plus(amount)?;
        fund.covers = fund.covers.plus(amount)?;
        Ok(())
    }
}
