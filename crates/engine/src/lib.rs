//! All arithmetic on money of Breakwater.
//!
//! The engine never learns what an account, a token or Pyth is: it takes values (price, slot, parameters), changes the
//! books it is handed and returns reports. The program, the simulator and the tests call this one implementation.
//!
//! A tour, in the order a crash meets it: [`price`] grades what the oracle says, [`permission`] says who may do what at
//! that quality, [`funding`] and [`provision`] move the cash indices, [`volatility`], [`gauge`] and [`phase`] say how cautious
//! the market is, [`margin`] and [`health`] measure accounts,
//! [`liquidation`] plans tier 1, [`cover`] is the insurance a market may draw, [`resolve`] runs tiers 2 to 4 over the
//! [`ladder`], [`claims`] remembers who is owed, and [`totals`] proves that every atom is accounted for.
#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
pub mod state;

pub mod account;
pub mod assess;
pub mod auction;
pub mod books;
pub mod breaker;
pub mod change;
pub mod claims;
pub mod clearing;
pub mod collateral;
pub mod cover;
pub mod cure;
pub mod deficit;
pub mod error;
pub mod fill;
pub mod funding;
pub mod gauge;
pub mod hand;
pub mod health;
pub mod isolation;
pub mod ladder;
pub mod last_marks;
pub mod layer;
pub mod liquidation;
pub mod margin;
pub mod market;
pub mod observe;
pub mod outflow;
pub mod params;
pub mod pause;
pub mod permission;
pub mod phase;
pub mod pledge;
pub mod price;
pub mod provision;
pub mod quote;
pub mod rebase;
pub mod recovery;
pub mod reduce;
pub mod refresh;
pub mod residue;
pub mod resolve;
pub mod revenue;
pub mod settle;
pub mod source;
pub mod stake;
pub mod sweep;
pub mod sync;
pub mod totals;
pub mod trade;
pub mod transfer;
pub mod units;
pub mod vesting;
pub mod volatility;
pub mod wide;

pub use error::{Error, Result};
pub use state::{AccountBooks, ExchangeParams, LadderBooks, MarketBooks, MarketParams, MarketSlot, Position, SideBook};
pub use units::{Atoms, Bps, Cash, Lots, Price, Side};
