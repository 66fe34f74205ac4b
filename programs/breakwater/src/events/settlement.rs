//! What settling a market tells.

use anchor_lang::prelude::*;

/// The last mark of a market became final.
#[event]
pub struct MarketSettled {
    /// Number of the market.
    pub market: u16,
    /// The final mark, 1e-12 atom per lot.
    pub price: u64,
    /// When its source published it, unix seconds.
    pub published: i64,
    /// Lots of either side that are still to close.
    pub open_interest: u64,
}

/// A position left a settled market.
#[event]
pub struct PositionSettled {
    /// Whose.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Lots closed, signed as the position was.
    pub lots: i64,
    /// What left the position, atoms: paid-in margin is free at once, profit vests.
    pub paid: u64,
    /// What the account gave first, because the position owed at the mark.
    pub drawn: u64,
    /// Free cash after it.
    pub free: u64,
}
