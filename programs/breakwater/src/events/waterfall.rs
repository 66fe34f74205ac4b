//! What the waterfall tells.

use crate::state::RecoveryRecord;
use anchor_lang::prelude::*;

/// Tier 1.
#[event]
pub struct Liquidated {
    /// Whose position.
    pub account: Pubkey,
    /// Who took it over.
    pub liquidator: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Lots taken over.
    pub lots: u64,
    /// Their value at the mark, atoms.
    pub value: u64,
    /// Mark, 1e-12 atom per lot.
    pub mark: u64,
    /// The auction's discount, bps.
    pub discount: u32,
    /// The part of the discount the account paid, atoms.
    pub discount_by_account: u64,
    /// The part its market's cover paid.
    pub discount_by_cover: u64,
    /// The lots' part of a deficit, paid by the cover.
    pub deficit: u64,
}

/// Tokens moved between the vaults, or into a market's cover inside the fund.
#[event]
pub struct InsuranceMoved {
    /// Number of the market.
    pub market: u16,
    /// From collateral to insurance, atoms.
    pub paid_in: u64,
    /// From insurance to collateral.
    pub paid_out: u64,
    /// Set aside for the market's cover, which moves no tokens.
    pub refilled: u64,
    /// The market's cover after it.
    pub cover: u64,
}

/// Tier 3: lots of the other side closed at the mark, the most levered first.
#[event]
pub struct Deleveraged {
    /// Number of the market.
    pub market: u16,
    /// Lots closed.
    pub lots: u64,
    /// Open interest before.
    pub open_interest: u64,
    /// Ladder lines walked.
    pub lines: u32,
    /// Pools walked.
    pub pools: u32,
    /// What this resolution itself charged every lot of the side, 1e-12 atom.
    pub charge_per_lot: u128,
}

/// Tiers 2 to 4: `deficit = insured + absorbed + socialised + unfunded`.
#[event]
pub struct BankruptcyResolved {
    /// Whose position.
    pub account: Pubkey,
    /// Number of the market.
    pub market: u16,
    /// Lots closed, signed as the position was.
    pub lots: i64,
    /// Mark, 1e-12 atom per lot.
    pub price: u64,
    /// What the lots lacked, atoms.
    pub deficit: u64,
    /// Paid by insurance.
    pub insured: u64,
    /// Borne by the lots deleveraged now.
    pub absorbed: u64,
    /// Borne by the rest of the other side and by vesting profit.
    pub socialised: u64,
    /// Borne by nobody yet.
    pub unfunded: u64,
    /// Number of the record in the loss ledger, from 1.
    pub record: u64,
    /// The account was solvent: it was deleveraged out of distress, and there was no deficit.
    pub cured: bool,
}

impl BankruptcyResolved {
    /// What a ledger record says.
    pub fn of(record: &RecoveryRecord, number: u64, cured: bool) -> BankruptcyResolved {
        BankruptcyResolved {
            account: record.account,
            market: record.market as u16,
            lots: record.lots,
            price: record.price,
            deficit: record.deficit,
            insured: record.insured,
            absorbed: record.absorbed,
            socialised: record.socialised,
            unfunded: record.unfunded,
            record: number,
            cured,
        }
    }
}
