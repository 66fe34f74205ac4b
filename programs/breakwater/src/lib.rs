//! Breakwater: perpetual-futures clearing whose point is what happens when traders go bankrupt.
//!
//! This crate is accounts, gates and token movement; every amount is the engine's (`breakwater-engine`). A handler has one
//! shape: gate, read, decide (the engine), write, move tokens, prove, tell. It ends with a [`scope::Settled`], which only
//! the proof that books and vaults agree can make.
#![deny(unsafe_code)]
// Anchor's layout assertions are one nested expression over all fields of a struct.
#![recursion_limit = "256"]
#![allow(missing_docs, reason = "Anchor's macros write items without documentation")]

pub mod authority;
pub mod changes;
pub mod error;
pub mod events;
pub mod gate;
#[cfg(all(test, feature = "idl-build"))]
mod idl;
pub mod instructions;
pub mod kinds;
pub mod layout;
pub mod nonce;
pub mod open;
pub mod oracle;
pub mod pausing;
pub mod refusal;
pub mod scope;
pub mod seeds;
pub mod state;
pub mod vault;
pub mod views;

use anchor_lang::prelude::*;
use instructions::*;
use state::Change;

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

    /// Takes a place in the queue of withdrawals, or gives it up. Owner.
    pub fn request_withdrawal<'info>(ctx: Context<'info, RequestWithdrawal<'info>>, amount: u64) -> Result<()> {
        proven(instructions::request_withdrawal(ctx, amount))
    }

    /// Pays an account what its claims were paid. Anyone.
    pub fn claim<'info>(ctx: Context<'info, Claim<'info>>) -> Result<()> {
        proven(instructions::claim(ctx))
    }

    /// Pays into the claims of a side of a market. Anyone.
    pub fn donate<'info>(ctx: Context<'info, Donate<'info>>, side: u8, amount: u64) -> Result<()> {
        proven(instructions::donate(ctx, side, amount))
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

    /// Makes the last mark of a market without an oracle final. Anyone, after days without an accepted mark.
    pub fn settle_market<'info>(ctx: Context<'info, SettleMarket<'info>>) -> Result<()> {
        proven(instructions::settle_market(ctx))
    }

    /// Closes a position at a settled market's mark. Anyone.
    pub fn settle_position<'info>(ctx: Context<'info, SettlePosition<'info>>) -> Result<()> {
        proven(instructions::settle_position(ctx))
    }

    /// Trips breakers whose conditions the accounts passed prove. Anyone.
    pub fn trip_breaker<'info>(ctx: Context<'info, TripBreaker<'info>>) -> Result<()> {
        proven(instructions::trip_breaker(ctx))
    }

    /// Stakes in the insurance fund. Owner.
    pub fn stake<'info>(ctx: Context<'info, PlaceStake<'info>>, amount: u64) -> Result<()> {
        proven(instructions::stake(ctx, amount))
    }

    /// Asks for the exit of shares, which leave after a cool-down; zero takes that back. Owner.
    pub fn request_exit<'info>(ctx: Context<'info, RequestExit<'info>>, shares: u128) -> Result<()> {
        proven(instructions::request_exit(ctx, shares))
    }

    /// Takes out shares whose cool-down is over, as far as the fund may spare them. Owner.
    pub fn exit_stake<'info>(ctx: Context<'info, ExitStake<'info>>) -> Result<()> {
        proven(instructions::exit_stake(ctx))
    }

    /// Pays into an underwriting layer. Whoever funds it.
    pub fn fund_layer<'info>(ctx: Context<'info, FundLayer<'info>>, seat: u8, amount: u64) -> Result<()> {
        proven(instructions::fund_layer(ctx, seat, amount))
    }

    /// Takes an expired layer's money out. Whoever funds it.
    pub fn withdraw_layer<'info>(ctx: Context<'info, WithdrawLayer<'info>>, seat: u8) -> Result<()> {
        proven(instructions::withdraw_layer(ctx, seat))
    }

    /// Takes the premium a layer has earned. Whoever funds it.
    pub fn take_premium<'info>(ctx: Context<'info, TakePremium<'info>>, seat: u8) -> Result<()> {
        proven(instructions::take_premium(ctx, seat))
    }

    /// Pays what the protocol's tranche holds above its target to everyone owed. Anyone.
    pub fn distribute_surplus<'info>(ctx: Context<'info, DistributeSurplus<'info>>) -> Result<()> {
        proven(instructions::distribute_surplus(ctx))
    }

    /// Moves a market's protocol fees to the keepers and the treasury. Anyone.
    pub fn collect_fees<'info>(ctx: Context<'info, CollectFees<'info>>) -> Result<()> {
        proven(instructions::collect_fees(ctx))
    }

    /// Replaces the authority's pause bits of the exchange or of a market for some seconds. Authority.
    pub fn set_pause_bits<'info>(ctx: Context<'info, SetPauseBits<'info>>, bits: u64, seconds: u64) -> Result<()> {
        proven(instructions::set_pause_bits(ctx, bits, seconds))
    }

    /// Adds pause bits for some seconds, or lifts the guardian's own. Guardian.
    pub fn guardian_pause<'info>(ctx: Context<'info, GuardianPause<'info>>, bits: u64, seconds: u64) -> Result<()> {
        proven(instructions::guardian_pause(ctx, bits, seconds))
    }

    /// Takes pauses that have run out off the books. Anyone.
    pub fn clear_pauses<'info>(ctx: Context<'info, ClearPauses<'info>>) -> Result<()> {
        proven(instructions::clear_pauses(ctx))
    }

    /// Proposes a change, which waits for the timelock. Authority.
    pub fn propose_change<'info>(ctx: Context<'info, ProposeChange<'info>>, id: u64, change: Change) -> Result<()> {
        proven(instructions::propose_change(ctx, id, change))
    }

    /// Makes a proposed change. Authority.
    pub fn execute_change<'info>(ctx: Context<'info, ExecuteChange<'info>>) -> Result<()> {
        proven(instructions::execute_change(ctx))
    }

    /// Takes a proposal back. Authority or guardian.
    pub fn cancel_change<'info>(ctx: Context<'info, CancelChange<'info>>) -> Result<()> {
        proven(instructions::cancel_change(ctx))
    }

    /// Changes a parameter at once, where that only tightens. Authority.
    pub fn tighten<'info>(ctx: Context<'info, Tighten<'info>>, parameter: u16, to: u64) -> Result<()> {
        proven(instructions::tighten(ctx, parameter, to))
    }

    /// Takes back a market that has not opened yet. Authority or guardian.
    pub fn cancel_listing<'info>(ctx: Context<'info, CancelListing<'info>>) -> Result<()> {
        proven(instructions::cancel_listing(ctx))
    }

    /// Proposes to hand the authority over. Authority.
    pub fn offer_authority<'info>(ctx: Context<'info, ProposeChange<'info>>, id: u64, next: Pubkey) -> Result<()> {
        proven(instructions::offer_authority(ctx, id, next))
    }

    /// Takes the authority over, once it was offered and the timelock has run out. The next authority.
    pub fn accept_authority<'info>(ctx: Context<'info, AcceptAuthority<'info>>) -> Result<()> {
        proven(instructions::accept_authority(ctx))
    }

    /// Takes an offer of the authority back that nobody has accepted. Authority or guardian.
    pub fn revoke_offer<'info>(ctx: Context<'info, RevokeOffer<'info>>) -> Result<()> {
        proven(instructions::revoke_offer(ctx))
    }

    /// Lists a kind of other collateral: nothing of it is accepted before the timelock has run out. Authority.
    pub fn list_collateral<'info>(ctx: Context<'info, ListCollateral<'info>>, args: CollateralArgs) -> Result<()> {
        proven(instructions::list_collateral(ctx, args))
    }

    /// Takes a listing of collateral back before it opens. Authority or guardian.
    pub fn cancel_collateral<'info>(ctx: Context<'info, CancelCollateral<'info>>) -> Result<()> {
        proven(instructions::cancel_collateral(ctx))
    }

    /// Reads a collateral's price source. Anyone.
    pub fn refresh_collateral<'info>(ctx: Context<'info, RefreshCollateral<'info>>) -> Result<()> {
        proven(instructions::refresh_collateral(ctx))
    }

    /// Pays other collateral in. Owner.
    pub fn deposit_collateral<'info>(ctx: Context<'info, DepositCollateral<'info>>, amount: u64) -> Result<()> {
        proven(instructions::deposit_collateral(ctx, amount))
    }

    /// Takes other collateral out. Owner.
    pub fn withdraw_collateral<'info>(ctx: Context<'info, WithdrawCollateral<'info>>, amount: u64) -> Result<()> {
        proven(instructions::withdraw_collateral(ctx, amount))
    }

    /// Values an account's other collateral. Anyone.
    pub fn value_collateral<'info>(ctx: Context<'info, ValueCollateral<'info>>) -> Result<()> {
        proven(instructions::value_collateral(ctx))
    }

    /// Buys other collateral of an account in distress for USDC. Anyone.
    pub fn auction_collateral<'info>(ctx: Context<'info, AuctionCollateral<'info>>, amount: u64) -> Result<()> {
        proven(instructions::auction_collateral(ctx, amount))
    }
}
