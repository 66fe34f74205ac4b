//! `donate`: anyone pays back what a side was charged.

use crate::error::{BreakwaterError, Explain};
use crate::events::Donated;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::vault::{require_mint, Vault};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::{recovery, Atoms, Side};

/// Accounts of `donate`.
#[event_cpi]
#[derive(Accounts)]
pub struct Donate<'info> {
    /// Owner of the tokens.
    pub payer: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: opened as the market's `Ladder`.
    #[account(mut)]
    pub ladder: UncheckedAccount<'info>,
    /// CHECK: its mint is checked; the token program checks the rest.
    #[account(mut)]
    pub from: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub collateral_vault: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// Into the claims of longs (0) or shorts (1), and beyond what they are owed to insurance. Tokens move first (F13).
pub fn donate<'info>(ctx: Context<'info, Donate<'info>>, side: u8, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    gate::pass_in(Action::Donate, &exchange, &scope.markets[0].market, now)?;
    let vault = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    require_mint(&exchange, &accounts.from)?;
    let charged = *Side::BOTH.get(usize::from(side)).ok_or(BreakwaterError::UnknownSide)?;
    require!(amount > 0, BreakwaterError::ZeroAmount);

    let arrived = vault.receive(&accounts.from, &accounts.payer, Atoms(amount))?;
    let Parts { accounts: [], mut books, .. } = scope.parts()?;
    let paid = recovery::donate(&mut books[0], charged, arrived, now).explained()?;
    let market = books[0].market.id as u16;

    let settled = scope.finish_collateral(&mut exchange, &vault)?;
    emit_cpi!(Donated { market, side, to_claims: paid.to_claims.0, to_insurance: paid.to_insurance.0 });
    Ok(settled)
}
