//! What other collateral tells.

use anchor_lang::prelude::*;

/// A kind of collateral was listed.
#[event]
pub struct CollateralListed {
    /// Its number.
    pub index: u8,
    /// Its mint.
    pub mint: Pubkey,
    /// First mark, 1e-12 atom per smallest unit.
    pub price: u64,
    /// Nothing is accepted before, unix seconds.
    pub opens_at: i64,
}

/// A listing was taken back before it opened.
#[event]
pub struct CollateralCancelled {
    /// Its number.
    pub index: u8,
    /// Who took it back.
    pub by: Pubkey,
}

/// A kind of collateral looked at its price source.
#[event]
pub struct CollateralRefreshed {
    /// Its number.
    pub index: u8,
    /// The mark, 1e-12 atom per smallest unit.
    pub price: u64,
    /// 0: bad, 2: good.
    pub quality: u8,
    /// Why it is not better.
    pub reasons: u64,
    /// Whether there is a new mark.
    pub accepted: bool,
}

/// Other collateral came in.
#[event]
pub struct CollateralDeposited {
    /// The account.
    pub account: Pubkey,
    /// Number of the kind.
    pub index: u8,
    /// What arrived, smallest units.
    pub amount: u64,
    /// What the account holds of it.
    pub held: u64,
}

/// Other collateral left.
#[event]
pub struct CollateralWithdrawn {
    /// The account.
    pub account: Pubkey,
    /// Number of the kind.
    pub index: u8,
    /// What left, smallest units.
    pub amount: u64,
    /// What the account holds of it.
    pub held: u64,
}

/// An account's other collateral was valued.
#[event]
pub struct CollateralValued {
    /// The account.
    pub account: Pubkey,
    /// Counts towards initial margin, atoms.
    pub initial: u64,
    /// Counts towards maintenance margin.
    pub maintenance: u64,
}

/// Other collateral of an account in distress was sold.
#[event]
pub struct CollateralSold {
    /// The account.
    pub account: Pubkey,
    /// Who bought it.
    pub buyer: Pubkey,
    /// Number of the kind.
    pub index: u8,
    /// Smallest units.
    pub amount: u64,
    /// Mark, 1e-12 atom per smallest unit.
    pub mark: u64,
    /// The auction's discount, bps.
    pub discount: u32,
    /// Paid into the account's free cash, atoms.
    pub proceeds: u64,
    /// Moved into positions below maintenance.
    pub topped_up: u64,
}
