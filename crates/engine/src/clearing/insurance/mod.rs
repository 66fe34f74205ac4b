//! The fund and what it pays before any account does (`reference/insurance.py`): markets' covers, outside layers, allowances and
//! the last resort; who is paid for it: stakers and underwriters; and what must stay when they leave. What belongs elsewhere: who
//! is bankrupt, and how much is lacking.
//!
//! A cover is set aside inside the fund's own tranches; a part of it (`due`) may still be in the collateral vault and counts
//! at once. A layer is outside capital. An allowance is a market's weight of what no cover had set aside when the epoch began,
//! so that no market drinks another's (A66). The fund pays no claims: what it holds too much stays there (A7).
//!
//! The tranches are in [`Fund`]'s first fields; [`Fund::accrue`] comes first in whatever touches it at a new time. Every verb
//! returns what must move between vaults, and [`Fund::check`] with [`Elsewhere`] proves I17 where it may have changed.

mod allowance;
mod cover;
mod draw;
mod fund;
mod income;
mod layers;
mod reports;
mod stake;
mod stream;
mod sums;

pub use draw::Drawn;
pub use income::{Fees, Income};
pub use layers::{LayerTerms, AMOUNT_MAX, PREMIUMS_MAX, TERM_SLOTS_MAX};
pub use reports::Exposure;
pub use stake::{Unstaked, UNSTAKE_WINDOW_SECONDS, VIRTUAL};
pub use sums::Elsewhere;

#[cfg(doc)]
use crate::clearing::state::Fund;
