//! An in-process cluster: accounts, a clock, transactions, and what they cost.

use std::collections::BTreeMap;

use anchor_lang::prelude::Clock;
use anchor_lang::solana_program::instruction::Instruction;
use breakwater_engine::units::Now;
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use litesvm::LiteSVM;
use sha2::{Digest, Sha256};
use solana_account::{Account, ReadableAccount};
use solana_message::Message;
use solana_pubkey::Pubkey;
use solana_transaction::Transaction;

use crate::venue::{Outcome, Refusal};

const COMPUTE_BUDGET: Pubkey = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
/// Owner of the cluster's clock and its like.
const SYSVARS: Pubkey = Pubkey::from_str_const("Sysvar1111111111111111111111111111111111111");
/// The chain's own limit a transaction: nothing here is tried under easier terms.
const UNITS_MAX: u32 = 1_400_000;
/// More than rent and fees of any day take.
const LAMPORTS: u64 = 1_000_000_000_000_000;

/// What an instruction has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Times it succeeded.
    pub count: u64,
    /// Compute units of the last time.
    pub last: u64,
    /// Of the dearest time.
    pub max: u64,
}

/// The cluster.
#[derive(Clone)]
pub struct Chain {
    svm: LiteSVM,
    payer: Pubkey,
    /// Compute units by instruction.
    pub costs: BTreeMap<&'static str, Cost>,
    /// What the last transaction returned as data, refused ones included.
    pub answer: Vec<u8>,
}

/// An instruction with the name its cost is booked under.
pub type Named = (&'static str, Instruction);

/// A stable address for a label and a number.
#[must_use]
pub fn address(label: &str, number: usize) -> Pubkey {
    let mut hash = Sha256::new();
    hash.update(label.as_bytes());
    hash.update(number.to_le_bytes());
    Pubkey::new_from_array(hash.finalize().into())
}

impl Chain {
    /// A cluster with one program.
    pub fn new(program: Pubkey, path: &std::path::Path, now: Now) -> Result<Chain, String> {
        let mut svm = LiteSVM::new().with_sigverify(false).with_transaction_history(0).with_log_bytes_limit(None);
        let loaded = svm.add_program_from_file(program, path);
        loaded.map_err(|error| format!("{}: {error:?}; run `make build` first", path.display()))?;
        let payer = address("payer", 0);
        let mut chain = Chain { svm, payer, costs: BTreeMap::new(), answer: Vec::new() };
        chain.give_lamports(payer);
        chain.set_clock(now);
        Ok(chain)
    }

    /// Another program on the same cluster.
    pub fn add_program(&mut self, program: Pubkey, path: &std::path::Path) -> Result<(), String> {
        let loaded = self.svm.add_program_from_file(program, path);
        loaded.map_err(|error| format!("{}: {error:?}; run `make svm-test` first", path.display()))
    }

    /// Who pays fees and rent.
    #[must_use]
    pub const fn payer(&self) -> Pubkey {
        self.payer
    }

    /// Lamports for a signer who pays rent.
    pub fn give_lamports(&mut self, to: Pubkey) {
        let funded = Account { lamports: LAMPORTS, ..Account::default() };
        self.put(to, funded);
    }

    /// Slot, unix time and blockhash move together: the one way time passes.
    pub fn set_clock(&mut self, now: Now) {
        let mut clock: Clock = self.svm.get_sysvar();
        clock.slot = now.slot;
        clock.unix_timestamp = now.time;
        self.svm.set_sysvar(&clock);
        self.svm.expire_blockhash();
    }

    /// The clock.
    #[must_use]
    pub fn now(&self) -> Now {
        let clock: Clock = self.svm.get_sysvar();
        Now { slot: clock.slot, time: clock.unix_timestamp }
    }

    /// Writes an account whole: how tests and price publishers post what the program only reads.
    pub fn put(&mut self, at: Pubkey, account: Account) {
        // Cannot fail: it only refuses broken sysvars and programs.
        let _ = self.svm.set_account(at, account);
    }

    /// An account with rent, owned by a program.
    pub fn put_data(&mut self, at: Pubkey, owner: Pubkey, data: Vec<u8>) {
        let lamports = self.rent(data.len());
        self.put(at, Account { lamports, data, owner, executable: false, rent_epoch: u64::MAX });
    }

    /// Lamports that make an account of a size exempt from rent.
    #[must_use]
    pub fn rent(&self, size: usize) -> u64 {
        self.svm.minimum_balance_for_rent_exemption(size)
    }

    /// Lamports of an account; none where there is none.
    #[must_use]
    pub fn lamports(&self, at: &Pubkey) -> u64 {
        self.svm.accounts_db().get_account_ref(at).map_or(0, |account| account.lamports())
    }

    /// An account's data; empty where there is none.
    #[must_use]
    pub fn data(&self, at: &Pubkey) -> &[u8] {
        self.svm.accounts_db().get_account_ref(at).map_or(&[], |account| account.data())
    }

    /// Every account there is, but for the cluster's own and the payer of fees: what a refused instruction leaves as it was.
    #[must_use]
    pub fn accounts(&self) -> BTreeMap<Pubkey, Account> {
        let all = self.svm.accounts_db().inner.iter();
        let ours =
            all.filter(|(at, account)| **at != self.payer && *account.owner() != SYSVARS && !account.executable());
        ours.map(|(at, account)| (*at, account.clone().into())).collect()
    }

    /// Sends instructions in one transaction and books their costs.
    pub fn send(&mut self, instructions: &[Named]) -> Outcome {
        let mut limit = vec![2]; // SetComputeUnitLimit
        limit.extend(UNITS_MAX.to_le_bytes());
        let mut all = vec![Instruction::new_with_bytes(COMPUTE_BUDGET, &limit, vec![])];
        all.extend(instructions.iter().map(|(_, instruction)| instruction.clone()));
        // A fresh blockhash each time: the same instruction twice in a slot is two transactions.
        self.svm.expire_blockhash();
        let message = Message::new_with_blockhash(&all, Some(&self.payer), &self.svm.latest_blockhash());
        match self.svm.send_transaction(Transaction::new_unsigned(message)) {
            Ok(sent) => {
                self.answer.clone_from(&sent.return_data.data);
                self.book(instructions, &sent);
                Ok(())
            }
            Err(failed) => {
                self.answer.clone_from(&failed.meta.return_data.data);
                Err(refusal(&failed))
            }
        }
    }

    /// Sends instructions as they are, under the latest blockhash, or under what a durable nonce holds instead.
    pub fn send_under(&mut self, nonce: Option<[u8; 32]>, instructions: &[Instruction]) -> Outcome {
        self.svm.expire_blockhash();
        let hash = nonce.map_or_else(|| self.svm.latest_blockhash(), Into::into);
        let message = Message::new_with_blockhash(instructions, Some(&self.payer), &hash);
        let sent = self.svm.send_transaction(Transaction::new_unsigned(message));
        sent.map(|_| ()).map_err(|failed| refusal(&failed))
    }

    fn book(&mut self, instructions: &[Named], sent: &TransactionMetadata) {
        let named = instructions.iter().filter(|(name, _)| !name.is_empty());
        let ours = named.clone().map(|(_, instruction)| instruction.program_id).next();
        let units = ours.map(|program| units_of(&sent.logs, &program)).unwrap_or_default();
        for ((name, _), units) in named.zip(units) {
            let cost = self.costs.entry(name).or_default();
            *cost = Cost { count: cost.count + 1, last: units, max: cost.max.max(units) };
        }
    }
}

/// Compute units of a program's top-level instructions, in their order.
fn units_of(logs: &[String], program: &Pubkey) -> Vec<u64> {
    let prefix = format!("Program {program} ");
    let mut depth = 0u32;
    let mut units = Vec::new();
    for line in logs {
        if line.starts_with("Program ") && line.contains(" invoke [") {
            depth += 1;
        } else if line.starts_with("Program ") && line.ends_with(" success") {
            depth = depth.saturating_sub(1);
        } else if depth == 1 {
            let consumed = line.strip_prefix(&prefix).and_then(|rest| rest.strip_prefix("consumed "));
            units.extend(consumed.and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok()));
        }
    }
    units
}

/// The name of a program's error, as Anchor logs it; else what the runtime says.
fn refusal(failed: &FailedTransactionMetadata) -> Refusal {
    let named = failed.meta.logs.iter().rev().find_map(|line| {
        let (_, rest) = line.split_once("Error Code: ")?;
        rest.split_once('.').map(|(name, _)| name.to_string())
    });
    Refusal(named.unwrap_or_else(|| format!("{:?}", failed.err)))
}
