//! Catching up: where a position is now, from where it last stood, and what leaving takes along. One checkpoint and one pool,
//! however long the cascade.

use super::join::seat;
use super::pools::Portion;
use super::{CHECKPOINTS, CHECKPOINT_BLOCKS};
use crate::clearing::state::{AdlCheckpoint, AdlPool, Held, LadderSide, Position};
use crate::error::{Error, Result};
use crate::ladder::share::ShareValue;
use crate::ladder::LineIndex;
use crate::state::{Grid, Seen};
use crate::units::{Lots, Side};
use crate::wide::{self, U128};

/// Where a position stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a line of the present grid.
    Bucket(LineIndex),
    /// In a pool, by a checkpoint it has not read.
    Pool {
        /// Seat of the checkpoint.
        checkpoint: u8,
        /// The pool; `None` where its lots closed whole when the line was walked.
        pool: Option<u8>,
        /// Its shares there, rounded down.
        shares: u64,
    },
}

/// Where a position stands, and what grid migrations it has not seen freed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// Where.
    pub place: Place,
    /// Its key when it was last on a line, and what its checkpoint shares out what was left by.
    key: i128,
    /// Cash per lot that snapping to newer grids turned into spare, 1e-12 atom.
    pub freed_per_lot: i128,
    /// Cash per lot that it lacks where a newer grid ended, 1e-12 atom.
    pub lacking_per_lot: i128,
}

/// What leaves the ladder with a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaver {
    /// Its lots.
    pub lots: Lots,
    /// Its lots times key.
    pub lots_times_key: i128,
    /// Lots that leave the totals: what is more than its own is dust.
    pub lots_out: Lots,
    /// Lots times key that leave the totals.
    pub lots_times_key_out: i128,
    /// What its deleveraged lots left behind: when its line was walked, and in the pool since, older list first.
    pub held: [Held; 3],
    /// Lots that deleveraging closed.
    pub closed: Lots,
}

/// What a position in a pool gathered in claims: on its line until the checkpoint, as shares since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinedClaims {
    /// The side's L and z when its line was walked.
    pub side_seen: Seen,
    /// The pool's then.
    pub pool_seen: Seen,
    /// The pool's now.
    pub pool_now: Seen,
    /// Its shares.
    pub shares: u64,
}

impl Located {
    /// Whether it stands on its line with nothing to catch up.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        matches!(self.place, Place::Bucket(_)) && self.freed_per_lot == 0 && self.lacking_per_lot == 0
    }

    /// What grids that it has not seen changed of a position's cash, 1e-12 atom.
    pub fn moved(&self, lots: Lots) -> Result<i128> {
        let per_lot = self.freed_per_lot.checked_sub(self.lacking_per_lot).ok_or(Error::Overflow)?;
        wide::mul_signed(per_lot, lots.0)
    }
}

impl LadderSide {
    /// Finds a position that has lots.
    pub fn locate(&self, grid: &Grid, side: Side, position: &Position) -> Result<Located> {
        let mut line = LineIndex::stored(position.line)?;
        let mut epoch = position.grid_epoch;
        let (mut freed_per_lot, mut lacking_per_lot) = (0i128, 0i128);
        loop {
            let present = epoch == grid.epoch;
            let key = grid.past(epoch).ok_or(Error::GridHistoryFull)?.key(side, line)?;
            if present && self.bucket(line)?.walked <= position.checkpoint_seen {
                return Ok(Located { place: Place::Bucket(line), key, freed_per_lot, lacking_per_lot });
            }
            if let Some(found) = self.first_checkpoint(position.checkpoint_seen, epoch, side, key)?.0 {
                return Ok(Located {
                    place: self.joined(found, position.size(), key)?,
                    key,
                    freed_per_lot,
                    lacking_per_lot,
                });
            }
            if present {
                return Ok(Located { place: Place::Bucket(line), key, freed_per_lot, lacking_per_lot });
            }
            epoch = epoch.checked_add(1).ok_or(Error::Overflow)?;
            let next = grid.past(epoch).ok_or(Error::GridHistoryFull)?;
            line = next.resnap(side, key)?;
            let moved = next.key(side, line)?.checked_sub(key).ok_or(Error::Overflow)?;
            let freed = side.signed(moved)?;
            let to = if freed < 0 { &mut lacking_per_lot } else { &mut freed_per_lot };
            *to = to.checked_add(freed.abs()).ok_or(Error::Overflow)?;
        }
    }

    /// The seat of the first live checkpoint after `seen` whose range on its grid holds the key, and the steps it took: a
    /// block of 16 is passed over where none of it reaches the key, so that a position finds its own in at most 16 blocks
    /// and 16 checkpoints. A block between whose marks the position was under water and solvent again is looked through.
    pub fn first_checkpoint(&self, seen: u32, epoch: u32, side: Side, key: i128) -> Result<(Option<u8>, u32)> {
        let per_block = u32::try_from(CHECKPOINTS / CHECKPOINT_BLOCKS).map_err(|_| Error::Overflow)?;
        let newest = u32::try_from(self.newest).map_err(|_| Error::Overflow)?;
        let mut sequence = seen.checked_add(1).ok_or(Error::Overflow)?.max(newest.saturating_sub(LAST));
        let mut steps = 0u32;
        while sequence <= newest {
            steps = steps.wrapping_add(1);
            let here = seat(sequence)?;
            let block = usize::from(here).checked_div(CHECKPOINTS / CHECKPOINT_BLOCKS).ok_or(Error::Overflow)?;
            let furthest = self.furthest.get(block).ok_or(Error::RecordsFull)?.get();
            let nearest = self.nearest.get(block).ok_or(Error::RecordsFull)?.get();
            let beyond = match side {
                Side::Long => key < furthest || key > nearest,
                Side::Short => key > furthest || key < nearest,
            };
            let left = per_block.wrapping_sub(u32::from(here) & per_block.wrapping_sub(1));
            if beyond {
                sequence = sequence.checked_add(left).ok_or(Error::Overflow)?;
                continue;
            }
            let checkpoint = self.checkpoint(here)?;
            let is_it = checkpoint.sequence == sequence && checkpoint.unread > 0 && checkpoint.grid_epoch == epoch;
            if is_it && checkpoint.holds(side, key) {
                return Ok((Some(here), steps));
            }
            sequence = sequence.checked_add(1).ok_or(Error::Overflow)?;
        }
        Ok((None, steps))
    }

    fn joined(&self, at: u8, lots: Lots, key: i128) -> Result<Place> {
        let checkpoint = self.checkpoint(at)?;
        let (pool, shares) = match checkpoint.measure {
            WHOLE => (None, 0),
            BY_LOTS => (Some(checkpoint.pool_seat()?), lots.0),
            _ => {
                let value = ShareValue { value: checkpoint.share_value, shift: checkpoint.share_shift };
                let shares = value.shares_floor(wide::mul(checkpoint.distance(key)?, lots.0))?;
                (Some(checkpoint.pool_seat()?), shares)
            }
        };
        Ok(Place::Pool { checkpoint: at, pool, shares })
    }

    /// What `take_out` would take, without a change.
    pub fn peek(
        &self,
        grid: &Grid,
        side: Side,
        position: &Position,
        located: &Located,
        mark_key: i128,
    ) -> Result<Leaver> {
        let size = position.size();
        let (at, pool, shares) = match located.place {
            Place::Bucket(at) => {
                let keyed = wide::mul_signed(grid.scale.key(side, at)?, size.0)?;
                return Ok(Leaver {
                    lots: size,
                    lots_times_key: keyed,
                    lots_out: size,
                    lots_times_key_out: keyed,
                    ..Leaver::default()
                });
            }
            Place::Pool { checkpoint, pool, shares } => (checkpoint, pool, shares),
        };
        let mut checkpoint = *self.checkpoint(at)?;
        let mut leaver =
            Leaver { held: [checkpoint.part_of(size, located.key, shares)?, NONE, NONE], ..Leaver::default() };
        if let Some(pool) = pool {
            let mut pool = *self.pool(pool)?;
            let portion = pool.take_member(side, shares, mark_key)?;
            leaver.lots = portion.0.lots;
            leaver.lots_times_key = portion.0.lots_times_key;
            leaver.lots_out = portion.0.lots_out;
            leaver.lots_times_key_out = portion.0.lots_times_key_out;
            let [first, _, _] = leaver.held;
            let [older, newer] = portion.1;
            leaver.held = [first, older, newer];
        }
        leaver.closed = size.minus(leaver.lots.least(size))?;
        Ok(leaver)
    }

    /// Takes a position out of its line or pool.
    pub fn take_out(
        &mut self,
        grid: &Grid,
        side: Side,
        position: &Position,
        located: &Located,
        mark_key: i128,
    ) -> Result<Leaver> {
        let leaver = self.peek(grid, side, position, located, mark_key)?;
        match located.place {
            Place::Bucket(at) => self.leave(&grid.scale, at, position.size())?,
            Place::Pool { checkpoint, pool, shares } => {
                let read = self.checkpoint_mut(checkpoint)?;
                let _ = read.part_of(position.size(), located.key, shares)?;
                read.unread = read.unread.checked_sub(1).ok_or(Error::NotConserved)?;
                if let Some(at) = pool {
                    let left = self.pool_mut(at)?;
                    let _ = left.take_member(side, shares, mark_key)?;
                    if left.members == 0 {
                        *left = AdlPool::default();
                        self.mark_pool(at, false);
                    }
                }
            }
        }
        Ok(leaver)
    }

    /// What a position in a pool gathered in claims; `None` on a line.
    pub fn claims_of(&self, located: &Located, now: &Seen) -> Result<Option<JoinedClaims>> {
        let Place::Pool { checkpoint, pool, shares } = located.place else { return Ok(None) };
        let read = self.checkpoint(checkpoint)?;
        let pool_now = match pool {
            Some(at) => {
                let mut pool = *self.pool(at)?;
                pool.advance_claims(now)?;
                pool.claims
            }
            None => read.pool_seen,
        };
        Ok(Some(JoinedClaims { side_seen: read.side_seen, pool_seen: read.pool_seen, pool_now, shares }))
    }

    /// Brings the claims of a located position's pool up to the side's now: before its shares change.
    pub fn advance_claims(&mut self, located: &Located, now: &Seen) -> Result<()> {
        match located.place {
            Place::Pool { pool: Some(at), .. } => self.pool_mut(at)?.advance_claims(now),
            _ => Ok(()),
        }
    }
}

/// Checkpoints that may stand after the oldest: all but one.
const LAST: u32 = 255;
/// See [`super::join::Measure`].
const BY_LOTS: u32 = 1;
const WHOLE: u32 = 2;
const NONE: Held = Held {
    list: 0,
    units: U128::ZERO,
    entered: U128::ZERO,
    earned: U128::ZERO,
    epoch: 0,
    lots: Lots::ZERO,
    lowered: crate::units::Atoms::ZERO,
};

impl AdlCheckpoint {
    fn holds(&self, side: Side, key: i128) -> bool {
        let (from, upto) = (self.from.get(), self.upto.get());
        match side {
            Side::Long => upto <= key && key <= from,
            Side::Short => from <= key && key <= upto,
        }
    }

    fn pool_seat(&self) -> Result<u8> {
        u8::try_from(self.pool).map_err(|_| Error::NotConserved)
    }

    fn distance(&self, key: i128) -> Result<u64> {
        u64::try_from(key.abs_diff(self.mark_key.get())).map_err(|_| Error::Overflow)
    }

    /// Takes a member's part of what lots closed at the joining left: rounded down, the last reader's the rest.
    fn part_of(&mut self, size: Lots, key: i128, shares: u64) -> Result<Held> {
        if self.held.is_none() {
            return Ok(NONE);
        }
        let whole = self.left_by.get();
        let part = if self.unread <= 1 {
            whole
        } else if self.measure == WHOLE {
            wide::mul(self.distance(key)?, size.0).min(whole)
        } else {
            let kept = wide::mul_div_ceil(self.kept.0, shares, self.joined.max(1))?;
            u128::from(size.0.saturating_sub(kept)).min(whole)
        };
        self.left_by.sub(part)?;
        if self.unread <= 1 {
            return Ok(core::mem::take(&mut self.held));
        }
        if part == 0 {
            return Ok(NONE);
        }
        self.held.take(part, whole)
    }
}

impl AdlPool {
    /// Takes a member's shares out with what goes with them; the last one out takes what rounding kept.
    fn take_member(&mut self, side: Side, shares: u64, mark_key: i128) -> Result<(Portion, [Held; 2])> {
        let mut portion = self.portion(side, shares, mark_key)?;
        let (part, whole) = (u128::from(shares), u128::from(self.shares));
        let last = self.members == 1;
        let take = |held: &mut Held| if last { Ok(core::mem::take(held)) } else { part_or_none(held, part, whole) };
        let held = [take(&mut self.older)?, take(&mut self.held)?];
        self.shares = self.shares.checked_sub(shares).ok_or(Error::NotConserved)?;
        self.lots = self.lots.minus(portion.lots_out)?;
        let keyed = self.lots_times_key.get().checked_sub(portion.lots_times_key_out).ok_or(Error::Overflow)?;
        self.lots_times_key = wide::I128::new(keyed);
        self.members = self.members.checked_sub(1).ok_or(Error::NotConserved)?;
        if last {
            // What rounding kept in the pool becomes dust with the rest.
            portion.lots_out = portion.lots_out.plus(self.lots)?;
            portion.lots_times_key_out = portion.lots_times_key_out.checked_add(keyed).ok_or(Error::Overflow)?;
        }
        Ok((portion, held))
    }
}

fn part_or_none(held: &mut Held, part: u128, whole: u128) -> Result<Held> {
    if part == 0 || held.is_none() {
        return Ok(NONE);
    }
    held.take(part, whole)
}
