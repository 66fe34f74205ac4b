//! Applies a walk: pools close in place, lines are emptied into one pool and one record is written.

use super::share::{ShareValue, SHARES_AT_BIRTH, SHARES_MAX};
use super::store::{first_free, mark_live, LineIndex, PoolIndex};
use super::walk::{Group, Rung, Walk};
use crate::error::{Error, Result};
use crate::state::Grid;
use crate::state::{LadderSide, Pool, Record, SideBook};
use crate::units::{Lots, Side};
use crate::wide::{self, I128};

/// What a deleveraging did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleveraged {
    /// Exactly the lots that closed.
    pub closed: Lots,
    /// Lines walked.
    pub lines: u32,
    /// Pools walked.
    pub pools: u32,
}

/// A side's book and ladder, and where the mark is in its key space.
pub struct SideAt<'a> {
    /// Which side.
    pub side: Side,
    /// Its totals.
    pub book: &'a mut SideBook,
    /// Its ladder.
    pub ladder: &'a mut LadderSide,
    /// The grid.
    pub grid: &'a Grid,
    /// P + X.
    pub mark_key: i128,
    /// What closed lots settle at, in key space: the mark, or a better price for them (G20).
    pub settle_key: i128,
}

/// How the lots that stay are shared out: each group's equity over the level, rounded down, and the few that rounding
/// leaves over to the groups that have room, so that exactly the walk's number closes.
struct Level {
    /// Distance of the level from the mark times 2^scale, rounded up: toward fewer lots. 0: infinite, everything closes.
    distance: u128,
    /// As many bits as make the distance fill 64: rounding then moves less than a lot a group, whatever the sizes.
    scale: u32,
    left_over: u64,
}

/// Lines on their way into a pool.
#[derive(Default)]
struct Joining {
    lots: Lots,
    kept: Lots,
    moment: i128,
    equity: u128,
    members: u32,
    furthest: Option<LineIndex>,
}

impl Level {
    #[inline(never)]
    fn of(walk: &Walk) -> Result<Level> {
        let kept = walk.lots.minus(walk.closed)?;
        if kept.is_zero() {
            return Ok(Level { distance: 0, scale: 0, left_over: 0 });
        }
        let whole = walk.equity.checked_div(u128::from(kept.0)).ok_or(Error::Overflow)?;
        let scale = whole.leading_zeros().saturating_sub(65).min(walk.equity.leading_zeros());
        // Cannot lose bits: the scale is at most the equity's leading zeros.
        let distance = wide::div_ceil(walk.equity.wrapping_shl(scale), u128::from(kept.0))?;
        let mut level = Level { distance, scale, left_over: 0 };
        let mut shared = Lots::ZERO;
        for group in walk.groups() {
            shared = shared.plus(level.floor(group)?)?;
        }
        level.left_over = kept.minus(shared)?.0;
        Ok(level)
    }

    fn floor(&self, group: &Group) -> Result<Lots> {
        if self.distance == 0 {
            return Ok(Lots::ZERO);
        }
        let lots = group.equity().wrapping_shl(self.scale).checked_div(self.distance).ok_or(Error::Overflow)?;
        // No position ever grows: the outermost group may sit within a rounding of the level.
        Ok(Lots(u64::try_from(lots).unwrap_or(u64::MAX)).least(group.lots))
    }

    fn kept(&mut self, group: &Group) -> Result<Lots> {
        let floor = self.floor(group)?;
        let room = group.lots.minus(floor)?.0;
        let extra = room.min(self.left_over);
        self.left_over = self.left_over.wrapping_sub(extra);
        floor.plus(Lots(extra))
    }
}

impl SideAt<'_> {
    /// Deleverages exactly `q` lots of the side at the mark, or as many as its solvent lots, `limit` groups and the free
    /// records allow. Fails with `RecordsFull` when a record would be needed to close anything at all.
    #[inline(never)]
    pub fn deleverage(&mut self, q: Lots, limit: usize) -> Result<Deleveraged> {
        let room = first_free(&self.ladder.live_records).zip(first_free(&self.ladder.live_pools));
        let mut walk = Walk::new();
        walk.run(self.ladder, (self.side, &self.grid.scale, self.mark_key), q, limit, room.is_some())?;
        if walk.closed.is_zero() {
            let stuck = room.is_none() && !q.is_zero() && self.ladder.occupied != 0;
            return if stuck { Err(Error::RecordsFull) } else { Ok(Deleveraged::default()) };
        }
        let mut level = Level::of(&walk)?;
        let mut host = None;
        for group in walk.groups() {
            if let Rung::Pool(at) = group.rung {
                let kept = level.kept(group)?;
                self.close_in_pool(at, group.lots.minus(kept)?)?;
                host = larger(host, (at, group.equity()));
            }
        }
        if let Some((record, pool)) = room {
            if walk.lines > 0 {
                self.join(&walk, &mut level, (record, pool, host))?;
            }
        }
        self.book.lots = self.book.lots.minus(walk.closed)?;
        let settled = wide::mul_signed(self.settle_key, walk.closed.0)?;
        self.book.moment.add(settled.checked_neg().ok_or(Error::Overflow)?)?;
        let pools = u32::try_from(walk.groups().len()).unwrap_or(u32::MAX).saturating_sub(walk.lines);
        Ok(Deleveraged { closed: walk.closed, lines: walk.lines, pools })
    }

    fn close_in_pool(&mut self, at: PoolIndex, lots: Lots) -> Result<()> {
        let pool = self.ladder.pool_mut(at)?;
        pool.advance_claims(&self.book.claims)?;
        pool.close(lots, self.settle_key)
    }

    /// Empties the walked lines into the host pool, or a new one, and writes the record their members will read.
    #[inline(never)]
    fn join(
        &mut self,
        walk: &Walk,
        level: &mut Level,
        slots: (PoolIndex, PoolIndex, Option<(PoolIndex, u128)>),
    ) -> Result<()> {
        let (record_at, free_pool, host) = slots;
        let sequence = self.book.sequence.checked_add(1).ok_or(Error::Overflow)?;
        let joining = self.gather(walk, level)?;
        let (pool_at, value) = self.host_for(&joining, host, free_pool)?;
        let mut shares = 0u64;
        for group in walk.groups() {
            if let Rung::Line(at) = group.rung {
                shares = shares.checked_add(value.shares_floor(group.equity())?).ok_or(Error::Overflow)?;
                let _ = self.ladder.empty(&self.grid.scale, at, sequence)?;
            }
        }
        let closed = wide::mul_signed(self.settle_key, joining.lots.minus(joining.kept)?.0)?;
        let pool = self.ladder.pool_mut(pool_at)?;
        pool.lots = pool.lots.plus(joining.kept)?;
        pool.shares = pool.shares.checked_add(shares).ok_or(Error::Overflow)?;
        pool.moment.add(joining.moment.checked_sub(closed).ok_or(Error::Overflow)?)?;
        pool.members = pool.members.checked_add(joining.members).ok_or(Error::Overflow)?;
        let pool_seen = pool.claims;
        let furthest = joining.furthest.ok_or(Error::NotConserved)?;
        *self.ladder.record_mut(record_at)? = Record {
            sequence,
            grid_epoch: self.grid.epoch,
            mark_key: I128::new(self.mark_key),
            upto: I128::new(self.grid.scale.key(self.side, furthest)?),
            share_value: value.value,
            share_shift: value.shift,
            pool: u32::from(pool_at),
            unread: joining.members,
            reserved: 0,
            side_seen: self.book.claims.now,
            pool_seen,
        };
        mark_live(&mut self.ladder.live_records, record_at, true);
        mark_live(&mut self.ladder.live_pools, pool_at, true);
        self.book.sequence = sequence;
        Ok(())
    }

    #[inline(never)]
    fn gather(&self, walk: &Walk, level: &mut Level) -> Result<Joining> {
        let mut joining = Joining::default();
        for group in walk.groups() {
            if let Rung::Line(at) = group.rung {
                let key = self.grid.scale.key(self.side, at)?;
                let moment = wide::mul_signed(key, group.lots.0)?;
                joining.lots = joining.lots.plus(group.lots)?;
                joining.kept = joining.kept.plus(level.kept(group)?)?;
                joining.moment = joining.moment.checked_add(moment).ok_or(Error::Overflow)?;
                joining.equity = joining.equity.checked_add(group.equity()).ok_or(Error::Overflow)?;
                joining.members = joining.members.checked_add(self.ladder.line(at)?.members).ok_or(Error::Overflow)?;
                joining.furthest = Some(at);
            }
        }
        Ok(joining)
    }

    /// The walked pool with the most equity, where its shares can measure the joiners; else a new one.
    fn host_for(
        &mut self,
        joining: &Joining,
        host: Option<(PoolIndex, u128)>,
        free: PoolIndex,
    ) -> Result<(PoolIndex, ShareValue)> {
        if let Some((at, equity)) = host {
            let shares = self.ladder.pool(at)?.shares;
            if let Ok(value) = ShareValue::of(equity, shares) {
                let fits = value.is_fine()
                    && value.shares_floor(joining.equity).is_ok_and(|more| shares.saturating_add(more) < SHARES_MAX);
                if fits {
                    return Ok((at, value));
                }
            }
        }
        *self.ladder.pool_mut(free)? = Pool { side_seen: self.book.claims.now, ..Pool::default() };
        Ok((free, ShareValue::of(joining.equity, SHARES_AT_BIRTH)?))
    }
}

fn larger(host: Option<(PoolIndex, u128)>, other: (PoolIndex, u128)) -> Option<(PoolIndex, u128)> {
    match host {
        Some(kept) if kept.1 >= other.1 => Some(kept),
        _ => Some(other),
    }
}
