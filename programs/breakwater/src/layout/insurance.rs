//! The insurance fund.

use super::{mirror, Wide};
use anchor_lang::prelude::*;
use breakwater_engine::cover;

mirror! {
    /// The insurance fund: a vault of its own.
    InsuranceBooks = cover::InsuranceFund {
        /// Atoms of the insurance vault that are booked: `protocol + staked + layers`.
        booked: u64,
        /// Sum of all markets' covers: never above `protocol + staked`.
        covers: u64,
        /// The protocol's tranche: loses first.
        protocol: u64,
        /// The stakers' tranche: loses second.
        staked: u64,
        /// What outside layers hold, premiums they earned included.
        layers: u64,
        /// Shares of the stakers' tranche.
        shares: Wide,
        /// Counts the times the stakers' tranche was lost whole: shares of an earlier epoch are worth nothing.
        epoch: u64,
        /// Most that `protocol + staked` came to in the day that began at `peak_since`, exits taken off.
        peak: u64,
        /// When that day began, unix seconds.
        peak_since: i64,
    }
}
