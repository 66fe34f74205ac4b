//! `close_account`: gives back the rent of an empty margin account.

use crate::error::BreakwaterError;
use crate::events::AccountClosed;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `close_account`.
#[event_cpi]
#[derive(Accounts)]
pub struct CloseAccount<'info> {
    /// Owner, who gets the rent back.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
}

/// Empty: no cash, no other collateral, no position, no profit or claim waiting, no debt.
pub fn close_account<'info>(ctx: Context<'info, CloseAccount<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::CloseAccount, &exchange, now)?;

    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    let Parts { accounts: [account], .. } = scope.parts()?;
    let empty = account.free.is_zero() && !account.pledge.is_held() && account.slots.iter().all(|slot| slot.is_empty());
    require!(empty, BreakwaterError::AccountNotEmpty);

    let settled = scope.finish()?;
    open::close(&accounts.account, &accounts.owner)?;
    emit_cpi!(AccountClosed { account: ctx.accounts.account.key() });
    Ok(settled)
}
