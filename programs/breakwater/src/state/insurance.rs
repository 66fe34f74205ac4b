//! The insurance fund's account.

use crate::layout::InsuranceBooks;
use anchor_lang::prelude::*;

/// The insurance fund of an exchange, pinned there.
#[account(zero_copy)]
pub struct Insurance {
    /// Its exchange.
    pub exchange: Pubkey,
    /// What the insurance vault holds, and what is set aside for markets.
    pub books: InsuranceBooks,
}
