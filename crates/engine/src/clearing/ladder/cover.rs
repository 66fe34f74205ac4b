//! The second part of a walk finds its level: lines, whole blocks and pools outwards from the mark, until the level of what is
//! covered lies before the next of them.

use super::deleverage::{times, SideAt};
use super::front::{Front, Group, Rung, WholeBlock};
use super::POOLS;
use crate::error::{Error, Result};
use crate::ladder::LineIndex;
use crate::units::Lots;
use crate::wide;

/// What the second part of a walk covers: groups that have h a lot or more.
#[derive(Default)]
pub(super) struct Covered {
    /// Lines one by one, and whole blocks.
    pub lines: u32,
    pub blocks: u32,
    pub lots: Lots,
    /// Equity at the worsened mark.
    pub equity: u128,
    pub closed: Lots,
    pub bucket_lots: Lots,
    pub bucket_equity: u128,
    /// The furthest line.
    pub upto: Option<LineIndex>,
    pub pools: [(u8, Lots); POOLS],
    pub pool_count: usize,
    /// Whether it stopped with lots still to close.
    pub stopped: bool,
}

impl SideAt<'_> {
    /// How far the walk goes from here: until the level of what it covers lies before the next group, or it must stop; then
    /// it closes fewer lots, so that its level is the next group.
    #[inline(never)]
    pub(super) fn cover(&self, mut front: Front, q: Lots, limit: u32) -> Result<Covered> {
        let mut covered = Covered::default();
        let may_join = self.has_checkpoints(1)? && self.ladder.free_pool().is_some();
        let mut split = None;
        loop {
            let Some((distance, rung)) = front.peek() else {
                covered.closed = q.least(covered.lots);
                return Ok(covered);
            };
            let beyond = u128::from(distance).saturating_sub(self.h);
            if !covered.reaches_beyond((covered.lots, covered.equity), q, beyond)? {
                covered.closed = q;
                return Ok(covered);
            }
            if may_join && covered.levels() < limit && self.cover_block(&mut front, q, &mut covered, &mut split)? {
                continue;
            }
            let possible = match rung {
                Rung::Bucket(_) => may_join && covered.levels() < limit,
                Rung::Pool(at) => self.may_close_in(at)?,
            };
            if !possible {
                covered.closed = covered.closable_before(beyond)?.least(q);
                covered.stopped = covered.closed < q;
                return Ok(covered);
            }
            let group = front.step(self.ladder, &self.grid.scale)?.ok_or(Error::NotConserved)?;
            covered.add(&group, self.h)?;
        }
    }

    /// Covers the next block with the pools among its lines, where the level lies beyond all of them. `split` remembers one in
    /// which the level lies: it is looked through line by line.
    fn cover_block(
        &self,
        front: &mut Front,
        q: Lots,
        covered: &mut Covered,
        split: &mut Option<usize>,
    ) -> Result<bool> {
        let Some(block) = front.whole_block(self.ladder, &self.grid.scale)? else { return Ok(false) };
        if *split == Some(block.at) {
            return Ok(false);
        }
        let (mut lots, mut equity) = (block.lots, block.equity);
        for group in front.pools_within(self.ladder, block.distance) {
            let Group { rung: Rung::Pool(at), lots: of_pool, equity: worth } = group? else { continue };
            if !self.may_close_in(at)? {
                *split = Some(block.at);
                return Ok(false);
            }
            lots = lots.plus(of_pool)?;
            equity = equity.checked_add(worth).ok_or(Error::Overflow)?;
        }
        let beyond_h = equity.saturating_sub(times(self.h, lots)?);
        let equity = covered.equity.checked_add(beyond_h).ok_or(Error::Overflow)?;
        let beyond = u128::from(block.distance).saturating_sub(self.h);
        if !covered.reaches_beyond((covered.lots.plus(lots)?, equity), q, beyond)? {
            *split = Some(block.at);
            return Ok(false);
        }
        while let Some(group) = front.step_pool_within(self.ladder, block.distance)? {
            covered.add(&group, self.h)?;
        }
        covered.add_block(&block, self.h)?;
        front.pass_line(self.ladder, &self.grid.scale, block.furthest)?;
        Ok(true)
    }
}

impl Covered {
    /// Levels walked.
    pub fn levels(&self) -> u32 {
        self.lines.saturating_add(self.blocks)
    }

    /// Whether the level at which q of so many lots with an equity close lies beyond a distance: `E > (S - q) * d`.
    fn reaches_beyond(&self, sums: (Lots, u128), q: Lots, distance: u128) -> Result<bool> {
        let (lots, equity) = sums;
        Ok(lots <= q || equity > times(distance, lots.minus(q)?)?)
    }

    fn add(&mut self, group: &Group, h: u128) -> Result<()> {
        let beyond = group.equity.saturating_sub(times(h, group.lots)?);
        match group.rung {
            Rung::Bucket(at) => {
                self.lines = self.lines.saturating_add(1);
                self.add_lines(group.lots, beyond, at)
            }
            Rung::Pool(at) => {
                *self.pools.get_mut(self.pool_count).ok_or(Error::NotConserved)? = (at, Lots::ZERO);
                self.pool_count = self.pool_count.wrapping_add(1);
                self.count(group.lots, beyond)
            }
        }
    }

    fn add_block(&mut self, block: &WholeBlock, h: u128) -> Result<()> {
        self.blocks = self.blocks.saturating_add(1);
        let beyond = block.equity.saturating_sub(times(h, block.lots)?);
        self.add_lines(block.lots, beyond, block.furthest)
    }

    fn add_lines(&mut self, lots: Lots, beyond: u128, upto: LineIndex) -> Result<()> {
        self.bucket_lots = self.bucket_lots.plus(lots)?;
        self.bucket_equity = self.bucket_equity.checked_add(beyond).ok_or(Error::Overflow)?;
        self.upto = Some(upto);
        self.count(lots, beyond)
    }

    fn count(&mut self, lots: Lots, beyond: u128) -> Result<()> {
        self.lots = self.lots.plus(lots)?;
        self.equity = self.equity.checked_add(beyond).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// Lots that can close before the level reaches a distance: `S - E/d`, rounded down.
    fn closable_before(&self, distance: u128) -> Result<Lots> {
        let kept = wide::div_ceil(self.equity, distance.max(1))?;
        let kept = u64::try_from(kept).unwrap_or(u64::MAX);
        Ok(Lots(self.lots.0.saturating_sub(kept)))
    }
}
