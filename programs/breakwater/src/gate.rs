//! The gate: the only file that decides what is permitted now. The table itself is the engine's (`permission`); here the
//! accounts are handed to it.
//!
//! A mark that is too old and a U that is not covered refuse by themselves, tripped or not. What the exchange's breaker
//! watches changes only in instructions that write it down there and then, so its level is the condition.

use crate::error::Explain;
use crate::layout::{books, books_mut};
use crate::state::{Exchange, Market};
use anchor_lang::prelude::*;
use breakwater_engine::breaker;
use breakwater_engine::permission::{permit_order, permit_quote, permitted, Action, Conditions, Guards};
use breakwater_engine::state::{AccountBooks, InsuranceBooks, QuoteBooks};
use breakwater_engine::trade::Order;
use breakwater_engine::units::Now;

/// The cluster's clock.
pub fn now() -> Result<Now> {
    let clock = Clock::get()?;
    Ok(Now { slot: clock.slot, time: clock.unix_timestamp })
}

/// Whether the exchange permits an action that concerns no market.
pub fn pass(action: Action, exchange: &Exchange, now: Now) -> Result<()> {
    let conditions = Conditions::of_exchange(books(&exchange.breaker), books(&exchange.pauses), now);
    permitted(action, &conditions).explained()
}

/// Whether an action is permitted in a market.
pub fn pass_in(action: Action, exchange: &Exchange, market: &Market, now: Now) -> Result<()> {
    permitted(action, &conditions(exchange, market, now)).explained()
}

/// Whether an order is permitted, which it may be only as a reduction: it is then marked so.
pub fn pass_order(
    order: &mut Order,
    exchange: &Exchange,
    market: &Market,
    taker: &AccountBooks,
    now: Now,
) -> Result<()> {
    permit_order(order, &conditions(exchange, market, now), u64::from(market.index), taker).explained()
}

/// Whether a quote may be set, which it may be only as a reduction: it is then marked so.
pub fn pass_quote(
    quote: &mut QuoteBooks,
    exchange: &Exchange,
    market: &Market,
    maker: &AccountBooks,
    now: Now,
) -> Result<()> {
    permit_quote(quote, &conditions(exchange, market, now), u64::from(market.index), maker).explained()
}

/// What stands still in a market under its pauses and breakers, as the engine's bits.
pub fn stops(exchange: &Exchange, market: &Market, now: Now) -> u64 {
    guards(exchange, market).stops(books(&market.books), now)
}

/// Writes down in the exchange's breaker how far insurance has fallen: for an instruction that made it fall.
pub fn watch_fund(exchange: &mut Exchange, fund: &InsuranceBooks, now: Now) -> Result<()> {
    let params = exchange.params;
    breaker::watch_fund(books_mut(&mut exchange.breaker), fund, books(&params), now).explained()
}

/// The same of what has left the collateral vault: for an instruction that lets it leave.
pub fn watch_outflow(exchange: &mut Exchange, now: Now) {
    let (params, outflow) = (exchange.params, exchange.outflow);
    breaker::watch_outflow(books_mut(&mut exchange.breaker), books(&outflow), books(&params), now);
}

fn conditions(exchange: &Exchange, market: &Market, now: Now) -> Conditions {
    guards(exchange, market).conditions(books(&market.books), now)
}

fn guards<'a>(exchange: &'a Exchange, market: &'a Market) -> Guards<'a> {
    Guards {
        exchange: books(&exchange.breaker),
        pauses: [books(&exchange.pauses), books(&market.pauses)],
        opens_at: market.opens_at,
    }
}
