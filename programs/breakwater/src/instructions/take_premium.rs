//! `take_premium`: what a layer has earned leaves.

use crate::error::Explain;
use crate::events::PremiumTaken;
use crate::layout::books_mut;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::layer;
use breakwater_engine::permission::Action;

/// Accounts of `take_premium`.
#[event_cpi]
#[derive(Accounts)]
pub struct TakePremium<'info> {
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

/// While the market's U is insured.
pub fn take_premium<'info>(ctx: Context<'info, TakePremium<'info>>, seat: u8) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut market = open::change_market(accounts.exchange.key, &accounts.market)?;
    gate::pass_in(Action::TakePremium, &exchange, &market, now)?;
    market.require_underwriter(seat, accounts.underwriter.key)?;
    let vault = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    vault.require_payee(&exchange.mint, &accounts.to)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_fund(&exchange, &accounts.insurance)?;

    let fund = scope.fund()?;
    let leaves = layer::take_premium(books_mut(&mut market.books), seat.into(), fund, now).explained()?;
    let index = market.index;
    drop(market);

    vault.send(&accounts.to, &signer, leaves)?;
    let settled = scope.finish_insurance(&vault)?;
    emit_cpi!(PremiumTaken { market: index, seat, amount: leaves.0 });
    Ok(settled)
}
