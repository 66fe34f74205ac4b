//! The compiled program on the SVM. Everything that links LiteSVM is this one binary, built once.

mod budgets;
mod errors;
mod libcalls;
mod replay_equal;
mod stage;
mod wrong_accounts;
