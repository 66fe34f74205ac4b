//! `distribute_surplus`: what the protocol's tranche holds above what it must keep goes to everyone owed.

use crate::error::{BreakwaterError, Explain};
use crate::events::SurplusDistributed;
use crate::layout::books;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::{cover, revenue};

/// Accounts of `distribute_surplus`. Nobody needs to sign. Then a pair of market and ladder, writable, for every market of the
/// exchange, in the order of their numbers.
#[event_cpi]
#[derive(Accounts)]
pub struct DistributeSurplus<'info> {
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub insurance: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub collateral_vault: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub insurance_vault: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    pub vault_authority: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// Where nobody is owed anything surplus stays.
pub fn distribute_surplus<'info>(ctx: Context<'info, DistributeSurplus<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::DistributeSurplus, &exchange, now)?;
    let collateral = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    let insurance = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_markets(&exchange, ctx.remaining_accounts)?;
    scope.open_fund(&exchange, &accounts.insurance)?;

    let Parts { accounts: [], books: mut opened, fund, .. } = scope.parts()?;
    let fund = fund.ok_or(BreakwaterError::WrongInsurance)?;
    let ordered = opened.iter().map(|books| &*books.market);
    let count = exchange.market_count.into();
    let must_stay = cover::must_stay(ordered, count, books(&exchange.params), now).explained()?;
    let paid = revenue::distribute(fund, &mut opened, must_stay).explained()?;

    insurance.move_to(&collateral, &signer, paid)?;
    let settled = scope.finish_both(&mut exchange, &collateral, &insurance)?;
    emit_cpi!(SurplusDistributed { amount: paid.0, must_stay: must_stay.0 });
    Ok(settled)
}
