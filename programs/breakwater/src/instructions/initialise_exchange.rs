//! `initialise_exchange`: an exchange with its vaults, its insurance fund and its ledger.

use crate::error::{BreakwaterError, Explain};
use crate::events::ExchangeInitialised;
use crate::layout::books;
use crate::scope::{Scope, Settled};
use crate::state::{Exchange, ExchangeParams, Insurance, LossLedger};
use crate::vault::require_fee_account;
use crate::{gate, seeds};
use anchor_lang::prelude::*;
use anchor_spl::token::{Mint, Token, TokenAccount};

/// Decimals of the collateral: an atom is 1e-6.
const DECIMALS: u8 = 6;

/// What an exchange is created with.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy)]
pub struct ExchangeArgs {
    /// Seed of its address: any key nobody else has used.
    pub id: Pubkey,
    /// Pyth receiver whose price updates count.
    pub receiver: Pubkey,
    /// Program that owns Pyth push accounts.
    pub push_oracle: Pubkey,
    /// May pause for a day, and nothing else.
    pub guardian: Pubkey,
    /// Parameters.
    pub params: ExchangeParams,
}

/// Accounts of `initialise_exchange`.
#[event_cpi]
#[derive(Accounts)]
#[instruction(args: ExchangeArgs)]
pub struct InitialiseExchange<'info> {
    /// Governs the exchange, pays the rent.
    #[account(mut)]
    pub authority: Signer<'info>,
    /// The exchange.
    #[account(
        init, payer = authority, space = 8 + size_of::<Exchange>(),
        seeds = [seeds::EXCHANGE, args.id.as_ref()], bump,
    )]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The insurance fund's books.
    #[account(
        init, payer = authority, space = 8 + size_of::<Insurance>(),
        seeds = [seeds::INSURANCE, exchange.key().as_ref()], bump,
    )]
    pub insurance: AccountLoader<'info, Insurance>,
    /// The loss ledger.
    #[account(
        init, payer = authority, space = 8 + size_of::<LossLedger>(),
        seeds = [seeds::LEDGER, exchange.key().as_ref()], bump,
    )]
    pub ledger: AccountLoader<'info, LossLedger>,
    /// USDC.
    #[account(constraint = mint.decimals == DECIMALS @ BreakwaterError::WrongMint)]
    pub mint: Box<Account<'info, Mint>>,
    /// Where collateral will lie.
    #[account(
        init, payer = authority, token::mint = mint, token::authority = vault_authority,
        seeds = [seeds::COLLATERAL_VAULT, exchange.key().as_ref()], bump,
    )]
    pub collateral_vault: Box<Account<'info, TokenAccount>>,
    /// Where insurance will lie.
    #[account(
        init, payer = authority, token::mint = mint, token::authority = vault_authority,
        seeds = [seeds::INSURANCE_VAULT, exchange.key().as_ref()], bump,
    )]
    pub insurance_vault: Box<Account<'info, TokenAccount>>,
    /// CHECK: an address without data that signs for both vaults.
    #[account(seeds = [seeds::VAULT_AUTHORITY, exchange.key().as_ref()], bump)]
    pub vault_authority: UncheckedAccount<'info>,
    /// CHECK: by `vault`: the token account protocol fees go to.
    pub treasury: UncheckedAccount<'info>,
    /// CHECK: by `vault`: the token account the keepers' share of protocol fees goes to.
    pub keeper_fees: UncheckedAccount<'info>,
    /// Opens the vaults.
    pub token_program: Program<'info, Token>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

/// The signer becomes the authority.
pub fn initialise_exchange<'info>(
    ctx: Context<'info, InitialiseExchange<'info>>,
    args: ExchangeArgs,
) -> Result<Settled> {
    books(&args.params).validate().explained()?;
    let now = gate::now()?;
    let accounts = &*ctx.accounts;
    let key = accounts.exchange.key();
    for fees in [&accounts.treasury, &accounts.keeper_fees] {
        require_fee_account(&accounts.mint.key(), accounts.vault_authority.key, fees)?;
    }
    accounts.insurance.load_init()?.exchange = key;
    accounts.ledger.load_init()?.begin(key);

    let mut exchange = accounts.exchange.load_init()?;
    exchange.id = args.id;
    exchange.authority = accounts.authority.key();
    exchange.mint = accounts.mint.key();
    exchange.collateral_vault = accounts.collateral_vault.key();
    exchange.insurance_vault = accounts.insurance_vault.key();
    exchange.vault_authority = accounts.vault_authority.key();
    exchange.insurance = accounts.insurance.key();
    exchange.ledger = accounts.ledger.key();
    exchange.guardian = args.guardian;
    exchange.treasury = accounts.treasury.key();
    exchange.keeper_fees = accounts.keeper_fees.key();
    exchange.receiver = args.receiver;
    exchange.push_oracle = args.push_oracle;
    exchange.params = args.params;
    exchange.bump = ctx.bumps.exchange;
    exchange.vault_authority_bump = ctx.bumps.vault_authority;
    drop(exchange);

    let settled = Scope::begin(accounts.exchange.as_ref(), now).finish()?;
    emit_cpi!(ExchangeInitialised { exchange: key, authority: ctx.accounts.authority.key() });
    Ok(settled)
}
