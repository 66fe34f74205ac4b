//! Margin follows positions: what an account is worth and must hold, the spread of its free cash over its positions, lifts
//! between them, money in and out. What belongs elsewhere: who may act, and what a bankruptcy does.

mod account;
mod cash;
mod close;
mod collateral;
mod fresh;
mod legs;
mod lift;
mod quoted;
mod touch;
mod valuation;

use crate::units::{Cash, PICO_SIGNED};

pub use account::{MARKETS_MAX, NO_MARKET};
pub use cash::{deposit, isolate, withdraw};
pub use collateral::{require_valued, Counted, AUCTION_GAP_SLOTS};
pub use fresh::need_fresh;
pub use quoted::back_quotes;
pub use touch::{draw_into, spread, touch, Touched};
pub use valuation::{value, value_isolated, value_known, AccountValuation, PositionHealth};

/// Atoms that roundings may take of a position or an account: less is no lack, no distress, and no money.
pub const ROUNDED: i128 = 10;
/// The same as exact cash.
pub const ROUNDED_CASH: Cash = Cash(ROUNDED * PICO_SIGNED);
