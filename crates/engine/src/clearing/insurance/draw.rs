//! Drawing insurance: cover, pinned layers, allowance, in this order; and at the very end the last resort.

use super::layers::LAYERS;
use crate::clearing::state::{Fund, Layer, MarketBooks};
use crate::error::Result;
use crate::units::{Atoms, Now};

/// Payers after the cover at most: each ends with a layer or the allowance used up, or with a layer that attaches.
const STEPS: usize = 8 * LAYERS;

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
    /// Draws at most `wanted` of a deficit from cover and pinned layers, and from the allowance where `with_allowance`.
    /// What it drew is booked into the market. Who pays an atom depends on what insurance has paid here before it and
    /// on nothing else: a deficit in pieces is paid like one.
    pub fn draw(&mut self, fund: &mut Fund, wanted: Atoms, with_allowance: bool, now: Now) -> Result<Drawn> {
        fund.accrue(now)?;
        self.accrue_premiums(fund, now.slot)?;
        let mut drawn = self.draw_cover(fund, wanted)?;
        for _ in 0..STEPS {
            let left = wanted.minus(drawn.total()?)?;
            if left.is_zero() {
                break;
            }
            let (seat, most) = self.next_layer(&self.pinned(), self.cover.paid, left)?;
            let paid = match seat {
                Some(seat) => self.draw_layer(fund, seat, most)?,
                None if with_allowance => self.draw_allowance(fund, most)?,
                None => break,
            };
            let payer = if seat.is_some() { &mut drawn.layers } else { &mut drawn.allowance };
            *payer = payer.plus(paid)?;
            self.cover.paid = self.cover.paid.plus(paid)?;
            if paid.is_zero() {
                break;
            }
        }
        self.book_in(drawn.to_transfer()?)?;
        self.note_insured(drawn.layers.plus(drawn.allowance)?);
        Ok(drawn)
    }

    fn note_insured(&mut self, amount: Atoms) {
        self.stats.insured = Atoms(self.stats.insured.0.saturating_add(amount.0));
    }

    /// Draws at most `wanted` from the cover: what is in the collateral vault first. A discount counts as paid too:
    /// else layers that the rest of the cover would attach would attach no longer, and cover nothing (A17).
    pub fn draw_cover(&mut self, fund: &mut Fund, wanted: Atoms) -> Result<Drawn> {
        let due = wanted.least(self.cover.due);
        let amount = wanted.minus(due)?.least(self.cover.amount);
        self.cover.due = self.cover.due.minus(due)?;
        self.cover.amount = self.cover.amount.minus(amount)?;
        fund.covers = fund.covers.minus(amount)?;
        fund.lose(amount)?;
        let cover = due.plus(amount)?;
        self.cover.paid = self.cover.paid.plus(cover)?;
        self.note_insured(cover);
        Ok(Drawn { cover, due, ..Drawn::default() })
    }

    fn draw_layer(&mut self, fund: &mut Fund, seat: usize, amount: Atoms) -> Result<Atoms> {
        let Some(layer) = self.layers.get_mut(seat) else { return Ok(Atoms::ZERO) };
        layer.amount = layer.amount.minus(amount)?;
        fund.layers = fund.layers.minus(amount)?;
        fund.booked = fund.booked.minus(amount)?;
        Ok(amount)
    }

    /// Draws at most `wanted` from the last resort.
    pub fn draw_last_resort(&mut self, fund: &mut Fund, wanted: Atoms) -> Result<Atoms> {
        let drawn = wanted.least(fund.beyond_allowances()?);
        fund.lose(drawn)?;
        self.cover.paid = self.cover.paid.plus(drawn)?;
        self.book_in(drawn)?;
        Ok(drawn)
    }

    /// What tiers before a charge still hold and could pay (I4).
    pub fn left_to_draw(&self, fund: &Fund) -> Result<Atoms> {
        self.whole_cover()?.plus(self.pinned_layers(self.whole_cover()?)?)?.plus(self.payable_allowance(fund)?)
    }

    /// What pinned layers could pay now, attached or not.
    fn pinned(&self) -> [Atoms; LAYERS] {
        self.layers.map(|layer: Layer| if layer.pinned == 0 { Atoms::ZERO } else { layer.amount })
    }
}
