//! What attack found, on the clearing rooms: each test is named after its number and the rule that holds it. The patch of the same
//! number under `tests/regressions` takes the rule away, and `make regressions` requires the test to fail without it.
//!
//! Expected values are derived in the comments, in whole units; atoms are exact up to `stage::ROUNDING`.
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

#[path = "clearing/attacks/acting.rs"]
mod acting;
#[path = "clearing/check.rs"]
mod check;
#[path = "clearing/attacks/collateral.rs"]
mod collateral;
#[path = "clearing/attacks/collateral_marks.rs"]
mod collateral_marks;
#[path = "clearing/attacks/collateral_terms.rs"]
mod collateral_terms;
#[path = "clearing/attacks/confirmed.rs"]
mod confirmed;
#[path = "clearing/exchange.rs"]
mod exchange;
#[path = "clearing/attacks/fresh.rs"]
mod fresh;
#[path = "clearing/attacks/held.rs"]
mod held;
#[path = "clearing/attacks/insured.rs"]
mod insured;
#[path = "clearing/attacks/insurers.rs"]
mod insurers;
#[path = "clearing/attacks/keepers.rs"]
mod keepers;
#[path = "clearing/attacks/pages.rs"]
mod pages;
#[path = "clearing/attacks/quoting.rs"]
mod quoting;
#[path = "clearing/attacks/reducing.rs"]
mod reducing;
#[path = "clearing/attacks/reserve.rs"]
mod reserve;
#[path = "clearing/attacks/running.rs"]
mod running;
#[path = "clearing/attacks/sold.rs"]
mod sold;
#[path = "clearing/attacks/stage.rs"]
mod stage;
#[path = "clearing/attacks/walk.rs"]
mod walk;
#[path = "clearing/attacks/working.rs"]
mod working;
