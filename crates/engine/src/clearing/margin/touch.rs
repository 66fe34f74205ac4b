//! What every touch does: collects, trims, unlocks, spreads free cash over the cross positions, lifts those under water, then
//! those below maintenance. It plans on numbers first and moves each position once.

use super::legs::{legs_of, spread_over, Leg};
use super::lift::{give_to, lift};
use super::valuation::holdback;
use super::{MARKETS_MAX, NO_MARKET};
use crate::clearing::markets::{find, MarketMut};
use crate::clearing::recovery::{debt, vesting};
use crate::clearing::state::AccountBooks;
use crate::error::{Error, Result};
use crate::units::{Atoms, Side};

/// What a touch moved.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Free cash that became margin of positions.
    pub spread: Atoms,
    /// Moved into positions under water or below maintenance, from vesting profit and siblings.
    pub lifted: Atoms,
    /// Positions that changed.
    pub moved: u32,
}

/// Touches an account. `markets` are all the markets it has a slot in. h is what was stored before, throughout: an account's own
/// lifts do not free what it may give.
pub fn touch(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], slot: u64) -> Result<Touched> {
    for at in 0..MARKETS_MAX {
        let Some(slot) = account.slots.get(at).filter(|slot| slot.market != NO_MARKET) else { continue };
        find(markets, slot.market)?.bring_up(account)?;
    }
    release_unquoted(account, markets, slot)?;
    serve_pledged(account, markets)?;
    let (mut legs, count) = legs_of(account, markets, slot)?;
    let legs_of_account = legs.get_mut(..count).ok_or(Error::Overflow)?;
    let mut touched = Touched { spread: spread_over(account, legs_of_account)?, ..Touched::default() };
    for to_maintenance in [false, true] {
        let lifted = lift(account, markets, legs_of_account, to_maintenance)?;
        touched.lifted = touched.lifted.plus(lifted)?;
    }
    touched.moved = apply(account, markets, legs_of_account)?;
    store_rates(account, markets, slot)?;
    Ok(touched)
}

/// Free cash goes to the cross positions and to quoted markets, and nothing else happens.
pub fn spread(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], slot: u64) -> Result<Touched> {
    serve_pledged(account, markets)?;
    let (mut legs, count) = legs_of(account, markets, slot)?;
    let legs_of_account = legs.get_mut(..count).ok_or(Error::Overflow)?;
    let spread = spread_over(account, legs_of_account)?;
    let moved = apply(account, markets, legs_of_account)?;
    store_rates(account, markets, slot)?;
    Ok(Touched { spread, moved, ..Touched::default() })
}

/// Draws what a cross position lacks for a close from the account's vesting profit and siblings, at most `wanted` (A51). Returns
/// what it got.
pub fn draw_into(
    account: &mut AccountBooks,
    markets: &mut [MarketMut<'_>],
    (market, wanted): (u64, Atoms),
    slot: u64,
) -> Result<Atoms> {
    let (mut legs, count) = legs_of(account, markets, slot)?;
    let legs_of_account = legs.get_mut(..count).ok_or(Error::Overflow)?;
    let mut lacks = [Atoms::ZERO; MARKETS_MAX];
    for (leg, own) in legs_of_account.iter().zip(&mut lacks).filter(|(leg, _)| leg.market == market) {
        *own = if leg.usable { wanted } else { Atoms::ZERO };
    }
    let lack = lacks.iter().try_fold(Atoms::ZERO, |sum, own| sum.plus(*own))?;
    let drawn = give_to(account, markets, legs_of_account, (&lacks, lack), |_| Atoms::ZERO)?;
    let _ = apply(account, markets, legs_of_account)?;
    store_rates(account, markets, slot)?;
    Ok(drawn)
}

/// Money behind quotes that are dead is free cash again.
fn release_unquoted(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], at: u64) -> Result<()> {
    for place in 0..MARKETS_MAX {
        let Some(slot) = account.slots.get(place).copied() else { break };
        let dead = slot.position.lots == 0 && !slot.position.spare.is_zero() && !account.quotes_in(&slot, at);
        if dead {
            find(markets, slot.market)?.move_spare(account, i128::from(slot.position.spare.0).wrapping_neg())?;
            account.credit(slot.market, slot.position.spare)?;
        }
    }
    Ok(())
}

/// What came out of pledged markets serves the owner's debts, the rest is free cash; without debts nothing is pledged.
pub fn serve_pledged(account: &mut AccountBooks, markets: &mut [MarketMut<'_>]) -> Result<()> {
    if account.slots.iter().all(|slot| slot.pledged == 0) {
        return Ok(());
    }
    let amount = core::mem::take(&mut account.pledged);
    let served = debt::serve(account, amount, |market_index, side, part| {
        find(markets, market_index)?.market.pay_debt(side, part)
    })?;
    account.free = account.free.plus(amount.minus(served)?)?;
    if debt::total(account)?.is_zero() {
        account.slots.iter_mut().for_each(|slot| slot.pledged = 0);
    }
    Ok(())
}

/// Stores h in the account's markets: lots under water may have changed.
fn store_rates(account: &AccountBooks, markets: &mut [MarketMut<'_>], at: u64) -> Result<()> {
    for slot in account.slots.iter().filter(|slot| slot.market != NO_MARKET) {
        let market = find(markets, slot.market)?;
        if market.market.is_usable() {
            let _ = market.set_rates(at)?;
        }
    }
    Ok(())
}

impl MarketMut<'_> {
    /// Brings a slot up to now: its position onto a line, claims that were paid, held money that ended or is above the highest
    /// h of the two windows, profit that vested.
    pub fn bring_up(&mut self, account: &mut AccountBooks) -> Result<()> {
        let market_index = self.market.market_index;
        let slot = account.slot(market_index)?;
        if let Some(side) = slot.position.side() {
            let located = self.ladder.side(side).locate(&self.market.grid, side, &slot.position)?;
            if located.is_current() && slot.position.grid_epoch == self.market.grid.epoch {
                self.gather(account.slot_mut(market_index)?, side, &located)?;
            } else {
                let detached = self.detach(account)?;
                self.settle_caught_up(account, detached)?;
            }
        }
        for side in Side::BOTH {
            self.gather_held(account.slot_mut(market_index)?, side)?;
            self.gather_units(account.slot_mut(market_index)?, side)?;
            self.collect_held(account, side)?;
            self.trim(account, side)?;
        }
        if !self.market.unlocks() {
            return Ok(());
        }
        let unlocked = vesting::unlock(self.market, account.slot_mut(market_index)?)?;
        account.credit(market_index, unlocked)
    }

    /// Returns held money above the highest h of the two windows: a spike of one slot costs nothing (A79).
    fn trim(&mut self, account: &mut AccountBooks, side: Side) -> Result<()> {
        let market_index = self.market.market_index;
        let usable = self.market.is_usable();
        let event = &mut self.market.side_mut(side).event;
        let held = side.of_mut(&mut account.slot_mut(market_index)?.held);
        if held.is_none() || held.list != event.list || !usable {
            return Ok(());
        }
        let high = event.rate.get().max(event.window_high.get()).max(event.previous_high.get());
        let most = holdback(high, held.lots)?.0.unsigned_abs();
        let worth = held.worth(event.index)?;
        if worth <= most {
            return Ok(());
        }
        let mut returned = held.take(worth.wrapping_sub(most), worth)?;
        // Its lots left for good, and paid-in margin comes back first.
        held.lots = crate::Lots(held.lots.0.saturating_add(returned.lots.0));
        held.lowered = held.lowered.plus(returned.lowered)?;
        let amount = returned.worth(event.index)?;
        event.units.sub(returned.units.get())?;
        event.held.sub(amount)?;
        let (atoms, _) = crate::clearing::ladder::whole_atoms(amount)?;
        returned.lowered = held.lowered.least(atoms);
        held.lowered = held.lowered.minus(returned.lowered)?;
        self.give_back(account, side, amount, returned.lowered)
    }
}

impl MarketMut<'_> {
    /// Moves atoms into or out of the money a slot without lots has in the market: no mark and no grid has a say in it (I10). What
    /// leaves lowers paid-in margin first.
    pub(super) fn move_spare(&mut self, account: &mut AccountBooks, change: i128) -> Result<()> {
        let amount = crate::units::atoms_from(change.abs())?;
        let position = &mut account.slot_mut(self.market.market_index)?.position;
        let spare = &mut self.market.side_mut(Side::Long).spare;
        if change >= 0 {
            position.spare = position.spare.plus(amount)?;
            *spare = spare.plus(amount)?;
            self.market.book_in(amount)
        } else {
            position.spare = position.spare.minus(amount)?;
            position.paid_in = position.paid_in.beyond(amount);
            *spare = spare.minus(amount)?;
            self.market.book_out(amount)
        }
    }
}

/// Moves each position once.
pub(super) fn apply(account: &mut AccountBooks, markets: &mut [MarketMut<'_>], legs: &[Leg]) -> Result<u32> {
    let mut moved = 0u32;
    for leg in legs {
        let market = find(markets, leg.market)?;
        if leg.change != 0 && account.slot(leg.market)?.position.lots == 0 {
            market.move_spare(account, leg.change)?;
            moved = moved.saturating_add(1);
        } else if leg.change != 0 {
            let mut detached = market.detach(account)?;
            let atoms = crate::units::atoms_from(leg.change.abs())?;
            if leg.change > 0 {
                market.market.book_in(atoms)?;
                detached.cash = detached.cash.plus(atoms.cash())?;
            } else {
                market.market.book_out(atoms)?;
                detached.cash = detached.cash.minus(atoms.cash())?;
            }
            market.attach(account, detached)?;
            moved = moved.saturating_add(1);
        }
        account.slot_mut(leg.market)?.position.paid_in = leg.paid_in;
    }
    Ok(moved)
}
