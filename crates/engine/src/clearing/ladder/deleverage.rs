//! Deleveraging exactly q lots: streamed, once to find the level and once to apply it, so that no table of groups limits it
//! (A34). Lines join a pool only if the same walk covers it (A61); a block of lines that lies inside the level joins from its
//! sums (A12), so that a walk looks at no more than the lines of its first and its last block, the blocks between and the pools.
//!
//! With a holdback h each closed lot leaves h behind. The walk then runs at the mark worsened by h, so that a pool's members
//! stay alike; what has less than h a lot closes first, whole, most levered first, and leaves all it has.

use super::front::Front;
use crate::clearing::state::{Held, LadderSide, LossEvent, SideTotals};
use crate::error::{Error, Result};
use crate::state::{Grid, Seen};
use crate::units::{Lots, Side};
use crate::wide;

/// What a walk looked at to find its level: its cost, whatever stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visited {
    /// Lines, one by one.
    pub buckets: u32,
    /// Blocks of lines, by their sums.
    pub blocks: u32,
    /// Pools.
    pub pools: u32,
    /// Checkpoints written.
    pub checkpoints: u32,
}

impl Visited {
    /// Levels that count towards a walk's limit: lines and blocks. Pools do not: there are at most 32, and a walk that ended
    /// among pools at one level would close nothing.
    #[must_use]
    pub const fn levels(&self) -> u32 {
        self.buckets.saturating_add(self.blocks)
    }

    /// Adds another walk's.
    pub fn add(&mut self, other: &Visited) {
        self.buckets = self.buckets.saturating_add(other.buckets);
        self.blocks = self.blocks.saturating_add(other.blocks);
        self.pools = self.pools.saturating_add(other.pools);
        self.checkpoints = self.checkpoints.saturating_add(other.checkpoints);
    }
}

/// What a deleveraging did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleveraged {
    /// Exactly the lots that closed.
    pub closed: Lots,
    /// What they left behind, 1e-12 atom: the side's equity at the mark is less by exactly this.
    pub left: u128,
    /// What the walk looked at.
    pub visited: Visited,
    /// Whether the walk stopped at its limit, or for want of a pool or checkpoint, with lots still to close.
    pub stopped: bool,
}

/// A side's totals and ladder, and where the mark is in its key space.
pub struct SideAt<'a> {
    /// Which side.
    pub side: Side,
    /// Its totals.
    pub totals: &'a mut SideTotals,
    /// Its loss event: what closed lots leave is held there.
    pub event: &'a mut LossEvent,
    /// Its ladder.
    pub ladder: &'a mut LadderSide,
    /// The grid.
    pub grid: &'a Grid,
    /// Its L and z.
    pub claims_now: Seen,
    /// P + X.
    pub mark_key: i128,
    /// What each closed lot leaves behind, 1e-12 atom.
    pub h: u128,
}

impl SideAt<'_> {
    /// Deleverages exactly `q` lots of the side at the mark, or as many as its solvent lots, `limit` levels and the free pools
    /// and checkpoints allow. Fails with `RecordsFull` when one of these would be needed to close anything at all, and with
    /// `Rebasing` while lines are on their way to another grid.
    #[inline(never)]
    pub fn deleverage(&mut self, q: Lots, limit: u32) -> Result<Deleveraged> {
        if self.grid.cursor != 0 {
            return Err(Error::Rebasing);
        }
        let mut done = Deleveraged::default();
        let before = self.totals.sequence;
        let mut front = Front::new(self.ladder, self.side, &self.grid.scale, self.mark_key)?;
        let finished = self.close_thin(&mut front, (q, limit), &mut done)?;
        if !finished {
            let left = q.minus(done.closed)?;
            let covered = self.cover(front, left, limit.saturating_sub(done.visited.levels()))?;
            self.apply(front, &covered, &mut done)?;
        }
        let stuck = done.closed.is_zero() && !q.is_zero() && front.peek().is_some() && limit > 0;
        if stuck {
            return Err(Error::RecordsFull);
        }
        done.visited.checkpoints = self.totals.sequence.saturating_sub(before);
        Ok(done)
    }

    /// The mark worsened by h, as a key.
    pub(super) fn worsened(&self) -> Result<i128> {
        let h = i128::try_from(self.h).map_err(|_| Error::Overflow)?;
        self.mark_key.checked_sub(self.side.signed(h)?).ok_or(Error::Overflow)
    }

    /// Books what closed lots leave; nothing where there is no holdback.
    pub(super) fn left_by(&mut self, amount: u128, lots: Lots) -> Result<Held> {
        if self.h == 0 {
            return Ok(Held::default());
        }
        self.event.hold(amount, lots)
    }

    /// Whether what a pool's lots leave now can be kept for its members.
    pub(super) fn may_close_in(&self, at: u8) -> Result<bool> {
        Ok(self.h == 0 || self.ladder.pool(at)?.may_hold(self.event.list))
    }

    /// Closes lots of a pool, which leave `leaves` of its equity.
    pub(super) fn close_in_pool(&mut self, at: u8, lots: Lots, leaves: u128) -> Result<()> {
        let (side, mark_key, now) = (self.side, self.mark_key, self.claims_now);
        let pool = self.ladder.pool_mut(at)?;
        pool.advance_claims(&now)?;
        let before = pool.lots_times_key.get();
        pool.close(side, lots, mark_key, leaves)?;
        let moved = pool.lots_times_key.get().checked_sub(before).ok_or(Error::Overflow)?;
        let held = self.left_by(leaves, lots)?;
        if !held.is_none() {
            self.ladder.pool_mut(at)?.hold(&held)?;
        }
        self.totals.lots_times_key.add(moved)
    }
}

/// An amount a lot, times lots.
pub(super) fn times(per_lot: u128, lots: Lots) -> Result<u128> {
    wide::mul_div_long_floor(per_lot, lots.0, 1)
}
