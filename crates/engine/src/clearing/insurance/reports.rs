//! What must stay when stakers leave: running sums of what markets report, so that any number of markets bounds no exit (A25).
//!
//! Sums are of amounts, never of phases: a position of a dollar holds a dollar (A33). A report replaces its market's last one, so
//! the sums are exact. Time is cut into windows of `report_slots`; the fund counts the markets that reported in the present window
//! and in the one before, and an exit asks that these are all: no contribution is as old as two windows. Any signer reports for any
//! market, in as many transactions as he likes, an exit's owner in the same one where markets are few.

use crate::clearing::state::{Fund, MarketBooks, Reported, Reports};
use crate::error::{Error, Result};
use crate::units::{Atoms, Bps, Now, ATOMS_MAX, BPS};
use crate::wide::U128;

/// What insurance may have to pay in a market, and what it insures: what `shortfall` reads there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Both sides' shortfall: U and what estates lack, so that declaring changes nothing (A63).
    pub shortfall: Atoms,
    /// Of it, what neither estates' equity, cover nor pinned layers pay.
    pub uncovered: Atoms,
    /// Value of open interest.
    pub value: Atoms,
}

impl MarketBooks {
    /// Reports an exposure to the fund: its part of the sums is this from here on. A market that has ended reports no more.
    pub fn report(&mut self, fund: &mut Fund, exposure: &Exposure, now: Now) -> Result<()> {
        if self.reported.retired != 0 {
            return Ok(());
        }
        let window = fund.window(now);
        fund.reports.roll(window);
        fund.reports.replace(&self.reported, exposure)?;
        fund.reports.count(self.reported.window, window);
        let Exposure { shortfall, uncovered, value } = *exposure;
        self.reported = Reported { window, shortfall, uncovered, value, retired: 0 };
        Ok(())
    }

    /// Ends a settled market without lots: its reports are not waited for any more, its weight and its cover are the common fund's,
    /// and what is left in the keeper pot is insurance's. Fails with `NotSettled` where it is not settled or has lots, or has ended
    /// already.
    pub fn retire(&mut self, fund: &mut Fund, now: Now) -> Result<()> {
        if !self.is_settled() || !self.is_idle() || self.reported.retired != 0 {
            return Err(Error::NotSettled);
        }
        let _ = self.release_idle_cover(fund, now)?;
        self.report(fund, &Exposure::default(), now)?;
        self.reported.retired = 1;
        fund.reports.fresh = fund.reports.fresh.saturating_sub(1);
        fund.reports.markets = fund.reports.markets.checked_sub(1).ok_or(Error::Overflow)?;
        self.leave_epochs(fund)?;
        self.cover.earned = Atoms::ZERO;
        self.insurance_due = self.insurance_due.plus(core::mem::take(&mut self.keeper_pot))?;
        Ok(())
    }
}

impl Fund {
    /// The window of reports that a slot is in; from 1.
    fn window(&self, now: Now) -> u64 {
        now.slot.checked_div(self.params.report_slots).unwrap_or(now.slot).saturating_add(1)
    }

    /// Whether every market reported in the present window or in the one before it.
    #[must_use]
    pub fn has_all_reports(&self, now: Now) -> bool {
        let mut reports = self.reports;
        reports.roll(self.window(now));
        reports.fresh.saturating_add(reports.aging) >= reports.markets
    }

    /// What may not leave: all shortfalls with the target, a share of the value of all open interest, rounded up; and no less than
    /// every cover with what is uncovered beyond it, because one market's cover pays nothing of another's.
    pub fn must_stay(&self, target: Bps) -> Result<Atoms> {
        let Reports { shortfalls, uncovered, values, .. } = self.reports;
        let share = values.get().checked_mul(u128::from(target.0)).ok_or(Error::Overflow)?.div_ceil(u128::from(BPS));
        let first = shortfalls.get().checked_add(share).ok_or(Error::Overflow)?;
        let second = uncovered.get().checked_add(u128::from(self.covers.0)).ok_or(Error::Overflow)?;
        // More than all money there may be is as much as all of it.
        Ok(Atoms(u64::try_from(first.max(second)).unwrap_or(ATOMS_MAX).min(ATOMS_MAX)))
    }
}

impl Reports {
    /// Begins the window of a report or an exit. One that is not the next leaves no market counted, whatever the parameter was
    /// changed to meanwhile.
    fn roll(&mut self, window: u64) {
        if window == self.window {
            return;
        }
        self.aging = if Some(window) == self.window.checked_add(1) { self.fresh } else { 0 };
        (self.window, self.fresh) = (window, 0);
    }

    /// Counts a market in the present window, once, and no longer in the one before.
    fn count(&mut self, last: u64, window: u64) {
        if last == window {
            return;
        }
        if last.checked_add(1) == Some(window) {
            self.aging = self.aging.saturating_sub(1);
        }
        self.fresh = self.fresh.saturating_add(1);
    }

    fn replace(&mut self, last: &Reported, exposure: &Exposure) -> Result<()> {
        let sums = [
            (&mut self.shortfalls, last.shortfall, exposure.shortfall),
            (&mut self.uncovered, last.uncovered, exposure.uncovered),
            (&mut self.values, last.value, exposure.value),
        ];
        for (sum, before, after) in sums {
            let others = sum.get().checked_sub(u128::from(before.0)).ok_or(Error::NotConserved)?;
            *sum = U128::new(others.checked_add(u128::from(after.0)).ok_or(Error::Overflow)?);
        }
        Ok(())
    }
}
