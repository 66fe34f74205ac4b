//! `request_withdrawal`: a place in the queue of withdrawals, which states when it may leave.

use crate::error::{BreakwaterError, Explain};
use crate::events::WithdrawalRequested;
use crate::layout::{books, books_mut};
use crate::refusal::{answer, tell};
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::outflow::{self, Allowance};
use breakwater_engine::permission::Action;
use breakwater_engine::Atoms;

/// Accounts of `request_withdrawal`.
#[event_cpi]
#[derive(Accounts)]
pub struct RequestWithdrawal<'info> {
    /// Owner of the margin account; anyone where a request that has lapsed is given up.
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
}

/// At most the account's free cash; zero gives a request up, which anyone may do once it has lapsed. Returns when it is ready and what of it was counted.
pub fn request_withdrawal<'info>(ctx: Context<'info, RequestWithdrawal<'info>>, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::RequestWithdrawal, &exchange, now)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_account(&accounts.account)?;
    let opened = &scope.accounts[0];
    let clears = amount == 0 && books(&opened.books).flow.has_lapsed(now);
    require!(clears || opened.owner == accounts.owner.key(), BreakwaterError::Unauthorised);

    let allowance = Allowance::of(books(&exchange.params), Atoms(exchange.collateral_booked)).explained()?;
    let account = books_mut(&mut scope.accounts[0].books);
    let left = books_mut(&mut exchange.outflow);
    let promise = outflow::request(left, account, &allowance, Atoms(amount), now).map_err(tell)?;

    let settled = scope.finish()?;
    emit_cpi!(WithdrawalRequested {
        account: ctx.accounts.account.key(),
        amount,
        counted: promise.counted.0,
        ready_at: promise.ready_at,
    });
    // Last: a call to another program clears it.
    answer(promise.ready_at, promise.counted.0);
    Ok(settled)
}
