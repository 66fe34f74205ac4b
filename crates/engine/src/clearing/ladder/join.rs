//! Lines on their way into a pool, and the checkpoint their members read.

use super::deleverage::SideAt;
use super::{CHECKPOINTS, CHECKPOINT_BLOCKS};
use crate::clearing::state::{AdlCheckpoint, AdlPool, Bucket, Held, LadderSide};
use crate::error::{Error, Result};
use crate::ladder::share::{ShareValue, SHARES_AT_BIRTH, SHARES_MAX};
use crate::ladder::LineIndex;
use crate::state::Scale;
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

/// Lines on their way into a pool.
pub(super) struct Joining {
    measure: Measure,
    mark_key: i128,
    pub lots: Lots,
    /// Equity at the mark key.
    pub equity: u128,
    members: u32,
    from: i128,
    upto: i128,
}

impl Joining {
    pub fn new(measure: Measure, mark_key: i128) -> Joining {
        Joining { measure, mark_key, lots: Lots::ZERO, equity: 0, members: 0, from: 0, upto: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.members == 0
    }

    pub fn add(&mut self, side: Side, line: (LineIndex, &Scale), bucket: &Bucket, equity: u128) -> Result<()> {
        let key = line.1.key(side, line.0)?;
        if self.is_empty() {
            self.from = key;
        }
        self.upto = key;
        self.lots = self.lots.plus(bucket.lots)?;
        self.members = self.members.checked_add(bucket.members).ok_or(Error::Overflow)?;
        self.equity = self.equity.checked_add(equity).ok_or(Error::Overflow)?;
        Ok(())
    }
}

/// The seat of a checkpoint: round the ring.
pub(super) fn seat(sequence: u32) -> Result<u8> {
    let ring = u32::try_from(CHECKPOINTS).map_err(|_| Error::Overflow)?;
    u8::try_from(sequence & ring.wrapping_sub(1)).map_err(|_| Error::Overflow)
}

impl LadderSide {
    /// The furthest key of a block of checkpoints is at least what a new one of it holds.
    fn note_furthest(&mut self, side: Side, seat: u8, upto: i128) -> Result<()> {
        let per_block = CHECKPOINTS / CHECKPOINT_BLOCKS;
        let block = usize::from(seat).checked_div(per_block).ok_or(Error::Overflow)?;
        let first = usize::from(seat).checked_rem(per_block) == Some(0);
        let live = if first { self.furthest_live(side, block, upto) } else { upto };
        let furthest = self.furthest.get_mut(block).ok_or(Error::RecordsFull)?;
        let present = if first { live } else { furthest.get() };
        *furthest = I128::new(side.pick(live.min(present), live.max(present)));
        Ok(())
    }

    /// Round the ring a block begins anew while older checkpoints of it may still live.
    fn furthest_live(&self, side: Side, block: usize, upto: i128) -> i128 {
        let per_block = CHECKPOINTS / CHECKPOINT_BLOCKS;
        let seats = self.checkpoints.iter().skip(block.saturating_mul(per_block)).take(per_block);
        let live = seats.filter(|checkpoint| checkpoint.unread > 0).map(|checkpoint| checkpoint.upto.get());
        live.fold(upto, |far, key| side.pick(far.min(key), far.max(key)))
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
        pool.members = pool.members.checked_add(joining.members).ok_or(Error::Overflow)?;
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
            unread: joining.members,
            measure: match joining.measure {
                Measure::ByEquity => 0,
                Measure::ByLots => 1,
                Measure::Whole => 2,
            },
            side_seen: self.claims_now,
            ..part
        };
        self.ladder.note_furthest(self.side, seat, joining.upto)?;
        self.ladder.newest = u64::from(sequence);
        self.totals.sequence = sequence;
        Ok(())
    }
}
