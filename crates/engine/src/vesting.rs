//! Profit that left a position is not money yet: it vests linearly (F1, F9), and may be haircut meanwhile.
//!
//! A slot keeps it in two parts with an end each. An addition joins the new part, whose end is from then on no earlier
//! than its own; the old part's end never moves, and when the old part is empty the new one becomes old (A52). So no
//! profit vests ahead of its own schedule, an addition never delays the old part, and it delays the new one by less
//! than a vesting period in all: the old part ends within a period of whatever was added beside it, and then the new
//! part's end is fixed too.
//!
//! Times are those of [`MarketBooks::unlock_time`], a clock that runs slower while the market is stressed and stands
//! while profit may not unlock: an end moves by exactly what was held back, whenever the account is touched, and never
//! comes earlier.

use crate::claims::{INDEX_MIN, WHOLE};
use crate::error::{Error, Result};
use crate::state::{MarketBooks, MarketSlot, Vesting, VestingBook, VestingPart};
use crate::units::{Atoms, Now};
use crate::wide;

/// What a slot's vesting profit is worth after the market's haircuts: each part rounded down.
pub fn worth(market: &MarketBooks, slot: &MarketSlot) -> Result<Atoms> {
    slot.vesting.after_haircuts(&market.vesting)?.total()
}

/// Unlocks what has vested and returns it; the caller adds it to free cash. Rounds down. While the market lets nothing
/// unlock, what has vested is set apart and leaves at the first unlock that may.
#[must_use = "what unlocked belongs to free cash"]
pub fn unlock(market: &mut MarketBooks, slot: &mut MarketSlot, now: Now) -> Result<Atoms> {
    if slot.vesting.is_empty() {
        return Ok(Atoms::ZERO);
    }
    settle(market, slot, now)?;
    if market.unlock_is_frozen() {
        return Ok(Atoms::ZERO);
    }
    let vested = core::mem::take(&mut slot.vesting.vested);
    market.vesting.total = market.vesting.total.minus(vested)?;
    market.book_out(vested)?;
    Ok(vested)
}

/// Adds profit to the new part. What has vested before is set apart first: nothing added takes part in time that has
/// passed.
pub fn add(market: &mut MarketBooks, slot: &mut MarketSlot, profit: Atoms, now: Now) -> Result<()> {
    if profit.is_zero() {
        return Ok(());
    }
    let time = settle(market, slot, now)?;
    let period = i64::try_from(market.params.profit_vesting_seconds).map_err(|_| Error::Overflow)?;
    let vesting = &mut slot.vesting;
    vesting.since = time;
    vesting.new.join(profit, time.checked_add(period).ok_or(Error::Overflow)?)?;
    vesting.promote();
    market.vesting.total = market.vesting.total.plus(profit)?;
    Ok(())
}

/// Takes vesting profit out at once, to serve a position of its owner (G5); at most `wanted`. What is free soonest goes
/// first, so that drawing brings nothing forward.
#[must_use = "what was taken must go somewhere"]
pub fn draw(market: &mut MarketBooks, slot: &mut MarketSlot, wanted: Atoms, now: Now) -> Result<Atoms> {
    settle(market, slot, now)?;
    let Vesting { vested, old, new, .. } = &mut slot.vesting;
    let mut drawn = Atoms::ZERO;
    for amount in [vested, &mut old.amount, &mut new.amount] {
        let part = wanted.minus(drawn)?.least(*amount);
        *amount = amount.minus(part)?;
        drawn = drawn.plus(part)?;
    }
    slot.vesting.promote();
    market.vesting.total = market.vesting.total.minus(drawn)?;
    market.book_out(drawn)?;
    Ok(drawn)
}

/// Lets all vesting profit of a market bear a loss in proportion; returns what it bore, at most `loss`.
#[must_use = "what was borne reduces the loss"]
pub fn haircut(market: &mut MarketBooks, loss: Atoms) -> Result<Atoms> {
    let book = &mut market.vesting;
    let borne = loss.least(book.total);
    if borne.is_zero() {
        return Ok(borne);
    }
    let left = book.total.minus(borne)?;
    book.index = wide::mul_div_floor(book.index, left.0, book.total.0)?;
    book.total = left;
    if book.index < INDEX_MIN {
        // Too little is left to be told apart: it goes to insurance, what holders have is nothing, and an epoch begins.
        book.total = Atoms::ZERO;
        book.index = WHOLE;
        book.epoch = book.epoch.checked_add(1).ok_or(Error::Overflow)?;
        market.insurance_due = market.insurance_due.plus(left)?;
    }
    Ok(borne)
}

/// Brings a slot up to the market's haircuts and clock, whose time it returns.
fn settle(market: &MarketBooks, slot: &mut MarketSlot, now: Now) -> Result<i64> {
    slot.vesting = slot.vesting.after_haircuts(&market.vesting)?;
    let time = market.unlock_time(now)?.max(slot.vesting.since);
    slot.vesting.advance(time)?;
    Ok(time)
}

impl Vesting {
    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.vested.is_zero() && self.old.amount.is_zero() && self.new.amount.is_zero()
    }

    /// All of it, as of its index.
    pub fn total(&self) -> Result<Atoms> {
        self.vested.plus(self.old.amount)?.plus(self.new.amount)
    }

    /// As of the market's index. Each amount rounds down.
    pub(crate) fn after_haircuts(&self, book: &VestingBook) -> Result<Vesting> {
        let mut left = Vesting { index: book.index, epoch: book.epoch, ..*self };
        if self.is_empty() || (self.index == book.index && self.epoch == book.epoch) {
            return Ok(left);
        }
        let same_epoch = self.epoch == book.epoch;
        for amount in [&mut left.vested, &mut left.old.amount, &mut left.new.amount] {
            *amount = if same_epoch { amount.share_floor(book.index, self.index)? } else { Atoms::ZERO };
        }
        left.promote();
        Ok(left)
    }

    /// Sets apart what has vested up to a time, rounded down: a touch costs a part less than an atom, and its end
    /// nothing. Where not an atom has vested the time is kept for the next touch.
    pub(crate) fn advance(&mut self, time: i64) -> Result<()> {
        let from_old = self.old.vested(self.since, time)?;
        let from_new = self.new.vested(self.since, time)?;
        let vested = from_old.plus(from_new)?;
        if vested.is_zero() {
            return Ok(());
        }
        self.vested = self.vested.plus(vested)?;
        self.old.amount = self.old.amount.minus(from_old)?;
        self.new.amount = self.new.amount.minus(from_new)?;
        self.since = time;
        self.promote();
        Ok(())
    }

    /// The new part becomes old once the old one is empty.
    pub(crate) fn promote(&mut self) {
        if self.old.amount.is_zero() {
            self.old = core::mem::take(&mut self.new);
        }
    }
}

impl VestingPart {
    /// What of it vests between two times, rounded down.
    fn vested(&self, since: i64, time: i64) -> Result<Atoms> {
        let passed = time.saturating_sub(since).max(0);
        let whole = self.end.saturating_sub(since).max(0);
        if passed >= whole {
            return Ok(self.amount);
        }
        self.amount.share_floor(passed.unsigned_abs(), whole.unsigned_abs())
    }

    /// Adds an amount that may not end before `end`.
    pub(crate) fn join(&mut self, amount: Atoms, end: i64) -> Result<()> {
        self.end = if self.amount.is_zero() { end } else { self.end.max(end) };
        self.amount = self.amount.plus(amount)?;
        Ok(())
    }
}
