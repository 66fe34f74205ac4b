//! Who may govern: the signer's office, and that his transaction is of today.

use crate::error::BreakwaterError;
use crate::nonce;
use crate::state::Exchange;
use anchor_lang::prelude::*;

/// The exchange's authority signed, not on a durable nonce. `sysvar` is the instructions sysvar.
pub fn require(exchange: &Exchange, signer: &Signer<'_>, sysvar: &AccountInfo<'_>) -> Result<()> {
    one_of(&[exchange.authority], signer, sysvar)
}

/// The guardian did.
pub fn require_guardian(exchange: &Exchange, signer: &Signer<'_>, sysvar: &AccountInfo<'_>) -> Result<()> {
    one_of(&[exchange.guardian], signer, sysvar)
}

/// Either did.
pub fn require_either(exchange: &Exchange, signer: &Signer<'_>, sysvar: &AccountInfo<'_>) -> Result<()> {
    one_of(&[exchange.authority, exchange.guardian], signer, sysvar)
}

/// Whoever the authority is offered to did.
pub fn require_next(exchange: &Exchange, signer: &Signer<'_>, sysvar: &AccountInfo<'_>) -> Result<()> {
    one_of(&[exchange.next_authority], signer, sysvar)
}

/// An office nobody holds is all zero: the system program's address, for which nobody can sign.
fn one_of(holders: &[Pubkey], signer: &Signer<'_>, sysvar: &AccountInfo<'_>) -> Result<()> {
    require!(holders.contains(signer.key), BreakwaterError::Unauthorised);
    nonce::refuse(sysvar)
}
