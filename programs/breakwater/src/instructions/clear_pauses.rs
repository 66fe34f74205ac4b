//! `clear_pauses`: takes pauses that have run out off the books. They pause nothing either way.

use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open, pausing};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `clear_pauses`. Nobody needs to sign.
#[event_cpi]
#[derive(Accounts)]
pub struct ClearPauses<'info> {
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`; left out: the exchange's are cleared.
    #[account(mut)]
    pub market: Option<UncheckedAccount<'info>>,
}

/// Refuses when nothing has run out.
pub fn clear_pauses<'info>(ctx: Context<'info, ClearPauses<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::SetPause, &exchange, now)?;

    let market = accounts.market.as_ref().map(|market| market.as_ref());
    let told =
        pausing::change(&mut exchange, accounts.exchange.key, market, now, |pauses, _| pauses.clear_expired(now))?;
    drop(exchange);

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(told);
    Ok(settled)
}
