//! The exchange: who governs it, where its money lies.

use crate::layout::ExchangeParams;
use anchor_lang::prelude::*;

/// One exchange. Every address an instruction may be handed is pinned here or in the market (F17).
#[account(zero_copy)]
pub struct Exchange {
    /// Chosen by whoever created it; seed of its address.
    pub id: Pubkey,
    /// Lists markets and sets pause bits.
    pub authority: Pubkey,
    /// USDC.
    pub mint: Pubkey,
    /// Token account of all collateral.
    pub collateral_vault: Pubkey,
    /// Token account of the insurance fund, apart from collateral (F4).
    pub insurance_vault: Pubkey,
    /// Owner of both vaults: an address without data that only this program signs for.
    pub vault_authority: Pubkey,
    /// The insurance fund's books.
    pub insurance: Pubkey,
    /// The loss ledger.
    pub ledger: Pubkey,
    /// Pyth receiver whose price updates count. Two are live, so it is a parameter.
    pub receiver: Pubkey,
    /// Program that owns Pyth push accounts.
    pub push_oracle: Pubkey,
    /// Parameters.
    pub params: ExchangeParams,
    /// Sum of all classes in the collateral vault, atoms: the vault holds at least this (I1).
    pub collateral_booked: u64,
    /// Paused action classes.
    pub pause: u64,
    /// Markets listed so far: the next one's number.
    pub market_count: u16,
    /// Bump of its own address.
    pub bump: u8,
    /// Bump of the vault authority.
    pub vault_authority_bump: u8,
    /// Padding.
    pub reserved: [u8; 4],
}
