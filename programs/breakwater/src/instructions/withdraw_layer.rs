//! `withdraw_layer`: an expired layer's capital and premium leave, and its seat is free.

use crate::error::Explain;
use crate::events::LayerWithdrawn;
use crate::layout::books_mut;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::layer;
use breakwater_engine::permission::Action;

/// Accounts of `withdraw_layer`.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawLayer<'info> {
    /// Whom the layer was offered to.
    pub underwriter: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub insurance: UncheckedAccount<'info>,
    /// CHECK: its mint is checked. Anyone's: the underwriter signed.
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

/// Once it has expired, and while what remains insures the market's U.
pub fn withdraw_layer<'info>(ctx: Context<'info, WithdrawLayer<'info>>, seat: u8) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut market = open::change_market(accounts.exchange.key, &accounts.market)?;
    gate::pass_in(Action::WithdrawLayer, &exchange, &market, now)?;
    market.require_underwriter(seat, accounts.underwriter.key)?;
    let vault = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    vault.require_payee(&exchange.mint, &accounts.to)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_fund(&exchange, &accounts.insurance)?;

    let fund = scope.fund()?;
    let leaves = layer::withdraw(books_mut(&mut market.books), seat.into(), fund, now).explained()?;
    market.underwriters[usize::from(seat)] = Pubkey::default();
    let index = market.index;
    drop(market);

    vault.send(&accounts.to, &signer, leaves)?;
    let settled = scope.finish_insurance(&vault)?;
    emit_cpi!(LayerWithdrawn { market: index, seat, amount: leaves.0 });
    Ok(settled)
}
