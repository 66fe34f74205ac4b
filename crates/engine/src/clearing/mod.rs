//! Clearing by estates (docs/concepts.md): margin follows positions, a bankruptcy is declared of a whole account, its
//! positions go to one estate a market side, and whatever leaves a side while a shortfall is uninsured leaves its part
//! behind.
//!
//! These rooms stand beside the first version's until every instruction calls them; `reference/` is what they are held
//! against (`tests/reference.rs`). From the floor up: [`state`]; [`recovery`] and [`insurance`]; [`ladder`] with [`markets`] and
//! [`pages`]; [`shortfall`]; [`margin`]; [`waterfall`]; [`trading`] and [`collateral`]; [`guards`]. A room imports only from those
//! below it.

pub mod collateral;
pub mod error;
pub mod guards;
pub mod insurance;
pub mod ladder;
pub mod margin;
pub mod markets;
pub mod pages;
pub mod recovery;
pub mod shortfall;
pub mod state;
pub mod trading;
pub mod waterfall;
