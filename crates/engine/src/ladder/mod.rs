//! The ladder: lots by bankruptcy price (section 6; `reference/ladder.py`).
//!
//! One structure, five uses: the order of deleveraging, the certificate of untouched insolvency U, the cascade gauge,
//! discovery for keepers, and no hiding place. Lines know nothing about who stands on them.

pub mod deleverage;
pub mod grid;
mod lines;
pub mod locate;
pub mod pools;
pub mod rank;
pub mod share;
pub mod shortfall;
mod store;
pub mod walk;
pub mod within;

pub use store::{first_free, live, mark_live, Bits, LineIndex, PoolIndex, BLOCKS, LINES, POOLS, POOL_WORDS};
