//! `fund_layer`: capital for an underwriting layer, from the wallet or the program it was offered to.

use crate::error::Explain;
use crate::events::LayerFunded;
use crate::layout::books_mut;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::vault::{require_mint, Vault};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::{layer, Atoms};

/// Accounts of `fund_layer`.
#[event_cpi]
#[derive(Accounts)]
pub struct FundLayer<'info> {
    /// Whom the layer was offered to; owner of the tokens. A program signs for its address by CPI.
    pub underwriter: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub insurance: UncheckedAccount<'info>,
    /// CHECK: its mint is checked; the token program checks the rest.
    #[account(mut)]
    pub from: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub insurance_vault: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// Up to the layer's limit, before it expires. Tokens move first: what arrives is what is credited (F13).
pub fn fund_layer<'info>(ctx: Context<'info, FundLayer<'info>>, seat: u8, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    let mut market = open::change_market(accounts.exchange.key, &accounts.market)?;
    gate::pass_in(Action::FundLayer, &exchange, &market, now)?;
    market.require_underwriter(seat, accounts.underwriter.key)?;
    let vault = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    require_mint(&exchange, &accounts.from)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_fund(&exchange, &accounts.insurance)?;

    let arrived = vault.receive(&accounts.from, &accounts.underwriter, Atoms(amount))?;
    let fund = scope.fund()?;
    layer::fund(books_mut(&mut market.books), seat.into(), fund, arrived, now).explained()?;
    let (index, held) = (market.index, market.books.layers[usize::from(seat)].amount);
    drop(market);

    let settled = scope.finish_insurance(&vault)?;
    emit_cpi!(LayerFunded { market: index, seat, amount: arrived.0, held });
    Ok(settled)
}
