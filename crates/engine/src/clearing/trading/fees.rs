//! Fees: from free cash, then from the position; a share of them is insurance's, another pays for work, more of both in stress.

use crate::clearing::ladder::DetachedPosition;
use crate::clearing::markets::MarketMut;
use crate::clearing::state::{AccountBooks, MarketBooks};
use crate::error::{Error, Result};
use crate::units::{atoms_from, Atoms, Bps, Cash, BPS};

/// One whole as a rate times a multiple.
const BPS_SQUARED: u64 = BPS * BPS;
/// Atoms that leaving a line and entering another round down.
const ROUNDED: i128 = 3;

impl MarketBooks {
    /// Books a fee that is in the market already: insurance's share is due to the fund, the keepers' goes to their pot, the rest is
    /// the protocol's.
    pub fn collect_fee(&mut self, fee: Atoms) -> Result<()> {
        let insurance = self.measures().insurance_share.of_floor(fee)?;
        let rest = fee.minus(insurance)?;
        let keepers = self.waterfall.keeper_share.of_floor(fee)?.least(rest);
        self.insurance_due = self.insurance_due.plus(insurance)?;
        self.keeper_pot = self.keeper_pot.plus(keepers)?;
        self.fees = self.fees.plus(rest.minus(keepers)?)?;
        Ok(())
    }

    /// A trading fee on a value at a rate, times what the phase asks for; rounded up once.
    pub fn fee_on(&self, value: Atoms, rate: Bps) -> Result<Atoms> {
        // Cannot overflow: two 32-bit numbers.
        let rate = u64::from(rate.0).wrapping_mul(u64::from(self.measures().fee.0));
        value.share_ceil(rate, BPS_SQUARED)
    }
}

/// What a reduction is judged by: what answers for its position, and the maintenance margin that it answers for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backing {
    /// The account's worth, or an isolated position's.
    pub worth: Cash,
    /// Its maintenance margin.
    pub maintenance: Atoms,
}

impl Backing {
    /// The most a fee may take of a reduction that leaves `left`: of a close all that is left (A50), of a part what keeps worth over
    /// maintenance margin where it was, so that no fee forbids what lowers risk. Rounds down.
    pub fn fee_max(&self, left: &Backing) -> Result<Atoms> {
        let needs = i128::from(left.maintenance.0);
        let share = self.worth.atoms_ceil()?.max(0).checked_mul(needs).ok_or(Error::Overflow)?;
        let keeps = match share.checked_div(i128::from(self.maintenance.0)) {
            Some(keeps) if needs > 0 => keeps.saturating_add(ROUNDED),
            _ => 0,
        };
        atoms_from(left.worth.atoms_floor().saturating_sub(keeps).max(0))
    }

    /// What is left of it once lots closed for a gain beyond the mark and freed maintenance margin.
    pub fn after(&self, gained: Cash, freed: Atoms) -> Result<Backing> {
        Ok(Backing { worth: self.worth.plus(gained)?, maintenance: self.maintenance.beyond(freed) })
    }
}

impl MarketMut<'_> {
    /// Charges a fee: from free cash, then from the position, where it lowers paid-in margin first. A close pays at most what both
    /// have (A50). An opening pays all of it: money that backs other markets must follow, or margin refuses the opening, since lots
    /// that opened for nothing would earn the rewards for work on them (A68). Returns what it was.
    pub fn charge_fee(
        &mut self,
        account: &mut AccountBooks,
        detached: &mut DetachedPosition,
        (fee, opens): (Atoms, bool),
    ) -> Result<Atoms> {
        let from_free = fee.least(account.free);
        let rest = fee.minus(from_free)?;
        let has = detached.equity(self.market.mark.price)?.gain_floor()?;
        let from_position = if opens { rest } else { rest.least(has) };
        account.free = account.free.minus(from_free)?;
        self.market.book_in(from_free)?;
        detached.cash = detached.cash.minus(from_position.cash())?;
        let position = &mut account.slot_mut(self.market.market_index)?.position;
        position.paid_in = position.paid_in.beyond(from_position);
        let paid = from_free.plus(from_position)?;
        self.market.collect_fee(paid)?;
        Ok(paid)
    }
}
