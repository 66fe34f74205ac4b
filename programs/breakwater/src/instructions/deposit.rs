//! `deposit`: collateral in.

use crate::error::{BreakwaterError, Explain};
use crate::events::Deposited;
use crate::layout::books;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::vault::{require_mint, Vault};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::{collateral, Atoms};

/// Accounts of `deposit`.
#[event_cpi]
#[derive(Accounts)]
pub struct Deposit<'info> {
    /// Owner of the margin account and of the tokens.
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: its mint is checked; the token program checks the rest.
    #[account(mut)]
    pub from: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub collateral_vault: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// Tokens move first: what arrives is what is credited (F13).
pub fn deposit<'info>(ctx: Context<'info, Deposit<'info>>, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::Deposit, &exchange, now)?;

    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    let vault = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    require_mint(&exchange, &accounts.from)?;

    let arrived = vault.receive(&accounts.from, &accounts.owner, Atoms(amount))?;
    let Parts { accounts: [account], .. } = scope.parts()?;
    collateral::deposit(account, books(&exchange.params), arrived).explained()?;
    let free = account.free.0;

    let settled = scope.finish_collateral(&mut exchange, &vault)?;
    let fits = exchange.collateral_booked <= exchange.params.deposits_max;
    require!(fits, BreakwaterError::DepositsFull);
    emit_cpi!(Deposited { account: ctx.accounts.account.key(), amount: arrived.0, free });
    Ok(settled)
}
