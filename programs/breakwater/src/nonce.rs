//! Durable nonces: the only file that reads the instructions sysvar.
//!
//! A transaction on a durable nonce never expires, so signatures collected for one today can be used in any later state of
//! the exchange (F3). The runtime takes a transaction for one exactly when its first instruction advances a nonce account;
//! the sysvar shows the transaction's own instructions, at whatever depth it is read.

use crate::error::BreakwaterError;
use anchor_lang::prelude::*;
use anchor_lang::system_program;
use solana_program::sysvar::instructions;

/// The system program's `AdvanceNonceAccount`.
const ADVANCE_NONCE: [u8; 4] = 4u32.to_le_bytes();

/// Refuses a transaction on a durable nonce. `account` must be the instructions sysvar.
pub fn refuse(account: &AccountInfo<'_>) -> Result<()> {
    require_keys_eq!(*account.key, instructions::ID, BreakwaterError::WrongInstructionsSysvar);
    let first =
        instructions::load_instruction_at_checked(0, account).map_err(|_| BreakwaterError::WrongInstructionsSysvar)?;
    let advances = first.program_id == system_program::ID && first.data.starts_with(&ADVANCE_NONCE);
    require!(!advances, BreakwaterError::DurableNonce);
    Ok(())
}
