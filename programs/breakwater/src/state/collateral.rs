//! A kind of collateral besides USDC.

use crate::layout::CollateralBooks;
use anchor_lang::prelude::*;

/// A mint accepted as collateral, pinned in the exchange.
#[account(zero_copy)]
pub struct Collateral {
    /// The exchange.
    pub exchange: Pubkey,
    /// The mint.
    pub mint: Pubkey,
    /// Token account of all of it, of the exchange's vault authority.
    pub vault: Pubkey,
    /// Pull: the feed id. Push: the address of the price account.
    pub feed: [u8; 32],
    /// Nothing is accepted before, unix seconds: a listing waits for the timelock like any other change.
    pub opens_at: i64,
    /// Its number: the index in an account's amounts.
    pub index: u8,
    /// `SOURCE_PULL` or `SOURCE_PUSH`.
    pub source: u8,
    /// Bump of its address.
    pub bump: u8,
    /// Padding.
    pub reserved: [u8; 5],
    /// Parameters, mark and total.
    pub books: CollateralBooks,
}
