//! Collateral other than USDC.

use super::{mirror, Mark};
use anchor_lang::prelude::*;
use breakwater_engine::pledge;

mirror! {
    /// What a kind of collateral is accepted with.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
    CollateralParams = pledge::CollateralParams {
        /// Most of the mint's smallest units the exchange accepts.
        total_max: u64,
        /// Value of it that counts in one account at most, before the haircut.
        account_max: u64,
        /// Slots its mark may be old before it no longer counts towards initial margin.
        mark_age_slots_max: u64,
        /// Seconds a published price may be old.
        price_age_seconds_max: u64,
        /// Seconds a published price may be ahead of the clock.
        price_ahead_seconds_max: u64,
        /// Slots over which the price of an account's collateral falls to nothing in its distress.
        auction_slots: u64,
        /// Taken off the value.
        haircut: u32,
        /// Confidence over price, at most.
        confidence_max: u32,
        /// Spot against its average, at most.
        divergence_max: u32,
        /// Move of the accepted mark per slot, at most.
        jump_per_slot: u32,
        /// Discount the auction starts at.
        discount_start: u32,
        /// 10^exponent of the asset in the mint's smallest unit (negative).
        unit_exponent: i32,
    }
}

mirror! {
    /// A kind of collateral.
    CollateralBooks = pledge::CollateralBooks {
        /// What it is accepted with.
        params: CollateralParams,
        /// Its last accepted price, 1e-12 atom per smallest unit.
        mark: Mark,
        /// Smallest units in all accounts: its vault holds at least this.
        booked: u64,
    }
}
