//! The exchange: who governs it, where its money lies.

use crate::layout::{books, Breaker, ExchangeParams, GuardianWeek, Outflow, Pauses};
use anchor_lang::prelude::*;
use breakwater_engine::Bps;

/// One exchange. Every address an instruction may be handed is pinned here or in the market (F17).
#[account(zero_copy)]
pub struct Exchange {
    /// Chosen by whoever created it; seed of its address.
    pub id: Pubkey,
    /// Governs: meant to be a multisig's vault.
    pub authority: Pubkey,
    /// Who the authority is being handed to, once he accepts; all zero: nobody.
    pub next_authority: Pubkey,
    /// Pauses, for a day at most, and nothing else.
    pub guardian: Pubkey,
    /// Token account protocol fees go to.
    pub treasury: Pubkey,
    /// Token account the keepers' share of protocol fees goes to.
    pub keeper_fees: Pubkey,
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
    /// What has left lately.
    pub outflow: Outflow,
    /// What has tripped for all markets.
    pub breaker: Breaker,
    /// Paused action classes.
    pub pauses: Pauses,
    /// How often the guardian has paused this week.
    pub guardian_week: GuardianWeek,
    /// Proposals made so far: the next one's number.
    pub proposal_count: u64,
    /// Kinds of collateral accepted besides USDC: their accounts, in the order they were listed; all zero: none yet.
    pub collaterals: [Pubkey; 3],
    /// Markets listed so far: the next one's number.
    pub market_count: u16,
    /// Bump of its own address.
    pub bump: u8,
    /// Bump of the vault authority.
    pub vault_authority_bump: u8,
    /// Kinds of collateral listed.
    pub collateral_count: u8,
    /// Padding.
    pub reserved: [u8; 3],
}

impl Exchange {
    /// Share of insurance revenue that belongs to stakers.
    pub fn staker_share(&self) -> Bps {
        books(&self.params).staker_share
    }
}
