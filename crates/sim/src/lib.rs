//! Market days, replays and benchmarks, on the engine alone and on the compiled program in an in-process SVM.
//!
//! [`venue`] is what a day needs of an exchange; [`engine`] runs it on the engine's production types, [`svm`] on the compiled
//! program with real token and price accounts. [`replay`] runs a day written down on either, [`day`] one in the format of the
//! clearing rooms on these, [`demo`] the afternoon of 10 October 2025, [`bench`] counts compute units. [`audit`] says whether
//! every atom is accounted for, [`audit_log`] whether the log of an exchange agrees with itself.

pub mod audit;
pub mod audit_log;
pub mod bench;
pub mod day;
pub mod decimal;
pub mod demo;
pub mod engine;
pub mod named;
pub mod names;
pub mod quantity;
pub mod replay;
pub mod shared;
pub mod svm;
pub mod vectors;
pub mod venue;
