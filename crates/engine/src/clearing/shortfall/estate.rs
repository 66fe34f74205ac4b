//! One estate per market side: the only bankrupt that keepers deal with, however many were declared (`reference/estates.py`).

use super::ROUNDED;
use crate::clearing::ladder::DetachedPosition;
use crate::clearing::markets::MarketMut;
use crate::clearing::state::{Estate, MarketBooks};
use crate::error::{Error, Result};
use crate::units::{Atoms, Cash, Lots, Side};
use crate::wide;

/// Bits of a slot's fraction in the sale's clock.
const CLOCK_BITS: u32 = 16;
/// A clock is at most so many sale windows back when more joins.
const WINDOWS_BACK: u64 = 4;

impl Estate {
    /// Slots the sale has run, in 2^-16.
    #[must_use]
    pub const fn age(&self, slot: u64) -> u64 {
        slot.saturating_mul(1 << CLOCK_BITS).saturating_sub(self.opened)
    }

    /// Whether the sale has run so many slots.
    #[must_use]
    pub const fn has_run(&self, slot: u64, slots: u64) -> bool {
        self.age(slot) >= slots.saturating_mul(1 << CLOCK_BITS)
    }

    /// The sale's clock is the lots-weighted mean of the declarations (A65).
    fn advance_clock(&mut self, lots: Lots, slot: u64, sale_slots: u64) -> Result<()> {
        let here = slot.checked_mul(1 << CLOCK_BITS).ok_or(Error::Overflow)?;
        if self.open == 0 {
            (self.open, self.opened) = (1, here);
            return Ok(());
        }
        let back = slot.saturating_sub(sale_slots.saturating_mul(WINDOWS_BACK));
        let opened = self.opened.max(back.saturating_mul(1 << CLOCK_BITS));
        let all = self.lots.plus(lots)?;
        if all.is_zero() {
            self.opened = here;
            return Ok(());
        }
        let sum = wide::mul(opened, self.lots.0).checked_add(wide::mul(here, lots.0)).ok_or(Error::Overflow)?;
        let mean = sum.checked_div(u128::from(all.0)).ok_or(Error::Overflow)?;
        self.opened = u64::try_from(mean).map_err(|_| Error::Overflow)?;
        Ok(())
    }

    /// The clock stood while buying was not possible.
    pub fn delay(&mut self, since: u64, slot: u64) {
        if self.open != 0 {
            let began = since.saturating_mul(1 << CLOCK_BITS).max(self.opened);
            let stood = slot.saturating_mul(1 << CLOCK_BITS).saturating_sub(began);
            self.opened = self.opened.saturating_add(stood);
        }
    }

    /// Reopens: what it lacked has been paid.
    fn reopen(&mut self, slot: u64) {
        if self.open != 0 {
            (self.opened, self.first) = (slot.saturating_mul(1 << CLOCK_BITS), slot);
        }
    }
}

impl MarketBooks {
    /// A declared position, lots and cash, becomes the estate's of its side; `uncollected` of what it lacks is charges of the
    /// present event.
    pub fn enter_estate(&mut self, detached: &DetachedPosition, uncollected: u128, slot: u64) -> Result<()> {
        if !self.has_estates() {
            self.pin_layers(slot);
        }
        let DetachedPosition { side, lots, cash } = *detached;
        let sale_slots = self.waterfall.sale_slots;
        let book = self.side_mut(side);
        let shifted = side.signed(wide::mul_signed(book.index.get(), lots.0)?)?;
        book.estate.advance_clock(lots, slot, sale_slots)?;
        if book.estate.first == 0 {
            book.estate.first = slot;
        }
        book.estate.uncollected.add(uncollected)?;
        book.estate.lots = book.estate.lots.plus(lots)?;
        book.estate.entered = Lots(book.estate.entered.0.saturating_add(lots.0));
        book.estate.cash.add(cash.minus(Cash(shifted))?.0)?;
        self.cross()
    }

    /// Lots leave an estate at the mark.
    pub fn close_estate(&mut self, side: Side, lots: Lots) -> Result<()> {
        let value = side.signed(wide::mul_signed(self.mark_key(side)?, lots.0)?)?;
        let estate = &mut self.side_mut(side).estate;
        estate.lots = estate.lots.minus(lots)?;
        estate.cash.add(value)?;
        // The lots of a walk that goes on are the oldest: they leave first, so that it never closes those that entered since.
        let pending = side.of_mut(&mut self.walk.lots);
        *pending = Lots(pending.0.saturating_sub(lots.0));
        Ok(())
    }

    /// The two estates close against each other at the mark, then each against the other side's dust.
    pub fn cross(&mut self) -> Result<()> {
        let lots = self.side(Side::Long).estate.lots.least(self.side(Side::Short).estate.lots);
        for side in Side::BOTH {
            self.close_estate(side, lots)?;
            self.note_crossed(side, lots);
        }
        for side in Side::BOTH {
            self.cross_dust(side)?;
        }
        Ok(())
    }

    fn cross_dust(&mut self, side: Side) -> Result<()> {
        let other = side.opposite();
        let lots = self.side(side).estate.lots.least(self.side(other).dust.lots);
        if lots.is_zero() {
            return Ok(());
        }
        self.close_estate(side, lots)?;
        self.note_crossed(side, lots);
        self.close_dust(other, lots)
    }

    /// Dust of an estate's own side closes with it, at the mark: else as many lots would be left opposite. Returns all its lots.
    pub fn take_in_dust(&mut self, side: Side) -> Result<Lots> {
        let lots = self.side(side).dust.lots;
        self.close_dust(side, lots)?;
        let value = side.signed(wide::mul_signed(self.mark_key(side)?, lots.0)?)?;
        let estate = &mut self.side_mut(side).estate;
        estate.lots = estate.lots.plus(lots)?;
        estate.entered = Lots(estate.entered.0.saturating_add(lots.0));
        estate.cash.add(value.checked_neg().ok_or(Error::Overflow)?)?;
        Ok(estate.lots)
    }

    fn note_crossed(&mut self, side: Side, lots: Lots) {
        let estate = &mut self.side_mut(side).estate;
        estate.crossed = Lots(estate.crossed.0.saturating_add(lots.0));
    }

    /// Positive estate equity passes to the cover before any other tier pays (A73).
    pub fn pass_surplus(&mut self) -> Result<()> {
        for side in Side::BOTH {
            let surplus = self.estate_equity(side)?.gain_floor()?;
            self.side_mut(side).estate.cash.add(surplus.cash().0.wrapping_neg())?;
            self.cover.due = self.cover.due.plus(surplus)?;
        }
        Ok(())
    }

    /// What is left of estates reopens at a resolution's slot.
    pub fn reopen_estates(&mut self, slot: u64) {
        for side in Side::BOTH {
            self.side_mut(side).estate.reopen(slot);
        }
    }

    /// Pays an amount to a side's estate.
    pub fn pay_estate(&mut self, side: Side, amount: Atoms) -> Result<()> {
        self.side_mut(side).estate.cash.add(amount.cash().0)
    }
}

impl MarketMut<'_> {
    /// An estate ends only without lots and with cash of zero or more, which is then the cover's; what roundings took the dust
    /// gives back. What it owns of held money stays until it is collected.
    pub fn end_estates(&mut self) -> Result<()> {
        for side in Side::BOTH {
            let book = self.market.side_mut(side);
            let cash = Cash(book.estate.cash.get());
            let lacks = cash.debt_ceil()? > ROUNDED;
            if !book.estate.lots.is_zero() || lacks || (book.estate.open == 0 && cash.0 == 0) {
                continue;
            }
            let whole = cash.gain_floor()?;
            book.dust.cash.add(cash.minus(whole.cash())?.0)?;
            book.estate = Estate { owned: book.estate.owned, ..Estate::default() };
            self.market.cover.due = self.market.cover.due.plus(whole)?;
        }
        if !self.market.has_estates() {
            for layer in &mut self.market.layers {
                layer.pinned = 0;
            }
        }
        Ok(())
    }
}
