//! A market.

use super::{Ladder, MarketParams, Pauses};
use crate::error::BreakwaterError;
use crate::layout::{mirror, Wide};
use anchor_lang::prelude::*;

/// Prices come from Pyth pull updates: any account of the receiver that carries the feed.
pub const SOURCE_PULL: u8 = 0;
/// Prices come from one Pyth push account.
pub const SOURCE_PUSH: u8 = 1;

/// There is no second source.
pub const SOURCE_NONE: u8 = 255;

/// When a listing opens that was taken back before it did.
pub const NEVER_OPENS: i64 = i64::MAX;

breakwater_engine::market_fields!(mirror);

impl Market {
    /// Whether a layer's seat was offered to an address.
    pub fn require_underwriter(&self, seat: u8, key: &Pubkey) -> Result<()> {
        let is_his = self.underwriters.get(usize::from(seat)) == Some(key);
        require!(is_his, BreakwaterError::WrongUnderwriter);
        Ok(())
    }
}

/// Rent of a market with its ladder stays below 2 SOL: 287,356 bytes.
const _: () = assert!(size_of::<Market>() + size_of::<Ladder>() + 2 * (8 + 128) <= 287_356);
