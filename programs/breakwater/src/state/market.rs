//! A market and the ladder that belongs to it.

use crate::layout::{LadderBooks, MarketBooks};
use anchor_lang::prelude::*;

/// Prices come from Pyth pull updates: any account of the receiver that carries the feed.
pub const SOURCE_PULL: u8 = 0;
/// Prices come from one Pyth push account.
pub const SOURCE_PUSH: u8 = 1;

/// A market.
#[account(zero_copy)]
pub struct Market {
    /// Its exchange.
    pub exchange: Pubkey,
    /// Its ladder.
    pub ladder: Pubkey,
    /// Pull: the feed id. Push: the address of the price account.
    pub feed: [u8; 32],
    /// Name, zero-padded.
    pub name: [u8; 16],
    /// Paused action classes.
    pub pause: u64,
    /// Number on the exchange: seed of its address.
    pub index: u16,
    /// `SOURCE_PULL` or `SOURCE_PUSH`.
    pub source: u8,
    /// Bump of its address.
    pub bump: u8,
    /// Padding.
    pub reserved: [u8; 4],
    /// All of its money.
    pub books: MarketBooks,
}

/// A market's ladder. Too large for an address the program could create in one instruction: the client creates it in the
/// transaction that lists the market, and the market pins its address.
#[account(zero_copy)]
pub struct Ladder {
    /// Its market.
    pub market: Pubkey,
    /// Lots by bankruptcy price.
    pub books: LadderBooks,
}

/// Rent of a market with its ladder stays below 2 SOL: 287,356 bytes.
const _: () = assert!(size_of::<Market>() + size_of::<Ladder>() + 2 * (8 + 128) <= 287_356);
