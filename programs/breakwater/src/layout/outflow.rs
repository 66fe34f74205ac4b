//! The bound on outflow.

use super::mirror;
use anchor_lang::prelude::*;
use breakwater_engine::outflow;

mirror! {
    /// A leaky bucket: what has left, less what has leaked since.
    Bucket = outflow::Bucket {
        /// Atoms in it at `at`, promises to the queue included.
        level: u64,
        /// When it was last brought up to date, unix seconds.
        at: i64,
    }
}

mirror! {
    /// What has left the collateral vault lately.
    Outflow = outflow::Outflow {
        /// The hour's.
        hour: Bucket,
        /// The day's.
        day: Bucket,
    }
}
