//! `accept_authority`: whoever the authority was offered to takes it over.

use crate::error::BreakwaterError;
use crate::events::AuthorityAccepted;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::{authority, gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `accept_authority`.
#[event_cpi]
#[derive(Accounts)]
pub struct AcceptAuthority<'info> {
    /// The next authority.
    pub next: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
}

/// Within a week of the offer's execution. Proposals that wait are the new authority's to execute or to cancel.
pub fn accept_authority<'info>(ctx: Context<'info, AcceptAuthority<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    authority::require_next(&exchange, &accounts.next, &accounts.instructions)?;
    gate::pass(Action::Govern, &exchange, now)?;
    require!(now.time < exchange.offer_lapses_at, BreakwaterError::OfferLapsed);
    let (from, to) = (exchange.authority, exchange.next_authority);
    exchange.authority = to;
    exchange.withdraw_offer();
    drop(exchange);

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(AuthorityAccepted { from, to });
    Ok(settled)
}
