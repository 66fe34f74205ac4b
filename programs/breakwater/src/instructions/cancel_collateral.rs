//! `cancel_collateral`: a listing taken back before it opens.

use crate::error::BreakwaterError;
use crate::events::CollateralCancelled;
use crate::kinds::require_pinned;
use crate::scope::{Scope, Settled};
use crate::state::{Collateral, Exchange, NEVER_OPENS};
use crate::{authority, gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `cancel_collateral`.
#[event_cpi]
#[derive(Accounts)]
pub struct CancelCollateral<'info> {
    /// The exchange's authority or its guardian.
    pub signer: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Collateral`.
    #[account(mut)]
    pub collateral: UncheckedAccount<'info>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
}

/// Its number stays taken. Once it has opened somebody may hold it: then its parameters are tightened instead.
pub fn cancel_collateral<'info>(ctx: Context<'info, CancelCollateral<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    authority::require_either(&exchange, &accounts.signer, &accounts.instructions)?;
    gate::pass(Action::Govern, &exchange, now)?;
    let mut kind = open::change::<Collateral>(&accounts.collateral)?;
    require_pinned(&exchange, &kind, (accounts.exchange.key, accounts.collateral.key))?;
    require!(kind.opens_at != NEVER_OPENS, BreakwaterError::NothingChanges);
    require!(now.time < kind.opens_at, BreakwaterError::ProposalClosed);
    kind.opens_at = NEVER_OPENS;
    let index = kind.index;
    drop((kind, exchange));

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(CollateralCancelled { index, by: ctx.accounts.signer.key() });
    Ok(settled)
}
