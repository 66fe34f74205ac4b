//! Claims: charged losses held as units, each worth H atoms (`reference/claims.py`).
//!
//! Per market side: H from 1 downwards, T the atoms outstanding, L loss per lot, z units per lot. A loss of l per lot does
//! `L += l; z += l/H; T += l*lots`; a payment p does `H *= 1 - p/T; T -= p`. A lot that saw (L0, z0) has been paid
//! `(L - L0) - H*(z - z0)` and still holds `z - z0` units. Held money holds units like a member, by the list
//! ([`super::held`]).
//!
//! Rounding: T, z and H round up, what a holder has been paid rounds down, so payments out never exceed payments in. T
//! exceeds what is owed by at most an atom a loss of its epoch, and by what the rate of a loss was rounded up a lot: a payment
//! that leaves no more than that ends the epoch.

use super::held::ListState;
use crate::clearing::state::{Claims, Held, LossEvent};
use crate::error::{Error, Result};
use crate::state::{Seen, Units};
use crate::units::{atoms_from, Atoms, Cash, Lots, PICO};
use crate::wide::{self, U128};

/// One whole, as a 63-bit fraction.
pub const WHOLE: u64 = 1 << 63;
/// H is never below this, 2^-32: then holders have more units than T says, and what was paid bounds what they collect.
pub const INDEX_MIN: u64 = 1 << 31;
/// What sums per share are divided by to give sums per lot: 2^40.
const PER_SHARE: u64 = 1 << 40;

impl Default for Claims {
    fn default() -> Self {
        Claims { index: WHOLE, outstanding: Atoms::ZERO, paid: Atoms::ZERO, losses: 0, now: Seen::default() }
    }
}

impl Claims {
    /// Records a loss of `per_lot` (1e-12 atom) on `lots`.
    pub fn lose(&mut self, per_lot: u128, lots: Lots) -> Result<()> {
        let units = wide::mul_div_long_ceil(per_lot, WHOLE, self.index)?;
        self.owe(wide::mul_div_long_ceil(per_lot, lots.0, PICO)?)?;
        // A rate is rounded up by less than 1e-12 atom a lot: debtors owe less than T by so much.
        self.losses = self.losses.checked_add(lots.0 / PICO).ok_or(Error::Overflow)?;
        self.now.loss.add(per_lot)?;
        self.now.units.add(units)
    }

    /// Records what a list of held money loses: `drop` of its index, `total` (1e-12 atom) over all its owners. Returns the
    /// claim units that each of its units earned, 2^63 = one.
    pub fn lose_held(&mut self, event: &mut LossEvent, drop: u64, total: u128) -> Result<u128> {
        let units = wide::mul_div_ceil_u128(drop, WHOLE, self.index)?;
        let epoch = self.now.epoch;
        let before = if event.claims.epoch == epoch { event.claims.units.get() } else { 0 };
        event.claims.units = U128::new(before.checked_add(units).ok_or(Error::Overflow)?);
        event.claims.epoch = epoch;
        self.owe(wide::div_ceil(total, u128::from(PICO))?)?;
        Ok(units)
    }

    fn owe(&mut self, atoms: u128) -> Result<()> {
        self.outstanding = self.outstanding.plus(Atoms(u64::try_from(atoms).map_err(|_| Error::Overflow)?))?;
        self.losses = self.losses.checked_add(1).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// Pays `amount` to all holders in proportion; returns what exceeds T.
    #[must_use = "what exceeds the claims belongs to the cover"]
    pub fn pay(&mut self, amount: Atoms) -> Result<Atoms> {
        if amount.is_zero() || self.outstanding.is_zero() {
            return Ok(amount);
        }
        let left = self.outstanding.beyond(amount);
        if left.0 < self.losses {
            let over = amount.beyond(self.outstanding);
            self.paid = self.paid.plus(amount.minus(over)?)?;
            let epoch = self.now.epoch.checked_add(1).ok_or(Error::Overflow)?;
            self.now.units = U128::ZERO;
            self.now.epoch = epoch;
            (self.outstanding, self.index, self.losses) = (Atoms::ZERO, WHOLE, 0);
            return Ok(over);
        }
        self.index = wide::mul_div_ceil(self.index, left.0, self.outstanding.0)?.max(INDEX_MIN);
        self.outstanding = left;
        self.paid = self.paid.plus(amount)?;
        Ok(Atoms::ZERO)
    }

    /// Moves what gathered, `(loss, units of epoch)`, into held units; returns what was already paid of it, rounded down.
    #[must_use = "what was paid belongs to the holder"]
    pub fn gather(&self, units: &mut Units, gathered: (u128, u128), epoch: u64) -> Result<Cash> {
        let (loss, gained) = gathered;
        let gained = if epoch == self.now.epoch { gained } else { 0 };
        let owed = wide::mul_div_long_ceil(gained, self.index, WHOLE)?;
        units.units.add(gained)?;
        Ok(Cash(i128::try_from(loss.saturating_sub(owed)).map_err(|_| Error::Overflow)?))
    }

    /// The same for what `lots` gathered each.
    #[must_use = "what was paid belongs to the holder"]
    pub fn gather_lots(&self, units: &mut Units, since: (u128, u128), epoch: u64, lots: Lots) -> Result<Cash> {
        let loss = wide::mul_div_long_floor(since.0, lots.0, 1)?;
        let gained = wide::mul_div_long_ceil(since.1, lots.0, 1)?;
        self.gather(units, (loss, gained), epoch)
    }

    /// The same for what shares of a pool gathered each, at 2^-40 of a 1e-12 atom.
    #[must_use = "what was paid belongs to the holder"]
    pub fn gather_shares(&self, units: &mut Units, since: (u128, u128), epoch: u64, shares: u64) -> Result<Cash> {
        let loss = wide::mul_div_long_floor(since.0, shares, PER_SHARE)?;
        let gained = wide::mul_div_long_ceil(since.1, shares, PER_SHARE)?;
        self.gather(units, (loss, gained), epoch)
    }

    /// The same for held money, up to a state of its list.
    #[must_use = "what was paid belongs to the holder"]
    pub fn gather_held(&self, units: &mut Units, held: &mut Held, state: &ListState) -> Result<Cash> {
        let gathered = held.gather(state)?;
        self.gather(units, gathered, state.claims.epoch)
    }

    /// What held units were paid since they were last looked at, and brings them up to now.
    #[must_use = "what was paid belongs to the holder"]
    pub fn refresh(&self, units: &mut Units) -> Result<Cash> {
        let same = units.epoch == self.now.epoch;
        let index = if same { self.index } else { 0 };
        let fall = units.index.saturating_sub(index);
        let paid = wide::mul_div_long_floor(units.units.get(), fall, WHOLE)?;
        if !same {
            units.units = U128::ZERO;
        }
        units.index = self.index;
        units.epoch = self.now.epoch;
        Ok(Cash(i128::try_from(paid).map_err(|_| Error::Overflow)?))
    }

    /// Takes a holder's payment out of what was paid in: at most what is there.
    pub fn collect(&mut self, due: Cash) -> Result<Atoms> {
        let due = due.gain_floor()?.least(self.paid);
        self.paid = self.paid.minus(due)?;
        Ok(due)
    }

    /// What held units are still worth, in atoms, rounded down.
    pub fn worth(&self, units: &Units) -> Result<Atoms> {
        if units.epoch != self.now.epoch {
            return Ok(Atoms::ZERO);
        }
        let pico = wide::mul_div_long_floor(units.units.get(), self.index, WHOLE)?;
        atoms_from(Cash(i128::try_from(pico).map_err(|_| Error::Overflow)?).atoms_floor())
    }
}
