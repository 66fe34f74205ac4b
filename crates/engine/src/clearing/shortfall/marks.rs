//! What time and an accepted mark do to a market: its vesting clock, its reference, its loss events; markets whose source is gone
//! (`reference/marks.py`).

use crate::clearing::markets::MarketMut;
use crate::clearing::state::{MarketBooks, Reference};
use crate::error::{Error, Result};
use crate::state::Mark;
use crate::units::{Now, Side};

impl MarketMut<'_> {
    /// Lets time pass: the vesting clock runs unless a shortfall is not insured. Comes before anything else that changes the market
    /// at a later time.
    pub fn run_vesting_clock(&mut self, now: Now) -> Result<()> {
        if self.market.is_migrating() {
            // What is missing is not known: the time counts once the lines are on their grid.
            return Ok(());
        }
        let passed = now.time.saturating_sub(self.market.vesting_clock_at).max(0);
        self.market.vesting_clock_at = now.time;
        if self.market.is_usable() && passed > 0 && !self.as_ref().shortfalls(now.slot)?.is_uninsured() {
            self.market.vesting_clock = self.market.vesting_clock.saturating_add(passed);
        }
        Ok(())
    }

    /// Accepts a mark: it becomes the next reference, and events end that saw no holdback for the confirmation.
    pub fn accept_mark(&mut self, mark: Mark, now: Now) -> Result<()> {
        self.market.mark = mark;
        self.market.advance_reference(now.slot);
        self.end_events(now.slot)
    }

    /// The market's source is gone, or it is halted or paused: from now on nothing in it can be valued.
    pub fn silence(&mut self, now: Now) -> Result<()> {
        self.run_vesting_clock(now)?;
        if self.market.silent_since == 0 {
            self.market.silent_since = now.slot.max(1);
        }
        Ok(())
    }

    /// Its source is back. The sale's clock stood while buying was not possible, and so did the vesting clock.
    pub fn restore(&mut self, now: Now) -> Result<()> {
        let since = core::mem::take(&mut self.market.silent_since);
        self.market.vesting_clock_at = now.time;
        if since != 0 {
            for side in Side::BOTH {
                self.market.side_mut(side).estate.delay(since, now.slot);
            }
        }
        let _ = self.store(now.slot)?;
        Ok(())
    }

    /// Makes the last mark final.
    pub fn make_final(&mut self, now: Now) -> Result<()> {
        self.market.settled = now.slot.max(1);
        self.market.silent_since = 0;
        let _ = self.store(now.slot)?;
        Ok(())
    }
}

impl MarketBooks {
    /// Moves funding through X: longs pay `per_lot` (1e-12 atom, negative: are paid), estates included.
    pub fn pay_funding(&mut self, per_lot: i128) -> Result<()> {
        let change = per_lot.checked_neg().ok_or(Error::Overflow)?;
        self.side_mut(Side::Long).index.add(change)?;
        self.side_mut(Side::Short).index.add(change)
    }

    /// The reference moves on once its successor is the confirmation old, so refreshing often stalls nothing.
    fn advance_reference(&mut self, slot: u64) {
        let here = Reference { slot, price: self.mark.price };
        let [_, next] = self.reference;
        if next.slot == 0 {
            self.reference = [Reference::default(), here];
        } else if slot.saturating_sub(next.slot) >= self.waterfall.confirm_slots {
            self.reference = [next, here];
        }
    }
}
