//! An exchange governed by a vault two of three members sign for, through the stand-in of `crates/multisig`.

use std::path::Path;

use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::governance::market_parameter;
use breakwater_sim::svm::insurance::Wallet;
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::Refusal;
use sha2::{Digest, Sha256};

use super::nonces::{nonce, on};
use super::*;
use crate::insurance;
use crate::stage::USD;
use breakwater_engine::Atoms;
use breakwater_sim::venue::Venue;

const PENALTY: u16 = 44;

/// A group of members, and its vault.
struct Group {
    threshold: u8,
    members: Vec<Pubkey>,
    vault: Pubkey,
}

fn program() -> Pubkey {
    address("multisig", 0)
}

impl Group {
    fn new(stage: &mut Stage, threshold: u8, numbers: &[usize]) -> Group {
        let members: Vec<Pubkey> = numbers.iter().map(|number| address("member", *number)).collect();
        let mut hash = Sha256::new();
        hash.update([threshold]);
        members.iter().for_each(|member| hash.update(member.as_ref()));
        let group: [u8; 32] = hash.finalize().into();
        let vault = Pubkey::find_program_address(&[b"vault", &group], &program()).0;
        stage.venue.chain.give_lamports(vault);
        Group { threshold, members, vault }
    }

    /// An instruction the vault signs, with the signatures of some members.
    fn sign(&self, built: &Instruction, signers: &[usize]) -> Instruction {
        let members = self.members.iter().enumerate();
        let members = members.map(|(at, member)| AccountMeta::new_readonly(*member, signers.contains(&at)));
        let mut accounts = vec![AccountMeta::new(self.vault, false)];
        accounts.extend(members);
        accounts.push(AccountMeta::new_readonly(built.program_id, false));
        let unsigned =
            |meta: &AccountMeta| AccountMeta { is_signer: meta.is_signer && meta.pubkey != self.vault, ..meta.clone() };
        accounts.extend(built.accounts.iter().map(unsigned));
        let data = [&[self.threshold, self.members.len() as u8][..], &built.data].concat();
        Instruction { program_id: program(), accounts, data }
    }

    fn send(&self, stage: &mut Stage, built: Instruction) -> Outcome {
        let signed = self.sign(&built, &[0, 2]);
        stage.send("", signed)
    }
}

/// An exchange handed to a vault, through the timelock like any hand-over.
fn governed() -> (Stage, Group) {
    let mut stage = locked();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/multisig.so");
    stage.venue.chain.add_program(program(), &path).expect("the multisig");
    let group = Group::new(&mut stage, 2, &[1, 2, 3]);
    let offer = stage.venue.build.offer_authority(0, group.vault);
    stage.send("", offer).expect("an offer");
    pass(&mut stage, LOCK);
    execute(&mut stage, 0).expect("due");
    let accept = stage.venue.build.accept_authority(group.vault);
    group.send(&mut stage, accept).expect("accepted by the vault");
    assert_eq!(exchange(&stage).authority, group.vault);
    stage.venue.build.keys.authority = group.vault;
    (stage, group)
}

#[test]
fn a_multisig_governs() {
    let (mut stage, group) = governed();
    let pause = stage.venue.build.pause_for(None, 1, 60);
    group.send(&mut stage, pause).expect("a pause");
    assert!(stage.venue.open().is_err(), "deposits are paused");

    let listed = stage.venue.markets[0];
    let propose = stage.venue.build.propose_change(1, Some(&listed), market_parameter(0, PENALTY, 55));
    group.send(&mut stage, propose).expect("a proposal, its rent paid by the vault");
    let execute = stage.venue.build.execute_change(1, Some(&listed));
    let early = group.sign(&execute, &[0, 2]);
    stage.refuses("early", "ProposalTooEarly", |stage| stage.send("", early));
    pass(&mut stage, LOCK);
    group.send(&mut stage, execute).expect("due");
    assert_eq!(market(&stage).books.params.penalty, 55);

    let next = address("next", 0);
    let offer = stage.venue.build.offer_authority(2, next);
    group.send(&mut stage, offer).expect("an offer");
    pass(&mut stage, LOCK);
    let execute = stage.venue.build.execute_change(2, None);
    group.send(&mut stage, execute).expect("due");
    let accept = stage.venue.build.accept_authority(next);
    stage.send("", accept).expect("accepted");
    assert_eq!(exchange(&stage).authority, next);
}

#[test]
fn f3_a_durable_nonce_is_seen_through_the_multisig() {
    let (mut stage, group) = governed();
    let nonce = nonce(&mut stage);
    let pause = group.sign(&stage.venue.build.pause_for(None, 1, 60), &[0, 1]);
    stage.refuses("on a nonce, by CPI", "DurableNonce", |stage| on(&nonce, stage, pause.clone()));
    stage.send("", pause).expect("the same of today");
}

#[test]
fn the_stand_in_asks_for_its_threshold() {
    let (mut stage, group) = governed();
    let pause = stage.venue.build.pause_for(None, 1, 60);
    let stranger = Group { members: vec![address("stranger", 0); 1], threshold: 1, vault: group.vault };
    let twice = Group::new(&mut stage, 2, &[1, 1]);
    let rows = [
        ("one signs", group.sign(&pause, &[1]), "MissingRequiredSignature"),
        ("nobody signs", group.sign(&pause, &[]), "MissingRequiredSignature"),
        ("a stranger with another's vault", stranger.sign(&pause, &[0]), "InvalidSeeds"),
        ("one member named twice", twice.sign(&pause, &[0, 1]), "InvalidArgument"),
        ("no threshold", Group { threshold: 0, ..group_of(&group) }.sign(&pause, &[0, 1]), "InvalidInstructionData"),
        (
            "a threshold of four",
            Group { threshold: 4, ..group_of(&group) }.sign(&pause, &[0, 1]),
            "InvalidInstructionData",
        ),
        ("a lower threshold", Group { threshold: 1, ..group_of(&group) }.sign(&pause, &[0]), "InvalidSeeds"),
    ];
    for (name, built, error) in rows {
        let outcome = stage.send("", built);
        let Err(Refusal(said)) = outcome else { panic!("{name}: not refused") };
        assert!(said.contains(error), "{name}: {said}");
    }
    group.send(&mut stage, pause).expect("two of three");
}

/// Outside capital may be another program's: the vault is an underwriter by CPI like any wallet, and nobody else takes it out.
#[test]
fn a_program_funds_a_layer_and_takes_it_out() {
    let (mut stage, group) = governed();
    let vault = Wallet { owner: group.vault, tokens: address("vault's savings", 0) };
    let (mint, market) = (stage.venue.build.keys.mint, stage.venue.markets[0]);
    tokens::put_wallet(&mut stage.venue.chain, vault.tokens, mint, vault.owner, Atoms(900 * USD));
    let terms = insurance::month(stage.venue.now());
    insurance::offer(&mut stage, 0, 1, &vault, terms);
    let fund = stage.venue.build.fund_layer(&vault, (&market, 1), Atoms(900 * USD));
    group.send(&mut stage, fund).expect("funded by the vault");
    stage.conserved("after funding");
    assert_eq!(stage.venue.state().fund.layers, Atoms(900 * USD));
    assert_eq!(stage.venue.books(0).market.layers[1].amount, Atoms(900 * USD));

    insurance::days(&mut stage, 31);
    let take = stage.venue.build.withdraw_layer(&vault, (&market, 1));
    let alone = group.sign(&take, &[1]);
    assert!(stage.send("", alone).is_err(), "one of three is not the vault");
    group.send(&mut stage, take).expect("taken out by the vault");
    stage.conserved("after taking it out");
    assert_eq!(tokens::balance(&stage.venue.chain, &vault.tokens), Atoms(900 * USD));
}

fn group_of(group: &Group) -> Group {
    Group { threshold: group.threshold, members: group.members.clone(), vault: group.vault }
}
