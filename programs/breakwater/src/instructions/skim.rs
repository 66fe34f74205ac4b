//! `skim`: books what was sent to a vault unasked, so that gifts block nothing (G12), and moves what markets collected for
//! insurance.

use crate::error::{BreakwaterError, Explain};
use crate::events::Skimmed;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::{cover, revenue, Atoms};

/// Accounts of `skim`. Nobody needs to sign. Then pairs of market and ladder, writable, whose dues are to move.
#[event_cpi]
#[derive(Accounts)]
pub struct Skim<'info> {
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

/// Both vaults' gifts become the fund's protocol tranche; those to collateral move there. Then covers are refilled, or, where
/// nothing is open, return to the fund, once their epoch is over.
pub fn skim<'info>(ctx: Context<'info, Skim<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::Skim, &exchange, now)?;
    let collateral = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    let insurance = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_markets(&exchange, ctx.remaining_accounts)?;
    scope.open_fund(&exchange, &accounts.insurance)?;
    let Parts { accounts: [], books, fund, .. } = scope.parts()?;
    let fund = fund.ok_or(BreakwaterError::WrongInsurance)?;

    let found = collateral.balance()?.beyond(Atoms(exchange.collateral_booked));
    let in_insurance = insurance.balance()?.beyond(fund.booked);
    fund.pay_in(found).and_then(|()| fund.pay_in(in_insurance)).explained()?;
    let mut due = Atoms::ZERO;
    // A frozen market's dues stay in it (A27).
    for books in books.into_iter().filter(|books| !books.market.is_left_out()) {
        let more = revenue::collect_due(books.market, fund, exchange.staker_share()).explained()?;
        due = due.plus(more).explained()?;
        if cover::release_idle(books.market, fund, now).explained()?.is_zero() {
            let _ = cover::refill(books.market, fund, now).explained()?;
        }
    }

    collateral.move_to(&insurance, &signer, found.plus(due).explained()?)?;
    let settled = scope.finish_skim(&mut exchange, &collateral, &insurance)?;
    emit_cpi!(Skimmed { collateral: found.0, insurance: in_insurance.0, due: due.0 });
    Ok(settled)
}
