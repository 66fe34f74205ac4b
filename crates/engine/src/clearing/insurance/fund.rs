//! The fund: tranches, epochs, income.

use crate::clearing::state::{Fund, Layer, MarketBooks};
use crate::error::{Error, Result};
use crate::units::{Atoms, BPS};

impl Fund {
    /// The protocol's and the stakers' tranche.
    pub fn own(&self) -> Result<Atoms> {
        self.protocol.plus(self.staked)
    }

    /// The common fund: what no cover has set aside.
    pub fn common(&self) -> Result<Atoms> {
        Ok(self.own()?.beyond(self.covers))
    }

    /// The common fund beyond all remaining allowances: the last resort.
    pub fn beyond_allowances(&self) -> Result<Atoms> {
        Ok(self.common()?.beyond(self.allowances))
    }

    /// Takes money out of the tranches: the protocol's loses first.
    pub(super) fn lose(&mut self, amount: Atoms) -> Result<()> {
        let first = amount.least(self.protocol);
        self.protocol = self.protocol.minus(first)?;
        self.staked = self.staked.minus(amount.minus(first)?)?;
        Ok(())
    }

    /// Begins an epoch: every market's allowance is its weight of what no cover has set aside now.
    pub fn begin_epoch(&mut self) -> Result<()> {
        self.epoch = self.epoch.checked_add(1).ok_or(Error::Overflow)?;
        self.epoch_common = self.common()?;
        self.allowances = self.epoch_common.share_ceil(self.weights.min(BPS), BPS)?;
        Ok(())
    }
}

impl MarketBooks {
    /// The allowance left, brought up to the fund's epoch.
    pub(super) fn renew_allowance(&mut self, fund: &Fund) -> Result<Atoms> {
        self.cover.allowance = self.allowance(fund)?;
        self.cover.epoch = fund.epoch;
        Ok(self.cover.allowance)
    }

    /// The allowance left in the fund's present epoch.
    pub fn allowance(&self, fund: &Fund) -> Result<Atoms> {
        if self.cover.epoch == fund.epoch {
            return Ok(self.cover.allowance);
        }
        fund.epoch_common.share_floor(u64::from(self.waterfall.allowance_weight.0), BPS)
    }

    /// The cover, what is still in the collateral vault included.
    pub fn whole_cover(&self) -> Result<Atoms> {
        self.cover.amount.plus(self.cover.due)
    }

    /// Layers that are pinned to the present estates.
    pub fn pinned_layers(&self) -> Result<Atoms> {
        sum(self.layers.iter().filter(|layer| layer.pinned != 0))
    }

    /// Layers that are not pinned and outlast `slots` more.
    pub fn lasting_layers(&self, slot: u64, slots: u64) -> Result<Atoms> {
        sum(self.layers.iter().filter(|layer| layer.pinned == 0 && layer.lasts(slot, slots)))
    }

    /// Cover, and the layers that last long enough for whoever opens now (I16).
    pub fn insurance_for_openings(&self, slot: u64) -> Result<Atoms> {
        let slots = self.waterfall.open_layer_slots;
        self.whole_cover()?.plus(sum(self.layers.iter().filter(|layer| layer.lasts(slot, slots)))?)
    }

    /// Pins the layers that are live now to the estates.
    pub fn pin_layers(&mut self, slot: u64) {
        for layer in self.layers.iter_mut().filter(|layer| layer.lasts(slot, 0)) {
            layer.pinned = 1;
        }
    }

    /// Lays an underwriter's layer in a free seat. Fails with `LayerTaken` where there is none.
    pub fn offer_layer(&mut self, fund: &mut Fund, amount: Atoms, until: u64) -> Result<()> {
        let seat = self.layers.iter_mut().find(|layer| layer.amount.is_zero()).ok_or(Error::LayerTaken)?;
        *seat = Layer { amount, until, pinned: 0 };
        fund.layers = fund.layers.plus(amount)?;
        Ok(())
    }

    /// Books income of the market that reached the fund: what is unfunded is served first, the rest is cover. Money for the
    /// former goes to the collateral vault: returns it.
    #[must_use = "what serves the unfunded moves to the collateral vault"]
    pub fn earn(&mut self, fund: &mut Fund, amount: Atoms) -> Result<Atoms> {
        let served = amount.least(self.unfunded);
        self.unfunded = self.unfunded.minus(served)?;
        self.book_in(served)?;
        let cover = amount.minus(served)?;
        fund.protocol = fund.protocol.plus(cover)?;
        fund.covers = fund.covers.plus(cover)?;
        self.cover.amount = self.cover.amount.plus(cover)?;
        Ok(served)
    }
}

impl Layer {
    fn lasts(&self, slot: u64, slots: u64) -> bool {
        !self.amount.is_zero() && self.until >= slot.saturating_add(slots)
    }
}

fn sum<'l>(layers: impl Iterator<Item = &'l Layer>) -> Result<Atoms> {
    layers.map(|layer| layer.amount).try_fold(Atoms::ZERO, Atoms::plus)
}
