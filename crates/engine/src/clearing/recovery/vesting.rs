//! Fresh profit is not money yet (`reference/vesting.py`): two parts, old and new, that unlock linearly by the market's
//! vesting clock, which stands while a shortfall is not insured. [`crate::vesting`] says why there are two.

use super::{INDEX_MIN, WHOLE};
use crate::clearing::state::{MarketBooks, MarketSlot};
use crate::error::{Error, Result};
use crate::state::Vesting;
use crate::units::Atoms;
use crate::wide;

/// What a slot's vesting profit is worth after the market's haircuts: each part rounded down.
pub fn worth(market: &MarketBooks, slot: &MarketSlot) -> Result<Atoms> {
    slot.vesting.after_haircuts(&market.vesting)?.total()
}

/// Unlocks what has vested and returns it, rounded down; the caller adds it to free cash.
#[must_use = "what unlocked belongs to free cash"]
pub fn unlock(market: &mut MarketBooks, slot: &mut MarketSlot) -> Result<Atoms> {
    if slot.vesting.is_empty() {
        return Ok(Atoms::ZERO);
    }
    settle(market, slot)?;
    let vested = core::mem::take(&mut slot.vesting.vested);
    market.vesting.total = market.vesting.total.minus(vested)?;
    market.book_out(vested)?;
    Ok(vested)
}

/// Adds profit that is in the market already to the new part.
pub fn add(market: &mut MarketBooks, slot: &mut MarketSlot, profit: Atoms) -> Result<()> {
    if profit.is_zero() {
        return Ok(());
    }
    let time = settle(market, slot)?;
    let period = i64::try_from(market.params.profit_vesting_seconds).map_err(|_| Error::Overflow)?;
    let vesting = &mut slot.vesting;
    vesting.since = time;
    vesting.new.join(profit, time.checked_add(period).ok_or(Error::Overflow)?)?;
    vesting.promote();
    market.vesting.total = market.vesting.total.plus(profit)?;
    Ok(())
}

/// Takes vesting profit out at once, at most `wanted`: for a position of its owner, or at his declaration. What is free
/// soonest goes first, so that drawing brings nothing forward. It leaves the market.
#[must_use = "what was taken must go somewhere"]
pub fn draw(market: &mut MarketBooks, slot: &mut MarketSlot, wanted: Atoms) -> Result<Atoms> {
    settle(market, slot)?;
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

/// Lets all vesting profit of a market bear a loss in proportion; returns what it bore, at most `loss`, which stays in the
/// market. An index that would be too small to tell amounts apart ends the epoch: what is left goes to insurance.
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
        book.total = Atoms::ZERO;
        book.index = WHOLE;
        book.epoch = book.epoch.checked_add(1).ok_or(Error::Overflow)?;
        market.insurance_due = market.insurance_due.plus(left)?;
    }
    Ok(borne)
}

/// Brings a slot up to the market's haircuts and clock, whose time it returns.
fn settle(market: &MarketBooks, slot: &mut MarketSlot) -> Result<i64> {
    slot.vesting = slot.vesting.after_haircuts(&market.vesting)?;
    let time = market.vesting_clock.max(slot.vesting.since);
    slot.vesting.advance(time)?;
    Ok(time)
}
