//! `exit_stake`: shares whose cool-down is over leave, as far as what remains covers every market and the target.

use crate::error::Explain;
use crate::events::StakeExited;
use crate::layout::{books, books_mut};
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, Market, Stake};
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::units::Now;
use breakwater_engine::{cover, Atoms};
use std::cell::Ref;

/// Accounts of `exit_stake`. Then every market of the exchange, read only, in the order of their numbers.
#[event_cpi]
#[derive(Accounts)]
pub struct ExitStake<'info> {
    /// Owner of the stake, who gets its rent back when nothing is left of it.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub insurance: UncheckedAccount<'info>,
    /// CHECK: opened as `Stake`.
    #[account(mut)]
    pub stake: UncheckedAccount<'info>,
    /// CHECK: its mint is checked. Anyone's: the owner signed.
    #[account(mut)]
    pub to: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub insurance_vault: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    pub vault_authority: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// What cannot leave yet goes on leaving; a stake with nothing left closes.
pub fn exit_stake<'info>(ctx: Context<'info, ExitStake<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::Unstake, &exchange, now)?;
    let mut stake = open::change::<Stake>(&accounts.stake)?;
    stake.require_of(accounts.exchange.key, accounts.owner.key)?;
    let vault = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    vault.require_payee(&exchange.mint, &accounts.to)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_fund(&exchange, &accounts.insurance)?;
    let must_stay = must_stay(&exchange, accounts.exchange.key, ctx.remaining_accounts, now)?;

    let fund = scope.fund()?;
    let held = books_mut(&mut stake.books);
    let exit = held.exit(fund, must_stay, now).explained()?;
    let (waiting, left, staked) = (held.leaving.get(), held.shares.get(), fund.staked.0);
    drop(stake);

    vault.send(&accounts.to, &signer, exit.paid)?;
    let settled = scope.finish_insurance(&vault)?;
    emit_cpi!(StakeExited { owner: ctx.accounts.owner.key(), shares: exit.shares, paid: exit.paid.0, waiting, staked });
    if left == 0 {
        open::close(&ctx.accounts.stake, &ctx.accounts.owner)?;
    }
    Ok(settled)
}

/// What the fund must keep for the markets, all of them.
fn must_stay(exchange: &Exchange, key: &Pubkey, markets: &[AccountInfo<'_>], now: Now) -> Result<Atoms> {
    let opened: Vec<Ref<'_, Market>> = markets.iter().map(|at| open::read_market(key, at)).collect::<Result<_>>()?;
    let ordered = opened.iter().map(|market| books(&market.books));
    cover::must_stay(ordered, exchange.market_count.into(), books(&exchange.params), now).explained()
}
