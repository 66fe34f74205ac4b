//! Touching a position: taking it out of its line or pool into the hand, and putting it back on a line.
//!
//! Every route goes through here before anything else, so a position is caught up in one way only (F11).

use crate::books::{key_cash, Books};
use crate::error::{Error, Result};
use crate::ladder::locate::{Located, Place};
use crate::ladder::{mark_live, PoolIndex};
use crate::state::{AccountBooks, MarketSlot, SideBook};
use crate::units::{atoms_from, Atoms, Cash, Lots, Now, Side, PICO_SIGNED};
use crate::vesting;
use crate::wide;

/// A position taken off the ladder. Its slot holds neither lots nor spare until it is put back; its paid-in margin stays.
#[must_use = "a position in the hand must be put back"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hand {
    /// Its side.
    pub side: Side,
    /// Its lots.
    pub lots: Lots,
    /// Its cash c, whole atoms, signed.
    pub cash: i128,
}

impl Hand {
    /// Equity at a price, exact.
    pub fn equity(&self, price: crate::Price) -> Result<Cash> {
        let cash = Cash(self.cash.checked_mul(PICO_SIGNED).ok_or(Error::Overflow)?);
        let value = price.value(self.lots)?;
        match self.side {
            Side::Long => cash.plus(value),
            Side::Short => cash.minus(value),
        }
    }

    /// Adds (or, negative, takes) whole atoms.
    pub fn add(&mut self, atoms: i128) -> Result<()> {
        self.cash = self.cash.checked_add(atoms).ok_or(Error::Overflow)?;
        Ok(())
    }
}

/// What leaves the ladder with a position.
struct Loose {
    lots: Lots,
    moment: i128,
    lots_out: Lots,
    moment_out: i128,
}

impl Books<'_> {
    /// Takes the position of an account's slot into the hand, caught up; pays out what its claims were paid since.
    pub fn lift(&mut self, account: &mut AccountBooks) -> Result<Hand> {
        let slot = account.slot_mut(self.market.id)?;
        let (hand, paid) = self.lift_slot(slot)?;
        self.vest(account, paid)?;
        Ok(hand)
    }

    /// What claims were paid is profit like any other: it took a favourable move to be charged, and nobody turns that into
    /// money at once by having the charge returned (F9). The market's clock was set when it began.
    pub fn vest(&mut self, account: &mut AccountBooks, paid: Atoms) -> Result<()> {
        if paid.is_zero() {
            return Ok(());
        }
        let now = Now { slot: 0, time: self.market.funding.accrued_at };
        let slot = account.slot_mut(self.market.id)?;
        let unlocked = vesting::unlock(self.market, slot, now)?;
        vesting::add(self.market, slot, paid, now)?;
        account.free = account.free.plus(unlocked)?;
        Ok(())
    }

    fn lift_slot(&mut self, slot: &mut MarketSlot) -> Result<(Hand, Atoms)> {
        self.refuse_while_rebasing()?;
        let spare = core::mem::take(&mut slot.position.spare);
        let Some(side) = slot.position.side() else {
            let book = self.market.side_mut(Side::Long);
            book.spare = book.spare.minus(spare)?;
            let paid = self.collect_units(slot)?;
            return Ok((Hand { side: Side::Long, lots: Lots::ZERO, cash: i128::from(spare.0) }, paid));
        };
        let located = self.ladder.side(side).locate(&self.market.grid, side, &slot.position)?;
        let paid = self.settle_claims(slot, side, &located)?;
        let size = slot.position.size();
        let loose = self.take_out(side, size, &located)?;
        slot.position.lots = 0;
        self.market.grid.forget(slot.position.grid_epoch)?;
        let book = self.market.side_mut(side);
        book.spare = book.spare.minus(spare)?;
        let freed = book.find_drift(located.freed_per_lot, size)?;
        let cash = book.pay_leaver(side, &loose)?;
        let cash = cash.checked_add(i128::from(spare.0)).and_then(|cash| cash.checked_add(freed));
        Ok((Hand { side, lots: loose.lots, cash: cash.ok_or(Error::Overflow)? }, paid))
    }

    /// Puts a position on the line its cash belongs to; what is left over becomes spare. Without lots all of it is spare.
    pub fn place(&mut self, account: &mut AccountBooks, hand: Hand) -> Result<()> {
        let id = self.market.id;
        if hand.lots.is_zero() {
            account.forget_sweep(id);
            return self.park(account.slot_mut(id)?, hand.cash);
        }
        self.refuse_while_rebasing()?;
        let slot = account.slot_mut(id)?;
        let (side, scale, epoch) = (hand.side, self.market.grid.scale, self.market.grid.epoch);
        let book = self.market.side_mut(side);
        let pico = hand.cash.checked_mul(PICO_SIGNED).ok_or(Error::Overflow)?;
        let per_lot = wide::div_floor_signed(pico, hand.lots.0)?;
        let key = book.index.get().checked_sub(side.signed(per_lot)?).ok_or(Error::Overflow)?;
        let line = scale.snap(side, key)?;
        let moment = wide::mul_signed(scale.key(side, line)?, hand.lots.0)?;
        let exact = key_cash(book.index.get(), side, hand.lots, moment)?;
        let cost = exact.atoms_ceil()?;
        // Cannot be negative: the line is inward of the key, so its exact cash is at most the hand's whole atoms.
        let spare = atoms_from(hand.cash.checked_sub(cost).ok_or(Error::Overflow)?)?;
        let rounding = cost.checked_mul(PICO_SIGNED).and_then(|cost| cost.checked_sub(exact.0));
        book.residue.cash.add(rounding.ok_or(Error::Overflow)?)?;
        book.moment.add(moment)?;
        book.lots = book.lots.plus(hand.lots)?;
        book.spare = book.spare.plus(spare)?;
        book.members = book.members.checked_add(1).ok_or(Error::Overflow)?;
        let position = &mut slot.position;
        position.set_lots(side, hand.lots)?;
        position.spare = spare;
        position.seen = book.claims.now;
        position.record_seen = book.sequence;
        position.grid_epoch = epoch;
        position.line = u32::from(line.get());
        self.market.grid.count(epoch)?;
        self.ladder.side_mut(side).enter(&scale, line, hand.lots)
    }

    fn park(&mut self, slot: &mut MarketSlot, cash: i128) -> Result<()> {
        let spare = atoms_from(cash).map_err(|_| Error::Bankrupt)?;
        slot.position.spare = spare;
        // What was lost is no longer paid in, and what has no lots answers for nothing: it is the account's like the rest.
        slot.position.paid_in = slot.position.paid_in.least(spare);
        slot.position.isolated = 0;
        let book = self.market.side_mut(Side::Long);
        book.spare = book.spare.plus(spare)?;
        Ok(())
    }

    fn refuse_while_rebasing(&self) -> Result<()> {
        if self.market.grid.cursor == 0 {
            Ok(())
        } else {
            Err(Error::Rebasing)
        }
    }

    fn take_out(&mut self, side: Side, size: Lots, located: &Located) -> Result<Loose> {
        let scale = self.market.grid.scale;
        let ladder = self.ladder.side_mut(side);
        match located.place {
            Place::Line(at) => {
                ladder.leave(&scale, at, size)?;
                let moment = wide::mul_signed(scale.key(side, at)?, size.0)?;
                Ok(Loose { lots: size, moment, lots_out: size, moment_out: moment })
            }
            Place::Pool { record, pool, shares } => {
                let read = ladder.record_mut(record)?;
                read.unread = read.unread.checked_sub(1).ok_or(Error::NotConserved)?;
                if read.unread == 0 {
                    mark_live(&mut ladder.live_records, record, false);
                }
                self.leave_pool(side, pool, shares)
            }
        }
    }

    fn leave_pool(&mut self, side: Side, at: PoolIndex, shares: u64) -> Result<Loose> {
        let mark_key = self.market.mark_key(side)?;
        let ladder = self.ladder.side_mut(side);
        let pool = ladder.pool_mut(at)?;
        let portion = pool.portion(side, shares, mark_key)?;
        pool.remove(shares, &portion)?;
        let mut loose = Loose {
            lots: portion.lots,
            moment: portion.moment,
            lots_out: portion.lots_out,
            moment_out: portion.moment_out,
        };
        if pool.members == 0 {
            // The last one out: what rounding kept in the pool becomes residue with the rest.
            loose.lots_out = loose.lots_out.plus(pool.lots)?;
            loose.moment_out = loose.moment_out.checked_add(pool.moment.get()).ok_or(Error::Overflow)?;
            *pool = crate::state::Pool::default();
            mark_live(&mut ladder.live_pools, at, false);
        }
        Ok(loose)
    }

    /// Moves what the position's lots gathered into the slot's units and returns what they were already paid.
    pub fn settle_claims(&mut self, slot: &mut MarketSlot, side: Side, located: &Located) -> Result<Atoms> {
        let paid = self.collect_units(slot)?;
        let size = slot.position.size();
        let (seen, ladder) = (slot.position.seen, self.ladder.side_mut(side));
        let book = self.market.side_mut(side);
        let units = side.of_mut(&mut slot.units);
        let due = match located.place {
            Place::Line(_) if seen == book.claims.now => return Ok(paid),
            Place::Line(_) => book.claims.due_on_line(units, &seen, size)?,
            Place::Pool { record, pool, shares } => {
                ladder.pool_mut(pool)?.advance_claims(&book.claims)?;
                let joined = (ladder.record(record)?, ladder.pool(pool)?, shares);
                book.claims.due_in_pool(units, &seen, size, joined)?
            }
        };
        paid.plus(book.claims.collect(due)?)
    }

    /// Pays what the slot's held units were paid since they were last looked at, on both sides.
    fn collect_units(&mut self, slot: &mut MarketSlot) -> Result<Atoms> {
        let mut paid = Atoms::ZERO;
        for (side, units) in Side::BOTH.into_iter().zip(&mut slot.units) {
            let claims = &mut self.market.side_mut(side).claims;
            let due = claims.refresh(units)?;
            if due.0 > 0 {
                paid = paid.plus(claims.collect(due)?)?;
            }
        }
        Ok(paid)
    }
}

impl SideBook {
    /// Takes a leaver out of the totals: his cash in whole atoms, rounded down; lots and cash rounding leaves are residue.
    fn pay_leaver(&mut self, side: Side, loose: &Loose) -> Result<i128> {
        self.members = self.members.checked_sub(1).ok_or(Error::NotConserved)?;
        self.lots = self.lots.minus(loose.lots)?;
        self.residue.lots = self.residue.lots.plus(loose.lots_out.minus(loose.lots)?)?;
        self.moment.add(loose.moment_out.checked_neg().ok_or(Error::Overflow)?)?;
        let left = loose.moment_out.checked_sub(loose.moment).ok_or(Error::Overflow)?;
        self.residue.cash.add(side.opposite().signed(left)?)?;
        let exact = key_cash(self.index.get(), side, loose.lots, loose.moment)?;
        let whole = exact.atoms_floor();
        let fraction = whole.checked_mul(PICO_SIGNED).and_then(|whole| exact.0.checked_sub(whole));
        self.residue.cash.add(fraction.ok_or(Error::Overflow)?)?;
        Ok(whole)
    }

    /// Takes what rebases freed on a position's line out of the drift; returns it in whole atoms, rounded down.
    fn find_drift(&mut self, freed_per_lot: i128, lots: Lots) -> Result<i128> {
        if freed_per_lot == 0 {
            return Ok(0);
        }
        let exact = wide::mul_signed(freed_per_lot, lots.0)?;
        self.drift.add(exact.checked_neg().ok_or(Error::Overflow)?)?;
        let found = Cash(exact).atoms_floor();
        let whole = found.checked_mul(PICO_SIGNED).ok_or(Error::Overflow)?;
        self.residue.cash.add(exact.checked_sub(whole).ok_or(Error::Overflow)?)?;
        Ok(found)
    }
}
