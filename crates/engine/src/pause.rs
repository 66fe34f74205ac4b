//! Pauses that end by themselves, and who may set them.

use crate::permission::PauseBits;
use crate::units::Now;

/// Pause bits with an end.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pause {
    /// [`crate::permission::PauseBits`].
    pub bits: u64,
    /// They pause nothing from here on, unix seconds.
    pub until: i64,
}

/// Pauses of an exchange or of a market.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// Set by the authority.
    pub authority: Pause,
    /// Set by the guardian.
    pub guardian: Pause,
    /// Frozen until here by the authority, unix seconds.
    pub frozen_until: i64,
    /// Not frozen again before, unix seconds.
    pub freeze_again_at: i64,
    /// Since when liquidation has not been paused, unix seconds: it waits a grace period after it.
    pub resumed_at: i64,
}

/// How often the guardian has paused lately.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GuardianWeek {
    /// When the week began, unix seconds.
    pub since: i64,
    /// Pauses since.
    pub used: u64,
}

impl Pauses {
    /// What is paused now.
    #[must_use]
    pub const fn bits(&self, now: Now) -> PauseBits {
        let frozen = if now.time < self.frozen_until { PauseBits::FREEZE } else { PauseBits::NONE };
        frozen.and(self.authority.bits_at(now)).and(self.guardian.bits_at(now))
    }
}

impl Pause {
    const fn bits_at(&self, now: Now) -> PauseBits {
        PauseBits(if now.time < self.until { self.bits } else { 0 })
    }
}
