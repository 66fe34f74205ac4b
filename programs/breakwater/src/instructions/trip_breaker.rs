//! `trip_breaker`: has the exchange's breaker look at what the accounts passed prove. A market's trips on what `refresh_market`
//! finds: that nobody has refreshed it is no reason (A20).

use crate::error::{BreakwaterError, Explain};
use crate::events::BreakerTripped;
use crate::layout::{books, books_mut};
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Insurance};
use crate::{gate, open};
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
}

/// Trips what holds; where nothing does, starts the hold of what held, which is the only way an exchange nobody draws on
/// opens again. Fails where neither is the case: nobody trips what is not so (F19).
pub fn trip_breaker<'info>(ctx: Context<'info, TripBreaker<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::TripBreaker, &exchange, now)?;
    require_keys_eq!(exchange.insurance, accounts.insurance.key(), BreakwaterError::WrongInsurance);
    let told = trip_exchange(&mut exchange, &accounts.insurance, now)?.ok_or(BreakwaterError::NothingTripped)?;
    drop(exchange);

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(told);
    Ok(settled)
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
