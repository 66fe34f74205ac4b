//! Drawing insurance: cover, pinned layers, allowance, in this order; and at the very end the last resort.

use crate::clearing::state::{Fund, MarketBooks};
use crate::error::Result;
use crate::units::Atoms;

/// What insurance paid, and of which.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// From the market's cover.
    pub cover: Atoms,
    /// The part of it that was in the collateral vault already.
    pub due: Atoms,
    /// From pinned layers.
    pub layers: Atoms,
    /// From the market's allowance.
    pub allowance: Atoms,
    /// From the common fund beyond all allowances.
    pub last_resort: Atoms,
}

impl Drawn {
    /// All of it.
    pub fn total(&self) -> Result<Atoms> {
        self.cover.plus(self.layers)?.plus(self.allowance)?.plus(self.last_resort)
    }

    /// What moves from the insurance vault to the collateral vault.
    pub fn to_transfer(&self) -> Result<Atoms> {
        self.total()?.minus(self.due)
    }
}

impl MarketBooks {
    /// Draws at most `wanted` from cover and pinned layers, and from the allowance where `with_allowance`. What it drew is
    /// booked into the market.
    pub fn draw(&mut self, fund: &mut Fund, wanted: Atoms, with_allowance: bool) -> Result<Drawn> {
        let mut drawn = self.draw_cover(fund, wanted)?;
        drawn.layers = self.draw_layers(fund, wanted.minus(drawn.cover)?)?;
        if with_allowance {
            let left = wanted.minus(drawn.total()?)?;
            let allowance = self.renew_allowance(fund)?.least(left).least(fund.common()?);
            self.cover.allowance = self.cover.allowance.minus(allowance)?;
            fund.allowances = fund.allowances.beyond(allowance);
            fund.lose(allowance)?;
            drawn.allowance = allowance;
        }
        self.book_in(drawn.to_transfer()?)?;
        Ok(drawn)
    }

    /// Draws at most `wanted` from the cover: what is in the collateral vault first.
    pub fn draw_cover(&mut self, fund: &mut Fund, wanted: Atoms) -> Result<Drawn> {
        let due = wanted.least(self.cover.due);
        let amount = wanted.minus(due)?.least(self.cover.amount);
        self.cover.due = self.cover.due.minus(due)?;
        self.cover.amount = self.cover.amount.minus(amount)?;
        fund.covers = fund.covers.minus(amount)?;
        fund.lose(amount)?;
        Ok(Drawn { cover: due.plus(amount)?, due, ..Drawn::default() })
    }

    fn draw_layers(&mut self, fund: &mut Fund, wanted: Atoms) -> Result<Atoms> {
        let mut drawn = Atoms::ZERO;
        for layer in self.layers.iter_mut().filter(|layer| layer.pinned != 0) {
            let part = wanted.minus(drawn)?.least(layer.amount);
            layer.amount = layer.amount.minus(part)?;
            drawn = drawn.plus(part)?;
        }
        fund.layers = fund.layers.minus(drawn)?;
        Ok(drawn)
    }

    /// Draws at most `wanted` from the last resort.
    pub fn draw_last_resort(&mut self, fund: &mut Fund, wanted: Atoms) -> Result<Atoms> {
        let drawn = wanted.least(fund.beyond_allowances()?);
        fund.lose(drawn)?;
        self.book_in(drawn)?;
        Ok(drawn)
    }

    /// What tiers before a charge still hold (I4).
    pub fn left_to_draw(&self, fund: &Fund) -> Result<Atoms> {
        self.whole_cover()?.plus(self.pinned_layers()?)?.plus(self.allowance(fund)?.least(fund.common()?))
    }
}
