//! Deleveraging exactly q lots: streamed, once to find the level and once to apply it, so that no table of groups limits it
//! (A34). Lines join a pool only if the same walk covers it (A61).
//!
//! With a holdback h each closed lot leaves h behind. The walk then runs at the mark worsened by h, so that a pool's members
//! stay alike; what has less than h a lot closes first, whole, most levered first, and leaves all it has.

use super::front::{Front, Group, Rung};
use super::join::{Joining, Measure};
use super::POOLS;
use crate::clearing::state::{Held, LadderSide, LossEvent, SideTotals};
use crate::error::{Error, Result};
use crate::state::{Grid, Seen};
use crate::units::{Lots, Side};
use crate::wide;

/// What a deleveraging did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleveraged {
    /// Exactly the lots that closed.
    pub closed: Lots,
    /// What they left behind, 1e-12 atom: the side's equity at the mark is less by exactly this.
    pub left: u128,
    /// Lines walked.
    pub buckets: u32,
    /// Pools walked.
    pub pools: u32,
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

/// What the second part of a walk covers: groups that have h a lot or more.
#[derive(Default)]
struct Covered {
    groups: u32,
    lots: Lots,
    /// Equity at the worsened mark.
    equity: u128,
    closed: Lots,
    bucket_lots: Lots,
    bucket_equity: u128,
    pools: [(u8, Lots); POOLS],
    pool_count: usize,
}

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
    /// Deleverages exactly `q` lots of the side at the mark, or as many as its solvent lots, `limit` groups and the free pools
    /// and checkpoints allow. Fails with `RecordsFull` when one of these would be needed to close anything at all.
    #[inline(never)]
    pub fn deleverage(&mut self, q: Lots, limit: u32) -> Result<Deleveraged> {
        let mut done = Deleveraged::default();
        let mut front = Front::new(self.ladder, self.side, &self.grid.scale, self.mark_key)?;
        let finished = self.close_thin(&mut front, (q, limit), &mut done)?;
        if !finished {
            let left = q.minus(done.closed)?;
            let covered = self.cover(front, left, limit.saturating_sub(done.buckets.saturating_add(done.pools)))?;
            self.apply(front, &covered, &mut done)?;
        }
        let stuck = done.closed.is_zero() && !q.is_zero() && front.peek().is_some() && limit > 0;
        if stuck {
            return Err(Error::RecordsFull);
        }
        Ok(done)
    }

    /// The mark worsened by h, as a key.
    fn worsened(&self) -> Result<i128> {
        let h = i128::try_from(self.h).map_err(|_| Error::Overflow)?;
        self.mark_key.checked_sub(self.side.signed(h)?).ok_or(Error::Overflow)
    }

    /// Whether a group has nothing beyond what it leaves.
    fn is_thin(&self, distance: u64) -> bool {
        u128::from(distance) <= self.h
    }

    /// Closes thin groups, whole, and the last in part where the quantity ends inside it. Returns whether the walk ends here.
    fn close_thin(&mut self, front: &mut Front, ask: (Lots, u32), done: &mut Deleveraged) -> Result<bool> {
        let (q, limit) = ask;
        let mut whole = Joining::new(Measure::Whole, self.mark_key);
        let mut finished = false;
        while !finished {
            let wanted = q.minus(done.closed)?;
            let Some((distance, rung)) = front.peek() else { break };
            let walked = done.buckets.saturating_add(done.pools);
            if wanted.is_zero() || walked >= limit {
                finished = true;
            } else if !self.is_thin(distance) {
                break;
            } else if !self.has_room_for_thin(rung, whole.is_empty(), wanted)? {
                finished = true;
            } else {
                let group = front.step(self.ladder, &self.grid.scale)?.ok_or(Error::NotConserved)?;
                finished = group.lots > wanted;
                self.close_thin_group(&group, wanted.least(group.lots), &mut whole, done)?;
            }
        }
        self.finish_whole(&whole)?;
        Ok(finished)
    }

    /// Writes the checkpoint of lines that closed whole, where there are any.
    fn finish_whole(&mut self, whole: &Joining) -> Result<()> {
        if whole.is_empty() {
            return Ok(());
        }
        let held = self.left_by(whole.equity, whole.lots)?;
        self.write_whole(whole, held)
    }

    /// Books what closed lots leave; nothing where there is no holdback.
    fn left_by(&mut self, amount: u128, lots: Lots) -> Result<Held> {
        if self.h == 0 {
            return Ok(Held::default());
        }
        self.event.hold(amount, lots)
    }

    /// Whether a thin group's members can find what they left: a pool needs a seat for it, a line a checkpoint, and one of
    /// which some stays a pool and, after others that closed whole, a checkpoint of its own.
    fn has_room_for_thin(&self, rung: Rung, first: bool, wanted: Lots) -> Result<bool> {
        let at = match rung {
            Rung::Pool(at) => return Ok(self.h == 0 || self.ladder.pool(at)?.may_hold(self.event.list)),
            Rung::Bucket(at) => at,
        };
        let partial = self.ladder.bucket(at)?.lots > wanted;
        let seats = if partial && !first { 2 } else { 1 };
        Ok(self.has_checkpoints(seats)? && (!partial || self.ladder.free_pool().is_some()))
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
                done.pools = done.pools.saturating_add(1);
            }
            Rung::Bucket(at) => {
                done.buckets = done.buckets.saturating_add(1);
                let keyed = wide::mul_signed(self.grid.scale.key(self.side, at)?, group.lots.0)?;
                if closes == group.lots {
                    whole.add(self.side, (at, &self.grid.scale), self.ladder.bucket(at)?, group.equity)?;
                    // The checkpoint that empties it has the next number.
                    let sequence = self.totals.sequence.checked_add(1).ok_or(Error::Overflow)?;
                    let _ = self.ladder.empty_bucket(&self.grid.scale, at, sequence)?;
                    self.totals.lots_times_key.add(keyed.checked_neg().ok_or(Error::Overflow)?)?;
                } else {
                    let written = core::mem::replace(whole, Joining::new(Measure::Whole, self.mark_key));
                    self.finish_whole(&written)?;
                    self.split_bucket(at, group, (closes, leaves))?;
                }
            }
        }
        self.totals.lots = self.totals.lots.minus(closes)?;
        done.closed = done.closed.plus(closes)?;
        done.left = done.left.checked_add(leaves).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// A line of which some lots close and the rest stay at its key: they move to a pool of their own.
    fn split_bucket(&mut self, at: crate::ladder::LineIndex, group: &Group, closing: (Lots, u128)) -> Result<()> {
        let (closes, leaves) = closing;
        let mut joining = Joining::new(Measure::ByLots, self.mark_key);
        joining.add(self.side, (at, &self.grid.scale), self.ladder.bucket(at)?, group.equity)?;
        let pool = self.ladder.free_pool().ok_or(Error::RecordsFull)?;
        let kept = group.lots.minus(closes)?;
        let equity = group.equity.checked_sub(leaves).ok_or(Error::NotConserved)?;
        let sequence = self.totals.sequence.checked_add(1).ok_or(Error::Overflow)?;
        let _ = self.ladder.empty_bucket(&self.grid.scale, at, sequence)?;
        let keyed = wide::mul_signed(self.grid.scale.key(self.side, at)?, group.lots.0)?;
        let held = self.left_by(leaves, closes)?;
        let joined = self.write_joining(&joining, (pool, None), (kept, equity, group.lots.0), held)?;
        let moved = joined.checked_sub(keyed).ok_or(Error::Overflow)?;
        self.totals.lots_times_key.add(moved)
    }

    /// Closes lots of a pool, which leave `leaves` of its equity.
    fn close_in_pool(&mut self, at: u8, lots: Lots, leaves: u128) -> Result<()> {
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

    /// How far the walk goes from here: until the level of what it covers lies before the next group, or it must stop; then
    /// it closes fewer lots, so that its level is the next group.
    #[inline(never)]
    fn cover(&self, mut front: Front, q: Lots, limit: u32) -> Result<Covered> {
        let mut covered = Covered::default();
        let may_join = self.has_checkpoints(1)? && self.ladder.free_pool().is_some();
        loop {
            let Some((distance, rung)) = front.peek() else {
                covered.closed = q.least(covered.lots);
                return Ok(covered);
            };
            let beyond = u128::from(distance).saturating_sub(self.h);
            if covered.lots > q && covered.equity <= times(beyond, covered.lots.minus(q)?)? {
                covered.closed = q;
                return Ok(covered);
            }
            let possible = match rung {
                Rung::Bucket(_) => may_join,
                Rung::Pool(at) => self.h == 0 || self.ladder.pool(at)?.may_hold(self.event.list),
            };
            if covered.groups >= limit || !possible {
                covered.closed = covered.closable_before(beyond)?.least(q);
                return Ok(covered);
            }
            let group = front.step(self.ladder, &self.grid.scale)?.ok_or(Error::NotConserved)?;
            covered.add(&group, self.h)?;
        }
    }

    #[inline(never)]
    fn apply(&mut self, mut front: Front, covered: &Covered, done: &mut Deleveraged) -> Result<()> {
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
        done.pools = done.pools.saturating_add(pools);
        done.buckets = done.buckets.saturating_add(covered.groups.saturating_sub(pools));
        self.totals.lots = self.totals.lots.minus(covered.closed)?;
        done.closed = done.closed.plus(covered.closed)?;
        done.left = done.left.checked_add(times(self.h, covered.closed)?).ok_or(Error::Overflow)?;
        Ok(())
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
        let sequence = self.totals.sequence.checked_add(1).ok_or(Error::Overflow)?;
        let mut joining = Joining::new(Measure::ByEquity, worsened);
        let (mut shares, mut keyed) = (0u64, 0i128);
        for _ in 0..covered.groups {
            let group = front.step(self.ladder, &self.grid.scale)?.ok_or(Error::NotConserved)?;
            let Rung::Bucket(at) = group.rung else { continue };
            let beyond = group.equity.saturating_sub(times(self.h, group.lots)?);
            shares = shares.checked_add(value.shares_floor(beyond)?).ok_or(Error::Overflow)?;
            joining.add(self.side, (at, &self.grid.scale), self.ladder.bucket(at)?, beyond)?;
            let of_line = wide::mul_signed(self.grid.scale.key(self.side, at)?, group.lots.0)?;
            keyed = keyed.checked_add(of_line).ok_or(Error::Overflow)?;
            let _ = self.ladder.empty_bucket(&self.grid.scale, at, sequence)?;
        }
        let closes = joining.lots.minus(kept)?;
        let held = self.left_by(times(self.h, closes)?, closes)?;
        let equity = joining.equity;
        let joined = self.write_joining(&joining, (pool, Some(value)), (kept, equity, shares), held)?;
        let moved = joined.checked_sub(keyed).ok_or(Error::Overflow)?;
        self.totals.lots_times_key.add(moved)
    }
}

impl Covered {
    fn add(&mut self, group: &Group, h: u128) -> Result<()> {
        let beyond = group.equity.saturating_sub(times(h, group.lots)?);
        self.groups = self.groups.saturating_add(1);
        self.lots = self.lots.plus(group.lots)?;
        self.equity = self.equity.checked_add(beyond).ok_or(Error::Overflow)?;
        match group.rung {
            Rung::Bucket(_) => {
                self.bucket_lots = self.bucket_lots.plus(group.lots)?;
                self.bucket_equity = self.bucket_equity.checked_add(beyond).ok_or(Error::Overflow)?;
            }
            Rung::Pool(at) => {
                *self.pools.get_mut(self.pool_count).ok_or(Error::NotConserved)? = (at, Lots::ZERO);
                self.pool_count = self.pool_count.wrapping_add(1);
            }
        }
        Ok(())
    }

    /// Lots that can close before the level reaches a distance: `S - E/d`, rounded down.
    fn closable_before(&self, distance: u128) -> Result<Lots> {
        let kept = wide::div_ceil(self.equity, distance.max(1))?;
        let kept = u64::try_from(kept).unwrap_or(u64::MAX);
        Ok(Lots(self.lots.0.saturating_sub(kept)))
    }
}

/// An amount a lot, times lots.
pub(super) fn times(per_lot: u128, lots: Lots) -> Result<u128> {
    wide::mul_div_long_floor(per_lot, lots.0, 1)
}
