//! The loss reserve: before anything changes the lots of a side, both sides are charged the other's uninsured shortfall.
//!
//! So everyone who was there when the shortfall appeared pays the same, whoever is resolved first and whoever leaves (I6).

use crate::books::Books;
use crate::cover;
use crate::error::{Error, Result};
use crate::funding;
use crate::market::{UNCOVERED, UNKNOWN};
use crate::price::Quality;
use crate::state::MarketBooks;
use crate::totals;
use crate::units::{Atoms, Cash, Lots, Now, Side, PICO};
use crate::wide;

/// What provisioning found and did. Index 0 is about longs, 1 about shorts.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Provision {
    /// U of the side at the mark, 1e-12 atom, after the charges.
    pub shortfall: [u128; 2],
    /// What each lot of the side was charged, 1e-12 atom.
    pub charged: [u128; 2],
    /// What the cover and the layers behind it may pay in the present event, 1e-12 atom.
    pub cover: u128,
    /// A rebase is moving lines: nobody knows U, so nobody opens and no profit unlocks.
    pub unknown: bool,
}

impl Provision {
    /// U of a side.
    #[must_use]
    pub const fn shortfall_of(&self, side: Side) -> u128 {
        side.of(self.shortfall)
    }

    /// U of both sides exceeds what the cover and the layers may pay, the reserve not counted: profit stays where it is.
    #[must_use]
    pub fn is_uninsured(&self) -> bool {
        let [long, short] = self.shortfall;
        self.unknown || long.saturating_add(short) > self.cover
    }

    /// Whether anyone may open on a side: not while it would be charged for the other.
    #[must_use]
    pub const fn may_open(&self, side: Side) -> bool {
        !self.unknown && self.shortfall_of(side.opposite()) <= self.cover
    }
}

impl MarketBooks {
    /// Writes down whether U is covered: profit unlocks only where it is, and is known at a good mark.
    fn note_cover(&mut self, report: &Provision, now: Now) -> Result<()> {
        let good = Quality::from_number(self.mark.quality) == Quality::Good && self.mark_is_fresh(now);
        let found = match (good && !report.unknown, report.is_uninsured()) {
            (false, _) => UNKNOWN | (self.stopped & UNCOVERED),
            (true, true) => UNCOVERED,
            (true, false) => 0,
        };
        self.set_stopped((self.stopped & !(UNCOVERED | UNKNOWN)) | found, now)
    }
}

impl Books<'_> {
    /// What every instruction that touches positions does first: funding, then provision.
    pub fn begin(&mut self, now: Now) -> Result<Provision> {
        funding::accrue(self.market, now)?;
        self.provision_at(now)
    }

    /// [`Books::provision`], and what it finds says whether profit may unlock from now on.
    pub fn provision_at(&mut self, now: Now) -> Result<Provision> {
        let report = self.provision()?;
        self.market.note_cover(&report, now)?;
        Ok(report)
    }

    /// Charges each side `max(0, U - cover and layers under their caps - reserve) / OI` per lot, rounded up, U being the other side's; at
    /// most the side's solvent equity. What a reserve holds beyond U returns as claims paid. While a rebase moves lines U
    /// cannot be read and lots cannot change: nothing happens.
    pub fn provision(&mut self) -> Result<Provision> {
        let mut report = Provision::default();
        if self.market.grid.cursor != 0 {
            report.unknown = true;
            return Ok(report);
        }
        let before = [self.shortfall(Side::Long)?, self.shortfall(Side::Short)?];
        if before == [0, 0] {
            // Nobody is under water: nothing to charge, and a cover of nothing covers it.
            self.market.shortfall = Atoms::ZERO;
            self.give_back(before)?;
            return Ok(report);
        }
        let mut cover = cover::capacity(self.market)?.cash().0.unsigned_abs();
        report.cover = cover;
        for (side, raw, charged) in both(before, &mut report.charged) {
            let shortfall = raw.saturating_sub(self.excused(side));
            let need = shortfall.saturating_sub(self.market.side(side.opposite()).reserve.get());
            let covered = need.min(cover);
            cover = cover.wrapping_sub(covered);
            let charged_side = side.opposite();
            *charged = self.charge(charged_side, need.wrapping_sub(covered), charged_side.of(before))?;
        }
        // What was charged to the side opposite to index i stands at index i; the report speaks of the side charged.
        report.charged.reverse();
        report.shortfall = before;
        if report.charged != [0, 0] {
            for ((side, shortfall), charged) in Side::BOTH.into_iter().zip(&mut report.shortfall).zip(report.charged) {
                // Only a charge has moved keys since.
                if charged != 0 {
                    *shortfall = self.shortfall(side)?;
                }
            }
            self.excuse(before, report.shortfall)?;
        }
        self.market.shortfall = whole_atoms(report.shortfall)?;
        self.give_back(report.shortfall)?;
        Ok(report)
    }

    /// Whether a side was charged for a shortfall that may be gone.
    #[must_use]
    pub fn has_reserve(&self) -> bool {
        Side::BOTH.into_iter().any(|side| self.market.side(side).reserve.get() != 0)
    }

    /// U of a side at the mark, exact.
    pub fn shortfall(&self, side: Side) -> Result<u128> {
        self.view().shortfall(side)
    }

    /// Shortfall of a side that charges at the present mark caused: not charged back at the same mark.
    fn excused(&self, side: Side) -> u128 {
        let book = self.market.side(side);
        if book.excused_at == self.market.mark.sequence {
            book.excused.get()
        } else {
            0
        }
    }

    fn excuse(&mut self, before: [u128; 2], after: [u128; 2]) -> Result<()> {
        for ((side, before), after) in Side::BOTH.into_iter().zip(before).zip(after) {
            let excused = self.excused(side).checked_add(after.saturating_sub(before)).ok_or(Error::Overflow)?;
            let sequence = self.market.mark.sequence;
            let book = self.market.side_mut(side);
            book.excused = wide::U128::new(excused);
            book.excused_at = sequence;
        }
        Ok(())
    }

    /// Charges every lot of a side, whose own U is `shortfall`, its part of `owed`; returns the charge per lot.
    fn charge(&mut self, side: Side, owed: u128, shortfall: u128) -> Result<u128> {
        let lots = self.chargeable(side)?;
        if owed == 0 || lots.is_zero() {
            return Ok(0);
        }
        let equity = totals::members_equity(self.market, side)?;
        let shortfall = i128::try_from(shortfall).map_err(|_| Error::Overflow)?;
        let closed = self.ladder.side(side).closed_equity(side)?;
        let solvent = equity.checked_add(shortfall).and_then(|solvent| solvent.checked_sub(closed));
        let solvent = solvent.ok_or(Error::Overflow)?.max(0).unsigned_abs();
        let most = solvent.checked_div(u128::from(lots.0)).ok_or(Error::Overflow)?;
        let per_lot = wide::div_ceil(owed, u128::from(lots.0))?.min(most);
        if per_lot == 0 {
            return Ok(0);
        }
        let book = self.market.side_mut(side);
        let spared = book.lots.minus(lots)?;
        let signed = i128::try_from(per_lot).map_err(|_| Error::Overflow)?;
        book.index.add(side.opposite().signed(signed)?)?;
        book.residue.cash.add(wide::mul_signed(signed, spared.0)?)?;
        let total = wide::mul_div_long_floor(per_lot, lots.0, 1)?;
        book.reserve.add(total)?;
        book.claims.lose(per_lot, lots)?;
        Ok(per_lot)
    }

    /// Lots that bear a charge: the side's. In a settled market those of its members only, because whoever has left at the final
    /// mark left his lots as residue and does not pay twice.
    fn chargeable(&self, side: Side) -> Result<Lots> {
        let book = self.market.side(side);
        if self.market.is_settled() {
            book.lots.minus(book.residue.lots)
        } else {
            Ok(book.lots)
        }
    }

    /// Returns what a reserve holds beyond U to the side that was charged, in whole atoms, as claims paid: never through X.
    fn give_back(&mut self, shortfall: [u128; 2]) -> Result<()> {
        for (side, shortfall) in Side::BOTH.into_iter().zip(shortfall) {
            let book = self.market.side_mut(side.opposite());
            let excess = book.reserve.get().saturating_sub(shortfall);
            if excess < u128::from(PICO) {
                continue;
            }
            let atoms = Cash(i128::try_from(excess).map_err(|_| Error::Overflow)?).gain_floor()?;
            book.reserve.sub(atoms.cash().0.unsigned_abs())?;
            let over = book.claims.pay(atoms)?;
            self.market.insurance_due = self.market.insurance_due.plus(over)?;
        }
        Ok(())
    }
}

/// Both sides' U in whole atoms, rounded up.
fn whole_atoms([long, short]: [u128; 2]) -> Result<Atoms> {
    let sum = long.checked_add(short).ok_or(Error::Overflow)?;
    Cash(i128::try_from(sum).map_err(|_| Error::Overflow)?).ceil_positive()
}

fn both(raw: [u128; 2], charged: &mut [u128; 2]) -> impl Iterator<Item = (Side, u128, &mut u128)> {
    Side::BOTH.into_iter().zip(raw).zip(charged).map(|((side, raw), charged)| (side, raw, charged))
}
