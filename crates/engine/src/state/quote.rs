//! A maker's quote.

use super::Key;
use crate::units::{Lots, Price};

/// The field list: see [`crate::state`].
#[macro_export]
macro_rules! quote_fields {
    ($expand:ident) => {
        $expand! {
            /// One offer.
            argument Level {
                /// Lots left; 0: no offer.
                size: Lots,
                /// The price, or the distance behind the mark where `pegged`.
                price: Price,
                /// 1: `price` is an offset from the mark, below it for bids, above it for asks.
                pegged: u64,
            }
            /// A maker's offers in one market, best first.
            struct QuoteBooks {
                /// Bids, from the highest.
                bids: [Level; 4],
                /// Asks, from the lowest.
                asks: [Level; 4],
                /// Dead after this slot.
                expires: u64,
                /// The account's quote epoch when it was set.
                epoch: u64,
                /// The largest age, by publish time, of the mark that pegged levels fill at, in slots of 400 ms; 0: the
                /// market's own limit.
                mark_age_slots_max: u32,
                /// 1: never opens. Such a quote needs no initial margin and outlives the check of the account.
                reduce_only: u32,
            }
            /// Standing offers of a margin account in a market.
            account Quote = [167, 202, 20, 198, 228, 66, 105, 208] {
                /// The maker.
                account: Key,
                /// The market.
                market: Key,
                /// The offers.
                books: QuoteBooks,
            }
        }
    };
}
quote_fields!(declare);
