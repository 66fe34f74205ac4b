//! `deposit_collateral`: other collateral in.

use crate::error::{BreakwaterError, Explain};
use crate::events::CollateralDeposited;
use crate::layout::books_mut;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::vault::{require_mint_of, Vault};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::{pledge, Atoms};

/// Accounts of `deposit_collateral`.
#[event_cpi]
#[derive(Accounts)]
pub struct DepositCollateral<'info> {
    /// Owner of the margin account and of the tokens.
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as `Collateral`.
    #[account(mut)]
    pub collateral: UncheckedAccount<'info>,
    /// CHECK: its mint is checked; the token program checks the rest.
    #[account(mut)]
    pub from: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the collateral.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// Tokens move first: what arrives is what is credited (F13).
pub fn deposit_collateral<'info>(ctx: Context<'info, DepositCollateral<'info>>, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::DepositCollateral, &exchange, now)?;

    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    scope.open_kind(&exchange, &accounts.collateral)?;
    let kind = &mut *scope.kind.as_mut().ok_or(BreakwaterError::WrongCollateral)?.collateral;
    require!(now.time >= kind.opens_at, BreakwaterError::MarketNotOpen);
    let vault = Vault::of_kind(kind, &accounts.vault)?;
    require_mint_of(&kind.mint, &accounts.from)?;

    let arrived = vault.receive(&accounts.from, &accounts.owner, Atoms(amount))?.0;
    let (index, account) = (kind.index, &mut scope.accounts[0].books);
    let at = usize::from(index);
    pledge::deposit(books_mut(account), (at, books_mut(&mut kind.books)), arrived, now).explained()?;
    let held = account.pledge.amounts[at];

    let settled = scope.finish_kind(&vault)?;
    emit_cpi!(CollateralDeposited { account: ctx.accounts.account.key(), index, amount: arrived, held });
    Ok(settled)
}
