//! Stakes in the insurance fund: shares of the stakers' tranche, which loses after the protocol's.
//!
//! A share is worth `(staked + 1) / (shares + V)`. The V shares and the atom that nobody holds keep whoever stakes first from
//! making a share so dear that a later stake rounds away: what he gives to the tranche is then theirs, not his. Buying and
//! redeeming round down, so the price of a share never falls by either, and never rises by more than the actor himself lost.

use crate::error::{Error, Result};
use crate::state::{ExchangeParams, InsuranceBooks, StakeBooks};
use crate::units::{Atoms, Now};
use crate::wide::{self, U128};

/// Seconds after the cool-down within which an exit is taken. Then it lapses: once asked for, it is no option for ever (A32).
pub const EXIT_WINDOW_SECONDS: i64 = 2 * 86_400;

/// V, the shares nobody holds; also what an atom buys at first.
pub const VIRTUAL: u64 = 1 << 20;
/// A share is worthless once it is worth less than `1 / WORTHLESS` of what it was issued at first: 2^-20.
///
/// So `shares + V <= (staked + 1) * 2^40` always: below 2^103, and no product here leaves 192 bits.
const WORTHLESS: u64 = 1 << 20;

/// What an exit did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exit {
    /// Shares redeemed.
    pub shares: u128,
    /// What they were paid, atoms.
    pub paid: Atoms,
}

impl StakeBooks {
    /// Forgets shares of an epoch that was lost.
    fn catch_up(&mut self, fund: &InsuranceBooks) {
        if self.epoch != fund.epoch {
            *self = StakeBooks { epoch: fund.epoch, ..StakeBooks::default() };
        }
    }

    /// Pays `amount` in; returns the shares it buys, rounded down. `StakeTooSmall` below the smallest stake, and where it buys
    /// no share.
    pub fn pay_in(&mut self, fund: &mut InsuranceBooks, amount: Atoms, params: &ExchangeParams) -> Result<u128> {
        self.catch_up(fund);
        if amount < params.stake_min {
            return Err(Error::StakeTooSmall);
        }
        let (shares, atoms) = fund.ratio()?;
        let bought = wide::mul_div_long_floor(shares, amount.0, atoms)?;
        if bought == 0 {
            return Err(Error::StakeTooSmall);
        }
        self.shares.add(bought)?;
        fund.shares.add(bought)?;
        fund.staked = fund.staked.plus(amount)?;
        fund.booked = fund.booked.plus(amount)?;
        // A stake is no gain: the peak rises with it, and so a fall stays one.
        fund.peak = fund.peak.plus(amount)?;
        let _ = fund.own()?;
        Ok(bought)
    }

    /// Asks for the exit of so many shares in all: the cool-down begins anew. They stay in the tranche, earn and lose. None
    /// takes an earlier request back.
    pub fn request_exit(
        &mut self,
        fund: &InsuranceBooks,
        shares: u128,
        params: &ExchangeParams,
        now: Now,
    ) -> Result<()> {
        self.catch_up(fund);
        if shares > self.shares.get() {
            return Err(Error::InsufficientShares);
        }
        let cooldown = i64::try_from(params.exit_cooldown_seconds).map_err(|_| Error::Overflow)?;
        self.leaving = U128::new(shares);
        self.leaves_at = if shares == 0 { 0 } else { now.time.checked_add(cooldown).ok_or(Error::Overflow)? };
        Ok(())
    }

    /// Redeems the shares that are leaving, as far as the fund may fall to `must_stay`; what cannot leave yet goes on leaving.
    /// A stake whose epoch was lost leaves with nothing. `InsufficientShares` where none asked for their exit, `ExitCooling`
    /// before the cool-down is over, `ExitLapsed` two days after it, `ExitWaits` where nothing may leave.
    pub fn exit(&mut self, fund: &mut InsuranceBooks, must_stay: Atoms, now: Now) -> Result<Exit> {
        self.catch_up(fund);
        if self.shares == U128::ZERO {
            return Ok(Exit::default());
        }
        let leaving = self.leaving.get();
        if leaving == 0 {
            return Err(Error::InsufficientShares);
        }
        if now.time < self.leaves_at {
            return Err(Error::ExitCooling);
        }
        if now.time >= self.leaves_at.saturating_add(EXIT_WINDOW_SECONDS) {
            return Err(Error::ExitLapsed);
        }
        let exit = fund.redeemable(leaving, must_stay)?;
        self.shares.sub(exit.shares)?;
        self.leaving.sub(exit.shares)?;
        fund.redeem(&exit)?;
        Ok(exit)
    }

    /// What the stake's shares would be paid now, atoms, rounded down.
    pub fn worth(&self, fund: &InsuranceBooks) -> Result<Atoms> {
        if self.epoch != fund.epoch {
            return Ok(Atoms::ZERO);
        }
        let (shares, atoms) = fund.ratio()?;
        wide::part_floor(atoms, self.shares.get(), shares).map(Atoms)
    }
}

impl InsuranceBooks {
    /// Shares and the atoms they are worth, with those nobody holds. A share's price is their quotient.
    fn ratio(&self) -> Result<(u128, u64)> {
        let shares = self.shares.get().checked_add(u128::from(VIRTUAL)).ok_or(Error::Overflow)?;
        Ok((shares, self.staked.0.checked_add(1).ok_or(Error::Overflow)?))
    }

    /// What so many shares would be paid if they left now, rounded down.
    pub fn shares_worth(&self, shares: u128) -> Result<Atoms> {
        let (all, atoms) = self.ratio()?;
        wide::part_floor(atoms, shares, all).map(Atoms)
    }

    /// What `leaving` shares may be paid: all they are worth, or as much as leaves `must_stay` behind, for which as many shares
    /// go as that is worth, rounded up.
    fn redeemable(&self, leaving: u128, must_stay: Atoms) -> Result<Exit> {
        let (shares, atoms) = self.ratio()?;
        let worth = self.shares_worth(leaving)?;
        let room = self.own()?.beyond(must_stay);
        if worth <= room {
            return Ok(Exit { shares: leaving, paid: worth });
        }
        if room.is_zero() {
            return Err(Error::ExitWaits);
        }
        // Cannot exceed what is leaving: `room` is less than it is worth.
        let redeemed = wide::mul_div_long_ceil(shares, room.0, atoms)?.min(leaving);
        Ok(Exit { shares: redeemed, paid: room })
    }

    fn redeem(&mut self, exit: &Exit) -> Result<()> {
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
    fn sweep_tranche(&mut self) -> Result<()> {
        self.protocol = self.protocol.plus(core::mem::take(&mut self.staked))?;
        Ok(())
    }

    /// Begins a new epoch where a loss has left nothing, or less than 2^-20 of what a share was issued at first: old shares are
    /// worth nothing from here on, and the dust is the protocol's.
    pub(crate) fn bury_worthless_shares(&mut self) -> Result<()> {
        if self.shares == U128::ZERO {
            return Ok(());
        }
        let (shares, atoms) = self.ratio()?;
        // Cannot overflow: 64 bits and 40.
        let most = wide::mul(VIRTUAL, WORTHLESS).checked_mul(u128::from(atoms)).ok_or(Error::Overflow)?;
        if !self.staked.is_zero() && shares <= most {
            return Ok(());
        }
        self.sweep_tranche()?;
        self.shares = U128::ZERO;
        self.epoch = self.epoch.checked_add(1).ok_or(Error::Overflow)?;
        Ok(())
    }
}
