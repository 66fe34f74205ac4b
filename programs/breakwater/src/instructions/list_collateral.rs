//! `list_collateral`: a further mint as collateral, with a vault of its own.

use crate::error::{BreakwaterError, Explain};
use crate::events::CollateralListed;
use crate::layout::{books, books_mut};
use crate::oracle::{self, Source};
use crate::scope::{Scope, Settled};
use crate::state::{Collateral, CollateralParams, Exchange};
use crate::{authority, gate, open, seeds};
use anchor_lang::prelude::*;
use anchor_spl::token::{Mint, Token, TokenAccount};
use breakwater_engine::permission::Action;

/// What a kind of collateral is listed with.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy)]
pub struct CollateralArgs {
    /// The exchange's next free number.
    pub index: u8,
    /// 0: Pyth pull. 1: Pyth push.
    pub source: u8,
    /// Pull: the feed id. Push: the address of the price account.
    pub feed: [u8; 32],
    /// Parameters.
    pub params: CollateralParams,
}

/// Accounts of `list_collateral`.
#[event_cpi]
#[derive(Accounts)]
#[instruction(args: CollateralArgs)]
pub struct ListCollateral<'info> {
    /// The exchange's authority, who pays the rent.
    #[account(mut)]
    pub authority: Signer<'info>,
    /// CHECK: opened as `Exchange`.
    #[account(mut)]
    pub exchange: UncheckedAccount<'info>,
    /// The kind.
    #[account(
        init, payer = authority, space = 8 + size_of::<Collateral>(),
        seeds = [seeds::COLLATERAL, exchange.key.as_ref(), &[args.index]], bump,
    )]
    pub collateral: AccountLoader<'info, Collateral>,
    /// Of the classic token program.
    pub mint: Box<Account<'info, Mint>>,
    /// Where all of it will lie.
    #[account(
        init, payer = authority, token::mint = mint, token::authority = vault_authority,
        seeds = [seeds::COLLATERAL_TOKENS, collateral.key().as_ref()], bump,
    )]
    pub vault: Box<Account<'info, TokenAccount>>,
    /// CHECK: its address is pinned in the exchange.
    pub vault_authority: UncheckedAccount<'info>,
    /// CHECK: read by `oracle`, which knows its owner and feed.
    pub price: UncheckedAccount<'info>,
    /// CHECK: read by `nonce`.
    pub instructions: UncheckedAccount<'info>,
    /// Opens the vault.
    pub token_program: Program<'info, Token>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

/// The first price must be good. Nothing is accepted before the timelock has run out (F3).
pub fn list_collateral<'info>(ctx: Context<'info, ListCollateral<'info>>, args: CollateralArgs) -> Result<Settled> {
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let mut exchange = open::change::<Exchange>(&accounts.exchange)?;
    authority::require(&exchange, &accounts.authority, &accounts.instructions)?;
    gate::pass(Action::ListMarket, &exchange, now)?;
    let count = usize::from(exchange.collateral_count);
    require!(count < exchange.collaterals.len(), BreakwaterError::CollateralSlotsFull);
    require!(args.index == exchange.collateral_count, BreakwaterError::WrongIndex);
    require_keys_eq!(accounts.vault_authority.key(), exchange.vault_authority, BreakwaterError::WrongVaultAuthority);
    // USDC is money: it needs no haircut and is counted elsewhere.
    require_keys_neq!(accounts.mint.key(), exchange.mint, BreakwaterError::WrongMint);
    let decimals = args.params.unit_exponent.checked_neg() == Some(i32::from(accounts.mint.decimals));
    require!(decimals, BreakwaterError::RuleCollateral);

    let source = Source { kind: args.source, feed: args.feed };
    let observation = oracle::observe(&exchange, source, &accounts.price)?;
    let mut kind = accounts.collateral.load_init()?;
    let listed = books_mut(&mut kind.books);
    listed.list(books(&args.params), &observation, now).explained()?;
    let price = listed.mark.price.0;
    let opens_at = now.time.saturating_add_unsigned(exchange.params.timelock_seconds);
    kind.exchange = accounts.exchange.key();
    kind.mint = accounts.mint.key();
    kind.vault = accounts.vault.key();
    kind.feed = args.feed;
    kind.opens_at = opens_at;
    kind.index = args.index;
    kind.source = args.source;
    kind.bump = ctx.bumps.collateral;
    exchange.collaterals[count] = accounts.collateral.key();
    exchange.collateral_count += 1;
    drop((kind, exchange));

    let settled = Scope::begin(&accounts.exchange, now).finish()?;
    emit_cpi!(CollateralListed { index: args.index, mint: ctx.accounts.mint.key(), price, opens_at });
    Ok(settled)
}
