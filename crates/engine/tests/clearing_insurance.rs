//! The insurance room against naive references: income second by second, layers atom by atom, reports market by market, and
//! histories of everything at random with every stake as a claim in big integers.
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
#[path = "common/histories.rs"]
mod histories;
#[path = "clearing/insurance/layers.rs"]
mod layers;
#[path = "clearing/insurance/random.rs"]
mod random;
#[path = "clearing/insurance/reports.rs"]
mod reports;
#[path = "clearing/insurance/stakers.rs"]
mod stakers;
#[path = "clearing/insurance/streams.rs"]
mod streams;
#[path = "clearing/insurance/world.rs"]
mod world;

use common::Rng;
