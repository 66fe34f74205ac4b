//! `value_collateral`: what an account's other collateral counts, for the few slots a valuation is good for.

use crate::error::{BreakwaterError, Explain};
use crate::events::CollateralValued;
use crate::kinds::Kinds;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;
use breakwater_engine::pledge;

/// Accounts of `value_collateral`. Nobody needs to sign. Then the kinds the account has amounts of.
#[event_cpi]
#[derive(Accounts)]
pub struct ValueCollateral<'info> {
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
}

/// Succeeds whatever the marks are: an old one counts for maintenance only.
pub fn value_collateral<'info>(ctx: Context<'info, ValueCollateral<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::ValueCollateral, &exchange, now)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_account(&accounts.account)?;
    let kinds = Kinds::open(&exchange, accounts.exchange.key, ctx.remaining_accounts)?;
    let opened = scope.accounts.first().ok_or(BreakwaterError::WrongCollateral)?;
    kinds.require_all(&opened.books, None)?;

    let Parts { accounts: [account], .. } = scope.parts()?;
    pledge::value(account, &kinds.books(), now).explained()?;
    let (initial, maintenance) = (account.pledge.initial.0, account.pledge.maintenance.0);

    let settled = scope.finish()?;
    emit_cpi!(CollateralValued { account: ctx.accounts.account.key(), initial, maintenance });
    Ok(settled)
}
