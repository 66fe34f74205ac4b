//! Lots and cash that rounding left behind: how they leave again.

use crate::books::Books;
use crate::error::{Error, Result};
use crate::hand::Hand;
use crate::units::{Atoms, Cash, Lots, Side};
use crate::wide;

impl Books<'_> {
    /// Closes lots of a reducing position against the other side's residue, at the mark; returns how many. So the last
    /// member can always leave (G17).
    pub fn close_against_residue(&mut self, hand: &mut Hand, most: Lots) -> Result<Lots> {
        let other = hand.side.opposite();
        let lots = most.least(hand.lots).least(self.market.side(other).residue.lots);
        if lots.is_zero() {
            return Ok(lots);
        }
        let value = self.market.mark.price.value(lots)?;
        // A closing long is paid, rounded down; a closing short pays, rounded up.
        let paid = hand.side.signed(value.0)?;
        let whole = Cash(paid).atoms_floor();
        self.take_residue(other, lots)?;
        let fraction = paid.checked_sub(whole.checked_mul(crate::units::PICO_SIGNED).ok_or(Error::Overflow)?);
        self.market.side_mut(other).residue.cash.add(fraction.ok_or(Error::Overflow)?)?;
        hand.add(whole)?;
        hand.lots = hand.lots.minus(lots)?;
        Ok(lots)
    }

    /// Opposite residue lots cancel at the mark; when nobody is left in the market, what remains goes to insurance.
    pub fn tidy_residue(&mut self) -> Result<()> {
        let [long, short] = &self.market.sides;
        let lots = long.residue.lots.least(short.residue.lots);
        let empty = long.members == 0 && short.members == 0;
        if !lots.is_zero() {
            self.take_residue(Side::Long, lots)?;
            self.take_residue(Side::Short, lots)?;
        }
        if empty {
            let other = core::mem::take(&mut self.market.side_mut(Side::Short).residue.cash);
            let residue = &mut self.market.side_mut(Side::Long).residue;
            residue.cash.add(other.get())?;
            let whole = Cash(residue.cash.get()).gain_floor()?;
            residue.cash.add(whole.cash().0.wrapping_neg())?;
            self.market.insurance_due = self.market.insurance_due.plus(whole)?;
        }
        Ok(())
    }

    /// Closes residue lots of a side, at most `most`; returns how many.
    pub(crate) fn close_residue(&mut self, side: Side, most: Lots) -> Result<Lots> {
        let lots = most.least(self.market.side(side).residue.lots);
        self.take_residue(side, lots)?;
        Ok(lots)
    }

    /// Closes residue lots of a side at the mark: its cash keeps their worth, exactly.
    pub(crate) fn take_residue(&mut self, side: Side, lots: Lots) -> Result<()> {
        let settled = wide::mul_signed(self.market.mark_key(side)?, lots.0)?;
        let book = self.market.side_mut(side);
        book.residue.lots = book.residue.lots.minus(lots)?;
        book.lots = book.lots.minus(lots)?;
        book.residue.cash.add(side.signed(settled)?)
    }

    /// A full close whose deficit was paid may still lack the atoms that rounding took on the way: one for leaving the line,
    /// one for the value. The residue they went to gives them back.
    pub fn forgive_rounding(&mut self, hand: &mut Hand, side: Side) -> Result<()> {
        if (-2..0).contains(&hand.cash) {
            let lack = hand.cash.wrapping_neg();
            hand.add(lack)?;
            let pico = lack.wrapping_mul(crate::units::PICO_SIGNED);
            self.market.side_mut(side).residue.cash.add(pico.wrapping_neg())?;
        }
        Ok(())
    }

    /// Books a trading fee: what the market owes for unfunded deficits is served first, then insurance has the phase's share,
    /// rounded up, and the protocol the rest.
    pub fn collect_fee(&mut self, fee: Atoms) -> Result<()> {
        let market = &mut *self.market;
        let share = market.phase().measures(&market.params).insurance_share;
        let served = fee.least(market.unfunded);
        let left = fee.minus(served)?;
        let insurance = if share.0 == 0 { Atoms::ZERO } else { share.of_ceil(left)? };
        market.unfunded = market.unfunded.minus(served)?;
        market.insurance_due = market.insurance_due.plus(insurance)?;
        market.fees = market.fees.plus(left.minus(insurance)?)?;
        market.cover.earned = market.cover.earned.plus(fee)?;
        Ok(())
    }
}
