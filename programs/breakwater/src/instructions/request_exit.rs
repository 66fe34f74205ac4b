//! `request_exit`: a stake's cool-down begins, or an earlier request is taken back.

use crate::error::Explain;
use crate::events::ExitRequested;
use crate::layout::{books, books_mut};
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Stake};
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `request_exit`.
#[event_cpi]
#[derive(Accounts)]
pub struct RequestExit<'info> {
    /// Owner of the stake.
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    pub insurance: UncheckedAccount<'info>,
    /// CHECK: opened as `Stake`.
    #[account(mut)]
    pub stake: UncheckedAccount<'info>,
}

/// So many shares leave in all; none takes an earlier request back. They earn and lose until they have left.
pub fn request_exit<'info>(ctx: Context<'info, RequestExit<'info>>, shares: u128) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::RequestExit, &exchange, now)?;
    let insurance = open::read_fund(&exchange, &accounts.insurance)?;
    let mut stake = open::change::<Stake>(&accounts.stake)?;
    stake.require_of(accounts.exchange.key, accounts.owner.key)?;

    let held = books_mut(&mut stake.books);
    held.request_exit(books(&insurance.books), shares, books(&exchange.params), now).explained()?;
    let leaves_at = held.leaves_at;

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(ExitRequested { owner: ctx.accounts.owner.key(), shares, leaves_at });
    Ok(settled)
}
