//! The loss ledger: what each tier has paid, and the last recoveries, in a ring whose running hash covers all there ever were.

use crate::error::Explain;
use crate::layout::Wide;
use anchor_lang::prelude::*;
use breakwater_engine::Atoms;
use solana_program::hash::hashv;

/// Records the ring keeps: as many as an account the program creates in one instruction has room for.
pub const RECORDS: usize = 64;
const _: () = assert!(8 + size_of::<LossLedger>() <= 10_240);

/// One resolved bankruptcy, or a piece of one: `deficit = insured + absorbed + socialised + unfunded`.
#[zero_copy]
#[derive(PartialEq, Eq, Debug, Default)]
pub struct RecoveryRecord {
    /// When.
    pub slot: u64,
    /// Number of the market.
    pub market: u64,
    /// Whose.
    pub account: Pubkey,
    /// Mark it was settled at, 1e-12 atom per lot.
    pub price: u64,
    /// What the lots lacked, atoms.
    pub deficit: u64,
    /// Paid by insurance.
    pub insured: u64,
    /// Borne by the lots deleveraged now.
    pub absorbed: u64,
    /// Borne by the rest of the other side and by vesting profit.
    pub socialised: u64,
    /// Borne by nobody yet.
    pub unfunded: u64,
    /// Lots closed, signed as the bankrupt position was.
    pub lots: i64,
    /// Open interest before.
    pub open_interest: u64,
    /// What this resolution itself charged every lot of the other side, 1e-12 atom: nothing where a refresh had before.
    pub charge_per_lot: Wide,
    /// Ladder lines walked.
    pub lines_walked: u32,
    /// Pools walked.
    pub pools_walked: u32,
}

/// What the waterfall paid in all markets, atoms.
#[zero_copy]
#[derive(PartialEq, Eq, Debug, Default)]
pub struct LedgerTotals {
    /// Deficits.
    pub deficit: u64,
    /// Paid by insurance.
    pub insured: u64,
    /// Borne by deleveraged lots.
    pub absorbed: u64,
    /// Borne by everyone else.
    pub socialised: u64,
    /// Borne by nobody when it happened.
    pub unfunded: u64,
}

/// The loss ledger of an exchange, pinned there.
#[account(zero_copy)]
pub struct LossLedger {
    /// Its exchange.
    pub exchange: Pubkey,
    /// Records ever written; the next one goes to `count % RECORDS`.
    pub count: u64,
    /// `hash = sha256(hash || exchange || number || record)` over all of them, from the exchange's address; the first record's
    /// number is 1. Exchange and number are in every link, so that no byte of the log changes unseen.
    pub hash: [u8; 32],
    /// Sums over all of them.
    pub totals: LedgerTotals,
    /// The hash before the oldest record the ring still holds: what the chain is replayed from.
    pub anchor: [u8; 32],
    /// Sums over the records the ring no longer holds.
    pub evicted: LedgerTotals,
    /// The last ones.
    pub records: [RecoveryRecord; RECORDS],
}

impl LossLedger {
    /// Begins the log of an exchange.
    pub fn begin(&mut self, exchange: Pubkey) {
        self.exchange = exchange;
        self.hash = exchange.to_bytes();
        self.anchor = self.hash;
    }

    /// Writes a record, extends the hash and the totals.
    pub fn write(&mut self, record: &RecoveryRecord) -> Result<()> {
        let seat = (self.count % RECORDS as u64) as usize;
        if self.count >= RECORDS as u64 {
            let oldest = self.records[seat];
            self.evicted.add(&oldest)?;
            self.anchor = self.link(&self.anchor, self.count + 1 - RECORDS as u64, &oldest);
        }
        self.totals.add(record)?;
        self.hash = self.link(&self.hash, self.count + 1, record);
        self.records[seat] = *record;
        self.count += 1;
        Ok(())
    }

    fn link(&self, hash: &[u8; 32], number: u64, record: &RecoveryRecord) -> [u8; 32] {
        hashv(&[hash, self.exchange.as_ref(), &number.to_le_bytes(), bytemuck::bytes_of(record)]).to_bytes()
    }
}

impl LedgerTotals {
    fn add(&mut self, record: &RecoveryRecord) -> Result<()> {
        let sums = [
            (&mut self.deficit, record.deficit),
            (&mut self.insured, record.insured),
            (&mut self.absorbed, record.absorbed),
            (&mut self.socialised, record.socialised),
            (&mut self.unfunded, record.unfunded),
        ];
        for (sum, part) in sums {
            *sum = Atoms(*sum).plus(Atoms(part)).explained()?.0;
        }
        Ok(())
    }
}
