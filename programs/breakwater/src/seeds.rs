//! Seeds of the program's addresses.

use anchor_lang::prelude::*;

/// `[EXCHANGE, id]`.
pub const EXCHANGE: &[u8] = b"exchange";
/// `[VAULT_AUTHORITY, exchange]`: signs for both vaults, holds no data.
pub const VAULT_AUTHORITY: &[u8] = b"vault-authority";
/// `[COLLATERAL_VAULT, exchange]`.
pub const COLLATERAL_VAULT: &[u8] = b"collateral-vault";
/// `[INSURANCE_VAULT, exchange]`.
pub const INSURANCE_VAULT: &[u8] = b"insurance-vault";
/// `[INSURANCE, exchange]`.
pub const INSURANCE: &[u8] = b"insurance";
/// `[LEDGER, exchange]`.
pub const LEDGER: &[u8] = b"ledger";
/// `[MARKET, exchange, index: u16 LE]`.
pub const MARKET: &[u8] = b"market";
/// `[ACCOUNT, exchange, owner, index: u16 LE]`.
pub const ACCOUNT: &[u8] = b"account";
/// `[TRADER, exchange, owner]`.
pub const TRADER: &[u8] = b"trader";
/// `[STAKE, exchange, owner]`.
pub const STAKE: &[u8] = b"stake";
/// `[PROPOSAL, exchange, id: u64 LE]`.
pub const PROPOSAL: &[u8] = b"proposal";
/// `[COLLATERAL, exchange, index: u8]`.
pub const COLLATERAL: &[u8] = b"collateral";
/// `[COLLATERAL_TOKENS, collateral]`: the vault of one kind.
pub const COLLATERAL_TOKENS: &[u8] = b"collateral-tokens";
/// `[QUOTE, margin account, market]`.
pub const QUOTE: &[u8] = b"quote";

/// A ladder's seed, beside its base: the first sixteen bytes of its market's address, in hex.
pub fn ladder(market: &Pubkey) -> String {
    market.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
