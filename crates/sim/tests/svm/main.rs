//! The compiled program on the SVM. Everything that links LiteSVM is this one binary, built once.

mod breakers;
mod budgets;
mod drain;
mod errors;
mod frozen;
mod gates;
mod governance;
mod insurance;
mod ladder_scan;
mod ledger;
mod ledger_audit;
mod left_out;
mod libcalls;
mod oracle;
mod outflow;
mod pauses;
mod pledge;
mod recovery;
mod replay_equal;
mod second_source;
mod seeds;
mod settlement;
mod stage;
mod stance;
mod vaults;
mod wrong_accounts;
