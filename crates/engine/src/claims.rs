//! Claims: charged losses held as units, each worth H atoms (section 7, recovery; `reference/claims.py`).
//!
//! Per market side: H from 1 downwards, T the atoms outstanding, L loss per lot, z units per lot. A loss of l per lot does
//! `L += l; z += l/H; T += l*OI`; a payment p does `H *= 1 - p/T; T -= p`. A lot that saw (L0, z0) has been paid
//! `(L - L0) - H*(z - z0)` and still holds `z - z0` units.
//!
//! Rounding: T, z and H round up, what a holder has been paid rounds down, so payments out never exceed payments in. (H
//! rounded down would pay a holder more than his share of p.)

use crate::error::{Error, Result};
use crate::state::{Claims, Pool, Record, Seen, Units};
use crate::units::{atoms_from, Atoms, Cash, Lots, PICO};
use crate::wide::{self, U128};

/// H at the start of an epoch: one whole, as a 63-bit fraction.
pub const WHOLE: u64 = 1 << 63;
/// A payment may not leave H below this (2^-32): it waits until it covers T.
pub const INDEX_MIN: u64 = 1 << 31;

/// Atoms that T may exceed what is owed by: it rounds up once per loss.
const ROUNDING: u64 = 32;
/// What sums per share are divided by to give sums per lot: 2^40.
const PER_SHARE: u64 = 1 << 40;

fn finer(per_lot: u128) -> Result<u128> {
    per_lot.checked_mul(u128::from(PER_SHARE)).ok_or(Error::Overflow)
}

impl Default for Claims {
    fn default() -> Self {
        Claims { index: WHOLE, outstanding: Atoms::ZERO, paid: Atoms::ZERO, waiting: Atoms::ZERO, now: Seen::default() }
    }
}

impl Seen {
    /// Units counted in `epoch`: those of an earlier epoch are paid in full.
    #[must_use]
    pub fn units_in(&self, epoch: u64) -> u128 {
        if self.epoch == epoch {
            self.units.get()
        } else {
            0
        }
    }

    /// What has been added since `earlier`: loss, and units of the present epoch.
    pub fn since(&self, earlier: &Seen) -> Result<(u128, u128)> {
        let loss = self.loss.get().checked_sub(earlier.loss.get()).ok_or(Error::Overflow)?;
        let units = self.units.get().checked_sub(earlier.units_in(self.epoch)).ok_or(Error::Overflow)?;
        Ok((loss, units))
    }

    /// Adds `(loss, units)` of `epoch` times `lots / shares`, at 2^-40 of a 1e-12 atom: how a pool carries its side's sums per
    /// share. (There are about 2^56 shares, far more than lots: whole numbers per share would lose a small pool's claims.)
    pub fn advance(&mut self, added: (u128, u128), epoch: u64, lots: Lots, shares: u64) -> Result<()> {
        let loss = wide::mul_div_long_floor(finer(added.0)?, lots.0, shares)?;
        let units = wide::mul_div_long_ceil(finer(added.1)?, lots.0, shares)?;
        let kept = self.units_in(epoch);
        self.loss.add(loss)?;
        self.units = U128::new(kept.checked_add(units).ok_or(Error::Overflow)?);
        self.epoch = epoch;
        Ok(())
    }
}

impl Units {
    /// Whether there are none.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.units == U128::ZERO
    }
}

impl Claims {
    /// Records a loss of `per_lot` (1e-12 atom) on `lots`.
    pub fn lose(&mut self, per_lot: u128, lots: Lots) -> Result<()> {
        let total = wide::mul_div_long_ceil(per_lot, lots.0, PICO)?;
        let units = wide::mul_div_long_ceil(per_lot, WHOLE, self.index)?;
        self.outstanding = self.outstanding.plus(Atoms(u64::try_from(total).map_err(|_| Error::Overflow)?))?;
        self.now.loss.add(per_lot)?;
        self.now.units.add(units)
    }

    /// Pays `amount` to all holders in proportion; returns what exceeds T.
    #[must_use = "what exceeds the claims belongs to insurance"]
    pub fn pay(&mut self, amount: Atoms) -> Result<Atoms> {
        let amount = amount.plus(core::mem::take(&mut self.waiting))?;
        if amount.is_zero() || self.outstanding.is_zero() {
            return Ok(amount);
        }
        if self.is_covered(amount) {
            let over = amount.beyond(self.outstanding);
            self.paid = self.paid.plus(amount.least(self.outstanding))?;
            self.outstanding = Atoms::ZERO;
            self.index = WHOLE;
            self.now.units = U128::ZERO;
            self.now.epoch = self.now.epoch.checked_add(1).ok_or(Error::Overflow)?;
            return Ok(over);
        }
        let left = self.outstanding.minus(amount)?;
        let index = wide::mul_div_ceil(self.index, left.0, self.outstanding.0)?;
        if index < INDEX_MIN {
            self.waiting = amount;
            return Ok(Atoms::ZERO);
        }
        self.index = index;
        self.outstanding = left;
        self.paid = self.paid.plus(amount)?;
        Ok(Atoms::ZERO)
    }

    /// Whether a payment ends the epoch: it covers T, or all but what rounding T up may have added. (Else a charge returned in
    /// full would wait forever for its last few atoms.) The last to collect bears what is missing: see [`Claims::collect`].
    fn is_covered(&self, amount: Atoms) -> bool {
        let lacks = self.outstanding.beyond(amount).0;
        lacks <= ROUNDING && lacks <= amount.0 >> 10
    }

    /// Moves what `lots` gathered, `(loss, units of epoch)` each, into held units, and returns what they have already been paid,
    /// rounded down.
    #[must_use = "what was paid belongs to the holder"]
    pub fn gather(&self, held: &mut Units, gathered: (u128, u128), epoch: u64, lots: u64) -> Result<Cash> {
        self.gather_parts(held, gathered, epoch, (lots, 1))
    }

    /// The same for shares of a pool, whose sums are finer.
    #[must_use = "what was paid belongs to the holder"]
    pub fn gather_shares(&self, held: &mut Units, gathered: (u128, u128), epoch: u64, shares: u64) -> Result<Cash> {
        self.gather_parts(held, gathered, epoch, (shares, PER_SHARE))
    }

    fn gather_parts(&self, held: &mut Units, gathered: (u128, u128), epoch: u64, part: (u64, u64)) -> Result<Cash> {
        let (count, of) = part;
        let loss = wide::mul_div_long_floor(gathered.0, count, of)?;
        let units = if epoch == self.now.epoch { wide::mul_div_long_ceil(gathered.1, count, of)? } else { 0 };
        let owed = wide::mul_div_long_ceil(units, self.index, WHOLE)?;
        held.units.add(units)?;
        Ok(Cash(i128::try_from(loss.saturating_sub(owed)).map_err(|_| Error::Overflow)?))
    }

    /// What a position on a line was paid since it saw `seen`: moves what its `lots` gathered into held units.
    pub fn due_on_line(&self, held: &mut Units, seen: &Seen, lots: Lots) -> Result<Cash> {
        self.gather(held, self.now.since(seen)?, self.now.epoch, lots.0)
    }

    /// The same for a position whose line joined a pool: what its `lots` gathered on the line until `record`, and its `shares`
    /// in the pool since. The pool's sums have been brought up to now.
    pub fn due_in_pool(
        &self,
        held: &mut Units,
        seen: &Seen,
        lots: Lots,
        joined: (&Record, &Pool, u64),
    ) -> Result<Cash> {
        let (record, pool, shares) = joined;
        let before = &record.side_seen;
        let on_line = self.gather(held, before.since(seen)?, before.epoch, lots.0)?;
        let gathered = pool.claims.since(&record.pool_seen)?;
        on_line.plus(self.gather_shares(held, gathered, pool.claims.epoch, shares)?)
    }

    /// What held units were paid since they were last looked at, and brings them up to now.
    #[must_use = "what was paid belongs to the holder"]
    pub fn refresh(&self, held: &mut Units) -> Result<Cash> {
        let same = held.epoch == self.now.epoch;
        let index = if same { self.index } else { 0 };
        let fall = held.index.saturating_sub(index);
        let paid = wide::mul_div_long_floor(held.units.get(), fall, WHOLE)?;
        if !same {
            held.units = U128::ZERO;
        }
        held.index = self.index;
        held.epoch = self.now.epoch;
        Ok(Cash(i128::try_from(paid).map_err(|_| Error::Overflow)?))
    }

    /// Takes a holder's payment out of what was paid in: at most what is there.
    pub fn collect(&mut self, due: Cash) -> Result<Atoms> {
        let due = due.gain_floor()?.least(self.paid);
        self.paid = self.paid.minus(due)?;
        Ok(due)
    }

    /// What held units are still worth, in atoms, rounded down.
    pub fn worth(&self, held: &Units) -> Result<Atoms> {
        if held.epoch != self.now.epoch {
            return Ok(Atoms::ZERO);
        }
        let pico = wide::mul_div_long_floor(held.units.get(), self.index, WHOLE)?;
        atoms_from(Cash(i128::try_from(pico).map_err(|_| Error::Overflow)?).atoms_floor())
    }
}
