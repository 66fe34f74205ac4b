//! The first part of a walk with a holdback: groups that have nothing beyond what they leave close whole, most levered first, the
//! last in part where the quantity ends inside it.

use super::deleverage::{Deleveraged, SideAt};
use super::front::{Front, Group, Rung};
use super::join::{Joining, Measure, Part};
use crate::error::{Error, Result};
use crate::ladder::LineIndex;
use crate::units::Lots;
use crate::wide;

impl SideAt<'_> {
    /// Closes thin groups, whole, and the last in part where the quantity ends inside it. Returns whether the walk ends here.
    pub(super) fn close_thin(&mut self, front: &mut Front, ask: (Lots, u32), done: &mut Deleveraged) -> Result<bool> {
        let (q, limit) = ask;
        let mut whole = Joining::new(Measure::Whole, self.mark_key);
        let finished = loop {
            let wanted = q.minus(done.closed)?;
            let thin = front.peek().filter(|(distance, _)| self.is_thin(*distance));
            let Some((_, rung)) = thin else { break wanted.is_zero() };
            let at_limit = matches!(rung, Rung::Bucket(_)) && done.visited.levels() >= limit;
            if wanted.is_zero() || at_limit {
                done.stopped = !wanted.is_zero();
                break true;
            }
            if self.close_thin_block(front, (wanted, limit), &mut whole, done)? {
                continue;
            }
            if !self.has_room_for_thin(rung, whole.is_empty(), wanted)? {
                done.stopped = true;
                break true;
            }
            let group = front.step(self.ladder, &self.grid.scale)?.ok_or(Error::NotConserved)?;
            self.close_thin_group(&group, wanted.least(group.lots), &mut whole, done)?;
            if group.lots > wanted {
                break true;
            }
        };
        self.finish_whole(&whole)?;
        Ok(finished)
    }

    /// Whether a group has nothing beyond what it leaves.
    fn is_thin(&self, distance: u64) -> bool {
        u128::from(distance) <= self.h
    }

    /// Writes the checkpoint of lines that closed whole, where there are any.
    fn finish_whole(&mut self, whole: &Joining) -> Result<()> {
        if whole.is_empty() {
            return Ok(());
        }
        let held = self.left_by(whole.equity, whole.lots)?;
        self.write_whole(whole, held)
    }

    /// Whether a thin group's members can find what they left: a pool needs a seat for it, a line a checkpoint, and one of
    /// which some stays a pool and, after others that closed whole, a checkpoint of its own.
    fn has_room_for_thin(&self, rung: Rung, first: bool, wanted: Lots) -> Result<bool> {
        let at = match rung {
            Rung::Pool(at) => return self.may_close_in(at),
            Rung::Bucket(at) => at,
        };
        let partial = self.ladder.bucket(at)?.lots > wanted;
        let seats = if partial && !first { 2 } else { 1 };
        Ok(self.has_checkpoints(seats)? && (!partial || self.ladder.free_pool().is_some()))
    }

    /// Closes a block whose lines are all thin, and the pools among them, where the quantity takes all of it; else nothing.
    fn close_thin_block(
        &mut self,
        front: &mut Front,
        ask: (Lots, u32),
        whole: &mut Joining,
        done: &mut Deleveraged,
    ) -> Result<bool> {
        let (wanted, limit) = ask;
        let Some(block) = front.whole_block(self.ladder, &self.grid.scale)? else { return Ok(false) };
        if !self.is_thin(block.distance) || done.visited.levels() >= limit || !self.has_checkpoints(1)? {
            return Ok(false);
        }
        let mut lots = block.lots;
        for group in front.pools_within(self.ladder, block.distance) {
            let Group { rung: Rung::Pool(at), lots: of_pool, .. } = group? else { continue };
            if !self.may_close_in(at)? {
                return Ok(false);
            }
            lots = lots.plus(of_pool)?;
        }
        if lots > wanted {
            return Ok(false);
        }
        while let Some(group) = front.step_pool_within(self.ladder, block.distance)? {
            self.close_thin_group(&group, group.lots, whole, done)?;
        }
        let part = Part::of_block(self.keys_of(block.nearest, block.furthest)?, &block, block.equity);
        self.close_whole(&part, whole, (block.lots, block.lots_times_key))?;
        // The checkpoint that empties it has the next number.
        self.ladder.empty_block(block.at, self.next_checkpoint()?)?;
        front.pass_line(self.ladder, &self.grid.scale, block.furthest)?;
        done.visited.blocks = done.visited.blocks.saturating_add(1);
        done.close(block.lots, block.equity)?;
        Ok(true)
    }

    fn close_thin_group(
        &mut self,
        group: &Group,
        closes: Lots,
        whole: &mut Joining,
        done: &mut Deleveraged,
    ) -> Result<()> {
        let leaves = if closes == group.lots {
            group.equity
        } else {
            wide::mul_div_long_floor(group.equity, closes.0, group.lots.0)?
        };
        match group.rung {
            Rung::Pool(at) => {
                self.close_in_pool(at, closes, leaves)?;
                self.totals.lots = self.totals.lots.minus(closes)?;
                done.visited.pools = done.visited.pools.saturating_add(1);
            }
            Rung::Bucket(at) => {
                done.visited.buckets = done.visited.buckets.saturating_add(1);
                if closes == group.lots {
                    let part = self.part_of_line(at, group.equity)?;
                    let keyed = wide::mul_signed(self.grid.scale.key(self.side, at)?, group.lots.0)?;
                    self.close_whole(&part, whole, (group.lots, keyed))?;
                    let _ = self.ladder.empty_bucket(&self.grid.scale, at, self.next_checkpoint()?)?;
                } else {
                    let written = core::mem::replace(whole, Joining::new(Measure::Whole, self.mark_key));
                    self.finish_whole(&written)?;
                    self.split_bucket(at, group, (closes, leaves))?;
                }
            }
        }
        done.close(closes, leaves)
    }

    /// Takes lines that close whole out of the totals, on their way to the checkpoint of all of them.
    fn close_whole(&mut self, part: &Part, whole: &mut Joining, gone: (Lots, i128)) -> Result<()> {
        let (lots, keyed) = gone;
        whole.add(part)?;
        self.totals.lots = self.totals.lots.minus(lots)?;
        self.totals.lots_times_key.add(keyed.checked_neg().ok_or(Error::Overflow)?)
    }

    /// A line of which some lots close and the rest stay at its key: they move to a pool of their own.
    fn split_bucket(&mut self, at: LineIndex, group: &Group, closing: (Lots, u128)) -> Result<()> {
        let (closes, leaves) = closing;
        let mut joining = Joining::new(Measure::ByLots, self.mark_key);
        joining.add(&self.part_of_line(at, group.equity)?)?;
        let pool = self.ladder.free_pool().ok_or(Error::RecordsFull)?;
        let kept = group.lots.minus(closes)?;
        let equity = group.equity.checked_sub(leaves).ok_or(Error::NotConserved)?;
        let _ = self.ladder.empty_bucket(&self.grid.scale, at, self.next_checkpoint()?)?;
        let held = self.left_by(leaves, closes)?;
        let joined = self.write_joining(&joining, (pool, None), (kept, equity, group.lots.0), held)?;
        self.totals.lots = self.totals.lots.minus(closes)?;
        self.totals.lots_times_key.add(joined.checked_sub(joining.lots_times_key).ok_or(Error::Overflow)?)
    }

    /// A line with an equity, to join others.
    pub(super) fn part_of_line(&self, at: LineIndex, equity: u128) -> Result<Part> {
        Part::of_line(self.grid.scale.key(self.side, at)?, self.ladder.bucket(at)?, equity)
    }

    /// Keys of two lines.
    pub(super) fn keys_of(&self, nearest: LineIndex, furthest: LineIndex) -> Result<(i128, i128)> {
        let key = |at| self.grid.scale.key(self.side, at);
        Ok((key(nearest)?, key(furthest)?))
    }

    /// The number of the checkpoint that is written next.
    pub(super) fn next_checkpoint(&self) -> Result<u32> {
        self.totals.sequence.checked_add(1).ok_or(Error::Overflow)
    }
}

impl Deleveraged {
    /// Counts lots that closed and what they left.
    pub(super) fn close(&mut self, lots: Lots, leaves: u128) -> Result<()> {
        self.closed = self.closed.plus(lots)?;
        self.left = self.left.checked_add(leaves).ok_or(Error::Overflow)?;
        Ok(())
    }
}
