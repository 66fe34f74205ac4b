//! Loss events: h as stored, its two windows, and the end (`reference/holdback.py`).

use crate::clearing::error as clearing;
use crate::clearing::markets::MarketMut;
use crate::clearing::state::MarketBooks;
use crate::error::{Error, Result};
use crate::units::{Lots, Now, Side};
use crate::wide::U128;

impl MarketMut<'_> {
    /// Stores h of both sides: what a touch reads. Called whenever lots under water or estates may have changed; while lines are on
    /// their way to another grid h stays as it is.
    pub fn set_rates(&mut self, slot: u64) -> Result<[u128; 2]> {
        if self.market.is_migrating() {
            return Ok(Side::BOTH.map(|side| self.market.side(side).event.rate.get()));
        }
        let rates = self.as_ref().rates(slot)?;
        for side in Side::BOTH {
            self.market.side_mut(side).event.rate = U128::new(side.of(rates));
        }
        Ok(rates)
    }

    /// The same at the end of an instruction: an event begins with the first h above zero, and its two windows keep the highest.
    pub fn store(&mut self, slot: u64) -> Result<[u128; 2]> {
        if !self.market.knows_rates() {
            return Ok([0; 2]);
        }
        let rates = self.set_rates(slot)?;
        let confirm = self.market.waterfall.confirm_slots;
        for side in Side::BOTH {
            let h = side.of(rates);
            if h > 0 {
                self.market.begin_event(side)?;
            }
            let event = &mut self.market.side_mut(side).event;
            if slot.saturating_sub(event.window_start) >= confirm {
                (event.window_start, event.previous_high, event.window_high) = (slot, event.window_high, U128::ZERO);
            }
            event.window_high = U128::new(event.window_high.get().max(h));
        }
        Ok(rates)
    }

    /// At an accepted mark: an event ends when h was zero at every one over the confirmation (A81); a mark at which nothing can be
    /// valued is no such mark. One whose page was not passed waits for the next mark, or for `end_loss_events`: a refresh is never
    /// refused for it.
    pub fn end_events(&mut self, slot: u64) -> Result<()> {
        if !self.market.knows_rates() {
            Side::BOTH.into_iter().for_each(|side| self.market.side_mut(side).event.zero_since = 0);
            return Ok(());
        }
        let rates = self.store(slot)?;
        let confirm = self.market.waterfall.confirm_slots;
        for side in Side::BOTH {
            let event = &mut self.market.side_mut(side).event;
            if side.of(rates) > 0 {
                event.zero_since = 0;
            } else if event.zero_since == 0 {
                event.zero_since = slot;
            } else if event.alive != 0 && slot.saturating_sub(event.zero_since) >= confirm && self.may_end(side) {
                self.end_event(side, slot)?;
            }
        }
        Ok(())
    }

    /// In a settled market no mark follows: an event ends after a resolution that leaves h at zero. Fails with `PageMissing`.
    pub fn end_settled_events(&mut self, now: Now) -> Result<()> {
        let rates = self.set_rates(now.slot)?;
        for side in Side::BOTH {
            if self.market.side(side).event.alive != 0 && side.of(rates) == 0 {
                self.end_event(side, now.slot)?;
            }
        }
        Ok(())
    }

    /// Whether a side's event is over: h was zero at every mark over the confirmation, up to the last, and is zero now; in a
    /// settled market, where no mark follows, nothing at all is missing.
    fn is_over(&self, side: Side, rates: [u128; 2], slot: u64) -> Result<bool> {
        let event = &self.market.side(side).event;
        if event.alive == 0 || side.of(rates) > 0 {
            return Ok(false);
        }
        if self.market.is_settled() {
            return Ok(self.as_ref().shortfalls(slot)?.total()?.is_zero());
        }
        let zero = self.market.mark.slot.saturating_sub(event.zero_since);
        Ok(event.zero_since != 0 && zero >= self.market.waterfall.confirm_slots)
    }

    /// What is left of the held money is its owners' to collect, on the list's page. Fails with `PageMissing`.
    fn end_event(&mut self, side: Side, slot: u64) -> Result<()> {
        if !self.may_end(side) {
            return Err(Error::PageMissing);
        }
        let book = self.market.side_mut(side);
        let ended = book.event.end()?;
        (book.event.zero_since, book.event.window_start) = (slot, slot);
        if ended.units.get() == 0 {
            book.leave_to_dust(ended.held.get())?;
        } else {
            book.ended_held.add(ended.held.get())?;
            self.keep_ended(side, ended)?;
        }
        self.market.forget_tolerance();
        for of in Side::BOTH {
            self.collect_own(of)?;
        }
        self.end_estates()
    }
}

/// Permissionless: ends the events of a market that are over, where the mark that showed it came without their pages. Returns how
/// many. Fails with `NothingToEnd` where none is over, and with `PageMissing`.
pub fn end_loss_events(market: &mut MarketMut<'_>, now: Now) -> clearing::Result<u32> {
    if !market.market.is_usable() {
        return Err(clearing::Error::NoUsableMark);
    }
    let rates = market.set_rates(now.slot)?;
    let mut ended = 0u32;
    for side in Side::BOTH {
        if market.is_over(side, rates, now.slot)? {
            market.end_event(side, now.slot)?;
            ended = ended.saturating_add(1);
        }
    }
    if ended == 0 {
        return Err(clearing::Error::NothingToEnd);
    }
    let _ = market.store(now.slot)?;
    Ok(ended)
}

impl MarketBooks {
    /// Whether h can be known: there is a mark to value at, and lines are not being moved, which U is read from.
    #[must_use]
    pub const fn knows_rates(&self) -> bool {
        self.is_usable() && !self.is_migrating()
    }

    fn forget_tolerance(&mut self) {
        if Side::BOTH.into_iter().all(|side| self.side(side).event.alive == 0) {
            self.tolerance_lots = Lots::ZERO;
        }
    }
}
