//! The fund, the markets' covers, outside layers, allowances and the last resort (`reference/insurance.py`): what pays before
//! any account does. What belongs elsewhere: who is bankrupt, and how much is lacking.
//!
//! A cover is set aside inside the fund's own tranches; a part of it (`due`) may still be in the collateral vault and counts
//! at once. A layer is outside capital. An allowance is a market's weight of what no cover had set aside when the epoch began,
//! so that no market drinks another's (A66).

mod draw;
mod fund;

pub use draw::Drawn;
