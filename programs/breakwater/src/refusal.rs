//! Refusals that say until when: a wallet can show it and a program can read it.

use crate::error::BreakwaterError;
use anchor_lang::prelude::*;
use anchor_lang::solana_program::program::set_return_data;
use breakwater_engine::outflow::Refused;

/// Logs when a withdrawal passes and how much of it, and returns both as data. What is refused for good says neither.
pub fn tell(refused: Refused) -> Error {
    if refused.reopens_at != 0 {
        msg!("reopens_at: {} most: {}", refused.reopens_at, refused.most.0);
        answer(refused.reopens_at, refused.most.0);
    }
    BreakwaterError::from(refused.error).into()
}

/// Returns a moment, unix seconds, and an amount, atoms: sixteen bytes, low first.
pub fn answer(at: i64, amount: u64) {
    let mut data = [0; 16];
    data[..8].copy_from_slice(&at.to_le_bytes());
    data[8..].copy_from_slice(&amount.to_le_bytes());
    set_return_data(&data);
}
