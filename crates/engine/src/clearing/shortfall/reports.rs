//! What a market reports to the insurance fund, and what its fees wait for: gates read the shortfall, U and what
//! estates lack, so that declaring opens none (A63).

use super::sides::Shortfalls;
use crate::clearing::error::Result;
use crate::clearing::insurance::{Exposure, Fees};
use crate::clearing::markets::{MarketMut, MarketRef};
use crate::clearing::state::{Fund, MarketBooks};
use crate::error::Error;
use crate::units::{Atoms, Lots, Now, Price, Side, ATOMS_MAX, PICO};
use crate::wide;

/// Slots after which a market that cannot be valued counts at its last mark for exits: a day of 400 ms slots, half of
/// the window in which an exit is taken. Before that it counts at the worse of half and twice its mark. So neither does
/// a source that fails in a crash let stakers leave as if nothing had happened, nor does a dead market lock them in.
pub const DEAD_SLOTS: u64 = 216_000;

impl MarketMut<'_> {
    /// Permissionless: brings the market's part of the fund's sums up to now. Fails with `StaleMark` where the mark is
    /// too old: refresh it first; a market whose source is gone is reported all the same. Fails with `Rebasing` while
    /// lines are moved: finish that first.
    pub fn report_to_fund(&mut self, fund: &mut Fund, now: Now) -> Result<Exposure> {
        fund.accrue(now)?;
        let exposure = self.as_ref().exposure(now)?;
        self.market.report(fund, &exposure, now)?;
        Ok(exposure)
    }

    /// Reports what an instruction that holds the fund has just read, at a mark that an exit may be judged by.
    pub(super) fn report_read(&mut self, fund: &mut Fund, shortfalls: &Shortfalls, now: Now) -> crate::Result<()> {
        if !self.market.is_reportable(now) {
            return Ok(());
        }
        let exposure = self.as_ref().exposure_of(shortfalls)?;
        self.market.report(fund, &exposure, now)
    }

    /// Permissionless: takes the market's protocol fees out, while its shortfall is insured; deficits that nothing
    /// could bear are served first, whatever stands.
    pub fn collect_fees(&mut self, now: Now) -> Result<Fees> {
        let is_insured = self.as_ref().is_insured(now)?;
        Ok(self.market.collect_fees_while(is_insured)?)
    }
}

impl MarketRef<'_> {
    /// What the market reports now.
    pub fn exposure(&self, now: Now) -> Result<Exposure> {
        if self.market.is_idle() {
            return Ok(Exposure::default());
        }
        if self.market.is_migrating() {
            return Err(Error::Rebasing.into());
        }
        if self.market.is_usable() && !self.market.is_reportable(now) {
            return Err(Error::StaleMark.into());
        }
        let mut exposure = self.exposure_of(&self.shortfalls(now.slot)?)?;
        if !self.market.is_usable() && now.slot.saturating_sub(self.market.silent_since) < DEAD_SLOTS {
            for price in worse(self.market.mark.price) {
                exposure = exposure.larger(self.exposure_at(price)?);
            }
        }
        Ok(exposure)
    }

    /// Whether no shortfall of the market is without insurance at a mark that says so.
    pub fn is_insured(&self, now: Now) -> Result<bool> {
        if self.market.is_idle() {
            return Ok(true);
        }
        Ok(self.market.is_reportable(now) && !self.shortfalls(now.slot)?.is_uninsured())
    }

    fn exposure_of(&self, shortfalls: &Shortfalls) -> crate::Result<Exposure> {
        let shortfall = shortfalls.total()?;
        let uncovered = shortfall.beyond(shortfalls.certain);
        // A final mark does not move: nothing is left to insure against.
        let lots = if self.market.is_settled() { Lots::ZERO } else { self.market.open_interest()? };
        Ok(Exposure { shortfall, uncovered, value: value_at(self.market.mark.price, lots) })
    }

    /// The same at another price, where no equity of an estate is counted on.
    fn exposure_at(&self, price: Price) -> crate::Result<Exposure> {
        let mut shortfall = Atoms::ZERO;
        for side in Side::BOTH {
            let book = self.market.side(side);
            let key = i128::from(price.0).checked_add(book.index.get()).ok_or(Error::Overflow)?;
            let seen = self.ladder.side(side).beyond(side, &self.market.grid.scale, key)?.shortfall;
            let worth = side.signed(wide::mul_signed(key, book.estate.lots.0)?)?;
            let equity = worth.checked_add(book.estate.cash.get()).ok_or(Error::Overflow)?;
            let lack = equity.min(0).unsigned_abs();
            let of_side = seen.saturating_add(book.lacking.get()).saturating_add(lack);
            shortfall = Atoms(shortfall.0.saturating_add(at_most_all(of_side).0).min(ATOMS_MAX));
        }
        let cover = self.market.whole_cover()?;
        let uncovered = shortfall.beyond(cover.plus(self.market.pinned_layers(cover)?)?);
        Ok(Exposure { shortfall, uncovered, value: value_at(price, self.market.open_interest()?) })
    }
}

impl Exposure {
    fn larger(self, other: Exposure) -> Exposure {
        let larger = |a: Atoms, b: Atoms| Atoms(a.0.max(b.0));
        Exposure {
            shortfall: larger(self.shortfall, other.shortfall),
            uncovered: larger(self.uncovered, other.uncovered),
            value: larger(self.value, other.value),
        }
    }
}

impl MarketBooks {
    /// Whether all lines are on one grid, so that the ladder says what it lacks, and the mark is final, or was accepted and
    /// published at most `action_age_slots` ago, a second of age being two and a half slots, rounded up.
    fn is_reportable(&self, now: Now) -> bool {
        let seconds = u64::try_from(now.time.saturating_sub(self.mark.publish_time)).unwrap_or(0);
        let age = now.slot.saturating_sub(self.mark.slot).max(seconds.saturating_mul(5).div_ceil(2));
        let is_fresh = self.is_settled() || (self.is_usable() && age <= self.waterfall.action_age_slots);
        is_fresh && !self.is_migrating()
    }
}

/// Half and twice a mark: what lies between them is not worse than both.
fn worse(mark: Price) -> [Price; 2] {
    [Price(mark.0 / 2), Price(mark.0.saturating_mul(2))]
}

/// What lots are worth, rounded up; what exceeds all money there may be asks for all of it.
fn value_at(price: Price, lots: Lots) -> Atoms {
    at_most_all(wide::mul(price.0, lots.0))
}

/// An amount of 1e-12 atom, rounded up to atoms, as far as there may be any.
fn at_most_all(amount: u128) -> Atoms {
    Atoms(u64::try_from(amount.div_ceil(u128::from(PICO))).unwrap_or(ATOMS_MAX).min(ATOMS_MAX))
}
