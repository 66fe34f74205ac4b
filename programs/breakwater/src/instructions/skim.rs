//! `skim`: books what was sent to a vault unasked, so that gifts block nothing (G12).

use crate::error::{BreakwaterError, Explain};
use crate::events::Skimmed;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::Atoms;

/// Accounts of `skim`. Nobody needs to sign.
#[event_cpi]
#[derive(Accounts)]
pub struct Skim<'info> {
    /// CHECK: opened as `Exchange`.
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

/// Both vaults' gifts become the fund's protocol tranche; those to collateral move there.
pub fn skim<'info>(ctx: Context<'info, Skim<'info>>) -> Result<Settled> {
    let accounts = &*ctx.accounts;
    let exchange = open::read::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::Skim, &exchange)?;
    let collateral = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    let insurance = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    let mut scope = Scope::begin(&accounts.exchange);
    scope.open_fund(&exchange, &accounts.insurance)?;
    let Parts { accounts: [], fund, .. } = scope.parts()?;
    let fund = fund.ok_or(BreakwaterError::WrongInsurance)?;

    let in_collateral = collateral.balance()?.beyond(Atoms(exchange.collateral_booked));
    let in_insurance = insurance.balance()?.beyond(fund.booked);
    fund.pay_in(in_collateral).and_then(|()| fund.pay_in(in_insurance)).explained()?;

    collateral.move_to(&insurance, &signer, in_collateral)?;
    let settled = scope.finish_skim(&exchange, &collateral, &insurance)?;
    emit_cpi!(Skimmed { collateral: in_collateral.0, insurance: in_insurance.0 });
    Ok(settled)
}
