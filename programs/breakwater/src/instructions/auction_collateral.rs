//! `auction_collateral`: anyone buys other collateral of an account in distress for USDC, before anyone else bears its losses.

use crate::error::{BreakwaterError, Explain};
use crate::events::CollateralSold;
use crate::kinds::{self, Kinds};
use crate::layout::books_mut;
use crate::scope::{OpenMarket, Scope, Settled};
use crate::state::Exchange;
use crate::vault::{require_mint, Vault, VaultSigner};
use crate::{gate, open};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use breakwater_engine::permission::Action;
use breakwater_engine::pledge::sale::{self, Sale};
use breakwater_engine::pledge::Stock;
use breakwater_engine::units::Now;
use breakwater_engine::Atoms;

/// Accounts of `auction_collateral`. Then the other kinds the account has amounts of, then a pair of market and ladder,
/// writable, for every market of the account.
#[event_cpi]
#[derive(Accounts)]
pub struct AuctionCollateral<'info> {
    /// Whoever pays.
    pub buyer: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: opened as `MarginAccount`: the one in distress.
    #[account(mut)]
    pub account: UncheckedAccount<'info>,
    /// CHECK: opened as `Collateral`.
    #[account(mut)]
    pub collateral: UncheckedAccount<'info>,
    /// CHECK: the buyer's USDC: its mint is checked; the token program checks the rest.
    #[account(mut)]
    pub from: UncheckedAccount<'info>,
    /// CHECK: where the collateral goes: its mint is checked. Anyone's: the buyer signed.
    #[account(mut)]
    pub to: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    #[account(mut)]
    pub collateral_vault: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the collateral.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: its address is pinned in the exchange.
    pub vault_authority: UncheckedAccount<'info>,
    /// Moves the tokens.
    pub token_program: Program<'info, Token>,
}

/// Up to `amount` smallest units; zero: as many as allowed.
pub fn auction_collateral<'info>(ctx: Context<'info, AuctionCollateral<'info>>, amount: u64) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    let mut scope = Scope::begin(&accounts.exchange, now);
    scope.open_account(&accounts.account)?;
    scope.open_kind(&exchange, &accounts.collateral)?;
    let collateral = Vault::collateral(&exchange, &accounts.collateral_vault)?;
    let kind = &*scope.kind.as_ref().ok_or(BreakwaterError::WrongCollateral)?.collateral;
    let vault = Vault::of_kind(kind, &accounts.vault)?;
    let signer = VaultSigner::of(&exchange, accounts.exchange.key, &accounts.vault_authority)?;
    require_mint(&exchange, &accounts.from)?;
    vault.require_payee(&kind.mint, &accounts.to)?;
    let index = kind.index;
    let held = &scope.accounts[0].books;
    let (others, pairs) = kinds::split(ctx.remaining_accounts, kinds::others(held, index))?;
    let others = Kinds::open(&exchange, accounts.exchange.key, others)?;
    others.require_all(held, Some(index))?;
    scope.open_markets(&exchange, pairs)?;

    let (sold, mark) = sell(&mut scope, &others, amount, now)?;
    pass(&exchange, &scope, &sold, now)?;

    if !sold.proceeds.is_zero() {
        let arrived = collateral.receive(&accounts.from, &accounts.buyer, sold.proceeds)?;
        require!(arrived == sold.proceeds, BreakwaterError::NotConserved);
    }
    vault.send(&accounts.to, &signer, Atoms(sold.amount))?;
    let settled = scope.finish_sale(&mut exchange, &collateral, &vault)?;
    emit_cpi!(CollateralSold {
        account: ctx.accounts.account.key(),
        buyer: ctx.accounts.buyer.key(),
        index,
        amount: sold.amount,
        mark,
        discount: sold.discount.0,
        proceeds: sold.proceeds.0,
        topped_up: sold.topped_up.0,
    });
    Ok(settled)
}

/// What is sold, and its mark.
#[inline(never)]
fn sell(scope: &mut Scope<'_>, others: &Kinds<'_>, amount: u64, now: Now) -> Result<(Sale, u64)> {
    let kind = &mut *scope.kind.as_mut().ok_or(BreakwaterError::WrongCollateral)?.collateral;
    let at = usize::from(kind.index);
    let stock = Stock { at, kind: books_mut(&mut kind.books), others: others.books() };
    let mut books: Vec<_> = scope.markets.iter_mut().map(OpenMarket::books).collect();
    let account = books_mut(&mut scope.accounts[0].books);
    let sold = sale::sell(account, &mut books, stock, amount, now).explained()?;
    Ok((sold, kind.books.mark.price))
}

/// Every market the account has lots in must permit it. Found out only now: where the account is bankrupt, one that would let
/// it be resolved is enough, or a pause of liquidation would hold up the resolution that waits for the sale (F8).
fn pass(exchange: &Exchange, scope: &Scope<'_>, sold: &Sale, now: Now) -> Result<()> {
    let slots = scope.accounts[0].books.slots.iter().filter(|slot| slot.position.lots != 0);
    let numbers: Vec<u64> = slots.map(|slot| slot.market).collect();
    let stands = || scope.markets.iter().filter(|opened| numbers.contains(&u64::from(opened.market.index)));
    let resolvable = |opened: &OpenMarket<'_>| gate::pass_in(Action::Resolve, exchange, &opened.market, now).is_ok();
    if sold.bankrupt && stands().any(resolvable) {
        return Ok(());
    }
    stands().try_for_each(|opened| gate::pass_in(Action::AuctionCollateral, exchange, &opened.market, now))
}
