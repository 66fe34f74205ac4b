//! `trip_breaker`: has breakers look at what the accounts passed prove, without an oracle.

use crate::error::{BreakwaterError, Explain};
use crate::events::BreakerTripped;
use crate::layout::{books, books_mut};
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Insurance};
use crate::{gate, open, pausing};
use anchor_lang::prelude::*;
use breakwater_engine::breaker;
use breakwater_engine::permission::Action;
use breakwater_engine::units::Now;

/// Accounts of `trip_breaker`. Nobody needs to sign.
#[event_cpi]
#[derive(Accounts)]
pub struct TripBreaker<'info> {
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    pub insurance: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`; left out: the exchange alone is looked at.
    #[account(mut)]
    pub market: Option<UncheckedAccount<'info>>,
}

/// Trips what holds; where nothing does, starts the hold of what held, which is the only way an exchange nobody draws on
/// opens again. Fails where neither is the case: nobody trips what is not so (F19).
pub fn trip_breaker<'info>(ctx: Context<'info, TripBreaker<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::TripBreaker, &exchange, now)?;
    require_keys_eq!(exchange.insurance, accounts.insurance.key(), BreakwaterError::WrongInsurance);
    let of_exchange = trip_exchange(&mut exchange, &accounts.insurance, now)?;
    let of_market = match &accounts.market {
        Some(market) => trip_market(&exchange, (accounts.exchange.key, market), now)?,
        None => None,
    };
    drop(exchange);
    require!(of_exchange.is_some() || of_market.is_some(), BreakwaterError::NothingTripped);

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    for told in [of_exchange, of_market].into_iter().flatten() {
        emit_cpi!(told);
    }
    Ok(settled)
}

/// Looks at the age of a market's mark, which slots alone prove. Funding up to now has fallen due: a halt that begins now
/// erases none of it (A49).
fn trip_market(
    exchange: &Exchange,
    (key, market): (&Pubkey, &AccountInfo<'_>),
    now: Now,
) -> Result<Option<BreakerTripped>> {
    let mut market = open::change_market(key, market)?;
    pausing::settle_funding(exchange, &mut market, now)?;
    let index = market.index;
    let listed = books_mut(&mut market.books);
    let tripped = listed.trip_stale(now);
    let (level, reasons) = (listed.level(now).number(), listed.breaker.in_force(now).0);
    Ok(tripped.then_some(BreakerTripped { market: index, level, reasons }))
}

/// Looks at drawdown and outflow; tells where one holds or begins to clear.
fn trip_exchange(exchange: &mut Exchange, insurance: &AccountInfo<'_>, now: Now) -> Result<Option<BreakerTripped>> {
    let fund = open::read::<Insurance>(insurance)?;
    let (params, outflow) = (exchange.params, exchange.outflow);
    let tripped = books_mut(&mut exchange.breaker);
    let known = (books(&fund.books), books(&outflow));
    let moved = breaker::trip_exchange(tripped, known, books(&params), now).explained()?;
    let (level, reasons) = (tripped.level(now).number(), tripped.in_force(now).0);
    Ok(moved.then_some(BreakerTripped { market: u16::MAX, level, reasons }))
}
