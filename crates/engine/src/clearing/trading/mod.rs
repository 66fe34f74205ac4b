//! Trading: a taker against the quotes passed, best price first whatever their order. What belongs elsewhere: what an account must
//! hold, and whether a market's shortfalls let lots enter.

mod fees;
mod maker;
mod offers;
mod trade;

pub use maker::Maker;
pub use trade::{trade, Filled, Order, Traded, FILLS};
