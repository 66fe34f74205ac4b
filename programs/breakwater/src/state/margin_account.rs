//! What a trader owns: margin accounts, and quotes for those who make markets.

use crate::layout::{AccountBooks, QuoteBooks};
use anchor_lang::prelude::*;

/// A margin account. An owner may have several, told apart by `index`.
#[account(zero_copy)]
pub struct MarginAccount {
    /// Its exchange.
    pub exchange: Pubkey,
    /// Signs for everything that is the owner's to decide.
    pub owner: Pubkey,
    /// Number among the owner's accounts.
    pub index: u16,
    /// Bump of its address.
    pub bump: u8,
    /// Padding.
    pub reserved: [u8; 5],
    /// Free cash and market slots.
    pub books: AccountBooks,
}

/// Standing offers of a margin account in a market.
#[account(zero_copy)]
pub struct Quote {
    /// The maker.
    pub account: Pubkey,
    /// The market.
    pub market: Pubkey,
    /// The offers.
    pub books: QuoteBooks,
}

/// 0.02 SOL of rent, what the issue allows a margin account, is 2,873 bytes with the 128 the cluster adds.
const _: () = assert!(8 + size_of::<MarginAccount>() + 128 <= 2_873);
