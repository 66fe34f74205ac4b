//! Allowances: each market's weight of the common fund at the beginning of an epoch (A66).

use crate::clearing::state::{Fund, MarketBooks};
use crate::error::{Error, Result};
use crate::units::{Atoms, Bps, BPS};

impl Fund {
    /// Begins an epoch: every market's allowance is its weight of what no cover has set aside now.
    pub fn begin_epoch(&mut self) -> Result<()> {
        self.epoch = self.epoch.checked_add(1).ok_or(Error::Overflow)?;
        self.epoch_common = self.common()?;
        self.allowances = self.epoch_common.share_ceil(self.weights.min(BPS), BPS)?;
        Ok(())
    }
}

impl MarketBooks {
    /// The allowance left in the fund's present epoch.
    pub fn allowance(&self, fund: &Fund) -> Result<Atoms> {
        if self.cover.epoch == fund.epoch {
            return Ok(self.cover.allowance);
        }
        fund.epoch_common.share_floor(u64::from(self.waterfall.allowance_weight.0), BPS)
    }

    /// What the allowance can pay now, rounded down. Where exits or refills left less in common than all allowances come to, each
    /// pays in proportion, so that the first market that draws takes nothing of another's.
    pub fn payable_allowance(&self, fund: &Fund) -> Result<Atoms> {
        let (allowance, common) = (self.allowance(fund)?, fund.common()?);
        if fund.allowances <= common {
            return Ok(allowance);
        }
        allowance.least(fund.allowances).share_floor(common.0, fund.allowances.0)
    }

    /// Draws at most `wanted` from the allowance. What is used up of it is as much more than what it paid as the common fund is less
    /// than all allowances: so the others' part stays what it is.
    pub(super) fn draw_allowance(&mut self, fund: &mut Fund, wanted: Atoms) -> Result<Atoms> {
        let paid = wanted.least(self.payable_allowance(fund)?);
        if paid.is_zero() {
            return Ok(paid);
        }
        self.renew_allowance(fund)?;
        let (all, common) = (fund.allowances, fund.common()?);
        let used = if all <= common { paid } else { paid.share_ceil(all.0, common.0)?.least(self.cover.allowance) };
        self.cover.allowance = self.cover.allowance.minus(used)?;
        fund.allowances = fund.allowances.beyond(used);
        fund.lose(paid)?;
        Ok(paid)
    }

    /// Gives the market another weight from the next epoch on. Fails with `RuleInsurance` where all weights would sum to more than
    /// one whole.
    pub fn set_allowance_weight(&mut self, fund: &mut Fund, weight: Bps) -> Result<()> {
        self.renew_allowance(fund)?;
        let others = fund.weights.checked_sub(u64::from(self.waterfall.allowance_weight.0)).ok_or(Error::Overflow)?;
        let weights = others.checked_add(u64::from(weight.0)).filter(|weights| *weights <= BPS);
        fund.weights = weights.ok_or(Error::RuleInsurance)?;
        self.waterfall.allowance_weight = weight;
        Ok(())
    }

    /// Brings the allowance up to the fund's epoch.
    fn renew_allowance(&mut self, fund: &Fund) -> Result<()> {
        self.cover.allowance = self.allowance(fund)?;
        self.cover.epoch = fund.epoch;
        Ok(())
    }

    /// The market joins the fund's epochs: its first allowance is the next one's.
    pub(super) fn join_epochs(&mut self, fund: &mut Fund) -> Result<()> {
        let weight = core::mem::take(&mut self.waterfall.allowance_weight);
        (self.cover.allowance, self.cover.epoch) = (Atoms::ZERO, fund.epoch);
        self.set_allowance_weight(fund, weight)
    }

    /// The market leaves them for good, with what is left of its allowance.
    pub(super) fn leave_epochs(&mut self, fund: &mut Fund) -> Result<()> {
        self.set_allowance_weight(fund, Bps(0))?;
        fund.allowances = fund.allowances.beyond(self.cover.allowance);
        self.cover.allowance = Atoms::ZERO;
        Ok(())
    }
}
