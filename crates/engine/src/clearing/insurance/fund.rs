//! The fund: its tranches, and how far it has fallen in a day.

use crate::clearing::state::{Fund, FundParams};
use crate::error::{Error, Result};
use crate::units::{Atoms, Now};
use core::ops::RangeInclusive;

/// Seconds over which a fall of the fund is measured: a day.
const PEAK_SECONDS: u64 = 86_400;
/// An hour at least, so that a cascade is one epoch; a month at most.
const EPOCH_SECONDS: RangeInclusive<u64> = 3_600..=30 * 86_400;
/// An hour at least, so that standing there for a moment earns nothing.
const INCOME_SECONDS: RangeInclusive<u64> = 3_600..=30 * 86_400;
/// A minute of 400 ms slots at most: an exit is judged by nothing older than two of them.
const REPORT_SLOTS: RangeInclusive<u64> = 1..=150;

impl FundParams {
    /// Checks the bounds. Fails with `RuleInsurance`.
    pub fn validate(&self) -> Result<()> {
        let times = EPOCH_SECONDS.contains(&self.epoch_seconds) && INCOME_SECONDS.contains(&self.income_seconds);
        if times && REPORT_SLOTS.contains(&self.report_slots) {
            Ok(())
        } else {
            Err(Error::RuleInsurance)
        }
    }
}

impl Fund {
    /// Brings the fund up to now: its day, its epoch, and what of the stakers' income has become theirs. Comes first in every verb
    /// that touches it; a second time changes nothing.
    pub fn accrue(&mut self, now: Now) -> Result<()> {
        if is_over(self.peak_since, PEAK_SECONDS, now) {
            self.peak = self.own()?;
            self.peak_since = now.time;
        }
        self.pay_stakers(now)?;
        if is_over(self.epoch_since, self.params.epoch_seconds, now) {
            self.epoch_since = now.time;
            self.begin_epoch()?;
        }
        Ok(())
    }

    /// The protocol's and the stakers' tranche.
    pub fn own(&self) -> Result<Atoms> {
        self.protocol.plus(self.staked)
    }

    /// The common fund: what no cover has set aside.
    pub fn common(&self) -> Result<Atoms> {
        Ok(self.own()?.beyond(self.covers))
    }

    /// The common fund beyond all remaining allowances: the last resort.
    pub fn beyond_allowances(&self) -> Result<Atoms> {
        Ok(self.common()?.beyond(self.allowances))
    }

    /// Books a gift into the protocol's tranche: what a payer sent, or what a vault holds unasked.
    pub fn donate(&mut self, amount: Atoms, now: Now) -> Result<()> {
        self.accrue(now)?;
        self.receive(amount)
    }

    /// Books money that came into the vault as the protocol's tranche.
    pub(super) fn receive(&mut self, amount: Atoms) -> Result<()> {
        self.booked = self.booked.plus(amount)?;
        self.protocol = self.protocol.plus(amount)?;
        self.peak = Atoms(self.peak.0.max(self.own()?.0));
        Ok(())
    }

    /// A loss: the protocol's tranche first, then the stakers'. It leaves the vault.
    pub(super) fn lose(&mut self, amount: Atoms) -> Result<()> {
        let first = amount.least(self.protocol);
        let second = amount.minus(first)?;
        self.booked = self.booked.minus(amount)?;
        self.protocol = self.protocol.minus(first)?;
        self.staked = self.staked.minus(second)?;
        if second.is_zero() {
            return Ok(());
        }
        self.bury_worthless_shares()
    }

    /// The most the fund came to in the present day, stakes and exits apart, and what it comes to: what a fall is measured by.
    pub fn drawdown(&self, now: Now) -> Result<(Atoms, Atoms)> {
        let own = self.own()?;
        Ok(if is_over(self.peak_since, PEAK_SECONDS, now) { (own, own) } else { (self.peak, own) })
    }

    /// I17: what is booked is the sum of the parts, and covers are inside the fund's own tranches. Fails with `NotConserved`.
    pub fn check(&self) -> Result<()> {
        let parts = self.own()?.plus(self.layers)? == self.booked && self.covers <= self.own()?;
        // Without shares no money may be the stakers'.
        if parts && (self.shares.get() != 0 || self.staked.is_zero()) {
            Ok(())
        } else {
            Err(Error::NotConserved)
        }
    }
}

/// Whether so many seconds have passed since a time.
pub(super) fn is_over(since: i64, seconds: u64, now: Now) -> bool {
    u64::try_from(now.time.saturating_sub(since)).unwrap_or(0) >= seconds
}
