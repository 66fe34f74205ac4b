//! Where a market's income goes: deficits that nothing could bear first, then underwriters and stakers over time, the cover, and the
//! protocol. Claims are paid from debts and gifts, never from here (A7).

use crate::clearing::state::{Fund, MarketBooks};
use crate::error::{Error, Result};
use crate::state::ExchangeParams;
use crate::units::{Atoms, Bps, Now};
use crate::wide::U128;

/// Where a market's income for insurance went: `collected = served + income`, and of the income `premiums` and `stakers` wait in
/// streams.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Income {
    /// Deficits nothing could bear, which it served first: no tokens move.
    pub served: Atoms,
    /// What reached the fund.
    pub income: Atoms,
    /// Of it, what underwriters may earn over the next period.
    pub premiums: Atoms,
    /// Of it, what stakers may earn over the next period.
    pub stakers: Atoms,
    /// The cover's own, which was still in the collateral vault.
    pub cover: Atoms,
}

impl Income {
    /// What moves from the collateral vault to the insurance vault.
    pub fn to_transfer(&self) -> Result<Atoms> {
        self.income.plus(self.cover)
    }
}

/// Where a market's protocol fees went, atoms.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// Deficits nothing could bear, which fees serve first: no tokens move.
    pub served: Atoms,
    /// To the market's keeper pot, rounded down: no tokens move.
    pub keepers: Atoms,
    /// To the treasury, out of the collateral vault.
    pub treasury: Atoms,
}

impl MarketBooks {
    /// Serves what is unfunded from income that is in the market already; returns what is left of it.
    #[must_use = "what is left must go somewhere"]
    pub fn serve_unfunded(&mut self, income: Atoms) -> Result<Atoms> {
        let served = income.least(self.unfunded);
        self.unfunded = self.unfunded.minus(served)?;
        income.minus(served)
    }

    /// A penalty that has left a position is the market's income: what it does not serve is the cover's at once, in the collateral
    /// vault still.
    pub fn collect_penalty(&mut self, penalty: Atoms) -> Result<()> {
        let left = self.serve_unfunded(penalty)?;
        self.cover.due = self.cover.due.plus(left)?;
        Ok(())
    }

    /// Moves what the market collected for insurance, and its cover's dues, to the fund. Only what stays the protocol's may be set
    /// aside as cover later: with what underwriters and stakers earn it is no more than what came in (A17).
    pub fn collect_income(&mut self, fund: &mut Fund, params: &ExchangeParams, now: Now) -> Result<Income> {
        fund.accrue(now)?;
        self.accrue_premiums(fund, now.slot)?;
        let collected = core::mem::take(&mut self.insurance_due);
        let income = self.serve_unfunded(collected)?;
        let premiums = self.gather_premiums(income, now.slot)?;
        let rest = income.minus(premiums)?;
        let stakers = fund.gather_for_stakers(rest, params.staker_share)?;
        self.cover.earned = self.cover.earned.plus(rest.minus(stakers)?)?;
        let cover = core::mem::take(&mut self.cover.due);
        let moved = income.plus(cover)?;
        self.book_out(moved)?;
        fund.receive(moved)?;
        self.set_aside(fund, cover)?;
        Ok(Income { served: collected.minus(income)?, income, premiums, stakers, cover })
    }

    /// Takes the market's protocol fees out: what is unfunded first, then the keeper pot its share, the rest is the treasury's. While
    /// a shortfall is not insured only the first is done. Fails with `ZeroAmount` where there are no fees and with `ExitWaits` where
    /// none may leave.
    pub fn collect_fees_while(&mut self, is_insured: bool, keeper_share: Bps) -> Result<Fees> {
        if self.fees.is_zero() {
            return Err(Error::ZeroAmount);
        }
        let left = self.serve_unfunded(self.fees)?;
        let served = self.fees.minus(left)?;
        self.fees = left;
        if !is_insured {
            return if served.is_zero() { Err(Error::ExitWaits) } else { Ok(Fees { served, ..Fees::default() }) };
        }
        self.fees = Atoms::ZERO;
        let keepers = keeper_share.of_floor(left)?;
        let treasury = left.minus(keepers)?;
        self.keeper_pot = self.keeper_pot.plus(keepers)?;
        self.book_out(treasury)?;
        Ok(Fees { served, keepers, treasury })
    }
}

impl Fund {
    /// Sets the stakers' share of an income aside for them, rounded down: nothing while there are none.
    fn gather_for_stakers(&mut self, income: Atoms, share: Bps) -> Result<Atoms> {
        if self.shares == U128::ZERO {
            return Ok(Atoms::ZERO);
        }
        let stakers = share.of_floor(income)?;
        self.income.gather(stakers)?;
        Ok(stakers)
    }

    /// What of the stakers' income has become due moves from the protocol's tranche to theirs, as far as there is any: what was lost
    /// meanwhile is not made up for. Without shares it stays the protocol's.
    pub(super) fn pay_stakers(&mut self, now: Now) -> Result<()> {
        let due = self.income.release(u64::try_from(now.time).unwrap_or(0), self.params.income_seconds)?;
        if self.shares == U128::ZERO {
            return Ok(());
        }
        let paid = due.least(self.protocol);
        self.protocol = self.protocol.minus(paid)?;
        self.staked = self.staked.plus(paid)?;
        Ok(())
    }

    /// The period over which income is paid out, in slots of 400 ms.
    pub(super) const fn income_slots(&self) -> u64 {
        self.params.income_seconds.saturating_mul(5) / 2
    }
}
