//! Durable nonces (F3): a transaction whose first instruction advances one is refused by every instruction of those who
//! govern, at whatever depth it runs. The nonce account, the instruction that advances it and the hash the transaction is
//! sent under are the real ones.

use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use anchor_lang::system_program;
use breakwater::state::kind;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::governance::{address_change, exchange_parameter};
use breakwater_sim::venue::Refusal;
use solana_account::Account;

use super::*;
use crate::pledge;
use crate::stage::{said, BIRTH, LADDER};

const RECENT_BLOCKHASHES: Pubkey = Pubkey::from_str_const("SysvarRecentB1ockHashes11111111111111111111");

/// A durable nonce of the payer's.
pub struct Nonce {
    at: Pubkey,
    /// What transactions on it are sent under.
    pub hash: [u8; 32],
    /// The instruction that advances it.
    pub advance: Instruction,
}

/// Puts a nonce account on the chain, as the system program would have initialised it.
pub fn nonce(stage: &mut Stage) -> Nonce {
    let (at, authority, hash) = (address("nonce", 0), stage.venue.chain.payer(), [7; 32]);
    // A version and a state, both 1: current, initialised; then whose it is, its hash, the fee it was made at.
    let numbers = [1u32, 1].map(u32::to_le_bytes).concat();
    let data = [&numbers[..], authority.as_ref(), &hash, &5_000u64.to_le_bytes()].concat();
    stage.venue.chain.put_data(at, system_program::ID, data);
    let accounts = vec![
        AccountMeta::new(at, false),
        AccountMeta::new_readonly(RECENT_BLOCKHASHES, false),
        AccountMeta::new_readonly(authority, true),
    ];
    let advance = Instruction { program_id: system_program::ID, accounts, data: 4u32.to_le_bytes().to_vec() };
    Nonce { at, hash, advance }
}

/// An instruction on the nonce.
pub fn on(nonce: &Nonce, stage: &mut Stage, built: Instruction) -> Outcome {
    stage.venue.chain.send_under(Some(nonce.hash), &[nonce.advance.clone(), built])
}

/// Everything that governs, each such that it would succeed alone.
fn governing(stage: &mut Stage) -> Vec<(&'static str, Instruction)> {
    let (build, listed) = (stage.venue.build, stage.venue.markets[0]);
    let keys = build.keys;
    let next = address("next", 0);
    for signer in [keys.guardian, next] {
        stage.venue.chain.give_lamports(signer);
    }
    let offered = build.offer_authority(0, next);
    stage.send("", offered).expect("an offer");
    let due = propose(stage, exchange_parameter(1, 900_000_000_000_000));
    pass(stage, LOCK);
    execute(stage, 0).expect("offered");
    let second = keys.market(1);
    stage.venue.chain.put_data(second.ladder, breakwater::ID, vec![0; LADDER]);
    let first = said(BIRTH, stage.venue.now().time);
    stage.venue.post(&second, &first);
    let third = keys.market(2);
    stage.venue.chain.put_data(third.ladder, breakwater::ID, vec![0; LADDER]);
    let params = decode::market_params(&MarketParams::standard());
    let list = build.list_market(1, &second, params);
    stage.send("", list).expect("a market that waits");
    stage.venue.post(&third, &first);
    let [waiting, kind] = [0, 1].map(|index| pledge::prepare(stage, index));
    let collateral = decode::mirrored(&pledge::params());
    stage.send("", build.list_collateral(&waiting, collateral)).expect("a kind that waits");
    vec![
        ("list_collateral", build.list_collateral(&kind, collateral)),
        ("cancel_collateral", build.cancel_collateral(keys.guardian, &waiting)),
        ("set_pause_bits", build.pause_for(None, 1, 60)),
        ("set_pause_bits of a market", build.pause_for(Some(&listed), 2, 60)),
        ("guardian_pause", build.guardian_pause(None, 1, 60)),
        ("list_market", build.list_market(2, &third, params)),
        ("propose_change", build.propose_change(2, None, address_change(kind::GUARDIAN, 0, next))),
        ("offer_authority", build.offer_authority(2, address("next", 1))),
        ("execute_change", build.execute_change(due, None)),
        ("cancel_change", build.cancel_change(keys.authority, due)),
        ("cancel_change of the guardian's", build.cancel_change(keys.guardian, due)),
        ("tighten", build.tighten(None, 1, 999_000_000_000_000)),
        ("cancel_listing", build.cancel_listing(keys.authority, &second)),
        ("accept_authority", build.accept_authority(next)),
        ("revoke_offer", build.revoke_offer(keys.authority)),
        ("revoke_offer of the guardian's", build.revoke_offer(keys.guardian)),
    ]
}

#[test]
fn f3_durable_nonces_are_refused_by_all_who_govern() {
    let mut stage = locked();
    let nonce = nonce(&mut stage);
    for (name, built) in governing(&mut stage) {
        stage.refuses(name, "DurableNonce", |stage| on(&nonce, stage, built.clone()));
        // Alone, and where the nonce is advanced later, it passes: that was the reason.
        let mut alone = stage.clone();
        let outcome = alone.venue.chain.send_under(None, std::slice::from_ref(&built));
        assert_eq!(outcome, Ok(()), "{name} alone");
        let both = [built, nonce.advance.clone()];
        assert_eq!(stage.clone().venue.chain.send_under(None, &both), Ok(()), "{name}, then the nonce");
    }
}

/// The instruction is a real one: on its own it moves the nonce.
#[test]
fn the_nonce_is_a_real_one() {
    let mut stage = locked();
    let nonce = nonce(&mut stage);
    let before = stage.venue.chain.data(&nonce.at).to_vec();
    let anyone = stage.venue.build.refresh_market(&stage.venue.markets[0]);
    on(&nonce, &mut stage, anyone).expect("instructions of others may be sent on a nonce");
    assert_ne!(stage.venue.chain.data(&nonce.at), before);
}

/// Another instruction of the system program, or another program's with the same bytes, is no nonce.
#[test]
fn other_first_instructions_pass() {
    let mut stage = locked();
    let payer = stage.venue.chain.payer();
    let transfer = [2u32.to_le_bytes().to_vec(), 1u64.to_le_bytes().to_vec()].concat();
    let accounts = vec![AccountMeta::new(payer, true), AccountMeta::new(address("friend", 0), false)];
    stage.venue.chain.put(address("friend", 0), Account { lamports: 10_000_000, ..Account::default() });
    let first = Instruction { program_id: system_program::ID, accounts, data: transfer };
    let pause = stage.venue.build.pause_for(None, 1, 60);
    stage.venue.chain.send_under(None, &[first, pause]).expect("a transfer first");
}

#[test]
fn the_instructions_sysvar_is_pinned() {
    let mut stage = locked();
    let forged = address("sysvar", 0);
    let bytes = vec![0; 64];
    stage.venue.chain.put_data(forged, system_program::ID, bytes);
    for (name, mut built) in governing(&mut stage) {
        let sysvar = breakwater_sim::svm::instructions::INSTRUCTIONS;
        let at = built.accounts.iter().position(|meta| meta.pubkey == sysvar).expect("the sysvar");
        built.accounts[at].pubkey = forged;
        let outcome = stage.clone().send("", built);
        assert_eq!(outcome, Err(Refusal("WrongInstructionsSysvar".into())), "{name}");
    }
}
