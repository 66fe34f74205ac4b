//! `execute_change`: makes a proposed change, once, after its timelock and before it lapses.

use crate::error::{BreakwaterError, Explain};
use crate::events::ProposalClosed;
use crate::layout::books;
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Market, Proposal, EXECUTED, WAITS};
use crate::{authority, changes, gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::state::ExitHold;
use breakwater_engine::units::Now;
use breakwater_engine::Error;

/// Accounts of `execute_change`.
#[event_cpi]
#[derive(Accounts)]
pub struct ExecuteChange<'info> {
    /// The exchange's authority.
    pub authority: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`; left out where the change concerns none.
    #[account(mut)]
    pub market: Option<UncheckedAccount<'info>>,
    /// CHECK: by `changes`: what the change names, where it names an account that must be of a kind; else left out.
    pub named: Option<UncheckedAccount<'info>>,
    /// CHECK: opened as `Proposal`.
    #[account(mut)]
    pub proposal: UncheckedAccount<'info>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
}

/// What it was proposed for must still hold, and so must every bound.
pub fn execute_change<'info>(ctx: Context<'info, ExecuteChange<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    authority::require(&exchange, &accounts.authority, &accounts.instructions)?;
    gate::pass(Action::Govern, &exchange, now)?;
    let mut proposal = open::change::<Proposal>(&accounts.proposal)?;
    require_keys_eq!(proposal.exchange, *accounts.exchange.key, BreakwaterError::WrongProposal);
    is_due(&proposal, books(&exchange.exit_hold), now).explained()?;

    let change = proposal.change();
    let market = accounts.market.as_ref().map(|market| market.as_ref());
    let mut market = changes::market_of(&change, accounts.exchange.key, market, open::change::<Market>)?;
    let holds = changes::current(&change, &exchange, market.as_deref())? == proposal.from;
    require!(holds, BreakwaterError::ProposalOutdated);
    changes::require_named(&change, &exchange, accounts.named.as_deref())?;
    changes::make(&change, &mut exchange, market.as_deref_mut(), now)?;
    proposal.closed = EXECUTED;
    let id = proposal.id;
    drop((exchange, market, proposal));

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(ProposalClosed { id, closed: EXECUTED, by: ctx.accounts.authority.key() });
    Ok(settled)
}

/// The authority's pauses of exits have pushed it back since it was made.
fn is_due(proposal: &Proposal, hold: &ExitHold, now: Now) -> std::result::Result<(), Error> {
    if proposal.closed != WAITS {
        return Err(Error::ProposalClosed);
    }
    let pushed_back = hold.pushed_back.saturating_sub(proposal.pushed_back);
    if now.time < proposal.ready_at.saturating_add(pushed_back) {
        return Err(Error::ProposalTooEarly);
    }
    if now.time >= proposal.expires_at.saturating_add(pushed_back) {
        return Err(Error::ProposalExpired);
    }
    Ok(())
}
