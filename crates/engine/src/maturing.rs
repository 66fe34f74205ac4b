//! Profit that left a position is not money yet: it unlocks linearly (F1, F9), and may be haircut meanwhile.
//!
//! Its times are those of [`MarketBooks::unlock_time`], a clock that runs slower while the market is stressed and stands while profit
//! may not unlock: so an end once named moves by exactly what was held back, whoever touches the account when, and never comes
//! earlier.

use crate::claims::{INDEX_MIN, WHOLE};
use crate::error::{Error, Result};
use crate::state::{MarketBooks, MarketSlot};
use crate::units::{Atoms, Now};
use crate::wide;

/// What a slot's maturing profit is worth after the market's haircuts, rounded down.
pub fn worth(market: &MarketBooks, slot: &MarketSlot) -> Result<Atoms> {
    let maturing = &slot.maturing;
    if maturing.epoch != market.maturing.epoch {
        return Ok(Atoms::ZERO);
    }
    if maturing.amount.is_zero() || maturing.index == market.maturing.index {
        return Ok(maturing.amount);
    }
    maturing.amount.share_floor(market.maturing.index, maturing.index)
}

/// Unlocks what is due and returns it; the caller adds it to free cash. Rounds down. While the market lets nothing unlock, what
/// was due stays due.
#[must_use = "what unlocked belongs to free cash"]
pub fn unlock(market: &mut MarketBooks, slot: &mut MarketSlot, now: Now) -> Result<Atoms> {
    let amount = worth(market, slot)?;
    let maturing = &mut slot.maturing;
    maturing.index = market.maturing.index;
    maturing.epoch = market.maturing.epoch;
    maturing.amount = amount;
    if amount.is_zero() || market.unlock_is_frozen() {
        return Ok(Atoms::ZERO);
    }
    let time = market.unlock_time(now)?;
    let passed = time.saturating_sub(maturing.since).max(0);
    let whole = maturing.end.saturating_sub(maturing.since).max(0);
    maturing.since = time.max(maturing.since);
    let due = if passed >= whole { amount } else { amount.share_floor(passed.unsigned_abs(), whole.unsigned_abs())? };
    maturing.amount = amount.minus(due)?;
    market.maturing.total = market.maturing.total.minus(due)?;
    market.book_out(due)?;
    Ok(due)
}

/// Adds profit: one amount with one end, the amount-weighted mean of the two, rounded later. What was due has been unlocked.
pub fn add(market: &mut MarketBooks, slot: &mut MarketSlot, profit: Atoms, now: Now) -> Result<()> {
    if profit.is_zero() {
        return Ok(());
    }
    let kept = worth(market, slot)?;
    let total = kept.plus(profit)?;
    let time = market.unlock_time(now)?;
    let left = slot.maturing.end.saturating_sub(time).max(0).unsigned_abs();
    let weight = wide::mul(left, kept.0).checked_add(wide::mul(market.params.maturing_seconds, profit.0));
    let seconds = wide::div_ceil(weight.ok_or(Error::Overflow)?, u128::from(total.0))?;
    let seconds = i64::try_from(seconds).map_err(|_| Error::Overflow)?;
    let maturing = &mut slot.maturing;
    maturing.amount = total;
    maturing.index = market.maturing.index;
    maturing.epoch = market.maturing.epoch;
    maturing.since = time;
    maturing.end = time.checked_add(seconds).ok_or(Error::Overflow)?;
    market.maturing.total = market.maturing.total.plus(profit)?;
    Ok(())
}

/// Takes maturing profit out at once, to serve a position of its owner (G5); at most `wanted`.
#[must_use = "what was taken must go somewhere"]
pub fn draw(market: &mut MarketBooks, slot: &mut MarketSlot, wanted: Atoms) -> Result<Atoms> {
    let amount = worth(market, slot)?;
    let drawn = amount.least(wanted);
    slot.maturing.index = market.maturing.index;
    slot.maturing.epoch = market.maturing.epoch;
    slot.maturing.amount = amount.minus(drawn)?;
    market.maturing.total = market.maturing.total.minus(drawn)?;
    market.book_out(drawn)?;
    Ok(drawn)
}

/// Lets all maturing profit of a market bear a loss in proportion; returns what it bore, at most `loss`.
#[must_use = "what was borne reduces the loss"]
pub fn haircut(market: &mut MarketBooks, loss: Atoms) -> Result<Atoms> {
    let book = &mut market.maturing;
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
