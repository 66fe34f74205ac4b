//! The insurance fund.

use super::mirror;
use anchor_lang::prelude::*;
use breakwater_engine::cover;

mirror! {
    /// The insurance fund: a vault of its own.
    InsuranceBooks = cover::InsuranceFund {
        /// Atoms of the insurance vault that are booked. All of it is the protocol's tranche.
        booked: u64,
        /// Sum of all markets' covers: never above `booked`.
        covers: u64,
    }
}
