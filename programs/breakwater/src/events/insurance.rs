//! What stakers, underwriters and the insurance fund do.

use anchor_lang::prelude::*;

/// Somebody staked in the insurance fund.
#[event]
pub struct Staked {
    /// Who.
    pub owner: Pubkey,
    /// What arrived, atoms.
    pub amount: u64,
    /// Shares it bought.
    pub shares: u128,
    /// The stakers' tranche after it.
    pub staked: u64,
}

/// A staker asked for his exit, or took that back.
#[event]
pub struct ExitRequested {
    /// Who.
    pub owner: Pubkey,
    /// Shares on their way out; none: taken back.
    pub shares: u128,
    /// When they may leave, unix seconds.
    pub leaves_at: i64,
}

/// Shares left the insurance fund.
#[event]
pub struct StakeExited {
    /// Whose.
    pub owner: Pubkey,
    /// Shares redeemed.
    pub shares: u128,
    /// What they were paid, atoms.
    pub paid: u64,
    /// Shares that asked for their exit and must wait.
    pub waiting: u128,
    /// The stakers' tranche after it.
    pub staked: u64,
}

/// A layer was funded.
#[event]
pub struct LayerFunded {
    /// Number of the market.
    pub market: u16,
    /// The layer's seat.
    pub seat: u8,
    /// What arrived, atoms.
    pub amount: u64,
    /// What the layer holds after it.
    pub held: u64,
}

/// An expired layer's money left and its seat is free.
#[event]
pub struct LayerWithdrawn {
    /// Number of the market.
    pub market: u16,
    /// The layer's seat.
    pub seat: u8,
    /// Capital and premium, atoms.
    pub amount: u64,
}

/// A layer's premium left.
#[event]
pub struct PremiumTaken {
    /// Number of the market.
    pub market: u16,
    /// The layer's seat.
    pub seat: u8,
    /// Atoms.
    pub amount: u64,
}

/// Surplus insurance was paid to everyone owed.
#[event]
pub struct SurplusDistributed {
    /// Atoms.
    pub amount: u64,
    /// What the fund had to keep.
    pub must_stay: u64,
}

/// Protocol fees left a market.
#[event]
pub struct FeesCollected {
    /// Number of the market.
    pub market: u16,
    /// Deficits nobody had borne that they served first, atoms.
    pub served: u64,
    /// To the keepers.
    pub keepers: u64,
    /// To the treasury.
    pub treasury: u64,
}
