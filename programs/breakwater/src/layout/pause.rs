//! Pauses.

use super::mirror;
use anchor_lang::prelude::*;
use breakwater_engine::pause;

mirror! {
    /// Pause bits with an end.
    Pause = pause::Pause {
        /// `PauseBits`.
        bits: u64,
        /// They pause nothing from here on, unix seconds.
        until: i64,
    }
}

mirror! {
    /// Pauses of an exchange or of a market.
    Pauses = pause::Pauses {
        /// Set by the authority.
        authority: Pause,
        /// Set by the guardian.
        guardian: Pause,
        /// Frozen until here by the authority, unix seconds.
        frozen_until: i64,
        /// Not frozen again before, unix seconds.
        freeze_again_at: i64,
        /// Since when liquidation has not been paused, unix seconds: it waits a grace period after it.
        resumed_at: i64,
    }
}

mirror! {
    /// How often the guardian has paused lately.
    GuardianWeek = pause::GuardianWeek {
        /// When the week began, unix seconds.
        since: i64,
        /// Pauses since.
        used: u64,
    }
}
