//! The recovery log: a ring of records whose running hash covers all there ever were, each with its equation (I3).

use breakwater::state::{LedgerTotals, LossLedger, RecoveryRecord, RECORDS};
use breakwater_sim::venue::{AccountId, Venue};
use sha2::{Digest, Sha256};

use crate::stage::{Stage, BIRTH, USD};

/// A long that is bankrupt at 9,490 cents, again and again; each time its record is read before the ring forgets it.
pub fn bankruptcies(stage: &mut Stage, count: usize) -> Vec<(AccountId, RecoveryRecord)> {
    let short = stage.trader(1_000_000);
    let mut read = Vec::new();
    for at in 0..count {
        let long = stage.trader(51);
        stage.pair(0, long, short, 1_000);
        stage.mark(0, 9_490 - at as i64 % 7);
        stage.venue.resolve(long, 0, None).expect("a resolution");
        read.push((long, stage.venue.ledger().records[at % RECORDS]));
        stage.mark(0, BIRTH);
    }
    read
}

fn totals(records: &[(AccountId, RecoveryRecord)]) -> LedgerTotals {
    let sum = |part: fn(&RecoveryRecord) -> u64| records.iter().map(|(_, record)| part(record)).sum();
    LedgerTotals {
        deficit: sum(|record| record.deficit),
        insured: sum(|record| record.insured),
        absorbed: sum(|record| record.absorbed),
        socialised: sum(|record| record.socialised),
        unfunded: sum(|record| record.unfunded),
    }
}

fn hash(exchange: [u8; 32], records: &[(AccountId, RecoveryRecord)]) -> [u8; 32] {
    records.iter().zip(1u64..).fold(exchange, |hash, ((_, record), number)| {
        let mut next = Sha256::new();
        next.update(hash);
        next.update(exchange);
        next.update(number.to_le_bytes());
        next.update(bytemuck::bytes_of(record));
        next.finalize().into()
    })
}

#[test]
fn anyone_can_replay_the_log() {
    let mut stage = Stage::with_markets(1);
    let records = bankruptcies(&mut stage, RECORDS + 3);
    let ledger: Box<LossLedger> = stage.venue.ledger();
    assert_eq!(ledger.count, RECORDS as u64 + 3);
    assert_eq!(ledger.hash, hash(stage.venue.build.keys.exchange.to_bytes(), &records));
    assert_eq!(ledger.totals, totals(&records));
    for (at, (long, record)) in records.iter().enumerate() {
        assert_eq!(record.account, stage.venue.accounts[*long].account, "record {at}");
        assert_eq!(
            record.deficit,
            record.insured + record.absorbed + record.socialised + record.unfunded,
            "record {at}"
        );
        assert!(record.deficit > 0 && record.lots == (1_000 * USD) as i64 && record.market == 0, "record {at}");
        assert_eq!(record.price, (9_490 - at as u64 % 7) * 100_000_000, "record {at}");
        if at >= 3 {
            assert_eq!(ledger.records[at % RECORDS], *record, "record {at} is in the ring");
        }
    }
    stage.conserved("after all of them");
}
