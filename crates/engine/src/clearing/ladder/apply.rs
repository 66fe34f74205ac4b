//! A walk whose level is found is applied: pools are brought to it, and the lines it covers join the largest of those pools, or
//! a new one.

use super::cover::Covered;
use super::deleverage::{times, Deleveraged, SideAt};
use super::front::Front;
use super::join::{Joining, Measure, Part};
use super::POOLS;
use crate::error::{Error, Result};
use crate::ladder::LineIndex;
use crate::units::{Lots, Side};
use crate::wide;

/// Distance of the level from the worsened mark times 2^scale, rounded up: toward fewer lots. 0: every lot closes.
struct Level {
    distance: u128,
    scale: u32,
}

impl Level {
    fn of(covered: &Covered) -> Result<Level> {
        let kept = covered.lots.minus(covered.closed)?;
        if kept.is_zero() {
            return Ok(Level { distance: 0, scale: 0 });
        }
        // As many bits as make the distance fill 64: rounding then moves less than a lot a group, whatever the sizes.
        let whole = covered.equity.checked_div(u128::from(kept.0)).ok_or(Error::Overflow)?;
        let scale = whole.leading_zeros().saturating_sub(65).min(covered.equity.leading_zeros());
        let distance = wide::div_ceil(covered.equity.wrapping_shl(scale), u128::from(kept.0))?;
        Ok(Level { distance, scale })
    }

    /// Lots that an equity keeps at the level, rounded down; no more than it had: no position ever grows.
    fn kept(&self, equity: u128, lots: Lots) -> Result<Lots> {
        if self.distance == 0 {
            return Ok(Lots::ZERO);
        }
        let kept = equity.wrapping_shl(self.scale).checked_div(self.distance).ok_or(Error::Overflow)?;
        Ok(Lots(u64::try_from(kept).unwrap_or(u64::MAX)).least(lots))
    }
}

impl SideAt<'_> {
    #[inline(never)]
    pub(super) fn apply(&mut self, mut front: Front, covered: &Covered, done: &mut Deleveraged) -> Result<()> {
        done.stopped |= covered.stopped;
        if covered.closed.is_zero() {
            return Ok(());
        }
        let level = Level::of(covered)?;
        let (pools, bucket_kept) = self.share_out(covered, &level)?;
        let visited = pools.get(..covered.pool_count).ok_or(Error::NotConserved)?;
        let host = if covered.bucket_lots.is_zero() { None } else { self.host_among(visited)? };
        for (at, kept) in visited {
            let lots = self.ladder.pool(*at)?.lots.minus(*kept)?;
            self.close_in_pool(*at, lots, times(self.h, lots)?)?;
        }
        if !covered.bucket_lots.is_zero() {
            self.join_buckets(&mut front, covered, (bucket_kept, host))?;
        }
        let pools = u32::try_from(covered.pool_count).unwrap_or(u32::MAX);
        done.visited.pools = done.visited.pools.saturating_add(pools);
        done.visited.buckets = done.visited.buckets.saturating_add(covered.lines);
        done.visited.blocks = done.visited.blocks.saturating_add(covered.blocks);
        self.totals.lots = self.totals.lots.minus(covered.closed)?;
        done.close(covered.closed, times(self.h, covered.closed)?)
    }

    /// What each pool keeps, and what the lines keep together: rounded down, and the few lots that rounding leaves over to
    /// whichever has room, the lines first, so that exactly the walk's number closes.
    fn share_out(&self, covered: &Covered, level: &Level) -> Result<([(u8, Lots); POOLS], Lots)> {
        let mut pools = covered.pools;
        let mut bucket_kept = level.kept(covered.bucket_equity, covered.bucket_lots)?;
        let mut shared = bucket_kept;
        for (at, kept) in pools.iter_mut().take(covered.pool_count) {
            let pool = self.ladder.pool(*at)?;
            let equity = u128::try_from(pool.equity(self.side, self.mark_key)?).map_err(|_| Error::NotConserved)?;
            let beyond = equity.saturating_sub(times(self.h, pool.lots)?);
            *kept = level.kept(beyond, pool.lots)?;
            shared = shared.plus(*kept)?;
        }
        let mut over = covered.lots.minus(covered.closed)?.minus(shared)?;
        let more = covered.bucket_lots.minus(bucket_kept)?.least(over);
        bucket_kept = bucket_kept.plus(more)?;
        over = over.minus(more)?;
        for (at, kept) in pools.iter_mut().take(covered.pool_count) {
            let more = self.ladder.pool(*at)?.lots.minus(*kept)?.least(over);
            *kept = kept.plus(more)?;
            over = over.minus(more)?;
        }
        Ok((pools, bucket_kept))
    }

    /// The covered pool with the most lots that lines may join; none where lots leave something behind.
    fn host_among(&self, visited: &[(u8, Lots)]) -> Result<Option<u8>> {
        let mut host: Option<(Lots, u8)> = None;
        for (at, _) in visited.iter().filter(|_| self.h == 0) {
            let pool = self.ladder.pool(*at)?;
            if pool.may_host() && host.is_none_or(|(lots, _)| pool.lots > lots) {
                host = Some((pool.lots, *at));
            }
        }
        Ok(host.map(|(_, at)| at))
    }

    /// Empties the covered lines into the host, or a new pool, and writes the checkpoint their members will read.
    fn join_buckets(&mut self, front: &mut Front, covered: &Covered, to: (Lots, Option<u8>)) -> Result<()> {
        let (kept, host) = to;
        let worsened = self.worsened()?;
        let free = self.ladder.free_pool().ok_or(Error::RecordsFull)?;
        let (pool, value) = self.host_for(covered.bucket_equity, host, free)?;
        let mut joining = Joining::new(Measure::ByEquity, worsened);
        while let Some(part) = self.take_next(front, covered)? {
            joining.add(&part)?;
        }
        let closes = joining.lots.minus(kept)?;
        let held = self.left_by(times(self.h, closes)?, closes)?;
        // All members' shares together are at most these: each is rounded down.
        let shares = value.shares_floor(joining.equity)?;
        let equity = joining.equity;
        let joined = self.write_joining(&joining, (pool, Some(value)), (kept, equity, shares), held)?;
        let moved = joined.checked_sub(joining.lots_times_key).ok_or(Error::Overflow)?;
        self.totals.lots_times_key.add(moved)
    }

    /// Empties the next covered line, or the next block of which every line is covered.
    fn take_next(&mut self, front: &mut Front, covered: &Covered) -> Result<Option<Part>> {
        let (Some(line), Some(upto)) = (front.next_line(), covered.upto) else { return Ok(None) };
        if self.is_past(line.1, upto) {
            return Ok(None);
        }
        let (scale, sequence) = (&self.grid.scale, self.next_checkpoint()?);
        let block = front.whole_block(self.ladder, scale)?.filter(|block| !self.is_past(block.furthest, upto));
        if let Some(block) = block {
            let beyond = block.equity.saturating_sub(times(self.h, block.lots)?);
            let keys = self.keys_of(block.nearest, block.furthest)?;
            front.pass_line(self.ladder, scale, block.furthest)?;
            self.ladder.empty_block(block.at, sequence)?;
            return Ok(Some(Part::of_block(keys, &block, beyond)));
        }
        let group = front.step_line(self.ladder, scale, line)?;
        let beyond = group.equity.saturating_sub(times(self.h, group.lots)?);
        let part = self.part_of_line(line.1, beyond)?;
        let _ = self.ladder.empty_bucket(scale, line.1, sequence)?;
        Ok(Some(part))
    }

    /// Whether a line is further from the mark than another.
    fn is_past(&self, line: LineIndex, upto: LineIndex) -> bool {
        match self.side {
            Side::Long => line < upto,
            Side::Short => line > upto,
        }
    }
}
