//! `withdraw`: free cash out.

use crate::error::Explain;
use crate::events::Withdrawn;
use crate::layout;
use crate::refusal::tell;
use crate::scope::{Parts, Scope, Settled};
use crate::state::Exchange;
use crate::vault::{Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::outflow::{self, Allowance};
use breakwater_engine::permission::Action;
use breakwater_engine::{collateral, Atoms};

/// Accounts of `withdraw`. Then a pair of market and ladder, writable, for every market of the account.
#[event_cpi]
#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// Owner of the margin account.
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: its mint is checked. Anyone's: the owner signed.
    #[account(mut)]
    pub to: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub collateral_vault: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    pub vault_authority: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// Without positions no market, oracle or keeper is asked (I10). Where the windows have no room, the refusal says until when.
pub fn withdraw<'info>(ctx: Context<'info, Withdraw<'info>>, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    let vault = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    vault.require_payee(&exchange.mint, &accounts.to)?;
    scope.open_markets(&exchange, ctx.remaining_accounts)?;
    pass(&exchange, &scope, now)?;

    let Parts { accounts: [account], mut books, .. } = scope.parts()?;
    collateral::withdraw(account, &mut books, Atoms(amount), now).explained()?;
    let allowance = Allowance::of(layout::books(&exchange.params), Atoms(exchange.collateral_booked)).explained()?;
    let left = layout::books_mut(&mut exchange.outflow);
    outflow::withdraw(left, &mut account.flow, &allowance, Atoms(amount), now).map_err(tell)?;
    let free = account.free.0;
    gate::watch_outflow(&mut exchange, now);

    vault.send(&accounts.to, &signer, Atoms(amount))?;
    let settled = scope.finish_collateral(&mut exchange, &vault)?;
    emit_cpi!(Withdrawn { account: ctx.accounts.account.key(), amount, free });
    Ok(settled)
}

/// Every market the account has lots in must permit it.
fn pass(exchange: &Exchange, scope: &Scope<'_>, now: breakwater_engine::units::Now) -> Result<()> {
    let mut action = Action::WithdrawFlat;
    for slot in scope.accounts.iter().flat_map(|account| &account.books.slots) {
        if slot.position.lots == 0 {
            continue;
        }
        action = Action::Withdraw;
        for opened in scope.markets.iter().filter(|opened| u64::from(opened.market.index) == slot.market) {
            gate::pass_in(action, exchange, &opened.market, now)?;
        }
    }
    gate::pass(action, exchange, now)
}
