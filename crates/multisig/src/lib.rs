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

/// What a vault signs with.
struct Seeds {
    group: [u8; 32],
    bump: [u8; 1],
}

/// Signs with the vault when at least the threshold of distinct members has signed. Refuses with
/// `InvalidInstructionData` without a threshold or with more of it than members, `InvalidSeeds` when the vault is not
/// theirs, `InvalidArgument` when a member is named twice, `MissingRequiredSignature` when too few have signed.
#[inline(never)]
fn execute(program: &Pubkey, accounts: &[AccountInfo<'_>], data: &[u8]) -> ProgramResult {
    let [threshold, count, data @ ..] = data else { return Err(ProgramError::InvalidInstructionData) };
    let (vault, rest) = accounts.split_first().ok_or(ProgramError::NotEnoughAccountKeys)?;
    let (members, rest) = rest.split_at_checked(usize::from(*count)).ok_or(ProgramError::NotEnoughAccountKeys)?;
    let (callee, rest) = rest.split_first().ok_or(ProgramError::NotEnoughAccountKeys)?;
    let seeds = authorise(program, vault.key, members, *threshold)?;
    let metas = rest.iter().map(|account| AccountMeta {
        pubkey: *account.key,
        is_signer: account.is_signer || account.key == vault.key,
        is_writable: account.is_writable,
    });
    let instruction = Instruction { program_id: *callee.key, accounts: metas.collect(), data: data.to_vec() };
    invoke_signed(&instruction, accounts, &[&[VAULT, &seeds.group, &seeds.bump]])
}

#[inline(never)]
fn authorise(
    program: &Pubkey,
    vault: &Pubkey,
    members: &[AccountInfo<'_>],
    threshold: u8,
) -> Result<Seeds, ProgramError> {
    if threshold == 0 || usize::from(threshold) > members.len() {
        return Err(ProgramError::InvalidInstructionData);
    }
    let head = [threshold];
    let mut parts: Vec<&[u8]> = vec![&head];
    parts.extend(members.iter().map(|member| member.key.as_ref()));
    let group = hashv(&parts).to_bytes();
    let (address, bump) = Pubkey::find_program_address(&[VAULT, &group], program);
    if address != *vault {
        return Err(ProgramError::InvalidSeeds);
    }
    let named_before = |at: usize| members[..at].iter().any(|other| other.key == members[at].key);
    if (0..members.len()).any(named_before) {
        return Err(ProgramError::InvalidArgument);
    }
    if members.iter().filter(|member| member.is_signer).count() < usize::from(threshold) {
        return Err(ProgramError::MissingRequiredSignature);
    }
    Ok(Seeds { group, bump: [bump] })
}
