//! Every account of every instruction, replaced by one that is not it: refused by name, and not a byte changes (I12).
//!
//! Each table changes one account of an instruction at a time. At the end the instruction is sent as it was, and succeeds:
//! so the change alone was the reason.

mod collateral;
mod exchange;
mod governance;
mod guards;
mod insurance;
mod markets;
mod money;
mod quotes;
mod recovery;
mod scene;
mod settlement;
mod waterfall;

use anchor_lang::solana_program::instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::stage::{none, Stage};

/// The system program finds an account at the address.
pub const IN_USE: &str = "InstructionError(1, Custom(0))";
/// The token program finds another owner than the signer.
pub const NOT_THE_OWNER: &str = "InstructionError(1, Custom(4))";
/// The runtime refuses to create an account that was passed read only, or to have a payer pay who was.
pub const NO_PRIVILEGE: &str = "InstructionError(1, PrivilegeEscalation)";

/// What is done to an instruction's accounts.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// Another account instead of this one.
    Swap(Pubkey, Pubkey),
    /// It does not sign.
    Unsign(Pubkey),
    /// It is passed read only.
    ReadOnly(Pubkey),
    /// So many accounts are left out at the end.
    Drop(usize),
    /// These two once more at the end.
    Again(Pubkey, Pubkey),
}

/// A case: what it is, what is changed, the error.
pub type Row = (String, Change, &'static str);

/// A case with a plain name.
pub fn row(name: &str, change: Change, error: &'static str) -> Row {
    (name.into(), change, error)
}

/// One account instead of another.
pub fn swap(name: &str, from: Pubkey, to: Pubkey, error: &'static str) -> Row {
    row(name, Change::Swap(from, to), error)
}

impl Change {
    fn apply(self, instruction: &mut Instruction) {
        let metas = &mut instruction.accounts;
        let find = |key| metas.iter().position(|meta| meta.pubkey == key).expect("an account of the instruction");
        match self {
            Change::Swap(from, to) => {
                let at = find(from);
                metas[at].pubkey = to;
            }
            Change::Unsign(key) => {
                let at = find(key);
                metas[at].is_signer = false;
            }
            Change::ReadOnly(key) => {
                let at = find(key);
                metas[at].is_writable = false;
            }
            Change::Drop(count) => metas.truncate(metas.len() - count),
            Change::Again(one, other) => {
                let more = [find(one), find(other)].map(|at| metas[at].clone());
                metas.extend(more);
            }
        }
    }
}

/// Sends every case and then the instruction as it is.
pub fn check(stage: &mut Stage, name: &'static str, instruction: &Instruction, rows: &[Row]) {
    let mut faults = Vec::new();
    for (case, change, error) in rows {
        let mut changed = instruction.clone();
        change.apply(&mut changed);
        let what = format!("{name}, {case}");
        faults.extend(stage.fault(&what, error, |stage| stage.send("", changed)));
    }
    crate::gates::try_all(stage, name, instruction);
    let unchanged = stage.send(name, instruction.clone());
    faults.extend(unchanged.err().map(|refusal| format!("{name} as it is: {refusal}")));
    stage.conserved(name);
    none(faults);
}
