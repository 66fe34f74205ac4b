//! A stake in the insurance fund.

use crate::layout::StakeBooks;
use anchor_lang::prelude::*;

/// What an owner has staked.
#[account(zero_copy)]
pub struct Stake {
    /// The exchange.
    pub exchange: Pubkey,
    /// Signs for it.
    pub owner: Pubkey,
    /// Shares, and those on their way out.
    pub books: StakeBooks,
}
