//! `withdraw_collateral`: other collateral out.

use crate::error::{BreakwaterError, Explain};
use crate::events::CollateralWithdrawn;
use crate::kinds::{self, Kinds};
use crate::layout::books_mut;
use crate::scope::{Scope, Settled};
use crate::state::{AccountBooks, Exchange};
use crate::vault::{Vault, VaultSigner};
use crate::views::Views;
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::pledge::{self, Stock};
use breakwater_engine::units::Now;
use breakwater_engine::Atoms;

/// Accounts of `withdraw_collateral`. Then the other kinds the account has amounts of, then a pair of market and ladder for
/// every market of the account.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawCollateral<'info> {
    /// Owner of the margin account.
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as `Collateral`.
    #[account(mut)]
    pub collateral: UncheckedAccount<'info>,
    /// CHECK: its mint is checked. Anyone's: the owner signed.
    #[account(mut)]
    pub to: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the collateral.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    pub vault_authority: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// Without positions no market, oracle or keeper is asked (I10).
pub fn withdraw_collateral<'info>(ctx: Context<'info, WithdrawCollateral<'info>>, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    scope.open_kind(&exchange, &accounts.collateral)?;
    let kind = &mut *scope.kind.as_mut().ok_or(BreakwaterError::WrongCollateral)?.collateral;
    let account = &mut scope.accounts[0].books;
    let vault = Vault::of_kind(kind, &accounts.vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    vault.require_payee(&kind.mint, &accounts.to)?;
    let (others, pairs) = kinds::split(ctx.remaining_accounts, kinds::others(account, kind.index))?;
    let others = Kinds::open(&exchange, accounts.exchange.key, others)?;
    others.require_all(account, Some(kind.index))?;
    let mut views = Views::of(&accounts.exchange);
    views.open_pairs(pairs)?;
    pass(&exchange, account, &views, now)?;

    let at = usize::from(kind.index);
    let stock = Stock { at, kind: books_mut(&mut kind.books), others: others.books() };
    pledge::withdraw(books_mut(account), stock, views.iter(), amount, now).explained()?;
    let (index, held) = (kind.index, account.pledge.amounts[at]);

    vault.send(&accounts.to, &signer, Atoms(amount))?;
    let settled = scope.finish_kind(&vault)?;
    emit_cpi!(CollateralWithdrawn { account: ctx.accounts.account.key(), index, amount, held });
    Ok(settled)
}

/// Every market the account has lots in must permit it.
fn pass(exchange: &Exchange, account: &AccountBooks, views: &Views<'_>, now: Now) -> Result<()> {
    let mut action = Action::WithdrawFlat;
    for slot in account.slots.iter().filter(|slot| slot.position.lots != 0) {
        action = Action::WithdrawCollateral;
        for market in views.markets().filter(|market| u64::from(market.index) == slot.market) {
            gate::pass_in(action, exchange, market, now)?;
        }
    }
    gate::pass(action, exchange, now)
}
