//! Replays the log of an exchange from account data alone, and says whether every record and total agrees.
//!
//! The loss ledger is a ring: what it has forgotten stands in its anchor (the hash before its oldest record) and in the totals it
//! has evicted. So one dump proves the ring and its sums; dumps taken before the ring forgot are joined to a longer chain, back
//! to the first record where one of them still held it. Markets passed beside it are compared with what the chain says of them.

mod chain;
mod read;
mod rpc;
mod tallies;

use std::path::Path;

use solana_pubkey::Pubkey;

pub use chain::link;
pub use read::Found;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whether it agrees.
    pub agrees: bool,
    /// What it is, with the numbers.
    pub line: String,
}

impl Check {
    /// A line of the report.
    #[must_use]
    pub fn of(agrees: bool, line: String) -> Check {
        Check { agrees, line }
    }
}

/// Everything that was looked at.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In the order it was looked at.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether everything agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.checks.iter().all(|check| check.agrees)
    }

    /// A line for each check.
    #[must_use]
    pub fn print(&self) -> String {
        let word = |check: &Check| if check.agrees { "ok    " } else { "FAILED" };
        self.checks.iter().map(|check| format!("{} {}\n", word(check), check.line)).collect()
    }
}

/// Reads what is named (files, directories, addresses of JSON-RPC servers) and audits it. Fails where something cannot be read
/// as an account of the program, or nothing is a loss ledger.
pub fn run(sources: &[String], exchange: Option<Pubkey>) -> Result<Report, String> {
    let mut found = Vec::new();
    for source in sources {
        if source.starts_with("http://") || source.starts_with("https://") {
            let exchange = exchange.ok_or("an address needs --exchange KEY")?;
            found.extend(rpc::accounts(source, exchange)?);
        } else {
            found.extend(read::path(Path::new(source))?);
        }
    }
    audit(&found, exchange)
}

/// Audits accounts that were read. Accounts of the program that are neither ledger nor market are passed over.
pub fn audit(found: &[Found], exchange: Option<Pubkey>) -> Result<Report, String> {
    let mut dumps: Vec<chain::Dump> = found.iter().filter_map(chain::Dump::of).collect();
    if dumps.is_empty() {
        return Err("none of these accounts is a loss ledger".into());
    }
    dumps.sort_by_key(|dump| (dump.ledger.exchange, dump.ledger.count));
    let mut report = Report::default();
    for dumps in dumps.chunk_by(|one, other| one.ledger.exchange == other.ledger.exchange) {
        let of = dumps[0].ledger.exchange;
        if let Some(wanted) = exchange {
            report.checks.push(Check::of(of == wanted, format!("the log is of exchange {of}, asked for {wanted}")));
        }
        let segments = chain::replay(dumps, &mut report.checks);
        tallies::compare(&segments, of, found, &mut report.checks);
    }
    Ok(report)
}
