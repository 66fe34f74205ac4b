//! A change that waits.

use anchor_lang::prelude::*;

/// A change the authority has proposed. It waits for the timelock, and lapses if nobody executes it.
#[account(zero_copy)]
pub struct Proposal {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its number: seed of its address.
    pub id: u64,
    /// What kind of change, `Change::kind`.
    pub kind: u64,
    /// Number of the market, where it concerns one.
    pub market: u64,
    /// Number of the parameter or of the seat.
    pub field: u64,
    /// What the parameter was when this was proposed.
    pub from: u64,
    /// What it is to be.
    pub to: u64,
    /// An address it is to be, or a feed.
    pub key: Pubkey,
    /// Further numbers of the change.
    pub numbers: [u64; 4],
    /// Not executed before, unix seconds.
    pub ready_at: i64,
    /// Not executed after, unix seconds.
    pub expires_at: i64,
    /// 0: waits. 1: executed. 2: cancelled.
    pub closed: u64,
}
