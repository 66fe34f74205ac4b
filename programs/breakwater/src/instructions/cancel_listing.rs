//! `cancel_listing`: takes back a market that has not opened yet.

use crate::error::BreakwaterError;
use crate::events::ListingCancelled;
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, NEVER_OPENS};
use crate::{authority, gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `cancel_listing`.
#[event_cpi]
#[derive(Accounts)]
pub struct CancelListing<'info> {
    /// The exchange's authority, or its guardian.
    pub signer: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
}

/// It never opens. One that has opened, or was taken back already, is refused: `ProposalClosed`.
pub fn cancel_listing<'info>(ctx: Context<'info, CancelListing<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    authority::require_either(&exchange, &accounts.signer, &accounts.instructions)?;
    gate::pass(Action::Govern, &exchange, now)?;
    let mut market = open::change_market(accounts.exchange.key, &accounts.market)?;
    let waits = now.time < market.opens_at && market.opens_at != NEVER_OPENS;
    require!(waits, BreakwaterError::ProposalClosed);
    market.opens_at = NEVER_OPENS;
    let index = market.index;
    drop((exchange, market));

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(ListingCancelled { market: index, by: ctx.accounts.signer.key() });
    Ok(settled)
}
