//! What stands at or inside the mark, nearest first: lines and pools in the order of deleveraging, and whole blocks of lines
//! by their sums.

use super::POOLS;
use crate::clearing::state::LadderSide;
use crate::error::{Error, Result};
use crate::ladder::{Bits, LineIndex};
use crate::state::Scale;
use crate::units::{Lots, Side};
use crate::wide;

/// A line or a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rung {
    Bucket(LineIndex),
    Pool(u8),
}

/// A line or a pool as a walk meets it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub rung: Rung,
    pub lots: Lots,
    /// Equity at the mark, 1e-12 atom.
    pub equity: u128,
}

/// A block of which a walk has passed no line.
#[derive(Clone, Copy, Debug)]
pub(super) struct WholeBlock {
    pub at: usize,
    pub lots: Lots,
    pub members: u64,
    /// Equity at the mark, 1e-12 atom.
    pub equity: u128,
    /// Sum of lots times key.
    pub lots_times_key: i128,
    pub nearest: LineIndex,
    pub furthest: LineIndex,
    /// Distance of its furthest line from the mark.
    pub distance: u64,
}

/// Where a walk stands. It borrows nothing, so that what it has passed may change.
#[derive(Clone, Copy)]
pub(super) struct Front {
    side: Side,
    mark_key: i128,
    mark: i128,
    bucket: Option<(u64, LineIndex)>,
    pools: [(u64, u8); POOLS],
    count: usize,
    next: usize,
}

impl Front {
    #[inline(never)]
    pub fn new(ladder: &LadderSide, side: Side, scale: &Scale, mark_key: i128) -> Result<Front> {
        let mark = mark_key.checked_sub(scale.origin(side)).ok_or(Error::Overflow)?;
        let mut front = Front { side, mark_key, mark, bucket: None, pools: [(0, 0); POOLS], count: 0, next: 0 };
        for at in Bits(ladder.live_pools) {
            if let Some(distance) = ladder.pool(at)?.distance(side, mark_key)? {
                front.insert(distance, at);
            }
        }
        let start = match side {
            Side::Long => scale.at_or_below(mark),
            Side::Short => scale.at_or_above(mark),
        };
        front.bucket = front.occupied_from(ladder, scale, start)?;
        Ok(front)
    }

    /// Sorted from the mark outwards.
    fn insert(&mut self, distance: u64, at: u8) {
        let mut carried = (distance, at);
        for kept in self.pools.iter_mut().take(self.count) {
            if carried.0 < kept.0 {
                core::mem::swap(&mut carried, kept);
            }
        }
        if let Some(kept) = self.pools.get_mut(self.count) {
            *kept = carried;
            self.count = self.count.wrapping_add(1);
        }
    }

    /// The nearer of the next line and the next pool, a pool first where they are as near.
    pub fn peek(&self) -> Option<(u64, Rung)> {
        let pool = self.pools.get(..self.count).and_then(|pools| pools.get(self.next)).copied();
        match (self.bucket, pool) {
            (Some((line, at)), Some((pool, _))) if line < pool => Some((line, Rung::Bucket(at))),
            (_, Some((distance, at))) => Some((distance, Rung::Pool(at))),
            (Some((distance, at)), None) => Some((distance, Rung::Bucket(at))),
            (None, None) => None,
        }
    }

    /// What `peek` names, and steps past it.
    pub fn step(&mut self, ladder: &LadderSide, scale: &Scale) -> Result<Option<Group>> {
        match self.peek() {
            Some((distance, Rung::Bucket(at))) => self.step_line(ladder, scale, (distance, at)).map(Some),
            Some((_, Rung::Pool(at))) => self.step_pool(ladder, at).map(Some),
            None => Ok(None),
        }
    }

    /// The next line whatever pools are nearer, and steps past it.
    pub fn step_line(&mut self, ladder: &LadderSide, scale: &Scale, line: (u64, LineIndex)) -> Result<Group> {
        let (distance, at) = line;
        let lots = ladder.bucket(at)?.lots;
        self.pass_line(ladder, scale, at)?;
        Ok(Group { rung: Rung::Bucket(at), lots, equity: wide::mul(distance, lots.0) })
    }

    fn step_pool(&mut self, ladder: &LadderSide, at: u8) -> Result<Group> {
        self.next = self.next.wrapping_add(1);
        self.pool_group(ladder, at)
    }

    fn pool_group(&self, ladder: &LadderSide, at: u8) -> Result<Group> {
        let pool = ladder.pool(at)?;
        let equity = u128::try_from(pool.equity(self.side, self.mark_key)?).map_err(|_| Error::NotConserved)?;
        Ok(Group { rung: Rung::Pool(at), lots: pool.lots, equity })
    }

    /// The next line, whatever pools are nearer.
    pub fn next_line(&self) -> Option<(u64, LineIndex)> {
        self.bucket
    }

    /// The next pool where it stands at a distance or nearer.
    pub fn next_pool_within(&self, distance: u64) -> Option<u8> {
        let next = self.pools.get(..self.count).and_then(|pools| pools.get(self.next));
        next.filter(|(at, _)| *at <= distance).map(|(_, at)| *at)
    }

    /// Steps past the next pool where it stands at a distance or nearer.
    pub fn step_pool_within(&mut self, ladder: &LadderSide, distance: u64) -> Result<Option<Group>> {
        self.next_pool_within(distance).map(|at| self.step_pool(ladder, at)).transpose()
    }

    /// Pools from here on that stand at a distance or nearer.
    pub fn pools_within<'l>(
        &self,
        ladder: &'l LadderSide,
        distance: u64,
    ) -> impl Iterator<Item = Result<Group>> + use<'_, 'l> {
        let ahead = self.pools.get(self.next..self.count).unwrap_or_default();
        let within = ahead.iter().take_while(move |(at, _)| *at <= distance);
        within.map(|(_, at)| self.pool_group(ladder, *at))
    }

    /// The block of the next line, where the walk has passed none of its lines and more than one is occupied.
    pub fn whole_block(&self, ladder: &LadderSide, scale: &Scale) -> Result<Option<WholeBlock>> {
        let Some((_, nearest_line)) = self.bucket else { return Ok(None) };
        let (at, bit) = nearest_line.place();
        let block = ladder.block(at)?;
        if bit != nearest(self.side, block.occupied) || block.occupied.is_power_of_two() {
            return Ok(None);
        }
        let furthest = LineIndex::at(at, nearest(self.side.opposite(), block.occupied)).ok_or(Error::KeyOffGrid)?;
        let offsets = i128::try_from(block.lots_times_offset.get()).map_err(|_| Error::Overflow)?;
        let worth = wide::mul_signed(self.mark, block.lots.0)?.checked_sub(offsets).ok_or(Error::Overflow)?;
        let shifted = wide::mul_signed(scale.origin(self.side), block.lots.0)?;
        Ok(Some(WholeBlock {
            at,
            lots: block.lots,
            members: block.members,
            // Cannot be negative: all its lines are at or inside the mark.
            equity: u128::try_from(self.side.signed(worth)?).map_err(|_| Error::NotConserved)?,
            lots_times_key: offsets.checked_add(shifted).ok_or(Error::Overflow)?,
            nearest: nearest_line,
            furthest,
            distance: self.distance(scale, furthest)?,
        }))
    }

    /// Steps past a line and all that are nearer.
    pub fn pass_line(&mut self, ladder: &LadderSide, scale: &Scale, line: LineIndex) -> Result<()> {
        let after = match self.side {
            Side::Long => line.previous(),
            Side::Short => line.next(),
        };
        self.bucket = self.occupied_from(ladder, scale, after)?;
        Ok(())
    }

    /// The first occupied line from `start` away from the mark, with its distance.
    fn occupied_from(
        &self,
        ladder: &LadderSide,
        scale: &Scale,
        start: Option<LineIndex>,
    ) -> Result<Option<(u64, LineIndex)>> {
        let Some(start) = start else { return Ok(None) };
        let Some(at) = ladder.occupied_line(self.side, start)? else { return Ok(None) };
        Ok(Some((self.distance(scale, at)?, at)))
    }

    fn distance(&self, scale: &Scale, at: LineIndex) -> Result<u64> {
        let distance = self.mark.abs_diff(i128::from(scale.offset(at)));
        u64::try_from(distance).map_err(|_| Error::Overflow)
    }
}

impl LadderSide {
    /// The first occupied line from `start` on, downwards for longs and upwards for shorts: away from the mark.
    fn occupied_line(&self, side: Side, start: LineIndex) -> Result<Option<LineIndex>> {
        let (block, bit) = start.place();
        let here = self.block(block)?.occupied;
        let (here, beyond) = match side {
            Side::Long => (here & (u64::MAX >> 63u32.wrapping_sub(bit)), self.occupied & !(u64::MAX << block)),
            Side::Short => (here & (u64::MAX << bit), self.occupied & (u64::MAX << block) & !(1 << block)),
        };
        if here != 0 {
            return Ok(LineIndex::at(block, nearest(side, here)));
        }
        if beyond == 0 {
            return Ok(None);
        }
        let block = usize::try_from(nearest(side, beyond)).map_err(|_| Error::Overflow)?;
        Ok(LineIndex::at(block, nearest(side, self.block(block)?.occupied)))
    }
}

/// The set bit nearest to the mark of what remains: the highest for longs, the lowest for shorts. `word` is not zero.
fn nearest(side: Side, word: u64) -> u32 {
    match side {
        Side::Long => 63u32.wrapping_sub(word.leading_zeros()),
        Side::Short => word.trailing_zeros(),
    }
}
