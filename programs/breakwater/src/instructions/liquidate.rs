//! `liquidate`, tier 1: anyone with a healthy margin account takes over lots of an account in distress.

use crate::error::{BreakwaterError, Explain};
use crate::events::{InsuranceMoved, Liquidated};
use crate::scope::{Parts, Scope, Settled};
use crate::state::{Debtors, Exchange};
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::{liquidation, Lots};

/// Accounts of `liquidate`. Then a pair of market and ladder, writable, for every other market of the account liquidated.
#[event_cpi]
#[derive(Accounts)]
pub struct Liquidate<'info> {
    /// Owner of the liquidator's account.
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`: the one in distress.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`: the one that takes over.
    #[account(mut)]
    pub liquidator: UncheckedAccount<'info>,
    /// CHECK: opened as the `Trader` of the account in distress.
    #[account(mut)]
    pub trader: UncheckedAccount<'info>,
    /// CHECK: opened as `Market`.
    #[account(mut)]
    pub market: UncheckedAccount<'info>,
    /// CHECK: opened as the market's `Ladder`.
    #[account(mut)]
    pub ladder: UncheckedAccount<'info>,
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

/// Up to `lots`; zero: as many as allowed.
pub fn liquidate<'info>(ctx: Context<'info, Liquidate<'info>>, lots: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.liquidator, &accounts.owner)?;
    let collateral = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    let insurance = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    scope.open_account(&accounts.account)?;
    let debtors = Debtors::open(&scope.accounts[1..], &accounts.trader, None)?;
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    scope.open_markets(&exchange, ctx.remaining_accounts)?;
    scope.open_fund(&exchange, &accounts.insurance)?;
    gate::pass_in(Action::Liquidate, &exchange, &scope.markets[0].market, now)?;

    let Parts { accounts: [liquidator, victim], mut books, fund, .. } = scope.parts()?;
    let fund = fund.ok_or(BreakwaterError::WrongInsurance)?;
    let (market, mark) = (books[0].market.id, books[0].market.mark.price.0);
    let parties = (liquidator, &mut *fund, exchange.staker_share());
    let report = liquidation::liquidate(victim, &mut books, market, parties, Lots(lots), now).explained()?;
    gate::watch_fund(&mut exchange, fund, now)?;

    let (paid_in, paid_out) = (report.to_insurance, report.from_insurance);
    let cover = books[0].market.cover.amount.0;
    debtors.note(&scope.accounts[1..])?;
    collateral.move_to(&insurance, &signer, paid_in.beyond(paid_out))?;
    insurance.move_to(&collateral, &signer, paid_out.beyond(paid_in))?;
    let settled = scope.finish_both(&mut exchange, &collateral, &insurance)?;
    emit_cpi!(Liquidated {
        account: ctx.accounts.account.key(),
        liquidator: ctx.accounts.liquidator.key(),
        market: market as u16,
        lots: report.lots.0,
        value: report.value.0,
        mark,
        discount: report.discount.0,
        discount_by_account: report.discount_by_victim.0,
        discount_by_cover: report.discount_by_cover.0,
        deficit: report.deficit.0,
    });
    let (market, refilled) = (market as u16, report.refilled.0);
    if !(paid_in.is_zero() && paid_out.is_zero()) || refilled > 0 {
        emit_cpi!(InsuranceMoved { market, paid_in: paid_in.0, paid_out: paid_out.0, refilled, cover });
    }
    Ok(settled)
}
