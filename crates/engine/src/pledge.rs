//! Collateral other than USDC: what it counts, and its sale in an account's distress.

use crate::market::Mark;
use crate::units::{Atoms, Bps};

/// What a kind of collateral is accepted with.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollateralParams {
    /// Most of the mint's smallest units the exchange accepts.
    pub total_max: u64,
    /// Value of it that counts in one account at most, before the haircut.
    pub account_max: Atoms,
    /// Slots its mark may be old before it no longer counts towards initial margin.
    pub mark_age_slots_max: u64,
    /// Seconds a published price may be old.
    pub price_age_seconds_max: u64,
    /// Seconds a published price may be ahead of the clock.
    pub price_ahead_seconds_max: u64,
    /// Slots over which the price of an account's collateral falls to nothing in its distress.
    pub auction_slots: u64,
    /// Taken off the value.
    pub haircut: Bps,
    /// Confidence over price, at most.
    pub confidence_max: Bps,
    /// Spot against its average, at most.
    pub divergence_max: Bps,
    /// Move of the accepted mark per slot, at most.
    pub jump_per_slot: Bps,
    /// Discount the auction starts at.
    pub discount_start: Bps,
    /// 10^exponent of the asset in the mint's smallest unit (negative).
    pub unit_exponent: i32,
}

/// A kind of collateral.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollateralBooks {
    /// What it is accepted with.
    pub params: CollateralParams,
    /// Its last accepted price, 1e-12 atom per smallest unit.
    pub mark: Mark,
    /// Smallest units in all accounts: its vault holds at least this.
    pub booked: u64,
}
