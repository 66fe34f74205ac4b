//! What the guards tell.

use anchor_lang::prelude::*;

/// Somebody had a breaker look at its conditions, and it moved or holds.
#[event]
pub struct BreakerTripped {
    /// Number of the market; 65535: the exchange.
    pub market: u16,
    /// What it leaves allowed: 0: open, 1: guarded, 2: halted.
    pub level: u8,
    /// Its reasons in force.
    pub reasons: u64,
}
