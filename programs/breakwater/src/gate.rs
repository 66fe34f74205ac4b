//! The gate: the only file that decides what is permitted now. The table itself is the engine's (`permission`); here the
//! accounts are asked for its columns.

use crate::error::Explain;
use crate::layout::books;
use crate::state::{Exchange, Market};
use anchor_lang::prelude::*;
use breakwater_engine::market::{STOPS_FUNDING, STOPS_UNLOCKING};
use breakwater_engine::permission::{permitted, Action, Mode, PauseBits};
use breakwater_engine::price::Quality;
use breakwater_engine::trade::Order;
use breakwater_engine::units::Now;
use breakwater_engine::{Account, Error};

/// Pauses under which funding stops: whoever cannot close, or be closed, does not pay for staying (F21).
const PAUSES_FUNDING: PauseBits = PauseBits::TRADE_REDUCE.and(PauseBits::LIQUIDATION).and(PauseBits::FREEZE);

/// Pauses under which no profit unlocks.
const PAUSES_UNLOCKING: PauseBits = PauseBits::UNLOCKING.and(PauseBits::FREEZE);

/// The cluster's clock.
pub fn now() -> Result<Now> {
    let clock = Clock::get()?;
    Ok(Now { slot: clock.slot, time: clock.unix_timestamp })
}

/// Whether the exchange permits an action that concerns no market.
pub fn pass(action: Action, exchange: &Exchange, now: Now) -> Result<()> {
    permitted(action, books(&exchange.pauses).bits(now), Mode::Open, Quality::Good, true).explained()
}

/// Whether an action is permitted in a market.
pub fn pass_in(action: Action, exchange: &Exchange, market: &Market, now: Now) -> Result<()> {
    ask(action, exchange, market, now).explained()
}

/// Whether an order is permitted. One that could enlarge passes as a reduction where only those do, if that is what it comes
/// to: it is then marked so, and cannot go through zero even where the position was deleveraged since.
pub fn pass_order(order: &mut Order, exchange: &Exchange, market: &Market, taker: &Account, now: Now) -> Result<()> {
    if order.reduce_only {
        return pass_in(Action::TradeReduce, exchange, market, now);
    }
    let Err(refusal) = ask(Action::TradeIncrease, exchange, market, now) else {
        return Ok(());
    };
    let reduces = taker
        .slot(u64::from(market.index))
        .is_ok_and(|slot| slot.position.side() == Some(order.side.opposite()) && slot.position.size() >= order.lots);
    if !reduces {
        return Err(refusal).explained();
    }
    order.reduce_only = true;
    pass_in(Action::TradeReduce, exchange, market, now)
}

/// What stands still in a market under its pauses, as the engine's bits.
pub fn stops(exchange: &Exchange, market: &Market, now: Now) -> u64 {
    let pauses = pauses(exchange, market, now);
    let funding = if pauses.meets(PAUSES_FUNDING) { STOPS_FUNDING } else { 0 };
    let unlocking = if pauses.meets(PAUSES_UNLOCKING) { STOPS_UNLOCKING } else { 0 };
    funding | unlocking
}

fn ask(action: Action, exchange: &Exchange, market: &Market, now: Now) -> std::result::Result<(), Error> {
    let books = books(&market.books);
    let quality = Quality::from_number(books.mark.quality);
    permitted(action, pauses(exchange, market, now), mode(market), quality, books.mark_is_fresh(now))
}

fn pauses(exchange: &Exchange, market: &Market, now: Now) -> PauseBits {
    books(&exchange.pauses).bits(now).and(books(&market.pauses).bits(now))
}

fn mode(market: &Market) -> Mode {
    if market.books.grid.cursor == 0 {
        Mode::Open
    } else {
        Mode::Rebasing
    }
}
