//! The compiled program on the SVM. Everything that links LiteSVM is this one binary, built once.

mod budgets;
mod drain;
mod errors;
mod frozen;
mod ledger;
mod libcalls;
mod oracle;
mod outflow;
mod pauses;
mod recovery;
mod replay_equal;
mod stage;
mod stance;
mod vaults;
mod wrong_accounts;
