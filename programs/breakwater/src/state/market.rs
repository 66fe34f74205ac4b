//! A market and the ladder that belongs to it.

use crate::error::BreakwaterError;
use crate::layout::{LadderBooks, MarketBooks, Pauses};
use anchor_lang::prelude::*;

/// Prices come from Pyth pull updates: any account of the receiver that carries the feed.
pub const SOURCE_PULL: u8 = 0;
/// Prices come from one Pyth push account.
pub const SOURCE_PUSH: u8 = 1;

/// There is no second source.
pub const SOURCE_NONE: u8 = 255;

/// When a listing opens that was taken back before it did.
pub const NEVER_OPENS: i64 = i64::MAX;

/// A market.
#[account(zero_copy)]
pub struct Market {
    /// Its exchange.
    pub exchange: Pubkey,
    /// Its ladder.
    pub ladder: Pubkey,
    /// Pull: the feed id. Push: the address of the price account.
    pub feed: [u8; 32],
    /// The same of the second source.
    pub second_feed: [u8; 32],
    /// Who funds each layer: may take its capital out once it has expired.
    pub underwriters: [Pubkey; 4],
    /// Name, zero-padded.
    pub name: [u8; 16],
    /// Nothing but prices moves before, unix seconds: a listing waits for the timelock like any other change.
    pub opens_at: i64,
    /// Paused action classes.
    pub pauses: Pauses,
    /// Number on the exchange: seed of its address.
    pub index: u16,
    /// `SOURCE_PULL` or `SOURCE_PUSH`.
    pub source: u8,
    /// `SOURCE_PULL`, `SOURCE_PUSH` or `SOURCE_NONE`.
    pub second_source: u8,
    /// Bump of its address.
    pub bump: u8,
    /// Padding.
    pub reserved: [u8; 3],
    /// All of its money.
    pub books: MarketBooks,
}

impl Market {
    /// Whether a layer's seat was offered to an address.
    pub fn require_underwriter(&self, seat: u8, key: &Pubkey) -> Result<()> {
        let is_his = self.underwriters.get(usize::from(seat)) == Some(key);
        require!(is_his, BreakwaterError::WrongUnderwriter);
        Ok(())
    }
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
