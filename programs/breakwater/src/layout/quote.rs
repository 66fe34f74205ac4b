//! Quotes.

use super::mirror;
use anchor_lang::prelude::*;
use breakwater_engine::quote;

mirror! {
    /// One offer.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
    Level = quote::Level {
        /// Lots left; 0: no offer.
        size: u64,
        /// The price, or the distance behind the mark where `pegged`.
        price: u64,
        /// 1: `price` is an offset from the mark, below it for bids, above it for asks.
        pegged: u64,
    }
}

mirror! {
    /// A maker's offers in one market, best first.
    QuoteBooks = quote::Quote {
        /// Bids, from the highest.
        bids: [Level; 4],
        /// Asks, from the lowest.
        asks: [Level; 4],
        /// Dead after this slot.
        expires: u64,
        /// The account's quote epoch when it was set.
        epoch: u64,
    }
}
