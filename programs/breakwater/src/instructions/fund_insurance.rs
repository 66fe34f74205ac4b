//! `fund_insurance`: anyone pays into the protocol's tranche.

use crate::error::{BreakwaterError, Explain};
use crate::events::InsuranceFunded;
use crate::scope::{Scope, Settled};
use crate::state::Exchange;
use crate::vault::{require_mint, Vault};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::Atoms;

/// Accounts of `fund_insurance`.
#[event_cpi]
#[derive(Accounts)]
pub struct FundInsurance<'info> {
    /// Owner of the tokens.
    pub payer: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    pub exchange: UncheckedAccount<'info>,
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

/// Tokens move first: what arrives is what is credited (F13).
pub fn fund_insurance<'info>(ctx: Context<'info, FundInsurance<'info>>, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::FundInsurance, &exchange, now)?;
    let vault = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    require_mint(&exchange, &accounts.from)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_fund(&exchange, &accounts.insurance)?;
    require!(amount > 0, BreakwaterError::ZeroAmount);

    let arrived = vault.receive(&accounts.from, &accounts.payer, Atoms(amount))?;
    let fund = scope.fund()?;
    fund.pay_in(arrived).explained()?;
    let booked = fund.booked.0;

    let settled = scope.finish_insurance(&vault)?;
    emit_cpi!(InsuranceFunded { amount: arrived.0, booked });
    Ok(settled)
}
