//! The log itself: each dump's chain and sums, and dumps joined where they overlap.

use anchor_lang::Discriminator;
use breakwater::seeds;
use breakwater::state::{LedgerTotals, LossLedger, RecoveryRecord, RECORDS};
use sha2::{Digest, Sha256};
use solana_pubkey::Pubkey;

use super::{Check, Found};
use crate::svm::decode;

/// A loss ledger as it was at one time.
pub struct Dump<'f> {
    found: &'f Found,
    /// Its contents.
    pub ledger: Box<LossLedger>,
}

/// Records without a gap, and what stands before the first of them.
#[derive(Clone)]
pub struct Segment {
    /// Number of the first record, from 1.
    pub first: u64,
    /// Sums of deficit, insured, absorbed, socialised and unfunded before it.
    before: [u128; 5],
    /// Hash before the first record, then after each.
    hashes: Vec<[u8; 32]>,
    /// The records.
    pub records: Vec<RecoveryRecord>,
}

/// The next hash: `sha256(hash || exchange || number || record)`.
#[must_use]
pub fn link(hash: &[u8; 32], exchange: &Pubkey, number: u64, record: &RecoveryRecord) -> [u8; 32] {
    let mut next = Sha256::new();
    next.update(hash);
    next.update(exchange);
    next.update(number.to_le_bytes());
    next.update(bytemuck::bytes_of(record));
    next.finalize().into()
}

fn sums(totals: &LedgerTotals) -> [u128; 5] {
    [totals.deficit, totals.insured, totals.absorbed, totals.socialised, totals.unfunded].map(u128::from)
}

/// Deficit and its parts.
pub fn parts(record: &RecoveryRecord) -> [u128; 5] {
    [record.deficit, record.insured, record.absorbed, record.socialised, record.unfunded].map(u128::from)
}

/// Sums over records.
pub fn total<'r>(records: impl Iterator<Item = &'r RecoveryRecord>, from: [u128; 5]) -> [u128; 5] {
    records.fold(from, |sum, record| {
        let parts = parts(record);
        std::array::from_fn(|at| sum[at] + parts[at])
    })
}

impl<'f> Dump<'f> {
    /// A ledger among what was read, of exactly its size.
    pub fn of(found: &'f Found) -> Option<Dump<'f>> {
        let is_ledger = found.data.starts_with(LossLedger::DISCRIMINATOR);
        is_ledger.then(|| Dump { found, ledger: decode::state(&found.data) })
    }

    fn check(&self, agrees: bool, line: impl std::fmt::Display) -> Check {
        Check::of(agrees, format!("{}: {line}", self.found.source))
    }

    /// Number of the oldest record in the ring.
    fn first(&self) -> u64 {
        self.ledger.count.saturating_sub(RECORDS as u64) + 1
    }

    fn records(&self) -> Vec<RecoveryRecord> {
        let seat = |number: u64| self.ledger.records[((number - 1) % RECORDS as u64) as usize];
        (self.first()..=self.ledger.count).map(seat).collect()
    }

    /// Replays the ring from its anchor.
    fn segment(&self) -> Segment {
        let (first, records, mut hashes) = (self.first(), self.records(), vec![self.ledger.anchor]);
        for (number, record) in (first..).zip(&records) {
            hashes.push(link(&hashes[hashes.len() - 1], &self.ledger.exchange, number, record));
        }
        Segment { first, before: sums(&self.ledger.evicted), hashes, records }
    }

    fn checks(&self, segment: &Segment) -> Vec<Check> {
        let (ledger, records) = (&*self.ledger, &segment.records);
        let held = records.len();
        let size = LossLedger::DISCRIMINATOR.len() + size_of::<LossLedger>();
        let wrong = records.iter().zip(segment.first..).find(|(record, _)| {
            let [deficit, paid @ ..] = parts(record);
            deficit != paid.iter().sum::<u128>()
        });
        let falls = records.windows(2).zip(segment.first + 1..).find(|(pair, _)| pair[1].slot < pair[0].slot);
        let unused = ledger.records[held..].iter().all(|record| *record == RecoveryRecord::default());
        let begins = segment.first > 1 || (ledger.anchor == ledger.exchange.to_bytes() && segment.before == [0; 5]);
        let of = |number: Option<u64>| number.map_or(String::new(), |number| format!(": not record {number}"));
        let ends = segment.hashes.last() == Some(&ledger.hash);
        let sum = total(records.iter(), segment.before);
        let mut checks = vec![
            self.check(self.found.data.len() == size, format!("{} bytes, a ledger has {size}", self.found.data.len())),
            self.check(begins, format!("begins at record {} of {}", segment.first, ledger.count)),
            self.check(ends, format!("the chain over {held} records ends in {}", hex(&ledger.hash))),
            self.check(wrong.is_none(), format!("each deficit is the sum of its parts{}", of(wrong.map(|at| at.1)))),
            self.check(falls.is_none(), format!("slots never fall{}", of(falls.map(|at| at.1)))),
            self.check(
                sum == sums(&ledger.totals),
                format!("evicted {:?} and the ring come to {sum:?}", segment.before),
            ),
            self.check(unused, format!("{} seats that were never written are empty", RECORDS - held)),
        ];
        if let Some(address) = self.found.address {
            let (derived, _) =
                Pubkey::find_program_address(&[seeds::LEDGER, ledger.exchange.as_ref()], &breakwater::ID);
            checks.push(self.check(address == derived, format!("{address} is the ledger of {}", ledger.exchange)));
        }
        checks
    }
}

impl Segment {
    /// Number of the last record; the one before the first where there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.first - 1 + self.records.len() as u64
    }

    /// Whether it goes back to the first record.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.first == 1
    }

    /// Adds a later dump's records, where they meet: hashes, records and sums must be the same wherever both speak.
    fn join(&mut self, later: &Segment) -> bool {
        let skipped = (later.first - self.first) as usize;
        let shared = (self.records.len() - skipped).min(later.records.len());
        let agrees = self.hashes[skipped..=skipped + shared] == later.hashes[..=shared]
            && self.records[skipped..skipped + shared] == later.records[..shared]
            && total(self.records[..skipped].iter(), self.before) == later.before;
        self.records.extend(&later.records[shared..]);
        self.hashes.extend(&later.hashes[shared + 1..]);
        agrees
    }
}

/// Replays dumps of one ledger, in the order of their counts, and joins them.
pub fn replay(dumps: &[Dump<'_>], checks: &mut Vec<Check>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for dump in dumps {
        let segment = dump.segment();
        checks.extend(dump.checks(&segment));
        match segments.last_mut() {
            Some(last) if segment.first <= last.last() + 1 => {
                let (from, to) = (last.first, segment.last());
                let agrees = last.join(&segment);
                checks.push(dump.check(agrees, format!("continues the chain: records {from} to {to}")));
            }
            _ => segments.push(segment),
        }
    }
    let exchange = dumps[0].ledger.exchange;
    for segment in &segments {
        let reach =
            if segment.is_whole() { "whole from the first record" } else { "older ones only by their hash and sums" };
        let line = format!("log of {exchange}: records {} to {}, {reach}", segment.first, segment.last());
        checks.push(Check::of(true, line));
    }
    segments
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
