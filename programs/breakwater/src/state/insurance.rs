//! The insurance fund's account, and stakes in it.

use crate::error::BreakwaterError;
use crate::layout::{mirror, Wide};
use anchor_lang::prelude::*;

breakwater_engine::insurance_fields!(mirror);

impl Stake {
    /// Whether it is this owner's on this exchange.
    pub fn require_of(&self, exchange: &Pubkey, owner: &Pubkey) -> Result<()> {
        let is_his = self.exchange == *exchange && self.owner == *owner;
        require!(is_his, BreakwaterError::WrongStake);
        Ok(())
    }
}
