//! Tier 4: what falls on a side is paid alike by every lot that stays or left, then by the market's vesting profit, the last
//! resort, and at the end by nothing yet (`reference/charging.py`).

use crate::clearing::markets::MarketMut;
use crate::clearing::recovery::vesting;
use crate::clearing::shortfall::floor;
use crate::clearing::state::Fund;
use crate::error::{Error, Result};
use crate::units::{Atoms, Lots, Side};
use crate::wide::I128;

/// `amount = stayed + held + from_vesting + last_resort + unfunded`.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// Per lot, 1e-12 atom: the same for every lot.
    pub rate: u128,
    /// Paid by open lots through X; those that deleveraging closes next among them.
    pub stayed: Atoms,
    /// Paid by held money, in proportion to what is held.
    pub held: Atoms,
    /// Borne by vesting profit.
    pub from_vesting: Atoms,
    /// Paid by the common fund beyond all allowances.
    pub last_resort: Atoms,
    /// Borne by nothing yet.
    pub unfunded: Atoms,
}

impl MarketMut<'_> {
    /// Charges a side at the common rate, at most what it has: every deficit has an end, in this instruction.
    pub fn charge(&mut self, fund: &mut Fund, side: Side, amount: Atoms) -> Result<Charge> {
        let mut charge = Charge::default();
        if amount.is_zero() {
            return Ok(charge);
        }
        charge.rate = self.rate_within_means(side, amount)?;
        let collected = self.collectable(side, charge.rate)?;
        charge.stayed = floor(collected)?.least(amount);
        charge.held = self.charge_held(side, amount.minus(charge.stayed)?)?;
        self.charge_open(side, charge.rate, collected.saturating_sub(charge.stayed.cash().0.unsigned_abs()))?;
        let mut left = amount.minus(charge.stayed)?.minus(charge.held)?;
        if left.is_zero() {
            return Ok(charge);
        }
        charge.from_vesting = vesting::haircut(self.market, left)?;
        left = left.minus(charge.from_vesting)?;
        charge.last_resort = self.market.draw_last_resort(fund, left)?;
        charge.unfunded = left.minus(charge.last_resort)?;
        self.market.unfunded = self.market.unfunded.plus(charge.unfunded)?;
        Ok(charge)
    }

    /// The common rate, at most what the open lots have.
    fn rate_within_means(&self, side: Side, amount: Atoms) -> Result<u128> {
        let open = self.market.open_lots(side);
        if open.is_zero() {
            return Ok(0);
        }
        let rate = self.market.side(side).common_rate(amount)?;
        let most = self.as_ref().able(side)?.checked_div(u128::from(open.0)).ok_or(Error::Overflow)?;
        Ok(rate.min(most))
    }

    /// What a rate takes from all open lots, dust included, 1e-12 atom.
    fn collectable(&self, side: Side, rate: u128) -> Result<u128> {
        rate.checked_mul(u128::from(self.market.open_lots(side).0)).ok_or(Error::Overflow)
    }

    /// Held money pays at most `wanted`; where open lots lack, all it has. Fails with `PageMissing` where that closes a list whose
    /// page was not passed: its owners' claims are kept there.
    fn charge_held(&mut self, side: Side, wanted: Atoms) -> Result<Atoms> {
        let held = floor(self.market.side(side).event.held.get())?;
        let amount = wanted.least(held);
        let payment = self.market.charge_held(side, amount.cash().0.unsigned_abs())?;
        let book = self.market.side_mut(side);
        book.leave_to_dust(payment.rest)?;
        let Some(closed) = payment.closed else { return Ok(amount) };
        if closed.units.get() == 0 {
            book.leave_to_dust(closed.held.get())?;
        } else {
            book.ended_held.add(closed.held.get())?;
            self.keep_ended(side, closed)?;
        }
        // An estate owns nothing in an ended list of its own market, so that what it lacks is read without a page.
        for of in Side::BOTH {
            self.collect_own(of)?;
        }
        Ok(amount)
    }

    /// Open lots pay through X, the same for every lot. The side's own estate carries X like any lots and is credited what it is
    /// charged; what rounding took beyond the charge is the dust's.
    fn charge_open(&mut self, side: Side, rate: u128, over: u128) -> Result<()> {
        if rate == 0 {
            return Ok(());
        }
        let signed = i128::try_from(rate).map_err(|_| Error::Overflow)?;
        let open = self.market.open_lots(side);
        let book = self.market.side_mut(side);
        book.index.add(side.signed(signed)?.checked_neg().ok_or(Error::Overflow)?)?;
        let carried = rate.checked_mul(u128::from(book.estate.lots.0)).ok_or(Error::Overflow)?;
        book.estate.cash.add(i128::try_from(carried).map_err(|_| Error::Overflow)?)?;
        book.leave_to_dust(over)?;
        book.claims.lose(rate, open)?;
        let first = book.event.charged.get() == 0;
        book.event.charged.add(rate)?;
        let key = self.market.mark_key(side)?;
        let furthest = &mut self.market.side_mut(side).event.furthest;
        let further = if first { key } else { side.pick(key.min(furthest.get()), key.max(furthest.get())) };
        *furthest = I128::new(further);
        Ok(())
    }
}

/// What deleveraged lots absorbed of a charge, rounded down.
pub fn absorbed(charge: &Charge, lots: Lots) -> Result<Atoms> {
    Ok(absorbed_at(charge.rate, lots)?.least(charge.stayed))
}

/// What lots that were charged a rate absorbed, rounded down.
pub fn absorbed_at(rate: u128, lots: Lots) -> Result<Atoms> {
    floor(rate.checked_mul(u128::from(lots.0)).ok_or(Error::Overflow)?)
}
