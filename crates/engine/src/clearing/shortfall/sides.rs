//! What is missing on each side, what insurance holds against it, on which side the rest falls, and h: what each lot that
//! leaves a side leaves behind (`reference/shortfall.py`, `reference/holdback.py`).

use super::ROUNDED;
use crate::clearing::markets::MarketRef;
use crate::clearing::state::{MarketBooks, OwnedHeld, SideBook};
use crate::error::{Error, Result};
use crate::units::{atoms_from, Atoms, Cash, Lots, Side, BPS, PICO};
use crate::wide;

/// Both sides' shortfalls against insurance, in atoms; pairs hold the longs' first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shortfalls {
    /// U: what the ladder sees beyond the mark, rounded up.
    pub under_water: [Atoms; 2],
    /// What the estates lack for h and gates, rounded up: held money they own counts where it is held, not elsewhere, where a
    /// resolution may charge it.
    pub lacks: [Atoms; 2],
    /// What insurance and resolutions pay them, rounded up: all held money they own counts.
    pub deficits: [Atoms; 2],
    /// A: positive estate equity, cover and pinned layers.
    pub certain: Atoms,
    /// What insurance does not cover, split in proportion to the sides' shortfalls.
    pub rests: [Atoms; 2],
}

impl Shortfalls {
    /// S of a side: U and what its estate lacks.
    pub fn of(&self, side: Side) -> Result<Atoms> {
        side.of(self.under_water).plus(side.of(self.lacks))
    }

    /// Both sides'.
    pub fn total(&self) -> Result<Atoms> {
        self.of(Side::Long)?.plus(self.of(Side::Short)?)
    }

    /// Both estates' deficits.
    pub fn deficit(&self) -> Result<Atoms> {
        let [long, short] = self.deficits;
        long.plus(short)
    }

    /// Whether anything is not insured.
    #[must_use]
    pub fn is_uninsured(&self) -> bool {
        self.rests != [Atoms::ZERO; 2]
    }

    /// Whether estates lack while insurance covers both shortfalls: then it pays at once.
    pub fn is_due(&self) -> Result<bool> {
        let [long, short] = self.under_water;
        let deficit = self.deficit()?;
        Ok(!deficit.is_zero() && deficit.plus(long)?.plus(short)? <= self.certain)
    }
}

impl MarketBooks {
    /// Equity of a side's estate at the mark, without the held money it owns.
    pub fn estate_equity(&self, side: Side) -> Result<Cash> {
        let estate = &self.side(side).estate;
        let value = wide::mul_signed(self.mark_key(side)?, estate.lots.0)?;
        Cash(estate.cash.get()).plus(Cash(side.signed(value)?))
    }

    /// What estates have beyond their lots' worth, rounded down: the first insurance (A73).
    pub fn estate_surplus(&self) -> Result<Atoms> {
        let long = self.estate_equity(Side::Long)?.gain_floor()?;
        long.plus(self.estate_equity(Side::Short)?.gain_floor()?)
    }

    /// Whether an estate of the market is open.
    #[must_use]
    pub const fn has_estates(&self) -> bool {
        self.side(Side::Long).estate.open != 0 || self.side(Side::Short).estate.open != 0
    }

    /// Below this a rest counts as none, for h and for openings (A70).
    pub fn tolerance(&self) -> Result<Atoms> {
        let lots = if self.tolerance_lots.is_zero() { self.open_interest()? } else { self.tolerance_lots };
        self.waterfall.tolerance.of_floor(self.mark.price.value_floor(lots)?)
    }
}

impl SideBook {
    /// What is charged to this side: the same for every lot open or held, held money paying at most what is held (A72), 1e-12
    /// atom per lot, rounded up.
    pub fn common_rate(&self, amount: Atoms) -> Result<u128> {
        let (open, held) = (self.totals.lots, self.event.held_lots);
        let all = u128::from(open.0).checked_add(u128::from(held.0)).ok_or(Error::Overflow)?;
        if amount.is_zero() || all == 0 {
            return Ok(0);
        }
        let exact = amount.cash().0.unsigned_abs();
        let alike = wide::div_ceil(exact, all)?;
        if open.is_zero() {
            return Ok(alike);
        }
        let beyond_held = exact.saturating_sub(self.event.held.get());
        Ok(alike.max(wide::div_ceil(beyond_held, u128::from(open.0))?))
    }
}

impl MarketRef<'_> {
    /// What a side's estate lacks at the mark, rounded up. Held money it owns counts (A77): here at its worth, and, where
    /// `elsewhere`, in other markets at what it was worth when it became the estate's. For h it does not count there, where a
    /// resolution may charge it.
    pub fn estate_lack(&self, side: Side, elsewhere: bool) -> Result<Atoms> {
        let own = self.market.estate_equity(side)?;
        if own.0 >= 0 {
            return Ok(Atoms::ZERO);
        }
        let mut left = own;
        for seat in self.market.side(side).estate.owned.iter().filter(|seat| seat.market != 0) {
            if !elsewhere && !seat.is_of(self.market.market_index) {
                continue;
            }
            left = left.plus(self.owned_worth(seat)?)?;
        }
        lacking(left)
    }

    fn owned_worth(&self, seat: &OwnedHeld) -> Result<Cash> {
        let here = seat.is_of(self.market.market_index);
        let of = seat.side();
        let worth = if here { self.worth_of(of, &seat.held)? } else { seat.held.entered.get() };
        i128::try_from(worth).map(Cash).map_err(|_| Error::Overflow)
    }

    /// U of a side, 1e-12 atom: what the ladder sees, and what positions beyond the grid's end lack there. Fails with `Rebasing`
    /// while lines are on their way to another grid.
    pub fn under_water(&self, side: Side) -> Result<u128> {
        if self.market.is_migrating() {
            return Err(Error::Rebasing);
        }
        let key = self.market.mark_key(side)?;
        let seen = self.ladder.side(side).beyond(side, &self.market.grid.scale, key)?.shortfall;
        seen.checked_add(self.market.side(side).lacking.get()).ok_or(Error::Overflow)
    }

    /// Both sides' shortfalls now.
    pub fn shortfalls(&self, slot: u64) -> Result<Shortfalls> {
        let mut found = Shortfalls { certain: self.certain()?, ..Shortfalls::default() };
        for side in Side::BOTH {
            *side.of_mut(&mut found.under_water) = ceil(self.under_water(side)?)?;
            *side.of_mut(&mut found.lacks) = self.estate_lack(side, false)?;
            *side.of_mut(&mut found.deficits) = self.estate_lack(side, true)?;
        }
        let both = found.total()?;
        if !both.is_zero() {
            found.rests = self.rests(&found, both, slot)?;
        }
        Ok(found)
    }

    /// A: what pays for certain.
    fn certain(&self) -> Result<Atoms> {
        let first = self.market.estate_surplus()?.plus(self.market.whole_cover()?)?;
        first.plus(self.market.pinned_layers(first)?)
    }

    /// An estate's lack is paid by what is certain and by nothing else (A75); what is not declared yet also by layers that
    /// outlast a resolution.
    pub(super) fn rests(&self, found: &Shortfalls, both: Atoms, slot: u64) -> Result<[Atoms; 2]> {
        let params = &self.market.waterfall;
        let slots = params.resolve_wait_slots.saturating_add(params.confirm_slots);
        let first = self.market.estate_surplus()?.plus(self.market.whole_cover()?)?;
        let lasting = self.market.lasting_layers(first, slot, slots)?;
        let [long, short] = found.lacks;
        let uncovered = both.beyond(found.certain.plus(lasting)?);
        let rest = Atoms(uncovered.0.max(long.plus(short)?.beyond(found.certain).0));
        if rest < self.market.tolerance()? {
            return Ok([Atoms::ZERO; 2]);
        }
        let long = rest.share_floor(found.of(Side::Long)?.0, both.0)?;
        Ok([long, rest.minus(long)?])
    }

    /// Charges of the present event that a side's lots could not pay: they fall on that side again, never on the other (A80).
    /// For a position under water by d a lot that is min(d, charged, what it lacked at the furthest mark of a charge); summed over
    /// the ladder, the difference of two U.
    pub fn uncollected(&self, side: Side) -> Result<Atoms> {
        let book = self.market.side(side);
        let of_estate = without_roundings(ceil(book.estate.uncollected.get())?).least(self.estate_lack(side, false)?);
        if book.event.charged.get() == 0 {
            return Ok(of_estate);
        }
        let (mark, furthest) = (self.market.mark_key(side)?, book.event.furthest.get());
        let worse = side.pick(mark.max(furthest), mark.min(furthest));
        let charged = i128::try_from(book.event.charged.get()).map_err(|_| Error::Overflow)?;
        let beyond = worse.checked_add(side.signed(charged)?).ok_or(Error::Overflow)?;
        let (ladder, scale) = (self.ladder.side(side), &self.market.grid.scale);
        let all = ladder.beyond(side, scale, worse)?.shortfall;
        let more = ladder.beyond(side, scale, beyond)?.shortfall;
        of_estate.plus(ceil(all.saturating_sub(more))?)
    }

    /// What falls on each side: the other side's rest beyond its own uncollected part, and a side's own.
    pub fn falls(&self, rests: [Atoms; 2]) -> Result<[Atoms; 2]> {
        let mut own = [Atoms::ZERO; 2];
        for side in Side::BOTH {
            let rest = side.of(rests);
            if !rest.is_zero() {
                *side.of_mut(&mut own) = rest.least(self.uncollected(side)?);
            }
        }
        fall(rests, own)
    }

    /// h of both sides, 1e-12 atom per lot.
    pub fn rates(&self, slot: u64) -> Result<[u128; 2]> {
        let shortfalls = self.shortfalls(slot)?;
        if !shortfalls.is_uninsured() {
            return Ok([0; 2]);
        }
        let [long, short] = self.falls(shortfalls.rests)?;
        Ok([self.market.side(Side::Long).common_rate(long)?, self.market.side(Side::Short).common_rate(short)?])
    }

    /// Whether undeclared lots under water count for a resolution: less than the tolerance of open interest does not (A83).
    pub fn has_undeclared(&self) -> Result<bool> {
        let interest = self.market.open_interest()?;
        let least = wide::mul(interest.0, u64::from(self.market.waterfall.tolerance.0));
        for side in Side::BOTH {
            let key = self.market.mark_key(side)?;
            let lots = self.ladder.side(side).beyond(side, &self.market.grid.scale, key)?.lots;
            if lots > 0 && lots.saturating_mul(u128::from(BPS)) >= least {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the lots of a side have beyond what the ladder says is lost, all spare included: what a charge may take, 1e-12 atom.
    pub fn able(&self, side: Side) -> Result<u128> {
        let book = self.market.side(side);
        let lots = Lots(book.totals.lots.0.saturating_sub(book.dust.lots.0));
        let value = wide::mul_signed(self.market.mark_key(side)?, lots.0)?;
        let keyed = book.totals.lots_times_key.get();
        let equity = side.signed(value.checked_sub(keyed).ok_or(Error::Overflow)?)?;
        let lost = self.ladder.side(side).beyond(side, &self.market.grid.scale, self.market.mark_key(side)?)?.shortfall;
        let lost = i128::try_from(lost).map_err(|_| Error::Overflow)?;
        let closed = self.ladder.side(side).closed_equity(side)?;
        let able = equity.checked_add(lost).and_then(|sum| sum.checked_sub(closed));
        let able = able.and_then(|sum| sum.checked_add(book.spare.cash().0));
        Ok(u128::try_from(able.ok_or(Error::Overflow)?.max(0)).unwrap_or(0))
    }
}

/// What cash lacks to nothing, rounded up; what roundings took is no lack: an estate of lots that were lifted to exactly zero must
/// neither ask for insurance nor hold an event up.
pub(super) fn lacking(cash: Cash) -> Result<Atoms> {
    Ok(without_roundings(cash.debt_ceil()?))
}

fn without_roundings(amount: Atoms) -> Atoms {
    if amount > ROUNDED {
        amount
    } else {
        Atoms::ZERO
    }
}

/// The parts of two rests that fall on each side.
pub fn fall(rests: [Atoms; 2], own: [Atoms; 2]) -> Result<[Atoms; 2]> {
    let mut falls = [Atoms::ZERO; 2];
    for side in Side::BOTH {
        let of_other = side.opposite().of(rests).minus(side.opposite().of(own))?;
        *side.of_mut(&mut falls) = of_other.plus(side.of(own))?;
    }
    Ok(falls)
}

/// An amount of 1e-12 atom, rounded up to atoms.
pub fn ceil(amount: u128) -> Result<Atoms> {
    let atoms = wide::div_ceil(amount, u128::from(PICO))?;
    atoms_from(i128::try_from(atoms).map_err(|_| Error::Overflow)?)
}

/// An amount of 1e-12 atom, rounded down to atoms.
pub fn floor(amount: u128) -> Result<Atoms> {
    Cash(i128::try_from(amount).map_err(|_| Error::Overflow)?).gain_floor()
}
