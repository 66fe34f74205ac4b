//! Terms of tier 1 and of pre-emptive deleveraging: what one call may take, at which discount, and what it costs the account
//! (`reference/liquidation.py`). What the account pays is at most its worth's share of the lots, so that its health never falls
//! (I8).

use super::distress::{self, Confirmation, State};
use crate::auction::window;
use crate::clearing::error::{Error, Result};
use crate::clearing::margin::{require_valued, value_isolated, value_known, ROUNDED, ROUNDED_CASH};
use crate::clearing::markets::{find, CaughtUp, MarketMut};
use crate::clearing::state::{AccountBooks, MarketBooks};
use crate::margin::{lots_to_restore, Restore};
use crate::state::Slice;
use crate::units::{Atoms, Bps, Cash, Lots, Now, Side, BPS};
use crate::wide;

/// One whole in the fractions below.
const WHOLE: u64 = 1_000_000_000_000;

/// A position whose account, or which alone, is confirmed in distress and solvent.
#[derive(Clone, Copy, Debug)]
pub struct Victim {
    /// Its side.
    pub side: Side,
    /// The position.
    pub position: CaughtUp,
    /// Its equity at the mark.
    pub equity: Cash,
    /// What stands behind it: the account's worth, or the isolated position's own.
    pub worth: Cash,
    /// Value of the lots that worth answers for, rounded up.
    pub notional: Atoms,
    /// Their maintenance margin.
    pub maintenance: Atoms,
    /// Slot of the first observation.
    pub since: u64,
}

/// Finds the victim, or says since when it is observed and how long it takes (`Err` inside: the slot to come back at).
pub fn find_victim(
    account: &AccountBooks,
    markets: &mut [MarketMut<'_>],
    market_index: u64,
    now: Now,
) -> Result<core::result::Result<Victim, u64>> {
    let slot = account.slot(market_index).map_err(|_| Error::NoPosition)?;
    let alone = slot.position.isolated != 0;
    if !alone {
        require_valued(account, now)?;
    }
    let confirmation = if alone {
        distress::isolated_distress(&slot.clock, &find(markets, market_index)?.as_ref(), now)?
    } else {
        distress::distress(account, markets, now)?
    };
    let since = match confirmation {
        Confirmation::Absent => return Err(Error::NotInDistress),
        Confirmation::TooEarly(due) => return Ok(Err(due)),
        Confirmation::Since(since) => since,
    };
    let valuation = value_known(account, markets, now)?;
    if !alone && !State::from(&valuation).distress {
        // The clock goes on where a newer mark of other collateral may say that it is cured.
        return Err(Error::NotInDistress);
    }
    let market = find(markets, market_index)?.as_ref();
    let position = market.caught_up(slot)?;
    let side = position.side.ok_or(Error::NoPosition)?;
    let equity = market.equity(&position)?;
    let (worth, maintenance, notional) = match value_isolated(&market, slot, now)? {
        Some(health) => (health.solvency, health.maintenance, market.market.mark.price.value_ceil(position.lots)?),
        None => (valuation.worth, valuation.maintenance, valuation.notional),
    };
    if worth <= ROUNDED_CASH {
        return Err(Error::Bankrupt);
    }
    Ok(Ok(Victim { side, position, equity, worth, notional, maintenance, since }))
}

impl Victim {
    /// `worth / maintenance`, at most one whole.
    fn nearness(&self) -> u64 {
        let worth = self.worth.atoms_floor().max(0).unsigned_abs();
        let part = worth.saturating_mul(u128::from(WHOLE)).checked_div(u128::from(self.maintenance.0));
        u64::try_from(part.unwrap_or(u128::from(WHOLE))).unwrap_or(u64::MAX).min(WHOLE)
    }

    /// What the account may pay for lots of a value: its worth's share of them, and what the position has. Rounds down.
    pub fn able(&self, value: Atoms) -> Result<Atoms> {
        let share = self.worth.gain_floor()?.share_floor(value.0, self.notional.0.max(value.0).max(1))?;
        Ok(share.least(self.equity.gain_floor()?))
    }

    /// Below half of maintenance: no time is left for slices.
    pub fn is_deep(&self) -> Result<bool> {
        Ok(self.worth < Cash(self.maintenance.cash().0.checked_div(2).ok_or(crate::Error::Overflow)?))
    }
}

impl Victim {
    /// Fails with `UnderWater` where the position is, by more than roundings took: siblings lift it first.
    pub fn need_solvent(&self) -> Result<()> {
        if self.equity.atoms_ceil()? < ROUNDED.wrapping_neg() {
            return Err(Error::UnderWater);
        }
        Ok(())
    }
}

impl MarketBooks {
    /// How many lots one call may take of a victim, at most `wanted`, and at which discount. Fails with `NothingToTake`.
    pub fn auction_terms(
        &self,
        victim: &Victim,
        (account, wanted): (&AccountBooks, Lots),
        now: Now,
    ) -> Result<(Lots, Bps)> {
        let slice = account.slot(self.market_index)?.slice;
        let discount = self.auction_discount(victim, now.slot)?;
        let cost = Bps(discount.0.saturating_add(self.params.penalty.0));
        let most = self.lots_to_restore(victim, cost)?.least(self.slice_left(&slice, victim, now)?);
        let lots = wanted.least(most);
        if lots.is_zero() {
            return Err(Error::NothingToTake);
        }
        Ok((self.without_dust(lots, victim.position.lots), discount))
    }

    /// The auction's discount: from its start with the clock and, faster than linearly, with the depth of the shortfall, to its
    /// largest. In whole basis points, rounded down.
    pub fn auction_discount(&self, victim: &Victim, slot: u64) -> Result<Bps> {
        let params = &self.params;
        let elapsed = slot.saturating_sub(victim.since).min(params.auction_slots);
        let by_time = wide::mul_div_floor(WHOLE, elapsed, params.auction_slots.max(1))?;
        let depth = WHOLE.saturating_sub(victim.nearness());
        let by_depth = wide::mul_div_floor(depth, depth, WHOLE)?;
        let room = u64::from(params.discount_max.0.saturating_sub(params.discount_start.0));
        let grown = wide::mul_div_floor(room, by_time.saturating_add(by_depth).min(WHOLE), WHOLE)?;
        let total = u64::from(params.discount_start.0).saturating_add(grown);
        Ok(Bps(u32::try_from(total).map_err(|_| crate::Error::Overflow)?))
    }

    /// Lots that restore maintenance and the buffer at a cost of what is closed, in whole steps, rounded up.
    pub fn lots_to_restore(&self, victim: &Victim, cost: Bps) -> Result<Lots> {
        let restore = Restore {
            lots: victim.position.lots,
            price: self.mark.price,
            equity: victim.worth,
            maintenance: victim.maintenance,
            multiple: self.stance.maintenance,
            cost,
            buffer: self.params.buffer,
        };
        Ok(self.whole_steps(lots_to_restore(&self.params, &restore)?)?.least(victim.position.lots))
    }

    /// What the running window's slice leaves of a position, in whole steps (G19); all of it where the shortfall is deep.
    pub fn slice_left(&self, slice: &Slice, victim: &Victim, now: Now) -> Result<Lots> {
        let all = victim.position.lots;
        if victim.is_deep()? {
            return Ok(all);
        }
        let open = window(slice, all, &self.params, now);
        let share = wide::mul_div_ceil(open.base.0, u64::from(self.params.slice.0), BPS)?;
        let size = share.max(self.params.slice_floor.0);
        Ok(self.whole_steps(Lots(size.saturating_sub(open.taken.0)))?.least(all))
    }

    /// Everything where dust would be left.
    #[must_use]
    pub fn without_dust(&self, lots: Lots, all: Lots) -> Lots {
        if all.0.saturating_sub(lots.0) < self.params.position_min.0 {
            all
        } else {
            lots
        }
    }

    fn whole_steps(&self, lots: Lots) -> Result<Lots> {
        let step = u128::from(self.params.step.0.max(1));
        let whole = wide::div_ceil(u128::from(lots.0), step)?.saturating_mul(step);
        Ok(Lots(u64::try_from(whole).unwrap_or(u64::MAX)))
    }

    /// What a lots' victim pays: the discount first, then the penalty, less of it the closer the account is to zero. What is not
    /// paid lowers the discount.
    pub fn split_cost(&self, victim: &Victim, value: Atoms, discount: Bps) -> Result<(Atoms, Atoms)> {
        let able = victim.able(value)?;
        let discount = discount.of_floor(value)?.least(able);
        Ok((discount, self.penalty_on(victim, value)?.least(able.minus(discount)?)))
    }

    /// The penalty on lots of a value, less the closer the account is to zero. Rounds down.
    pub fn penalty_on(&self, victim: &Victim, value: Atoms) -> Result<Atoms> {
        Ok(self.params.penalty.of_floor(value)?.share_floor(victim.nearness(), WHOLE)?)
    }
}

impl MarketMut<'_> {
    /// Counts lots that were taken in the window's slice, where any are left.
    pub fn take_of_slice(&self, account: &mut AccountBooks, (victim, lots): (&Victim, Lots), now: Now) -> Result<()> {
        let slot = account.slot_mut(self.market.market_index)?;
        if slot.position.lots != 0 {
            slot.slice = window(&slot.slice, victim.position.lots, &self.market.params, now);
            slot.slice.taken = Lots(slot.slice.taken.0.saturating_add(lots.0));
        }
        Ok(())
    }
}
