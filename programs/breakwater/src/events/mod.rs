//! What instructions tell: integers and addresses only. One event an instruction; `trade` tells also each
//! fill, `liquidate` also what moved in
//! insurance, and `resolve_bankruptcy` up to four: each position resolved, what was deleveraged, what insurance moved.

mod collateral;
mod governance;
mod guards;
mod insurance;
mod recovery;
mod settlement;
mod waterfall;

pub use collateral::*;
pub use governance::*;
pub use guards::*;
pub use insurance::*;
pub use recovery::*;
pub use settlement::*;
pub use waterfall::*;

use anchor_lang::prelude::*;

/// An exchange was created.
#[event]
pub struct ExchangeInitialised {
    /// The exchange.
    pub exchange: Pubkey,
    /// Who governs it.
    pub authority: Pubkey,
}

/// A market was listed.
#[event]
pub struct MarketListed {
    /// Its number.
    pub market: u16,
    /// Its ladder.
    pub ladder: Pubkey,
    /// First mark, 1e-12 atom per lot.
    pub price: u64,
}

/// Somebody paid into the insurance fund.
#[event]
pub struct InsuranceFunded {
    /// What arrived, atoms.
    pub amount: u64,
    /// The fund after it.
    pub booked: u64,
}

/// A margin account was opened.
#[event]
pub struct AccountOpened {
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// A margin account was closed.
#[event]
pub struct AccountClosed {
    /// The account.
    pub account: Pubkey,
}

/// Collateral came in.
#[event]
pub struct Deposited {
    /// The account.
    pub account: Pubkey,
    /// What arrived, atoms.
    pub amount: u64,
    /// Free cash after it.
    pub free: u64,
}

/// Collateral left.
#[event]
pub struct Withdrawn {
    /// The account.
    pub account: Pubkey,
    /// What left, atoms.
    pub amount: u64,
    /// Free cash after it.
    pub free: u64,
}

/// Margin moved between free cash and a position.
#[event]
pub struct MarginAllocated {
    /// The account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Into the position above zero, atoms.
    pub amount: i64,
    /// Free cash after it.
    pub free: u64,
}

/// A quote was set.
#[event]
pub struct QuoteSet {
    /// The maker.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Lots bid for, by level.
    pub bids: [u64; 4],
    /// Lots asked for, by level.
    pub asks: [u64; 4],
    /// Live up to this slot, and no longer than the maker's account stays checked unless it only reduces.
    pub expires: u64,
    /// The largest age of the mark that pegged levels fill at, slots; 0: the market's own limit.
    pub mark_age_slots_max: u32,
    /// Whether it never opens.
    pub reduce_only: bool,
}

/// A quote was cancelled.
#[event]
pub struct QuoteCancelled {
    /// The maker.
    pub account: Pubkey,
    /// The market.
    pub market: Pubkey,
}

/// Lots changed hands between a taker and a maker: one for each level that filled, before the trade's `Traded`.
#[event]
pub struct Filled {
    /// The taker.
    pub taker: Pubkey,
    /// The maker; the market itself where lots closed against what rounding left of the other side.
    pub maker: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// 0: the taker bought. 1: he sold.
    pub side: u8,
    /// Lots.
    pub lots: u64,
    /// 1e-12 atom per lot.
    pub price: u64,
}

/// A taker traded.
#[event]
pub struct Traded {
    /// The taker.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// 0: bought. 1: sold.
    pub side: u8,
    /// Lots filled.
    pub lots: u64,
    /// What they were worth at their fills, atoms.
    pub value: u64,
    /// Fee of the taker.
    pub taker_fee: u64,
    /// Fees of all makers.
    pub maker_fees: u64,
    /// Open interest after it.
    pub open_interest: u64,
}

/// A market looked at its price source.
#[event]
pub struct MarketRefreshed {
    /// Number of the market.
    pub market: u16,
    /// The mark, 1e-12 atom per lot.
    pub price: u64,
    /// 0: bad, 1: usable, 2: good.
    pub quality: u8,
    /// Why it is not better.
    pub reasons: u64,
    /// Whether there is a new mark.
    pub accepted: bool,
    /// What longs and shorts were charged for the other side's shortfall, 1e-12 atom.
    pub charged: [u128; 2],
    /// 0: normal, 1: stressed, 2: recovery.
    pub phase: u8,
    /// Multiple of initial margin, bps.
    pub initial_multiple: u32,
    /// Multiple of maintenance margin, bps.
    pub maintenance_multiple: u32,
    /// What its breaker leaves allowed: 0: open, 1: guarded, 2: halted.
    pub level: u8,
    /// The breaker's reasons in force.
    pub tripped: u64,
}

/// A position was taken aside, or joined the others again.
#[event]
pub struct PositionIsolated {
    /// The account.
    pub account: Pubkey,
    /// The market's number.
    pub market: u16,
    /// Whether it answers with its own cash only.
    pub isolated: bool,
}

/// An account was brought up to date.
#[event]
pub struct PositionSynced {
    /// The account.
    pub account: Pubkey,
    /// Positions taken out of pools.
    pub caught_up: u32,
    /// Moved into positions below maintenance, atoms.
    pub topped_up: u64,
    /// Profit that became free cash.
    pub unlocked: u64,
    /// Paid to whoever synced.
    pub reward: u64,
    /// First observation of the account's distress, slot; 0: not in distress.
    pub distressed_since: u64,
}

/// Tokens nobody had booked were booked to insurance.
#[event]
pub struct Skimmed {
    /// Found in the collateral vault, atoms.
    pub collateral: u64,
    /// Found in the insurance vault.
    pub insurance: u64,
    /// What markets had collected for insurance.
    pub due: u64,
}

/// Lines moved to a new grid.
#[event]
pub struct Rebased {
    /// Number of the market.
    pub market: u16,
    /// Lines visited on each side.
    pub lines: u32,
    /// Whether the new grid is in use.
    pub finished: bool,
}
