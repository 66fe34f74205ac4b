//! Detaching a position from its line or pool, and attaching it again. Every change of a position goes through here, so that
//! it is caught up in one way only.

use super::{Leaver, Located, Place};
use crate::clearing::markets::{key_cash, CaughtUp, MarketMut, MarketRef};
use crate::clearing::recovery::vesting;
use crate::clearing::state::{AccountBooks, Held, MarketSlot, Position, SideBook};
use crate::error::{Error, Result};
use crate::state::Units;
use crate::units::{atoms_from, Atoms, Cash, Lots, Price, Side};
use crate::wide;

/// A position off the ladder. Its slot holds neither lots nor spare until it is attached again; paid-in margin stays.
#[must_use = "a detached position must be attached again"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DetachedPosition {
    /// Its side.
    pub side: Side,
    /// Its lots.
    pub lots: Lots,
    /// Its cash with the side's index, exact.
    pub cash: Cash,
}

impl DetachedPosition {
    /// Equity at a price, exact.
    pub fn equity(&self, price: Price) -> Result<Cash> {
        let value = price.value(self.lots)?;
        match self.side {
            Side::Long => self.cash.plus(value),
            Side::Short => self.cash.minus(value),
        }
    }
}

impl MarketMut<'_> {
    /// Takes the position of an account's slot off the ladder, caught up. What its claims were paid vests; what its
    /// deleveraged lots left becomes the slot's held money and lowers paid-in margin first.
    pub fn detach(&mut self, account: &mut AccountBooks) -> Result<DetachedPosition> {
        let slot = account.slot_mut(self.market.market_index)?;
        self.refuse_while_migrating()?;
        let spare = core::mem::take(&mut slot.position.spare);
        let lacking = core::mem::take(&mut slot.position.lacking);
        let Some(side) = slot.position.side() else {
            let book = self.market.side_mut(Side::Long);
            book.spare = book.spare.minus(spare)?;
            return Ok(DetachedPosition { side: Side::Long, lots: Lots::ZERO, cash: spare.cash() });
        };
        let located = self.ladder.side(side).locate(&self.market.grid, side, &slot.position)?;
        self.gather(slot, side, &located)?;
        let mark_key = self.market.mark_key(side)?;
        let size = slot.position.size();
        let ladder = self.ladder.side_mut(side);
        let leaver = ladder.take_out(&self.market.grid, side, &slot.position, &located, mark_key)?;
        slot.position.lots = 0;
        self.market.grid.forget(slot.position.grid_epoch)?;
        let book = self.market.side_mut(side);
        book.spare = book.spare.minus(spare)?;
        let moved = book.find_moved(&located, size)?;
        book.lacking.sub(lacking.cash().0.unsigned_abs())?;
        let cash = book.pay_leaver(side, &leaver)?.plus(moved)?.plus(spare.cash())?.minus(lacking.cash())?;
        let detached = DetachedPosition { side, lots: leaver.lots, cash };
        self.own_left(account, side, &leaver)?;
        if leaver.closed > Lots(1) {
            // Deleveraging closed more than rounding takes: paid-in margin is at most the equity left (A13).
            let equity = detached.equity(self.market.mark.price)?.gain_floor()?;
            let position = &mut account.slot_mut(self.market.market_index)?.position;
            position.paid_in = position.paid_in.least(equity);
        }
        Ok(detached)
    }

    /// Puts a position on the line its cash belongs to; what is left over becomes spare. Without lots all of it is spare.
    /// A key beyond the grid's bankrupt end stands at the end, and what it lacks there is counted beside (A9).
    pub fn attach(&mut self, account: &mut AccountBooks, detached: DetachedPosition) -> Result<()> {
        let slot = account.slot_mut(self.market.market_index)?;
        let DetachedPosition { side, lots, cash } = detached;
        if lots.is_zero() {
            return self.store_as_free(slot, cash);
        }
        self.refuse_while_migrating()?;
        let (scale, epoch) = (self.market.grid.scale, self.market.grid.epoch);
        let book = self.market.side_mut(side);
        let per_lot = wide::div_floor_signed(cash.0, lots.0)?;
        let key = book.index.get().checked_sub(side.signed(per_lot)?).ok_or(Error::Overflow)?;
        let line = scale.resnap(side, key)?;
        let keyed = wide::mul_signed(scale.key(side, line)?, lots.0)?;
        let rest = cash.minus(key_cash(book.index.get(), side, lots, keyed)?)?;
        // Negative only where the key is beyond the grid's bankrupt end: else the line is inward of the key.
        let (spare, lacking) = (rest.gain_floor()?, rest.debt_ceil()?);
        book.dust.cash.add(rest.minus(spare.cash())?.plus(lacking.cash())?.0)?;
        book.lacking.add(lacking.cash().0.unsigned_abs())?;
        book.totals.lots_times_key.add(keyed)?;
        book.totals.lots = book.totals.lots.opened(lots)?;
        book.totals.members = book.totals.members.checked_add(1).ok_or(Error::Overflow)?;
        book.spare = book.spare.plus(spare)?;
        let position = &mut slot.position;
        position.set_lots(side, lots)?;
        position.spare = spare;
        position.lacking = lacking;
        position.seen = book.claims.now;
        position.checkpoint_seen = book.totals.sequence;
        position.grid_epoch = epoch;
        position.line = u32::from(line.get());
        self.market.grid.count(epoch)?;
        self.ladder.side_mut(side).enter(&scale, line, lots)
    }

    /// Cash without lots is spare; what is owed cannot be.
    fn store_as_free(&mut self, slot: &mut MarketSlot, cash: Cash) -> Result<()> {
        let spare = atoms_from(cash.atoms_floor()).map_err(|_| Error::Bankrupt)?;
        let book = self.market.side_mut(Side::Long);
        book.dust.cash.add(cash.minus(spare.cash())?.0)?;
        book.spare = book.spare.plus(spare)?;
        slot.position.spare = spare;
        slot.position.paid_in = slot.position.paid_in.least(spare);
        slot.position.isolated = 0;
        Ok(())
    }

    fn refuse_while_migrating(&self) -> Result<()> {
        if self.market.grid.cursor == 0 {
            Ok(())
        } else {
            Err(Error::Rebasing)
        }
    }

    /// Brings the claims of a position's lots and of its slot's units up to now; what they were paid vests.
    pub fn gather(&mut self, slot: &mut MarketSlot, side: Side, located: &Located) -> Result<()> {
        let now = self.market.side(side).claims.now;
        self.ladder.side_mut(side).advance_claims(located, &now)?;
        let units = side.of_mut(&mut slot.units);
        let due = self.as_ref().gathered(units, &slot.position, (side, located))?;
        let paid = self.market.side_mut(side).claims.collect(due)?;
        if matches!(located.place, Place::Bucket(_)) {
            slot.position.seen = now;
        }
        vesting::add(self.market, slot, paid)
    }

    /// What a leaver's deleveraged lots left is the slot's from now on.
    fn own_left(&mut self, account: &mut AccountBooks, side: Side, leaver: &Leaver) -> Result<()> {
        for mut held in leaver.held.into_iter().filter(|held| !held.is_none()) {
            let slot = account.slot_mut(self.market.market_index)?;
            let left = Cash(i128::try_from(held.entered.get()).map_err(|_| Error::Overflow)?).gain_floor()?;
            held.lowered = slot.position.paid_in.least(left);
            slot.position.paid_in = slot.position.paid_in.minus(held.lowered)?;
            self.own_held(account, side, held)?;
        }
        Ok(())
    }
}

impl MarketRef<'_> {
    /// Brings units up to now, and adds what a position's lots gathered since they were last looked at; returns what both
    /// were paid.
    fn gathered(&self, units: &mut Units, position: &Position, at: (Side, &Located)) -> Result<Cash> {
        let (side, located) = at;
        let claims = &self.market.side(side).claims;
        let due = claims.refresh(units)?;
        let Some(joined) = self.ladder.side(side).claims_of(located, &claims.now)? else {
            let since = claims.now.since(&position.seen)?;
            return due.plus(claims.gather_lots(units, since, claims.now.epoch, position.size())?);
        };
        let on_line = joined.side_seen.since(&position.seen)?;
        let due = due.plus(claims.gather_lots(units, on_line, joined.side_seen.epoch, position.size())?)?;
        let in_pool = joined.pool_now.since(&joined.pool_seen)?;
        due.plus(claims.gather_shares(units, in_pool, joined.pool_now.epoch, joined.shares)?)
    }

    /// What a slot's claims were paid and it has not collected, rounded down: its lots', its units' and its held money's, what its
    /// caught-up position's deleveraged lots left included.
    pub fn claims_due(&self, slot: &MarketSlot, position: &CaughtUp) -> Result<Atoms> {
        let mut total = Atoms::ZERO;
        for side in Side::BOTH {
            let claims = &self.market.side(side).claims;
            if claims.paid.is_zero() {
                continue;
            }
            let mut units = side.of(slot.units);
            let mut due = Cash::ZERO;
            if slot.position.side() == Some(side) {
                let located = self.ladder.side(side).locate(&self.market.grid, side, &slot.position)?;
                due = self.gathered(&mut units, &slot.position, (side, &located))?;
            }
            due = due.plus(claims.refresh(&mut units)?)?;
            let unseen = position.held.iter().filter(|_| position.side == Some(side));
            for held in unseen.chain([&side.of(slot.held)]).filter(|held| !held.is_none()) {
                if let Some(state) = self.list_state(side, held)? {
                    let mut held = *held;
                    due = due.plus(claims.gather_held(&mut units, &mut held, &state)?)?;
                }
            }
            total = total.plus(due.gain_floor()?.least(claims.paid))?;
        }
        Ok(total)
    }
}

impl SideBook {
    /// Takes a leaver out of the totals: his exact cash; lots that rounding leaves are dust, with their cash.
    fn pay_leaver(&mut self, side: Side, leaver: &Leaver) -> Result<Cash> {
        let totals = &mut self.totals;
        totals.members = totals.members.checked_sub(1).ok_or(Error::NotConserved)?;
        totals.lots = totals.lots.minus(leaver.lots)?;
        self.dust.lots = self.dust.lots.plus(leaver.lots_out.minus(leaver.lots)?)?;
        totals.lots_times_key.add(leaver.lots_times_key_out.checked_neg().ok_or(Error::Overflow)?)?;
        let left = leaver.lots_times_key_out.checked_sub(leaver.lots_times_key).ok_or(Error::Overflow)?;
        self.dust.cash.add(side.opposite().signed(left)?)?;
        key_cash(self.index.get(), side, leaver.lots, leaver.lots_times_key)
    }

    /// Takes what grid migrations changed of a position's cash out of drift and lack.
    fn find_moved(&mut self, located: &Located, lots: Lots) -> Result<Cash> {
        let freed = wide::mul_signed(located.freed_per_lot, lots.0)?;
        let lacking = wide::mul_signed(located.lacking_per_lot, lots.0)?;
        self.drift.add(freed.checked_neg().ok_or(Error::Overflow)?)?;
        self.lacking.sub(lacking.unsigned_abs())?;
        Ok(Cash(freed.checked_sub(lacking).ok_or(Error::Overflow)?))
    }

    /// Leaves a fraction of an atom, or what nobody owns, to the dust, 1e-12 atom.
    pub fn leave_to_dust(&mut self, amount: u128) -> Result<()> {
        self.dust.cash.add(i128::try_from(amount).map_err(|_| Error::Overflow)?)
    }
}

/// An amount of 1e-12 atom as whole atoms, rounded down, and the fraction.
pub fn whole_atoms(amount: u128) -> Result<(Atoms, u128)> {
    let atoms = Cash(i128::try_from(amount).map_err(|_| Error::Overflow)?).gain_floor()?;
    let whole = atoms.cash().0.unsigned_abs();
    Ok((atoms, amount.saturating_sub(whole)))
}

impl MarketMut<'_> {
    /// Money that returns to an account: margin as far as it lowered paid-in margin, the rest vests; the fraction of an atom
    /// is the dust's.
    pub fn give_back(&mut self, account: &mut AccountBooks, side: Side, amount: u128, lowered: Atoms) -> Result<()> {
        let (atoms, fraction) = whole_atoms(amount)?;
        self.market.side_mut(side).leave_to_dust(fraction)?;
        let margin = atoms.least(lowered);
        account.credit(self.market.market_index, margin)?;
        self.market.book_out(margin)?;
        let slot = account.slot_mut(self.market.market_index)?;
        vesting::add(self.market, slot, atoms.minus(margin)?)
    }

    /// Held money becomes a slot's: it joins what the slot has of the same list, after what an older list holds was collected.
    pub fn own_held(&mut self, account: &mut AccountBooks, side: Side, held: Held) -> Result<()> {
        let slot = account.slot_mut(self.market.market_index)?;
        let own = side.of_mut(&mut slot.held);
        if !own.is_none() && own.list != held.list {
            self.collect_held(account, side)?;
        }
        side.of_mut(&mut account.slot_mut(self.market.market_index)?.held).join(&held)
    }

    /// Collects what an ended list holds of a slot's; what it was charged meanwhile becomes claims. Fails with `PageMissing`.
    pub fn collect_held(&mut self, account: &mut AccountBooks, side: Side) -> Result<()> {
        let slot = account.slot_mut(self.market.market_index)?;
        let held = *side.of_mut(&mut slot.held);
        if held.is_none() || held.list == self.market.side(side).event.list {
            return Ok(());
        }
        self.gather_held(slot, side)?;
        let held = core::mem::take(side.of_mut(&mut slot.held));
        let worth = self.take_ended(side, &held)?;
        self.give_back(account, side, worth, held.lowered)
    }

    /// Pays out what a slot's claim units were paid since they were last looked at; it vests.
    pub fn gather_units(&mut self, slot: &mut MarketSlot, side: Side) -> Result<()> {
        let claims = &mut self.market.side_mut(side).claims;
        let due = claims.refresh(side.of_mut(&mut slot.units))?;
        let paid = claims.collect(due)?;
        vesting::add(self.market, slot, paid)
    }

    /// Turns what a slot's held money was charged since it was last looked at into claims; what they were paid vests.
    pub fn gather_held(&mut self, slot: &mut MarketSlot, side: Side) -> Result<()> {
        let held = side.of_mut(&mut slot.held);
        if held.is_none() {
            return Ok(());
        }
        let Some(state) = self.as_ref().list_state(side, held)? else { return Ok(()) };
        let claims = &mut self.market.side_mut(side).claims;
        let units = side.of_mut(&mut slot.units);
        let due = claims.refresh(units)?.plus(claims.gather_held(units, held, &state)?)?;
        let paid = claims.collect(due)?;
        vesting::add(self.market, slot, paid)
    }
}
