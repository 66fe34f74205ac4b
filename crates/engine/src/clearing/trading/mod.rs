//! Trading: a taker against the quotes passed, best price first whatever their order; quotes themselves; a partial liquidation that
//! sells into quotes; reserve adequacy. What belongs elsewhere: what an account must hold, and whether a market's shortfalls let
//! lots enter.

mod adequacy;
mod fees;
mod liquidation;
mod maker;
mod offers;
mod order;
mod quotes;
mod taker;
mod trade;

pub use adequacy::Adequacy;
pub use liquidation::{liquidate_into_quotes, Sold};
pub use maker::Maker;
pub use order::{Context, Filled, Fills, Order, Traded, FILLS};
pub use quotes::{cancel, check, set};
pub use trade::trade;
