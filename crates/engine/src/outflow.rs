//! The bound on outflow: per hour and per day at most a share of the vault, in order of request.

use crate::units::Atoms;

/// A leaky bucket: what has left, less what has leaked since.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Atoms in it at `at`, promises to the queue included.
    pub level: Atoms,
    /// When it was last brought up to date, unix seconds.
    pub at: i64,
}

/// What has left the collateral vault lately.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outflow {
    /// The hour's.
    pub hour: Bucket,
    /// The day's.
    pub day: Bucket,
}
