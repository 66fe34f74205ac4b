//! The insurance fund and stakes in it.

use super::Key;
use crate::units::Atoms;
use crate::wide::U128;

/// The field list: see [`crate::state`].
#[macro_export]
macro_rules! insurance_fields {
    ($expand:ident) => {
        $expand! {
            /// The insurance fund: a vault of its own.
            struct InsuranceBooks {
                /// Atoms of the insurance vault that are booked: `protocol + staked + layers`.
                booked: Atoms,
                /// Sum of all markets' covers: never above `protocol + staked`.
                covers: Atoms,
                /// The protocol's tranche: loses first.
                protocol: Atoms,
                /// The stakers' tranche: loses second.
                staked: Atoms,
                /// What outside layers hold, premiums they earned included.
                layers: Atoms,
                /// Shares of the stakers' tranche.
                shares: U128,
                /// Counts the times the stakers' tranche was lost whole: shares of an earlier epoch are worth nothing.
                epoch: u64,
                /// Most that `protocol + staked` came to in the day that began at `peak_since`, exits taken off.
                peak: Atoms,
                /// When that day began, unix seconds.
                peak_since: i64,
            }
            /// What somebody has staked.
            struct StakeBooks {
                /// Shares of the stakers' tranche, those on their way out included.
                shares: U128,
                /// Of these, shares that asked for their exit.
                leaving: U128,
                /// When those may leave, unix seconds.
                leaves_at: i64,
                /// The fund's epoch the shares belong to.
                epoch: u64,
            }
            /// The insurance fund of an exchange, pinned there.
            account Insurance = [236, 126, 120, 155, 178, 253, 145, 150] {
                /// Its exchange.
                exchange: Key,
                /// What the insurance vault holds, and what is set aside for markets.
                books: InsuranceBooks,
            }
            /// What an owner has staked.
            account Stake = [150, 197, 176, 29, 55, 132, 112, 149] {
                /// The exchange.
                exchange: Key,
                /// Signs for it.
                owner: Key,
                /// Shares, and those on their way out.
                books: StakeBooks,
            }
        }
    };
}
insurance_fields!(declare);
