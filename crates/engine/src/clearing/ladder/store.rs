//! Buckets, blocks, pools and checkpoints by their numbers. The engine reads and writes a ladder in place, wherever the caller
//! keeps it: it is never copied.

use super::{BLOCKS, BUCKETS, CHECKPOINTS, CHECKPOINT_BLOCKS, POOLS};
use crate::clearing::state::{AdlCheckpoint, AdlPool, Block, Bucket, Held, LadderBooks, LadderSide};
use crate::error::{Error, Result};
use crate::ladder::LineIndex;
use crate::state::{Scale, Seen};
use crate::units::{Atoms, Lots, Side};
use crate::wide::{self, I128, U128};

const SEEN: Seen = Seen { loss: U128::ZERO, units: U128::ZERO, epoch: 0 };
const HELD: Held = Held {
    list: 0,
    units: U128::ZERO,
    entered: U128::ZERO,
    earned: U128::ZERO,
    epoch: 0,
    lots: Lots::ZERO,
    lowered: Atoms::ZERO,
};

impl LadderBooks {
    /// An empty one: for the heap of tests and simulators; on chain a zeroed account is one.
    #[must_use]
    pub const fn empty() -> LadderBooks {
        LadderBooks { sides: [LadderSide::EMPTY; 2] }
    }

    /// A side's.
    #[must_use]
    pub const fn side(&self, side: Side) -> &LadderSide {
        let [long, short] = &self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// A side's, to change.
    pub const fn side_mut(&mut self, side: Side) -> &mut LadderSide {
        let [long, short] = &mut self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }
}

impl LadderSide {
    /// All zero.
    pub const EMPTY: LadderSide = LadderSide {
        occupied: 0,
        live_pools: 0,
        blocks: [Block { lots: Lots::ZERO, occupied: 0, lots_times_offset: U128::ZERO, members: 0 }; BLOCKS],
        buckets: [Bucket { lots: Lots::ZERO, members: 0, walked: 0 }; BUCKETS],
        pools: [AdlPool {
            lots: Lots::ZERO,
            shares: 0,
            lots_times_key: I128::ZERO,
            claims: SEEN,
            side_seen: SEEN,
            members: 0,
            reserved: 0,
            held: HELD,
            older: HELD,
        }; POOLS],
        checkpoints: [AdlCheckpoint {
            sequence: 0,
            grid_epoch: 0,
            mark_key: I128::ZERO,
            from: I128::ZERO,
            upto: I128::ZERO,
            share_value: 0,
            share_shift: 0,
            pool: 0,
            unread: 0,
            measure: 0,
            side_seen: SEEN,
            pool_seen: SEEN,
            kept: Lots::ZERO,
            joined: 0,
            left_by: U128::ZERO,
            held: HELD,
        }; CHECKPOINTS],
        newest: 0,
        furthest: [I128::ZERO; CHECKPOINT_BLOCKS],
        nearest: [I128::ZERO; CHECKPOINT_BLOCKS],
    };

    /// A bucket.
    pub fn bucket(&self, at: LineIndex) -> Result<&Bucket> {
        self.buckets.get(usize::from(at.get())).ok_or(Error::KeyOffGrid)
    }

    fn bucket_mut(&mut self, at: LineIndex) -> Result<&mut Bucket> {
        self.buckets.get_mut(usize::from(at.get())).ok_or(Error::KeyOffGrid)
    }

    /// A block.
    pub fn block(&self, at: usize) -> Result<&Block> {
        self.blocks.get(at).ok_or(Error::KeyOffGrid)
    }

    /// A pool.
    pub fn pool(&self, at: u8) -> Result<&AdlPool> {
        self.pools.get(usize::from(at)).ok_or(Error::RecordsFull)
    }

    /// A pool, to change.
    pub(super) fn pool_mut(&mut self, at: u8) -> Result<&mut AdlPool> {
        self.pools.get_mut(usize::from(at)).ok_or(Error::RecordsFull)
    }

    /// A checkpoint by its seat.
    pub fn checkpoint(&self, seat: u8) -> Result<&AdlCheckpoint> {
        self.checkpoints.get(usize::from(seat)).ok_or(Error::RecordsFull)
    }

    /// A checkpoint, to change.
    pub(super) fn checkpoint_mut(&mut self, seat: u8) -> Result<&mut AdlCheckpoint> {
        self.checkpoints.get_mut(usize::from(seat)).ok_or(Error::RecordsFull)
    }

    /// Marks a pool in or out of use.
    pub(super) fn mark_pool(&mut self, at: u8, live: bool) {
        let bit = 1u64 << (at & 63);
        self.live_pools = if live { self.live_pools | bit } else { self.live_pools & !bit };
    }

    /// The lowest pool that is free.
    #[must_use]
    pub fn free_pool(&self) -> Option<u8> {
        let at = self.live_pools.trailing_ones();
        u8::try_from(at).ok().filter(|at| usize::from(*at) < POOLS)
    }

    /// One more position with `lots` in a bucket.
    pub fn enter(&mut self, scale: &Scale, at: LineIndex, lots: Lots) -> Result<()> {
        self.merge(scale, at, Bucket { lots, members: 1, walked: 0 })
    }

    /// One position less, with all its `lots`.
    pub(super) fn leave(&mut self, scale: &Scale, at: LineIndex, lots: Lots) -> Result<()> {
        let bucket = self.bucket_mut(at)?;
        bucket.lots = bucket.lots.minus(lots)?;
        bucket.members = bucket.members.checked_sub(1).ok_or(Error::NotConserved)?;
        self.take_from_block(scale, at, Bucket { lots, members: 1, walked: 0 })
    }

    /// Empties a bucket into what called, marking it walked by a checkpoint.
    pub fn empty_bucket(&mut self, scale: &Scale, at: LineIndex, checkpoint: u32) -> Result<Bucket> {
        let before = *self.bucket(at)?;
        *self.bucket_mut(at)? = Bucket { lots: Lots::ZERO, members: 0, walked: checkpoint };
        self.take_from_block(scale, at, before)?;
        Ok(before)
    }

    /// Empties all buckets of a block into what called, marking them walked by a checkpoint. Lines without members have none
    /// to whom the mark says anything.
    pub(super) fn empty_block(&mut self, block: usize, checkpoint: u32) -> Result<()> {
        let first = block.checked_mul(BUCKETS / BLOCKS).ok_or(Error::Overflow)?;
        let buckets = self.buckets.get_mut(first..).and_then(|from| from.get_mut(..BUCKETS / BLOCKS));
        buckets.ok_or(Error::KeyOffGrid)?.fill(Bucket { lots: Lots::ZERO, members: 0, walked: checkpoint });
        *self.blocks.get_mut(block).ok_or(Error::KeyOffGrid)? = Block::default();
        self.occupied &= !(1 << block);
        Ok(())
    }

    /// Puts a whole bucket's content on another: how a grid migration moves it.
    pub fn merge(&mut self, scale: &Scale, at: LineIndex, content: Bucket) -> Result<()> {
        let bucket = self.bucket_mut(at)?;
        bucket.lots = bucket.lots.plus(content.lots)?;
        bucket.members = bucket.members.checked_add(content.members).ok_or(Error::Overflow)?;
        let (index, bit) = at.place();
        let block = self.blocks.get_mut(index).ok_or(Error::KeyOffGrid)?;
        block.lots = block.lots.plus(content.lots)?;
        block.lots_times_offset.add(wide::mul(scale.offset(at), content.lots.0))?;
        block.members = block.members.checked_add(u64::from(content.members)).ok_or(Error::Overflow)?;
        block.occupied |= 1 << bit;
        self.occupied |= 1 << index;
        Ok(())
    }

    fn take_from_block(&mut self, scale: &Scale, at: LineIndex, content: Bucket) -> Result<()> {
        let vacant = self.bucket(at)?.members == 0;
        let (index, bit) = at.place();
        let block = self.blocks.get_mut(index).ok_or(Error::KeyOffGrid)?;
        block.lots = block.lots.minus(content.lots)?;
        block.lots_times_offset.sub(wide::mul(scale.offset(at), content.lots.0))?;
        block.members = block.members.checked_sub(u64::from(content.members)).ok_or(Error::NotConserved)?;
        if vacant {
            block.occupied &= !(1 << bit);
        }
        if block.occupied == 0 {
            self.occupied &= !(1 << index);
        }
        Ok(())
    }
}
