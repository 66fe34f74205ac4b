//! Lots that leave a position and lots that enter it (`reference/trading.py`).

use super::valuation::holdback;
use super::ROUNDED;
use crate::clearing::error::{Error, Result};
use crate::clearing::ladder::DetachedPosition;
use crate::clearing::markets::{CaughtUp, MarketMut};
use crate::clearing::recovery::vesting;
use crate::clearing::state::{AccountBooks, Position};
use crate::state::Slice;
use crate::units::{atoms_from, Atoms, Cash, Lots, Price, Side};

impl MarketMut<'_> {
    /// Leaves `h` a lot behind, at most the equity of the position; it lowers paid-in margin first.
    pub fn leave_behind(
        &mut self,
        account: &mut AccountBooks,
        detached: &mut DetachedPosition,
        lots: Lots,
        h: u128,
    ) -> Result<Atoms> {
        if h == 0 {
            return Ok(Atoms::ZERO);
        }
        let side = detached.side;
        self.market.begin_event(side)?;
        let wanted = atoms_from(holdback(h, lots)?.atoms_ceil()?)?;
        let amount = wanted.least(detached.equity(self.market.mark.price)?.gain_floor()?);
        let mut held = self.market.side_mut(side).event.hold(amount.cash().0.unsigned_abs(), lots)?;
        let position = &mut account.slot_mut(self.market.market_index)?.position;
        held.lowered = amount.least(position.paid_in);
        position.paid_in = position.paid_in.minus(held.lowered)?;
        detached.cash = detached.cash.minus(amount.cash())?;
        self.own_held(account, side, held)?;
        Ok(amount)
    }

    /// Closes lots for a value; each leaves `h` behind. Paid-in margin is at most the equity left (A13). Fails with
    /// `UnderWater` where the value takes more than there is.
    pub fn close_lots(
        &mut self,
        account: &mut AccountBooks,
        detached: &mut DetachedPosition,
        (lots, value): (Lots, Cash),
        h: u128,
    ) -> Result<()> {
        let mark = self.market.mark.price;
        self.cap_paid_in(account, detached)?;
        let gain = detached.side.signed(value.minus(mark.value(lots)?)?.0)?;
        detached.cash = detached.cash.plus(Cash(gain))?;
        detached.need_solvent(mark)?;
        let _ = self.leave_behind(account, detached, lots, h)?;
        let proceeds = detached.side.signed(mark.value(lots)?.0)?;
        detached.cash = detached.cash.plus(Cash(proceeds))?;
        detached.lots = detached.lots.minus(lots)?;
        Ok(())
    }

    /// Lowers paid-in margin to the equity at the mark.
    pub fn cap_paid_in(&mut self, account: &mut AccountBooks, detached: &DetachedPosition) -> Result<()> {
        let equity = detached.equity(self.market.mark.price)?.gain_floor()?;
        let position = &mut account.slot_mut(self.market.market_index)?.position;
        position.paid_in = position.paid_in.least(equity);
        Ok(())
    }

    /// The same for a position that was caught up. A pool that was bankrupt may leave its last members without a lot to owe with:
    /// what such a member owes, less than a lot's loss, its free cash pays, and the estate of its side lacks the rest, so that its
    /// account is never stuck (I11).
    pub fn settle_caught_up(&mut self, account: &mut AccountBooks, detached: DetachedPosition) -> crate::Result<()> {
        let owed = detached.cash.debt_ceil()?;
        if !detached.lots.is_zero() || i128::from(owed.0) <= ROUNDED {
            return self.settle(account, detached);
        }
        let paid = owed.least(account.free);
        account.free = account.free.minus(paid)?;
        self.market.book_in(paid)?;
        let rest = owed.minus(paid)?;
        let lost = DetachedPosition { cash: Cash::ZERO.minus(rest.cash())?, ..detached };
        if !rest.is_zero() {
            self.market.enter_estate(&lost, 0, self.market.mark.slot)?;
            let slot = account.slot_mut(self.market.market_index)?;
            if slot.position.isolated == 0 {
                let debt = lost.side.opposite().of_mut(&mut slot.debt);
                *debt = debt.plus(rest)?;
            }
        }
        self.settle(account, DetachedPosition { cash: detached.cash.plus(owed.cash())?, ..detached })
    }

    /// Attaches a position, or, where it has no lots left, pays it out: paid-in margin becomes free cash and profit vests.
    /// Fails with `Bankrupt` where it owes.
    pub fn settle(&mut self, account: &mut AccountBooks, detached: DetachedPosition) -> crate::Result<()> {
        if !detached.lots.is_zero() {
            return self.attach(account, detached);
        }
        let whole = detached.cash.atoms_floor();
        // What roundings took on the way the dust gives back.
        let paid = if (ROUNDED.wrapping_neg()..0).contains(&whole) { 0 } else { whole };
        let paid = atoms_from(paid).map_err(|_| crate::Error::Bankrupt)?;
        self.market.side_mut(detached.side).dust.cash.add(detached.cash.minus(paid.cash())?.0)?;
        let slot = account.slot_mut(self.market.market_index)?;
        let margin = paid.least(slot.position.paid_in);
        (slot.position, slot.slice) = (Position::default(), Slice::default());
        vesting::add(self.market, slot, paid.minus(margin)?)?;
        account.credit(self.market.market_index, margin)?;
        self.market.book_out(margin)
    }
}

impl DetachedPosition {
    /// Fails with `UnderWater` where equity at a price is negative by more than roundings took.
    pub fn need_solvent(&self, price: Price) -> Result<()> {
        if self.equity(price)?.atoms_ceil()? < ROUNDED.wrapping_neg() {
            return Err(Error::UnderWater);
        }
        Ok(())
    }

    /// Adds lots of a side for a value.
    pub fn open_lots(&mut self, side: Side, lots: Lots, value: Cash) -> Result<()> {
        if self.lots.is_zero() {
            self.side = side;
        } else if self.side != side {
            return Err(crate::Error::SameSide.into());
        }
        self.lots = self.lots.opened(lots)?;
        let paid = side.signed(value.0)?;
        self.cash = self.cash.minus(Cash(paid))?;
        Ok(())
    }
}

impl CaughtUp {
    /// The position once lots were taken for a value: opposite ones close first.
    pub fn filled(&self, direction: Side, lots: Lots, value: Cash) -> crate::Result<CaughtUp> {
        let cash = self.cash.minus(Cash(direction.signed(value.0)?))?;
        let (side, left) = match self.side {
            Some(own) if own != direction && self.lots >= lots => (own, self.lots.minus(lots)?),
            Some(own) if own != direction => (direction, lots.minus(self.lots)?),
            _ => (direction, self.lots.opened(lots)?),
        };
        Ok(CaughtUp { side: Some(side), lots: left, cash, ..CaughtUp::default() })
    }
}
