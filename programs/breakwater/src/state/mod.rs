//! What the program's accounts hold. Money is in the `books` of each, which belong to the engine; everything else says whose
//! they are.

mod collateral;
mod exchange;
mod insurance;
mod ledger;
mod margin_account;
mod market;
mod proposal;
mod stake;
mod trader;

pub use collateral::Collateral;
pub use exchange::Exchange;
pub use insurance::Insurance;
pub use ledger::{LedgerTotals, LossLedger, RecoveryRecord, RECORDS};
pub use margin_account::{MarginAccount, Quote};
pub use market::{Ladder, Market, NEVER_OPENS, SOURCE_NONE, SOURCE_PULL, SOURCE_PUSH};
pub use proposal::{kind, Change, Proposal, CANCELLED, EXECUTED, WAITS};
pub use stake::Stake;
pub use trader::{Debtors, Trader};
