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
        /// Since when liquidation has not been paused, unix seconds: it waits a grace period after it. Pauses that ran out since
        /// are not in it yet: `running_since` is the whole answer.
        resumed_at: i64,
    }
}

mirror! {
    /// The guardian's last pauses over the whole exchange.
    GuardianWeek = pause::GuardianWeek {
        /// When each was set, unix seconds, oldest first; 0: none.
        at: [i64; 3],
    }
}
