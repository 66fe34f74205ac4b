//! A stake in the insurance fund.

use crate::error::BreakwaterError;
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

impl Stake {
    /// Whether it is this owner's on this exchange.
    pub fn require_of(&self, exchange: &Pubkey, owner: &Pubkey) -> Result<()> {
        let is_his = self.exchange == *exchange && self.owner == *owner;
        require!(is_his, BreakwaterError::WrongStake);
        Ok(())
    }
}
