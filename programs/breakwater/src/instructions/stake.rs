//! `stake`: shares of the insurance fund's second tranche.

use crate::error::Explain;
use crate::events::Staked;
use crate::layout::{books, books_mut};
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Stake};
use crate::vault::{require_mint, Vault};
use crate::{gate, open, seeds};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::Atoms;

/// Accounts of `stake`.
#[event_cpi]
#[derive(Accounts)]
pub struct PlaceStake<'info> {
    /// Owner of the stake and of the tokens, who pays the stake's rent and gets it back when it has left.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub insurance: UncheckedAccount<'info>,
    /// The stake: opened when it is not.
    #[account(
        init_if_needed, payer = owner, space = 8 + size_of::<Stake>(),
        seeds = [seeds::STAKE, exchange.key.as_ref(), owner.key.as_ref()], bump,
    )]
    pub stake: AccountLoader<'info, Stake>,
    /// CHECK: its mint is checked; the token program checks the rest.
    #[account(mut)]
    pub from: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub insurance_vault: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
    /// Creates the stake.
    pub system_program: Program<'info, System>,
}

/// Tokens move first: what arrives is what buys shares (F13).
pub fn stake<'info>(ctx: Context<'info, PlaceStake<'info>>, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::FundInsurance, &exchange, now)?;
    let vault = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    require_mint(&exchange, &accounts.from)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_fund(&exchange, &accounts.insurance)?;

    let is_new = open::is_new(accounts.stake.as_ref());
    let mut stake = if is_new { accounts.stake.load_init()? } else { accounts.stake.load_mut()? };
    stake.exchange = accounts.exchange.key();
    stake.owner = accounts.owner.key();
    let arrived = vault.receive(&accounts.from, &accounts.owner, Atoms(amount))?;
    let fund = scope.fund()?;
    let shares = books_mut(&mut stake.books).pay_in(fund, arrived, books(&exchange.params)).explained()?;
    let staked = fund.staked.0;
    drop(stake);

    let settled = scope.finish_insurance(&vault)?;
    emit_cpi!(Staked { owner: ctx.accounts.owner.key(), amount: arrived.0, shares, staked });
    Ok(settled)
}
