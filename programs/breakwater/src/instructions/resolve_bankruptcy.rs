//! `resolve_bankruptcy`, tiers 2 to 4: closes a bankrupt position against the other side and names who bore its deficit.

use crate::error::{BreakwaterError, Explain};
use crate::events::{BankruptcyResolved, Deleveraged, InsuranceMoved};
use crate::scope::{Parts, Scope, Settled};
use crate::state::{Debtors, Exchange, LossLedger, RecoveryRecord};
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::resolve::{self, Backing, ResolveReport};
use breakwater_engine::Lots;

/// Accounts of `resolve_bankruptcy`. Nobody needs to sign. Then a pair of market and ladder, writable, for every other market
/// of the account, at its first resolution.
#[event_cpi]
#[derive(Accounts)]
pub struct ResolveBankruptcy<'info> {
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`: the bankrupt one.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`: a bankrupt one of the other side to close against first; may be left out.
    #[account(mut)]
    pub against: Option<UncheckedAccount<'info>>,
    /// CHECK: opened as the `Trader` of the bankrupt account.
    #[account(mut)]
    pub trader: UncheckedAccount<'info>,
    /// CHECK: opened as the `Trader` of `against`, where that is another owner's; else left out.
    #[account(mut)]
    pub against_trader: Option<UncheckedAccount<'info>>,
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
    pub ledger: UncheckedAccount<'info>,
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

/// One transaction, however many positions stand on the other side.
pub fn resolve_bankruptcy<'info>(ctx: Context<'info, ResolveBankruptcy<'info>>) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    let collateral = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    let insurance = Vault::insurance(&exchange, &accounts.insurance_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    require_keys_eq!(exchange.ledger, accounts.ledger.key(), BreakwaterError::WrongLedger);
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_account(&accounts.account)?;
    if let Some(against) = &accounts.against {
        scope.open_account(against)?;
    }
    let second = accounts.against_trader.as_ref().map(AsRef::as_ref);
    let debtors = Debtors::open(&scope.accounts, &accounts.trader, second)?;
    scope.open_market(&exchange, &accounts.market, &accounts.ladder)?;
    scope.open_markets(&exchange, ctx.remaining_accounts)?;
    scope.open_fund(&exchange, &accounts.insurance)?;
    gate::pass_in(Action::Resolve, &exchange, &scope.markets[0].market, now)?;

    let Parts { accounts: [victim], mut more, mut books, fund } = scope.parts()?;
    let fund = fund.ok_or(BreakwaterError::WrongInsurance)?;
    let backing = Backing { fund: &mut *fund, against: more.pop() };
    let market = books[0].market.id;
    let report = resolve::resolve(victim, &mut books, market, backing, now).explained()?;
    gate::watch_fund(&mut exchange, fund, now)?;
    let mut record = record(&report, market, accounts.account.key());
    (record.slot, record.price) = (now.slot, books[0].market.mark.price.0);
    let cover = books[0].market.cover.amount.0;
    debtors.note(&scope.accounts)?;

    // Found out only now: a solvent account may be deleveraged where liquidation may run.
    if report.cured {
        gate::pass_in(Action::Deleverage, &exchange, &scope.markets[0].market, now)?;
    }

    insurance.move_to(&collateral, &signer, report.from_insurance)?;
    let settled = scope.finish_both(&mut exchange, &collateral, &insurance)?;
    let number = write(&accounts.ledger, &record)?;
    emit_cpi!(BankruptcyResolved::of(&record, number, report.cured));
    if !report.deleveraged.is_zero() {
        emit_cpi!(Deleveraged {
            market: record.market as u16,
            lots: report.deleveraged.0,
            open_interest: report.open_interest.0,
            lines: report.lines,
            pools: report.pools,
            charge_per_lot: report.charge_per_lot,
        });
    }
    let (paid_out, refilled) = (report.from_insurance.0, report.refilled.0);
    if paid_out > 0 || refilled > 0 {
        emit_cpi!(InsuranceMoved { market: record.market as u16, paid_in: 0, paid_out, refilled, cover });
    }
    let against = ctx.accounts.against.as_ref().filter(|_| !report.crossed.is_zero());
    if let Some(against) = against {
        let record = crossed(&report, &record, against.key());
        let number = write(&ctx.accounts.ledger, &record)?;
        emit_cpi!(BankruptcyResolved::of(&record, number, false));
    }
    Ok(settled)
}

fn record(report: &ResolveReport, market: u64, account: Pubkey) -> RecoveryRecord {
    RecoveryRecord {
        market,
        account,
        deficit: report.deficit.0,
        insured: report.insured.0,
        absorbed: report.absorbed.0,
        socialised: report.socialised.0,
        unfunded: report.unfunded.0,
        lots: signed(report.lots, report.long),
        open_interest: report.open_interest.0,
        charge_per_lot: report.charge_per_lot.into(),
        lines_walked: report.lines,
        pools_walked: report.pools,
        ..RecoveryRecord::default()
    }
}

/// The other bankrupt position's part, by the same equation.
fn crossed(report: &ResolveReport, record: &RecoveryRecord, account: Pubkey) -> RecoveryRecord {
    RecoveryRecord {
        account,
        deficit: report.against.deficit.0,
        insured: report.against.insured.0,
        absorbed: report.against.absorbed.0,
        socialised: report.against.socialised.0,
        unfunded: report.against.unfunded.0,
        lots: signed(report.crossed, !report.long),
        charge_per_lot: 0.into(),
        lines_walked: 0,
        pools_walked: 0,
        ..*record
    }
}

/// Cannot overflow: an order has at most 2^53 lots.
fn signed(lots: Lots, long: bool) -> i64 {
    let size = lots.0 as i64;
    if long {
        size
    } else {
        -size
    }
}

/// Returns the record's number.
fn write(ledger: &AccountInfo<'_>, record: &RecoveryRecord) -> Result<u64> {
    let mut ledger = open::change::<LossLedger>(ledger)?;
    ledger.write(record)?;
    Ok(ledger.count)
}
