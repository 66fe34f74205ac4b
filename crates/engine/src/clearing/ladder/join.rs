//! Lines on their way into a pool, and the checkpoint their members read.

use super::deleverage::SideAt;
use super::front::WholeBlock;
use super::{CHECKPOINTS, CHECKPOINT_BLOCKS};
use crate::clearing::state::{AdlCheckpoint, AdlPool, Bucket, Held, LadderSide};
use crate::error::{Error, Result};
use crate::ladder::share::{ShareValue, SHARES_AT_BIRTH, SHARES_MAX};
use crate::units::{Lots, Side};
use crate::wide::{self, I128, U128};

/// How members of emptied lines find their part, as a checkpoint stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// By equity at the checkpoint's mark key.
    ByEquity = 0,
    /// By lots: they stood on one line.
    ByLots = 1,
    /// They closed whole and left all they had.
    Whole = 2,
}

/// A line or a block of lines that leaves the grid.
pub(super) struct Part {
    /// Keys of its nearest and its furthest line.
    keys: (i128, i128),
    lots: Lots,
    members: u64,
    equity: u128,
    lots_times_key: i128,
}

impl Part {
    /// A line, with an equity at the joining's mark key.
    pub fn of_line(key: i128, bucket: &Bucket, equity: u128) -> Result<Part> {
        let lots_times_key = wide::mul_signed(key, bucket.lots.0)?;
        let members = u64::from(bucket.members);
        Ok(Part { keys: (key, key), lots: bucket.lots, members, equity, lots_times_key })
    }

    /// A block, likewise.
    pub fn of_block(keys: (i128, i128), block: &WholeBlock, equity: u128) -> Part {
        let WholeBlock { lots, members, lots_times_key, .. } = *block;
        Part { keys, lots, members, equity, lots_times_key }
    }
}

/// Lines on their way into a pool.
pub(super) struct Joining {
    measure: Measure,
    mark_key: i128,
    pub lots: Lots,
    /// Equity at the mark key.
    pub equity: u128,
    /// Sum of lots times key on the lines.
    pub lots_times_key: i128,
    members: u64,
    from: i128,
    upto: i128,
}

impl Joining {
    pub fn new(measure: Measure, mark_key: i128) -> Joining {
        let (lots, from, upto) = (Lots::ZERO, 0, 0);
        Joining { measure, mark_key, lots, equity: 0, lots_times_key: 0, members: 0, from, upto }
    }

    pub fn is_empty(&self) -> bool {
        self.members == 0
    }

    /// Adds what is further than all there is.
    pub fn add(&mut self, part: &Part) -> Result<()> {
        let (from, upto) = part.keys;
        if self.is_empty() {
            self.from = from;
        }
        self.upto = upto;
        self.lots = self.lots.plus(part.lots)?;
        self.members = self.members.checked_add(part.members).ok_or(Error::Overflow)?;
        self.equity = self.equity.checked_add(part.equity).ok_or(Error::Overflow)?;
        self.lots_times_key = self.lots_times_key.checked_add(part.lots_times_key).ok_or(Error::Overflow)?;
        Ok(())
    }

    fn members(&self) -> Result<u32> {
        u32::try_from(self.members).map_err(|_| Error::Overflow)
    }
}

/// The seat of a checkpoint: round the ring.
pub(super) fn seat(sequence: u32) -> Result<u8> {
    let ring = u32::try_from(CHECKPOINTS).map_err(|_| Error::Overflow)?;
    u8::try_from(sequence & ring.wrapping_sub(1)).map_err(|_| Error::Overflow)
}

impl LadderSide {
    /// The furthest and the nearest key of a block of checkpoints reach at least as far as a new one's of it.
    fn note_range(&mut self, side: Side, seat: u8, range: (i128, i128)) -> Result<()> {
        let per_block = CHECKPOINTS / CHECKPOINT_BLOCKS;
        let block = usize::from(seat).checked_div(per_block).ok_or(Error::Overflow)?;
        let begins = usize::from(seat).checked_rem(per_block) == Some(0);
        let range = if begins { self.live_range(side, block, range) } else { self.joint_range(side, block, range)? };
        *self.nearest.get_mut(block).ok_or(Error::RecordsFull)? = I128::new(range.0);
        *self.furthest.get_mut(block).ok_or(Error::RecordsFull)? = I128::new(range.1);
        Ok(())
    }

    fn joint_range(&self, side: Side, block: usize, range: (i128, i128)) -> Result<(i128, i128)> {
        let nearest = self.nearest.get(block).ok_or(Error::RecordsFull)?.get();
        let furthest = self.furthest.get(block).ok_or(Error::RecordsFull)?.get();
        Ok(join(side, range, (nearest, furthest)))
    }

    /// Round the ring a block begins anew while older checkpoints of it may still live.
    fn live_range(&self, side: Side, block: usize, range: (i128, i128)) -> (i128, i128) {
        let per_block = CHECKPOINTS / CHECKPOINT_BLOCKS;
        let seats = self.checkpoints.iter().skip(block.saturating_mul(per_block)).take(per_block);
        let live = seats.filter(|checkpoint| checkpoint.unread > 0);
        live.fold(range, |all, checkpoint| join(side, all, (checkpoint.from.get(), checkpoint.upto.get())))
    }
}

/// The range from the nearer to the further end of two: nearer is higher for longs.
fn join(side: Side, one: (i128, i128), other: (i128, i128)) -> (i128, i128) {
    match side {
        Side::Long => (one.0.max(other.0), one.1.min(other.1)),
        Side::Short => (one.0.min(other.0), one.1.max(other.1)),
    }
}

impl SideAt<'_> {
    /// Whether the next checkpoints' seats are free.
    pub(super) fn has_checkpoints(&self, count: u32) -> Result<bool> {
        for ahead in 1..=count {
            let sequence = self.totals.sequence.checked_add(ahead).ok_or(Error::Overflow)?;
            if self.ladder.checkpoint(seat(sequence)?)?.unread != 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The host, where its shares can measure the joiners; else a new pool.
    pub(super) fn host_for(&mut self, equity: u128, host: Option<u8>, free: u8) -> Result<(u8, ShareValue)> {
        if let Some(at) = host {
            let pool = self.ladder.pool(at)?;
            let (worth, shares) = (pool.equity(self.side, self.mark_key)?, pool.shares);
            if let Ok(value) = ShareValue::of(worth.unsigned_abs(), shares) {
                let fits = value.is_fine()
                    && value.shares_floor(equity).is_ok_and(|more| shares.saturating_add(more) < SHARES_MAX);
                if fits {
                    return Ok((at, value));
                }
            }
        }
        Ok((free, ShareValue::of(equity, SHARES_AT_BIRTH)?))
    }

    /// Writes the checkpoint of lines that closed whole: `held` is all they had.
    pub(super) fn write_whole(&mut self, joining: &Joining, held: Held) -> Result<()> {
        self.write(joining, AdlCheckpoint { held, left_by: U128::new(joining.equity), ..AdlCheckpoint::default() })
    }

    /// Moves lines that are empty by now into a pool, in which they keep so many lots, an equity at the checkpoint's mark key
    /// and shares; `held` is what their closed lots left. Returns the lots times key they have there.
    pub(super) fn write_joining(
        &mut self,
        joining: &Joining,
        to: (u8, Option<ShareValue>),
        keeps: (Lots, u128, u64),
        held: Held,
    ) -> Result<i128> {
        let ((at, value), (kept, equity, shares)) = (to, keeps);
        let (now, side) = (self.claims_now, self.side);
        let equity = i128::try_from(equity).map_err(|_| Error::Overflow)?;
        let worth = wide::mul_signed(joining.mark_key, kept.0)?;
        let keyed = worth.checked_sub(side.signed(equity)?).ok_or(Error::Overflow)?;
        let fresh = self.ladder.live_pools >> at & 1 == 0;
        let pool = self.ladder.pool_mut(at)?;
        if fresh {
            *pool = AdlPool { side_seen: now, ..AdlPool::default() };
        }
        pool.advance_claims(&now)?;
        let pool_seen = pool.claims;
        pool.lots = pool.lots.plus(kept)?;
        pool.shares = pool.shares.checked_add(shares).ok_or(Error::Overflow)?;
        pool.lots_times_key.add(keyed)?;
        pool.members = pool.members.checked_add(joining.members()?).ok_or(Error::Overflow)?;
        self.ladder.mark_pool(at, true);
        let value = value.unwrap_or(ShareValue { value: 0, shift: 0 });
        self.write(
            joining,
            AdlCheckpoint {
                share_value: value.value,
                share_shift: value.shift,
                pool: u32::from(at),
                pool_seen,
                kept,
                joined: shares,
                left_by: U128::new(u128::from(joining.lots.minus(kept)?.0)),
                held,
                ..AdlCheckpoint::default()
            },
        )?;
        Ok(keyed)
    }

    fn write(&mut self, joining: &Joining, part: AdlCheckpoint) -> Result<()> {
        let sequence = self.totals.sequence.checked_add(1).ok_or(Error::Overflow)?;
        let seat = seat(sequence)?;
        let checkpoint = self.ladder.checkpoint_mut(seat)?;
        if checkpoint.unread != 0 {
            return Err(Error::RecordsFull);
        }
        *checkpoint = AdlCheckpoint {
            sequence,
            grid_epoch: self.grid.epoch,
            mark_key: I128::new(joining.mark_key),
            from: I128::new(joining.from),
            upto: I128::new(joining.upto),
            unread: joining.members()?,
            measure: match joining.measure {
                Measure::ByEquity => 0,
                Measure::ByLots => 1,
                Measure::Whole => 2,
            },
            side_seen: self.claims_now,
            ..part
        };
        self.ladder.note_range(self.side, seat, (joining.from, joining.upto))?;
        self.ladder.newest = u64::from(sequence);
        self.totals.sequence = sequence;
        Ok(())
    }
}
