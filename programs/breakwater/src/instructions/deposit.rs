//! `deposit`: collateral in.

use crate::error::{BreakwaterError, Explain};
use crate::events::{DebtServed, Deposited};
use crate::layout;
use crate::scope::{OpenMarket, Parts, Scope, Settled};
use crate::state::{Exchange, MarginAccount, Trader};
use crate::vault::{require_mint, Vault};
use crate::views::Views;
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_lang::Discriminator;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::state::AccountBooks;
use breakwater_engine::{collateral, recovery, Atoms};

/// Accounts of `deposit`. Where the owner owes: then his other accounts that owe, writable, and a pair of market and ladder,
/// writable, for every market he owes in. Where deposits are full and this one restores his positions: a pair of market and
/// ladder for every market of the account, read only unless he owes.
#[event_cpi]
#[derive(Accounts)]
pub struct Deposit<'info> {
    /// Owner of the margin account and of the tokens.
    pub owner: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as the owner's `Trader`.
    #[account(mut)]
    pub trader: UncheckedAccount<'info>,
    /// CHECK: its mint is checked; the token program checks the rest.
    #[account(mut)]
    pub from: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub collateral_vault: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// Tokens move first: what arrives is what is credited (F13), once it has served what the owner owes.
pub fn deposit<'info>(ctx: Context<'info, Deposit<'info>>, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    gate::pass(Action::Deposit, &exchange, now)?;

    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_own_account(&accounts.account, &accounts.owner)?;
    let mut trader = Trader::open(&accounts.trader, &scope.accounts[0])?;
    if trader.owed > 0 {
        open_debts(&mut scope, &exchange, &accounts.owner, ctx.remaining_accounts)?;
    }
    let vault = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    require_mint(&exchange, &accounts.from)?;

    let past_cap = allowed_past_cap(&scope, &exchange, (&accounts.exchange, ctx.remaining_accounts), amount)?;
    let arrived = vault.receive(&accounts.from, &accounts.owner, Atoms(amount))?;
    let Parts { accounts: [account], more, mut books, .. } = scope.parts()?;
    let (mut own, mut all) = ([account], Vec::new());
    let parties: &mut [&mut AccountBooks] = if more.is_empty() {
        &mut own
    } else {
        all.extend(own.into_iter().chain(more));
        &mut all
    };
    let (mut owed, terms) = (Atoms(trader.owed), (layout::books(&exchange.params), arrived));
    let report = recovery::deposit(parties, &mut books, &mut owed, terms, now).explained()?;
    trader.owed = owed.0;
    let free = parties[0].free.0;

    let settled = scope.finish_collateral(&mut exchange, &vault)?;
    let fits = exchange.collateral_booked <= exchange.params.deposits_max || arrived <= past_cap;
    require!(fits, BreakwaterError::DepositsFull);
    emit_cpi!(Deposited { account: ctx.accounts.account.key(), amount: arrived.0, free });
    if !report.served.is_zero() {
        emit_cpi!(DebtServed { owner: ctx.accounts.owner.key(), served: report.served.0, owed: owed.0 });
    }
    Ok(settled)
}

/// What this deposit may bring although it would pass the cap, because the account's positions need it.
#[inline(never)]
fn allowed_past_cap(
    scope: &Scope<'_>,
    exchange: &Exchange,
    (address, rest): (&AccountInfo<'_>, &[AccountInfo<'_>]),
    amount: u64,
) -> Result<Atoms> {
    let fits = exchange.collateral_booked.saturating_add(amount) <= exchange.params.deposits_max;
    if fits || rest.is_empty() {
        return Ok(Atoms::ZERO);
    }
    let mut views = Views::of(address);
    if scope.markets.is_empty() {
        views.open_pairs(rest)?;
    }
    let markets = scope.markets.iter().map(OpenMarket::view).chain(views.iter());
    collateral::cure_max(layout::books(&scope.accounts[0].books), markets, scope.now()).explained()
}

/// Opens the owner's other accounts, then pairs of market and ladder.
#[inline(never)]
fn open_debts<'a>(
    scope: &mut Scope<'a>,
    exchange: &Exchange,
    owner: &Signer<'_>,
    rest: &'a [AccountInfo<'_>],
) -> Result<()> {
    let is_account = |account: &&AccountInfo<'_>| {
        // Open already: the account deposited to once more, which is told apart as one.
        account.data.try_borrow().map_or(true, |bytes| bytes.starts_with(MarginAccount::DISCRIMINATOR))
    };
    let count = rest.iter().take_while(is_account).count();
    let (debtors, pairs) = rest.split_at(count);
    for debtor in debtors {
        scope.open_own_account(debtor, owner)?;
    }
    scope.open_markets(exchange, pairs)
}
