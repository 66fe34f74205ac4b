//! The compiled program on the SVM. Everything that links LiteSVM is this one binary, built once.

mod budgets;
mod drain;
mod errors;
mod frozen;
mod governance;
mod ledger;
mod libcalls;
mod oracle;
mod pauses;
mod replay_equal;
mod stage;
mod vaults;
mod wrong_accounts;
