//! Stakes: shares of the stakers' tranche, which loses after the protocol's.
//!
//! A share is worth `(staked + 1) / (shares + V)`. The V shares and the atom that no staker holds keep the first staker from
//! making a share so dear that a later stake rounds away: what he gives to the tranche is then theirs, not his. Buying and
//! redeeming round down, so the price of a share never falls by either, and never rises by more than the actor himself lost.

use crate::clearing::error::{Error, Result};
use crate::clearing::state::{Fund, StakeBooks};
use crate::state::ExchangeParams;
use crate::units::{Atoms, Now};
use crate::wide::{self, U128};
use crate::Error as Below;

/// Seconds after the cool-down within which an exit is taken. Then it lapses: once asked for, it is no option for ever (A32).
pub const UNSTAKE_WINDOW_SECONDS: i64 = 2 * 86_400;
/// V, the shares that no staker holds; also what an atom buys at first.
pub const VIRTUAL: u64 = 1 << 20;
/// A share is worthless once it is worth less than `1 / WORTHLESS` of what it was issued at first: 2^-20.
///
/// So `shares + V <= (staked + 1) * 2^40` always: below 2^103, and no product here leaves 192 bits.
const WORTHLESS: u64 = 1 << 20;

/// What an exit did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unstaked {
    /// Shares redeemed.
    pub shares: u128,
    /// What they are paid out of the insurance vault, atoms.
    pub paid: Atoms,
}

impl StakeBooks {
    /// Forgets shares of an epoch that was lost.
    fn catch_up(&mut self, fund: &Fund) {
        if self.epoch != fund.stake_epoch {
            *self = StakeBooks { epoch: fund.stake_epoch, ..StakeBooks::default() };
        }
    }

    /// What the stake's shares would be paid now, atoms, rounded down.
    pub fn worth(&self, fund: &Fund) -> Result<Atoms> {
        if self.epoch != fund.stake_epoch {
            return Ok(Atoms::ZERO);
        }
        fund.shares_worth(self.shares.get())
    }
}

impl Fund {
    /// Stakes an amount that has come in; returns the shares it buys, rounded down. Fails with `StakeTooSmall` below the smallest
    /// stake, and where it buys no share.
    pub fn stake(&mut self, stake: &mut StakeBooks, amount: Atoms, params: &ExchangeParams, now: Now) -> Result<u128> {
        self.accrue(now)?;
        stake.catch_up(self);
        let (shares, atoms) = self.ratio()?;
        let bought = wide::mul_div_long_floor(shares, amount.0, atoms)?;
        if amount < params.stake_min || bought == 0 {
            return Err(Below::StakeTooSmall.into());
        }
        stake.shares.add(bought)?;
        self.shares.add(bought)?;
        self.staked = self.staked.plus(amount)?;
        self.booked = self.booked.plus(amount)?;
        // A stake is no gain: the peak rises with it, and so a fall stays one.
        self.peak = self.peak.plus(amount)?;
        let _ = self.own()?;
        Ok(bought)
    }

    /// Asks for the exit of so many shares in all: the cool-down begins anew. They stay in the tranche, earn and lose. None takes an
    /// earlier request back. Fails with `InsufficientShares`.
    pub fn request_unstake(
        &self,
        stake: &mut StakeBooks,
        shares: u128,
        params: &ExchangeParams,
        now: Now,
    ) -> Result<()> {
        stake.catch_up(self);
        if shares > stake.shares.get() {
            return Err(Below::InsufficientShares.into());
        }
        let cooldown = i64::try_from(params.exit_cooldown_seconds).map_err(|_| Below::Overflow)?;
        stake.leaving = U128::new(shares);
        stake.leaves_at = if shares == 0 { 0 } else { now.time.checked_add(cooldown).ok_or(Below::Overflow)? };
        Ok(())
    }

    /// Redeems the shares that are leaving, as far as what stays covers all markets and the target; what cannot leave yet goes on
    /// leaving. Shares of a tranche that was lost leave with nothing. Fails, in this order, with `InsufficientShares` where none
    /// asked for their exit, `ExitCooling` before the cool-down is over, `ExitLapsed` two days after it, `ReportsMissing` where a
    /// market has not reported lately, `ExitWaits` where nothing may leave.
    pub fn unstake(&mut self, stake: &mut StakeBooks, params: &ExchangeParams, now: Now) -> Result<Unstaked> {
        self.accrue(now)?;
        stake.catch_up(self);
        if stake.shares == U128::ZERO {
            return Ok(Unstaked::default());
        }
        let leaving = stake.leaving.get();
        if leaving == 0 {
            return Err(Below::InsufficientShares.into());
        }
        if now.time < stake.leaves_at {
            return Err(Below::ExitCooling.into());
        }
        if now.time >= stake.leaves_at.saturating_add(UNSTAKE_WINDOW_SECONDS) {
            return Err(Below::ExitLapsed.into());
        }
        if !self.has_all_reports(now) {
            return Err(Error::ReportsMissing);
        }
        let exit = self.redeemable(leaving, self.must_stay(params.insurance_target)?)?;
        stake.shares.sub(exit.shares)?;
        stake.leaving.sub(exit.shares)?;
        self.redeem(&exit)?;
        Ok(exit)
    }

    /// Shares and the atoms they are worth, with those no staker holds. A share's price is their quotient.
    fn ratio(&self) -> Result<(u128, u64)> {
        let shares = self.shares.get().checked_add(u128::from(VIRTUAL)).ok_or(Below::Overflow)?;
        Ok((shares, self.staked.0.checked_add(1).ok_or(Below::Overflow)?))
    }

    /// What so many shares would be paid if they left now, rounded down.
    pub fn shares_worth(&self, shares: u128) -> Result<Atoms> {
        let (all, atoms) = self.ratio()?;
        Ok(wide::part_floor(atoms, shares, all).map(Atoms)?)
    }

    /// What `leaving` shares may be paid: all they are worth, or as much as leaves `must_stay` behind, for which as many shares
    /// go as that is worth, rounded up.
    fn redeemable(&self, leaving: u128, must_stay: Atoms) -> Result<Unstaked> {
        let (shares, atoms) = self.ratio()?;
        let worth = self.shares_worth(leaving)?;
        let room = self.own()?.beyond(must_stay);
        if worth <= room {
            return Ok(Unstaked { shares: leaving, paid: worth });
        }
        if room.is_zero() {
            return Err(Below::ExitWaits.into());
        }
        // Cannot exceed what is leaving: `room` is less than it is worth.
        let redeemed = wide::mul_div_long_ceil(shares, room.0, atoms)?.min(leaving);
        Ok(Unstaked { shares: redeemed, paid: room })
    }

    fn redeem(&mut self, exit: &Unstaked) -> Result<()> {
        self.shares.sub(exit.shares)?;
        self.staked = self.staked.minus(exit.paid)?;
        self.booked = self.booked.minus(exit.paid)?;
        // An exit is no loss: the peak falls with it.
        self.peak = self.peak.beyond(exit.paid);
        if self.shares == U128::ZERO {
            self.sweep_tranche()?;
        }
        Ok(())
    }

    /// What no share is left for is the protocol's.
    fn sweep_tranche(&mut self) -> crate::Result<()> {
        self.protocol = self.protocol.plus(core::mem::take(&mut self.staked))?;
        Ok(())
    }

    /// Begins a new stakers' epoch where a loss has left nothing, or less than 2^-20 of what a share was issued at first: old shares
    /// are worth nothing from here on, and the dust is the protocol's.
    pub(super) fn bury_worthless_shares(&mut self) -> crate::Result<()> {
        if self.shares == U128::ZERO {
            return Ok(());
        }
        let shares = self.shares.get().checked_add(u128::from(VIRTUAL)).ok_or(Below::Overflow)?;
        let atoms = self.staked.0.checked_add(1).ok_or(Below::Overflow)?;
        // Cannot overflow: 64 bits and 40.
        let most = wide::mul(VIRTUAL, WORTHLESS).checked_mul(u128::from(atoms)).ok_or(Below::Overflow)?;
        if !self.staked.is_zero() && shares <= most {
            return Ok(());
        }
        self.sweep_tranche()?;
        self.shares = U128::ZERO;
        self.stake_epoch = self.stake_epoch.checked_add(1).ok_or(Below::Overflow)?;
        Ok(())
    }
}
