//! `propose_change`: a change that waits for the timelock.

use crate::error::BreakwaterError;
use crate::events::ChangeProposed;
use crate::layout::books;
use crate::scope::{Scope, Settled};
use crate::state::{kind, Change, Exchange, Market, Proposal, WAITS};
use crate::{authority, changes, gate, open, seeds};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::units::Now;

/// Seconds a proposal may be executed in, once its timelock has run out.
const OPEN_SECONDS: u64 = 7 * 86_400;

/// Accounts of `propose_change`, and of `offer_authority`.
#[event_cpi]
#[derive(Accounts)]
#[instruction(id: u64)]
pub struct ProposeChange<'info> {
    /// The exchange's authority, who pays the rent.
    #[account(mut)]
    pub authority: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`; left out where the change concerns none.
    pub market: Option<UncheckedAccount<'info>>,
    /// CHECK: by `changes`: what the change names, where it names an account that must be of a kind; else left out.
    pub named: Option<UncheckedAccount<'info>>,
    /// The proposal.
    #[account(
        init, payer = authority, space = 8 + size_of::<Proposal>(),
        seeds = [seeds::PROPOSAL, exchange.key.as_ref(), &id.to_le_bytes()], bump,
    )]
    pub proposal: AccountLoader<'info, Proposal>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
    /// Creates the proposal.
    pub system_program: Program<'info, System>,
}

/// What could not be made now is not even proposed. The authority itself is handed over by `offer_authority`.
pub fn propose_change<'info>(ctx: Context<'info, ProposeChange<'info>>, id: u64, change: Change) -> Result<Settled> {
    let now = gate::now()?;
    let told = propose(ctx.accounts, id, &change, now)?;
    require!(change.kind != kind::AUTHORITY, BreakwaterError::UnknownChange);
    let settled = Scope::begin(&ctx.accounts.exchange, now).finish()?;
    emit_cpi!(told);
    Ok(settled)
}

/// Writes a proposal.
pub(super) fn propose<'info>(
    accounts: &ProposeChange<'info>,
    id: u64,
    change: &Change,
    now: Now,
) -> Result<ChangeProposed> {
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    authority::require(&exchange, &accounts.authority, &accounts.instructions)?;
    gate::pass(Action::Govern, &exchange, now)?;
    require!(id == exchange.proposal_count, BreakwaterError::WrongProposal);
    let market = accounts.market.as_ref().map(|market| market.as_ref());
    let market = changes::market_of(change, accounts.exchange.key, market, open::read::<Market>)?;
    let from = changes::current(change, &exchange, market.as_deref())?;
    changes::require_named(change, &exchange, accounts.named.as_deref())?;
    changes::check(change, &exchange, market.as_deref(), now)?;
    exchange.proposal_count += 1;

    let hold = *books(&exchange.exit_hold);
    let ready_at = hold.since(now).saturating_add_unsigned(changes::waits(change, &exchange));
    let expires_at = ready_at.saturating_add_unsigned(OPEN_SECONDS);
    let Change { kind, market, field, to, key, numbers } = *change;
    let (exchange, pushed_back) = (accounts.exchange.key(), hold.pushed_back);
    let closed = WAITS;
    *accounts.proposal.load_init()? = Proposal {
        exchange,
        id,
        kind,
        market,
        field,
        from,
        to,
        key,
        numbers,
        ready_at,
        expires_at,
        pushed_back,
        closed,
    };
    Ok(ChangeProposed { id, kind, market, field, from, to, key, numbers, ready_at, expires_at })
}
