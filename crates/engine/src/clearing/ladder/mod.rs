//! The ladder: lots by bankruptcy price (`reference/ladder.py`, `reference/attribution.py`).
//!
//! One structure, five uses: the order of deleveraging, the certificate of untouched insolvency U, the cascade gauge,
//! discovery for keepers, and no hiding place. Buckets know nothing about who stands on them.

mod apply;
mod attach;
mod beyond;
mod cover;
mod deleverage;
mod ended;
mod front;
mod join;
mod locate;
mod migrate;
mod pools;
mod store;
mod thin;

pub use attach::{whole_atoms, DetachedPosition};
pub use beyond::Beyond;
pub use deleverage::{Deleveraged, SideAt, Visited};
pub use locate::{JoinedClaims, Leaver, Located, Place};
pub use migrate::Migrated;

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
/// As many as a walk can meet: no limit.
pub const LINES_AND_POOLS_MAX: u32 = 4_096;
