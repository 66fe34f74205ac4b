//! Stakes in the insurance fund.

use crate::wide::U128;

/// What somebody has staked.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stake {
    /// Shares of the stakers' tranche, those on their way out included.
    pub shares: U128,
    /// Of these, shares that asked for their exit.
    pub leaving: U128,
    /// When those may leave, unix seconds.
    pub leaves_at: i64,
    /// The fund's epoch the shares belong to.
    pub epoch: u64,
}
