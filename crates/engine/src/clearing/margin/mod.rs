//! Margin follows positions: requirements, valuation, spread and lift, isolation, cash in and out.

mod account;

pub use account::{MARKETS_MAX, NO_MARKET};
