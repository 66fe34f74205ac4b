//! What time and an accepted mark do to a market: its vesting clock, its reference, its loss events; markets whose source is gone
//! (`reference/marks.py`).

use crate::clearing::markets::MarketMut;
use crate::clearing::state::{MarketBooks, Reference, EXCHANGE_STRESSED};
use crate::error::{Error, Result};
use crate::phase::{Measures, Phase};
use crate::state::Mark;
use crate::units::{Now, Side, BPS};
use crate::wide;

impl MarketMut<'_> {
    /// Lets time pass: the vesting clock stands while a shortfall is not insured, while nothing in the market can be valued and while
    /// unlocking is stopped, and runs slower in stress. Comes before anything else that changes the market at a later time.
    pub fn run_vesting_clock(&mut self, now: Now) -> Result<()> {
        if self.market.is_migrating() {
            // What is missing is not known: the time counts once the lines are on their grid.
            return Ok(());
        }
        let passed = u64::try_from(now.time.saturating_sub(self.market.vesting_clock_at)).unwrap_or(0);
        self.market.vesting_clock_at = self.market.vesting_clock_at.max(now.time);
        if passed > 0 && self.market.is_usable() && self.market.unlocks() && !self.is_uninsured(now.slot)? {
            self.market.count_for_vesting(passed)?;
        }
        Ok(())
    }

    /// Whether a shortfall is not insured. Fails with `Rebasing` while lines are moved, when the ladder cannot say.
    pub fn is_uninsured(&self, slot: u64) -> Result<bool> {
        Ok(self.as_ref().shortfalls(slot)?.is_uninsured())
    }

    /// Accepts a mark: it becomes the next reference, and events end that saw no holdback for the confirmation.
    pub fn accept_mark(&mut self, mark: Mark, now: Now) -> Result<()> {
        self.market.mark = mark;
        self.follow_mark(now)
    }

    /// What follows from a mark that was just accepted.
    pub fn follow_mark(&mut self, now: Now) -> Result<()> {
        self.market.advance_reference(now.slot);
        self.end_events(now.slot)
    }

    /// The market's source is gone or bad, or it is frozen: from now on nothing in it can be valued, and nothing bought.
    pub fn silence(&mut self, now: Now) -> Result<()> {
        self.run_vesting_clock(now)?;
        if self.market.silent_since == 0 {
            self.market.silent_since = now.slot.max(1);
        }
        self.market.stop_sale(now.slot);
        Ok(())
    }

    /// Its source is back. The sale's clock stood while buying was not possible, and so did the vesting clock.
    pub fn restore(&mut self, now: Now) -> Result<()> {
        self.end_silence(now);
        self.market.resume_sale(now.slot);
        let _ = self.store(now.slot)?;
        Ok(())
    }

    /// What is in it can be valued again.
    pub fn end_silence(&mut self, now: Now) {
        self.market.silent_since = 0;
        self.market.vesting_clock_at = self.market.vesting_clock_at.max(now.time);
    }

    /// Makes the last mark final: from now on it can be used, and its estates are for sale.
    pub fn make_final(&mut self, now: Now) -> Result<()> {
        self.run_vesting_clock(now)?;
        self.market.settled = now.slot.max(1);
        self.end_silence(now);
        self.market.resume_sale(now.slot);
        let _ = self.store(now.slot)?;
        Ok(())
    }
}

impl MarketBooks {
    /// What its phase asks for, or the exchange's stress.
    #[must_use]
    pub const fn measures(&self) -> Measures {
        let phase = if self.standing.has(EXCHANGE_STRESSED) { Phase::Stressed } else { self.stance.phase() };
        phase.measures(&self.params)
    }

    /// Counts seconds for unlocking, as much slower as margins are higher. What is less than a second is carried, so that it makes no
    /// difference how often anyone looks.
    fn count_for_vesting(&mut self, passed: u64) -> Result<()> {
        let counted = wide::mul(passed, self.measures().unlocking_speed());
        let counted = counted.checked_add(u128::from(self.standing.vesting_carried)).ok_or(Error::Overflow)?;
        let seconds = wide::low(counted.checked_div(u128::from(BPS)).ok_or(Error::Overflow)?);
        self.standing.vesting_carried = wide::low(counted.checked_rem(u128::from(BPS)).ok_or(Error::Overflow)?);
        self.vesting_clock = self.vesting_clock.saturating_add_unsigned(seconds);
        Ok(())
    }

    /// Nothing can be bought from its estates from now on: their sale's clocks stand.
    pub fn stop_sale(&mut self, slot: u64) {
        if self.standing.sale_stopped_since == 0 {
            self.standing.sale_stopped_since = slot.max(1);
        }
    }

    /// Estates are for sale again.
    pub fn resume_sale(&mut self, slot: u64) {
        let since = core::mem::take(&mut self.standing.sale_stopped_since);
        if since != 0 {
            for side in Side::BOTH {
                self.side_mut(side).estate.delay(since, slot);
            }
        }
    }

    /// Moves funding through X: longs pay `per_lot` (1e-12 atom, negative: are paid), estates included.
    pub fn pay_funding(&mut self, per_lot: i128) -> Result<()> {
        let change = per_lot.checked_neg().ok_or(Error::Overflow)?;
        self.side_mut(Side::Long).index.add(change)?;
        self.side_mut(Side::Short).index.add(change)
    }

    /// The first mark is where references begin.
    pub fn begin_reference(&mut self, slot: u64) {
        self.reference = [Reference::default(), Reference { slot, price: self.mark.price }];
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
