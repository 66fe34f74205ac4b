//! A stand-in for the multisig that governs an exchange, for tests and for local networks.
//!
//! What governs a real exchange is meant to be a vault of Squads v4, which no package registry carries as a program that
//! could be deployed here. What matters to Breakwater of such a vault is that it is an address without a key, that it signs
//! by CPI, and that it does so when enough members have signed; this program is that and nothing else: no stored proposals,
//! no time locks of its own, no change of members. It has not been audited. Do not deploy it where money is.
//!
//! A vault's address is derived from its members and its threshold, so there is nothing to create and nothing to store.
//! The one instruction: a byte with the threshold, a byte with the number of members, then the data of the instruction to
//! sign. Accounts: the vault, the members in the order its address was derived with, the program to call, then the accounts
//! of its instruction. The vault signs where it is among them, as do members who sign.
#![allow(unexpected_cfgs, reason = "the entrypoint's own macros ask for features")]

use std::collections::BTreeSet;

use solana_program::account_info::AccountInfo;
use solana_program::entrypoint::ProgramResult;
use solana_program::hash::hashv;
use solana_program::instruction::{AccountMeta, Instruction};
use solana_program::program::invoke_signed;
use solana_program::program_error::ProgramError;
use solana_program::pubkey::Pubkey;

/// `[VAULT, sha256(threshold, members)]`: seeds of a vault's address.
const VAULT: &[u8] = b"vault";

solana_program::entrypoint!(execute);

/// Signs with the vault when at least the threshold of distinct members has signed. Refuses with
/// `InvalidInstructionData` without a threshold or with more of it than members, `InvalidSeeds` when the vault is not
/// theirs, `InvalidArgument` when a member is named twice, `MissingRequiredSignature` when too few have signed.
fn execute(program: &Pubkey, accounts: &[AccountInfo<'_>], data: &[u8]) -> ProgramResult {
    let [threshold, count, data @ ..] = data else { return Err(ProgramError::InvalidInstructionData) };
    let (vault, rest) = accounts.split_first().ok_or(ProgramError::NotEnoughAccountKeys)?;
    let (members, rest) = rest.split_at_checked(usize::from(*count)).ok_or(ProgramError::NotEnoughAccountKeys)?;
    let (callee, rest) = rest.split_first().ok_or(ProgramError::NotEnoughAccountKeys)?;
    if *threshold == 0 || threshold > count {
        return Err(ProgramError::InvalidInstructionData);
    }
    let keys: Vec<&[u8]> = members.iter().map(|member| member.key.as_ref()).collect();
    let group = hashv(&[&[&[*threshold][..]], &keys[..]].concat());
    let (address, bump) = Pubkey::find_program_address(&[VAULT, group.as_ref()], program);
    if address != *vault.key {
        return Err(ProgramError::InvalidSeeds);
    }
    if keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
        return Err(ProgramError::InvalidArgument);
    }
    if members.iter().filter(|member| member.is_signer).count() < usize::from(*threshold) {
        return Err(ProgramError::MissingRequiredSignature);
    }
    let metas = rest.iter().map(|account| AccountMeta {
        pubkey: *account.key,
        is_signer: account.is_signer || *account.key == address,
        is_writable: account.is_writable,
    });
    let instruction = Instruction { program_id: *callee.key, accounts: metas.collect(), data: data.to_vec() };
    invoke_signed(&instruction, accounts, &[&[VAULT, group.as_ref(), &[bump]]])
}
