//! `cancel_quote`: takes a quote back, with its rent.

use crate::error::BreakwaterError;
use crate::events::QuoteCancelled;
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Quote};
use crate::{gate, open};
use anchor_lang::prelude::*;
use breakwater_engine::permission::Action;

/// Accounts of `cancel_quote`.
#[event_cpi]
#[derive(Accounts)]
pub struct CancelQuote<'info> {
    /// Owner of the margin account, who gets the rent.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as `Quote`.
    #[account(mut)]
    pub quote: UncheckedAccount<'info>,
}

/// Nothing ever forbids it.
pub fn cancel_quote<'info>(ctx: Context<'info, CancelQuote<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::CancelQuote, &exchange, now)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    let quote = open::change::<Quote>(&accounts.quote)?;
    require_keys_eq!(quote.account, accounts.account.key(), BreakwaterError::WrongQuote);
    let market = quote.market;
    drop(quote);

    let settled = scope.finish()?;
    open::close(&accounts.quote, &accounts.owner)?;
    emit_cpi!(QuoteCancelled { account: ctx.accounts.account.key(), market });
    Ok(settled)
}
