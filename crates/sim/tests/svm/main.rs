//! The compiled program on the SVM. Everything that links LiteSVM is this one binary, built once.

mod breakers;
mod budgets;
mod drain;
mod errors;
mod frozen;
mod ledger;
mod libcalls;
mod oracle;
mod pauses;
mod replay_equal;
mod second_source;
mod stage;
mod stance;
mod vaults;
mod wrong_accounts;
