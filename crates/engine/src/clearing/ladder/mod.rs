//! The ladder: lots by bankruptcy price (`reference/ladder.py`, `reference/attribution.py`).
//!
//! One structure, five uses: the order of deleveraging, the certificate of untouched insolvency U, the cascade gauge,
//! discovery for keepers, and no hiding place. Buckets know nothing about who stands on them.

mod beyond;
mod deleverage;
mod front;
mod join;
mod locate;
mod pools;
mod store;

pub use beyond::Beyond;
pub use deleverage::{Deleveraged, SideAt};
pub use locate::{JoinedClaims, Leaver, Located, Place};

/// Buckets of a side: the lines of the grid.
pub const BUCKETS: usize = 2048;
/// Blocks of a side: 64 buckets each, one bitmap word.
pub const BLOCKS: usize = 32;
/// Pools of a side.
pub const POOLS: usize = 32;
/// Checkpoints of a side.
pub const CHECKPOINTS: usize = 256;
/// Blocks of 16 checkpoints.
pub const CHECKPOINT_BLOCKS: usize = 16;
/// Ended lists of a side that stand beside the ladder.
pub const ENDED_LISTS: usize = 256;
