//! What an owner owes, across all his margin accounts.

use anchor_lang::prelude::*;

/// An owner's debts on an exchange: deficits of his accounts that others bore. Deposits serve them first.
#[account(zero_copy)]
pub struct Trader {
    /// The exchange.
    pub exchange: Pubkey,
    /// The owner.
    pub owner: Pubkey,
    /// Sum of the debts in all slots of all his accounts, atoms.
    pub owed: u64,
    /// Bump of its address.
    pub bump: u8,
    /// Padding.
    pub reserved: [u8; 7],
}
