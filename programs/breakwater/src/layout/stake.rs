//! Stakes in the insurance fund.

use super::{mirror, Wide};
use anchor_lang::prelude::*;
use breakwater_engine::stake;

mirror! {
    /// What somebody has staked.
    StakeBooks = stake::Stake {
        /// Shares of the stakers' tranche, those on their way out included.
        shares: Wide,
        /// Of these, shares that asked for their exit.
        leaving: Wide,
        /// When those may leave, unix seconds.
        leaves_at: i64,
        /// The fund's epoch the shares belong to.
        epoch: u64,
    }
}
