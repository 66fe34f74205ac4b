//! What paying back tells, and the queue of withdrawals.

use anchor_lang::prelude::*;

/// A withdrawal took a place in the queue, or was given up.
#[event]
pub struct WithdrawalRequested {
    /// The account.
    pub account: Pubkey,
    /// What it may take out, atoms; zero: the request was given up.
    pub amount: u64,
    /// What of it was counted against the windows.
    pub counted: u64,
    /// When it may leave, unix seconds: for an hour.
    pub ready_at: i64,
}

/// A deposit served debts.
#[event]
pub struct DebtServed {
    /// The owner.
    pub owner: Pubkey,
    /// Served, atoms.
    pub served: u64,
    /// What he owes still.
    pub owed: u64,
}

/// An account was paid what its claims were paid.
#[event]
pub struct Claimed {
    /// The account.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Into its vesting profit, atoms.
    pub amount: u64,
}

/// Somebody paid into a side's claims.
#[event]
pub struct Donated {
    /// Number of the market.
    pub market: u16,
    /// 0: longs. 1: shorts.
    pub side: u8,
    /// To the side's claims, atoms.
    pub to_claims: u64,
    /// Beyond what the side was owed: to insurance.
    pub to_insurance: u64,
}
