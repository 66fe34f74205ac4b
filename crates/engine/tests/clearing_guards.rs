//! The guards of the clearing rooms, rule by rule and over days.
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

mod common;
#[path = "clearing/guarded.rs"]
mod guarded;
#[path = "clearing/guards/prices.rs"]
mod prices;
#[path = "clearing/guards/standing.rs"]
mod standing;
#[path = "clearing/guards/time.rs"]
mod time;
