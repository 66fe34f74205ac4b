//! Breakwater: perpetual-futures clearing whose point is what happens when traders go bankrupt.
//!
//! This crate is accounts, gates and token movement; every amount is the engine's (`breakwater-engine`). A handler has one
//! shape: gate, read, decide (the engine), write, move tokens, prove, tell. It ends with a [`scope::Settled`], which only
//! the proof that books and vaults agree can make.
#![deny(unsafe_code)]
#![allow(missing_docs, reason = "Anchor's macros write items without documentation")]

pub mod error;
pub mod events;
pub mod gate;
#[cfg(all(test, feature = "idl-build"))]
mod idl;
pub mod instructions;
pub mod layout;
pub mod open;
pub mod oracle;
pub mod scope;
pub mod seeds;
pub mod state;
pub mod vault;
pub mod views;

use anchor_lang::prelude::*;
use instructions::*;

declare_id!("5TLCuUNVbEQDVtbghPdttbJ98nXaoaiErxT7aVHBrNq");

#[cfg(not(feature = "no-entrypoint"))]
solana_security_txt::security_txt! {
    name: "Breakwater",
    project_url: "https://breakwater.example",
    contacts: "email:security@breakwater.example",
    policy: "https://breakwater.example/security",
    source_code: "https://breakwater.example/source"
}

/// An instruction has ended with its proof.
fn proven(settled: Result<scope::Settled>) -> Result<()> {
    settled.map(|_| ())
}

/// The instructions.
#[program]
pub mod breakwater {
    use super::*;

    /// Creates an exchange with its vaults; the signer becomes its authority.
    pub fn initialise_exchange<'info>(
        ctx: Context<'info, InitialiseExchange<'info>>,
        args: ExchangeArgs,
    ) -> Result<()> {
        proven(instructions::initialise_exchange(ctx, args))
    }

    /// Lists a market. Authority.
    pub fn list_market<'info>(ctx: Context<'info, ListMarket<'info>>, args: MarketArgs) -> Result<()> {
        proven(instructions::list_market(ctx, args))
    }

    /// Pays into the insurance fund. Anyone.
    pub fn fund_insurance<'info>(ctx: Context<'info, FundInsurance<'info>>, amount: u64) -> Result<()> {
        proven(instructions::fund_insurance(ctx, amount))
    }

    /// Opens a margin account for the signer.
    pub fn open_account<'info>(ctx: Context<'info, OpenAccount<'info>>, index: u16) -> Result<()> {
        proven(instructions::open_account(ctx, index))
    }

    /// Closes an empty margin account. Owner.
    pub fn close_account<'info>(ctx: Context<'info, CloseAccount<'info>>) -> Result<()> {
        proven(instructions::close_account(ctx))
    }

    /// Pays collateral in. Owner.
    pub fn deposit<'info>(ctx: Context<'info, Deposit<'info>>, amount: u64) -> Result<()> {
        proven(instructions::deposit(ctx, amount))
    }

    /// Takes free cash out. Owner.
    pub fn withdraw<'info>(ctx: Context<'info, Withdraw<'info>>, amount: u64) -> Result<()> {
        proven(instructions::withdraw(ctx, amount))
    }

    /// Moves margin into a position (above zero) or out of it. Owner.
    pub fn allocate_margin<'info>(ctx: Context<'info, AllocateMargin<'info>>, amount: i64) -> Result<()> {
        proven(instructions::allocate_margin(ctx, amount))
    }

    /// Makes a position answer with its own cash only, or join the others again. Owner.
    pub fn isolate_position<'info>(ctx: Context<'info, IsolatePosition<'info>>, isolated: bool) -> Result<()> {
        proven(instructions::isolate_position(ctx, isolated))
    }

    /// Replaces a maker's offers in a market. Owner.
    pub fn set_quote<'info>(ctx: Context<'info, SetQuote<'info>>, args: QuoteArgs) -> Result<()> {
        proven(instructions::set_quote(ctx, args))
    }

    /// Takes a maker's offers back. Owner.
    pub fn cancel_quote<'info>(ctx: Context<'info, CancelQuote<'info>>) -> Result<()> {
        proven(instructions::cancel_quote(ctx))
    }

    /// Trades against the quotes passed. Owner.
    pub fn trade<'info>(ctx: Context<'info, Trade<'info>>, args: OrderArgs) -> Result<()> {
        proven(instructions::trade(ctx, args))
    }

    /// Reads a market's price source. Anyone.
    pub fn refresh_market<'info>(ctx: Context<'info, RefreshMarket<'info>>) -> Result<()> {
        proven(instructions::refresh_market(ctx))
    }

    /// Tier 1: takes over lots of an account in distress. Owner of the account that takes over.
    pub fn liquidate<'info>(ctx: Context<'info, Liquidate<'info>>, lots: u64) -> Result<()> {
        proven(instructions::liquidate(ctx, lots))
    }

    /// Tiers 2 to 4: resolves a bankrupt position. Anyone.
    pub fn resolve_bankruptcy<'info>(ctx: Context<'info, ResolveBankruptcy<'info>>) -> Result<()> {
        proven(instructions::resolve_bankruptcy(ctx))
    }

    /// Brings an account up to date and observes its distress. Anyone.
    pub fn sync_position<'info>(ctx: Context<'info, SyncPosition<'info>>) -> Result<()> {
        proven(instructions::sync_position(ctx))
    }

    /// Books what was sent to a vault unasked. Anyone.
    pub fn skim<'info>(ctx: Context<'info, Skim<'info>>) -> Result<()> {
        proven(instructions::skim(ctx))
    }

    /// Moves a market's ladder to a new grid, in steps. Anyone.
    pub fn rebase<'info>(ctx: Context<'info, Rebase<'info>>, lines: u32) -> Result<()> {
        proven(instructions::rebase(ctx, lines))
    }

    /// Sets pause bits of the exchange or of a market. Authority.
    pub fn set_pause_bits<'info>(ctx: Context<'info, SetPauseBits<'info>>, bits: u64) -> Result<()> {
        proven(instructions::set_pause_bits(ctx, bits))
    }
}
