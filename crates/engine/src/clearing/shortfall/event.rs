//! Loss events: h as stored, its two windows, and the end (`reference/holdback.py`).

use crate::clearing::markets::MarketMut;
use crate::clearing::state::MarketBooks;
use crate::error::Result;
use crate::units::{Lots, Now, Side};
use crate::wide::U128;

impl MarketMut<'_> {
    /// Stores h of both sides: what a touch reads. Called whenever lots under water or estates may have changed.
    pub fn set_rates(&mut self, slot: u64) -> Result<[u128; 2]> {
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

    /// At an accepted mark: an event ends when h was zero at every one over the confirmation (A81).
    /// A mark at which nothing can be valued is no such mark.
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
            } else if event.alive != 0 && slot.saturating_sub(event.zero_since) >= confirm {
                self.end_event(side, slot)?;
            }
        }
        Ok(())
    }

    /// In a settled market no mark follows: an event ends after a resolution that leaves h at zero.
    pub fn end_settled_events(&mut self, now: Now) -> Result<()> {
        let rates = self.set_rates(now.slot)?;
        for side in Side::BOTH {
            if self.market.side(side).event.alive != 0 && side.of(rates) == 0 {
                self.end_event(side, now.slot)?;
            }
        }
        Ok(())
    }

    /// What is left of the held money is its owners' to collect. An event whose list has no seat yet does not end.
    fn end_event(&mut self, side: Side, slot: u64) -> Result<()> {
        let event = &self.market.side(side).event;
        if event.units.get() != 0 && !self.ladder.side(side).has_seat(event.list)? {
            return Ok(());
        }
        let book = self.market.side_mut(side);
        let ended = book.event.end()?;
        (book.event.zero_since, book.event.window_start) = (slot, slot);
        if ended.units.get() == 0 {
            book.leave_to_dust(ended.held.get())?;
        } else {
            book.ended_held.add(ended.held.get())?;
            self.ladder.side_mut(side).set_ended(ended)?;
        }
        self.market.forget_tolerance();
        for of in Side::BOTH {
            self.collect_own(of)?;
        }
        self.end_estates()
    }
}

impl MarketBooks {
    /// Whether h can be known: there is a mark to value at, and lines are not being moved, which U is read from.
    #[must_use]
    pub const fn knows_rates(&self) -> bool {
        self.is_usable() && self.grid.cursor == 0
    }

    fn forget_tolerance(&mut self) {
        if Side::BOTH.into_iter().all(|side| self.side(side).event.alive == 0) {
            self.tolerance_lots = Lots::ZERO;
        }
    }
}
