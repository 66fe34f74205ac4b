//! `cancel_change`: takes a proposal back.

use crate::error::BreakwaterError;
use crate::events::ProposalClosed;
use crate::scope::{Scope, Settled};
use crate::state::{kind, Exchange, Proposal, CANCELLED, WAITS};
use crate::{authority, gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `cancel_change`.
#[event_cpi]
#[derive(Accounts)]
pub struct CancelChange<'info> {
    /// The exchange's authority, or its guardian.
    pub signer: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Proposal`.
    #[account(mut)]
    pub proposal: UncheckedAccount<'info>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
}

/// At any time before it is executed. Not by the guardian where it replaces him: he would keep his office for ever.
pub fn cancel_change<'info>(ctx: Context<'info, CancelChange<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    authority::require_either(&exchange, &accounts.signer, &accounts.instructions)?;
    gate::pass(Action::Govern, &exchange, now)?;
    let mut proposal = open::change::<Proposal>(&accounts.proposal)?;
    require_keys_eq!(proposal.exchange, *accounts.exchange.key, BreakwaterError::WrongProposal);
    require!(proposal.closed == WAITS, BreakwaterError::ProposalClosed);
    let vetoes_himself = proposal.kind == kind::GUARDIAN && accounts.signer.key() != exchange.authority;
    require!(!vetoes_himself, BreakwaterError::OwnReplacement);
    proposal.closed = CANCELLED;
    let id = proposal.id;
    drop((exchange, proposal));

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(ProposalClosed { id, closed: CANCELLED, by: ctx.accounts.signer.key() });
    Ok(settled)
}
