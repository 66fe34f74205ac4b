//! What a market's books say: sides, open interest, whether the mark is one to value at, what stands still.

use crate::state::{MarketBooks, SideBook, Stance};
use crate::units::{Bps, Lots, Now, Side};

impl Default for Stance {
    fn default() -> Self {
        let whole = Bps(10_000);
        Stance { phase: 0, carried: 0, calm_since: 0, moved_at: 0, lag: 0, initial: whole, maintenance: whole }
    }
}

/// Reasons a breaker can hold.
pub const REASONS: usize = 11;

/// Layers of a market, in the order they are drawn.
pub const LAYERS: usize = 4;

/// Bit of [`MarketBooks::stopped`]: no funding accrues.
pub const STOPS_FUNDING: u64 = 1;
/// Bit of [`MarketBooks::stopped`]: no profit unlocks.
pub const STOPS_UNLOCKING: u64 = 1 << 1;
/// Bit of [`MarketBooks::stopped`]: nothing is drawn out of a position for another market (A27).
pub const STOPS_DRAWING: u64 = 1 << 4;
/// Bit of [`MarketBooks::stopped`]: frozen, so that an instruction over several markets leaves it as it is (A27).
pub const STOPS_MOVING: u64 = 1 << 5;
/// Bit of [`MarketBooks::stopped`], as the last provision at a good mark found it: U is not covered.
pub const UNCOVERED: u64 = 1 << 2;
/// Bit of [`MarketBooks::stopped`], set and cleared by each provision: there was no good mark to know U by.
pub const UNKNOWN: u64 = 1 << 3;

impl MarketBooks {
    /// A side's book.
    #[must_use]
    pub const fn side(&self, side: Side) -> &SideBook {
        let [long, short] = &self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// Whether positions and vesting profit here may be drawn on for another market.
    #[must_use]
    pub const fn may_be_drawn_on(&self) -> bool {
        self.stopped & STOPS_DRAWING == 0
    }

    /// Whether an instruction over several markets leaves this one's money and lots as they are.
    #[must_use]
    pub const fn is_left_out(&self) -> bool {
        self.stopped & STOPS_MOVING != 0
    }

    /// A side's book, to change.
    pub const fn side_mut(&mut self, side: Side) -> &mut SideBook {
        let [long, short] = &mut self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// Open interest: the lots of either side.
    #[must_use]
    pub const fn open_interest(&self) -> Lots {
        self.side(Side::Long).lots
    }

    /// Whether the last mark is final: positions only close at it.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.settled != 0
    }

    /// Whether the mark is no older than the market allows. A final one does not age.
    #[must_use]
    pub const fn mark_is_fresh(&self, now: Now) -> bool {
        self.is_settled() || now.slot.saturating_sub(self.mark.slot) <= self.params.mark_age_slots_max
    }

    /// Whether the mark is one to value positions at: good or usable, and fresh.
    #[must_use]
    pub const fn has_mark(&self, now: Now) -> bool {
        self.mark.quality != 0 && self.mark_is_fresh(now)
    }

    /// Whether profit stays where it is: paused, or U is not covered or not known at a good mark.
    #[must_use]
    pub const fn unlock_is_frozen(&self) -> bool {
        self.stopped & UNKNOWN != 0 || self.unlock_time_stands()
    }

    /// Whether time does not even count for unlocking. It does while U is merely not known: in a quiet market anybody can touch
    /// a stale mark.
    #[must_use]
    pub const fn unlock_time_stands(&self) -> bool {
        self.stopped & (STOPS_UNLOCKING | UNCOVERED) != 0
    }

    /// Whether funding accrues: not while the market is paused or halted, and never again once it is settled. An old mark stops
    /// nothing: a touch that comes late, or before a refresh, would erase what has fallen due (A49).
    #[must_use]
    pub const fn funding_runs(&self) -> bool {
        self.stopped & STOPS_FUNDING == 0 && !self.is_settled()
    }

    /// The mark in a side's key space: P + X. Keys beyond it are bankrupt.
    pub fn mark_key(&self, side: Side) -> crate::Result<i128> {
        i128::from(self.mark.price.0).checked_add(self.side(side).index.get()).ok_or(crate::Error::Overflow)
    }
}
