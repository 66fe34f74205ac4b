//! `revoke_offer`: takes an offer of the authority back, at once: it was made for a key that is not trusted any more.

use crate::error::BreakwaterError;
use crate::events::OfferRevoked;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::{authority, gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `revoke_offer`.
#[event_cpi]
#[derive(Accounts)]
pub struct RevokeOffer<'info> {
    /// The exchange's authority, or its guardian.
    pub signer: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
}

/// Lapsed or not. What still waits as a proposal is taken back with `cancel_change`.
pub fn revoke_offer<'info>(ctx: Context<'info, RevokeOffer<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    authority::require_either(&exchange, &accounts.signer, &accounts.instructions)?;
    gate::pass(Action::Govern, &exchange, now)?;
    let to = exchange.next_authority;
    require_keys_neq!(to, Pubkey::default(), BreakwaterError::NothingOffered);
    exchange.withdraw_offer();
    drop(exchange);

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(OfferRevoked { to, by: ctx.accounts.signer.key() });
    Ok(settled)
}
