//! What guards a market: its breaker, what it is guarded at, and what its guards measure.

use crate::units::{Atoms, Bps, Lots};

/// Reasons a market's breaker can hold.
pub const REASONS: usize = 14;

declare! {
    /// What has tripped, and when each reason will have cleared for its hold.
    struct Breaker {
        /// Reasons that count until `clears_at`, as bits.
        reasons: u64,
        /// When a reason's hold ends, unix seconds: never (`i64::MAX`) while it was last seen to be so.
        clears_at: [i64; 14],
        /// Until when the market was or will be halted, unix seconds: liquidation waits a grace period after it.
        halted_until: i64,
    }
    /// What a market is listed with for its guards.
    argument GuardParams {
        /// Seconds over which lots liquidated and declared are counted.
        flow_window_seconds: u64,
        /// Seconds of the average of accepted marks a settlement is made at.
        settle_window_seconds: u64,
        /// Share of open interest liquidated and declared within the window from which the market is guarded.
        flow_guard: Bps,
        /// Standard deviation of returns over an hour from which the market is guarded.
        volatility_guard: Bps,
    }
    /// Lots liquidated and declared lately, in the present window and the one before.
    struct ForcedFlow {
        /// When the present window began, unix seconds.
        since: i64,
        /// Lots of the present window.
        lots: Lots,
        /// Lots of the window before.
        before: Lots,
        /// The largest open interest seen in either.
        interest: Lots,
    }
    /// What stands still in a market, and since when.
    struct Standing {
        /// What pauses, halts and restarts stop, as bits: [`STOPS_FUNDING`] and its siblings.
        stopped: u64,
        /// Slot since which estates are not for sale; 0: they are.
        sale_stopped_since: u64,
        /// What the vesting clock has not counted yet of the seconds that passed, 1e-4 seconds.
        vesting_carried: u64,
    }
    /// What is stressed across an exchange. Refreshes read it; only the proof that most of open interest is stressed writes it.
    struct Stress {
        /// Value of all markets' open interest as last noted, atoms: the sum of `MarketBooks::noted_interest`.
        interest: Atoms,
        /// Until when every market takes the stressed multipliers, unix seconds.
        until: i64,
    }
    /// When an exchange is stressed.
    argument StressParams {
        /// Seconds that a proof holds: it ends by itself.
        hold_seconds: u64,
        /// Share of all open interest in stressed markets beyond which every market takes the stressed multipliers.
        share: Bps,
        /// Padding to whole words.
        reserved: u32,
    }
}

/// Bit of [`Standing::stopped`]: no funding accrues.
pub const STOPS_FUNDING: u64 = crate::market::STOPS_FUNDING;
/// Bit of [`Standing::stopped`]: no profit unlocks, and the vesting clock stands.
pub const STOPS_UNLOCKING: u64 = crate::market::STOPS_UNLOCKING;
/// Bit of [`Standing::stopped`]: no money leaves a position for another market (A27).
pub const STOPS_DRAWING: u64 = crate::market::STOPS_DRAWING;
/// Bit of [`Standing::stopped`]: a declaration leaves its positions out, because liquidation is paused, halted or waits.
pub const STOPS_FORCING: u64 = 1 << 6;
/// Bit of [`Standing::stopped`]: no source says anything, and what was last said is older than the market allows.
pub const SOURCE_GONE: u64 = 1 << 7;
/// Bit of [`Standing::stopped`]: most of the exchange is stressed, so this market takes the stressed multipliers too.
pub const EXCHANGE_STRESSED: u64 = 1 << 8;

// What pauses stop is stored in the same word.
const _: () = assert!(crate::market::STOPS_MOVING < STOPS_FORCING);

impl Standing {
    /// Whether a bit of `stopped` is set.
    #[must_use]
    pub const fn has(&self, bit: u64) -> bool {
        self.stopped & bit != 0
    }

    /// Sets or clears a bit of `stopped`.
    pub const fn set(&mut self, bit: u64, holds: bool) {
        if holds {
            self.stopped |= bit;
        } else {
            self.stopped &= !bit;
        }
    }
}
