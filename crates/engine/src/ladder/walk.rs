//! Deleveraging exactly q lots: the walk from the most levered solvent line outwards to the water level.

use super::store::{live, LineIndex, PoolIndex};
use crate::error::{Error, Result};
use crate::state::{LadderSide, Scale};
use crate::units::{Lots, Side};
use crate::wide::{self, U128};

/// Lines and pools one walk can hold.
pub const WALK_MAX: usize = 32;

/// The least relative step of the grid is 2^-8.
const STEP_BITS: u32 = 8;

/// What the walk takes: a line or a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// A line of the grid.
    Line(LineIndex),
    /// A pool.
    Pool(PoolIndex),
}

/// One group of the walk. 32 bytes: a walk lives in one 4 kB stack frame of the SVM.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Which.
    pub rung: Rung,
    /// Its lots.
    pub lots: Lots,
    equity: U128,
}

impl Group {
    /// Its equity at the mark, 1e-12 atom, above zero.
    #[must_use]
    pub fn equity(&self) -> u128 {
        self.equity.get()
    }
}

/// The groups below the water level, most levered first, and how many lots close.
pub struct Walk {
    groups: [Group; WALK_MAX],
    count: usize,
    /// Lots walked.
    pub lots: Lots,
    /// Their equity at the mark, 1e-12 atom.
    pub equity: u128,
    /// Exactly the lots that close: q, or what the solvent side and the walk's limits allow.
    pub closed: Lots,
    /// Lines among the groups.
    pub lines: u32,
}

/// Solvent pools by distance from the mark, nearest first, as many as a walk can take.
struct NearPools {
    pools: [(u64, PoolIndex); WALK_MAX],
    count: usize,
    next: usize,
}

/// Where a walk stands on the lines.
struct Lines<'a> {
    ladder: &'a LadderSide,
    side: Side,
    scale: &'a Scale,
    mark: i128,
    next: Option<(u64, LineIndex)>,
}

impl Default for Walk {
    fn default() -> Self {
        Walk::new()
    }
}

impl Walk {
    /// The groups, most levered first.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        self.groups.get(..self.count).unwrap_or(&[])
    }

    /// A walk that has taken nothing yet.
    #[must_use]
    pub const fn new() -> Walk {
        let empty = Group { rung: Rung::Pool(0), lots: Lots::ZERO, equity: U128::ZERO };
        Walk { groups: [empty; WALK_MAX], count: 0, lots: Lots::ZERO, equity: 0, closed: Lots::ZERO, lines: 0 }
    }

    /// Walks from the mark outwards until the level of what is walked lies before the next group. `limit` groups at most,
    /// no line when `lines_allowed` is false; a walk that is stopped closes fewer lots, so that its level is the next group.
    #[inline(never)]
    pub fn run(
        &mut self,
        ladder: &LadderSide,
        at: (Side, &Scale, i128),
        q: Lots,
        limit: usize,
        lines_allowed: bool,
    ) -> Result<()> {
        let (side, scale, mark_key) = at;
        let walk = self;
        if q.is_zero() {
            return Ok(());
        }
        let mut pools = NearPools::new(ladder, side, mark_key)?;
        let mut lines = Lines::new(ladder, side, scale, mark_key)?;
        loop {
            let Some((distance, rung)) = nearest(lines.next, pools.peek()) else {
                walk.closed = q.least(walk.lots);
                return Ok(());
            };
            if walk.level_is_before(q, distance)? {
                walk.closed = q;
                return Ok(());
            }
            let is_line = matches!(rung, Rung::Line(_));
            if walk.count >= limit.min(WALK_MAX) || (is_line && !lines_allowed) {
                walk.closed = walk.closable_at_limit(distance)?.least(q);
                return Ok(());
            }
            match rung {
                Rung::Line(at) => {
                    let lots = ladder.line(at)?.lots;
                    walk.push(Group { rung, lots, equity: U128::new(wide::mul(distance, lots.0)) })?;
                    walk.lines = walk.lines.wrapping_add(1);
                    lines.advance(at)?;
                }
                Rung::Pool(at) => {
                    let pool = ladder.pool(at)?;
                    let equity = u128::try_from(pool.equity(side, mark_key)?).map_err(|_| Error::NotConserved)?;
                    walk.push(Group { rung, lots: pool.lots, equity: U128::new(equity) })?;
                    pools.next = pools.next.wrapping_add(1);
                }
            }
        }
    }

    fn push(&mut self, group: Group) -> Result<()> {
        *self.groups.get_mut(self.count).ok_or(Error::Overflow)? = group;
        self.count = self.count.wrapping_add(1);
        self.lots = self.lots.plus(group.lots)?;
        self.equity = self.equity.checked_add(group.equity()).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// Whether the water level `E/(S - q)` of what is walked lies at or before a distance. Compared, not divided.
    fn level_is_before(&self, q: Lots, distance: u64) -> Result<bool> {
        Ok(self.lots > q && self.equity <= wide::mul(self.lots.minus(q)?.0, distance))
    }

    /// Lots that close where the walk stops at its limit. More pools than a walk can take may stand at one level, where earlier
    /// walks brought them: then this one goes past it by at most a step of the grid, so that every walk closes something.
    fn closable_at_limit(&self, distance: u64) -> Result<Lots> {
        let before = self.closable_before(distance)?;
        if !before.is_zero() {
            return Ok(before);
        }
        self.closable_before(distance.saturating_add(distance >> STEP_BITS))
    }

    /// Lots that can close before the level reaches the next group: `S - E/d`, rounded down.
    fn closable_before(&self, distance: u64) -> Result<Lots> {
        let kept = wide::div_ceil(self.equity, u128::from(distance.max(1)))?;
        let kept = u64::try_from(kept).unwrap_or(u64::MAX);
        Ok(Lots(self.lots.0.saturating_sub(kept)))
    }
}

/// The nearer of the next line and the next pool; a pool first where they are as near.
fn nearest(line: Option<(u64, LineIndex)>, pool: Option<(u64, PoolIndex)>) -> Option<(u64, Rung)> {
    match (line, pool) {
        (Some((line, at)), Some((pool, _))) if line < pool => Some((line, Rung::Line(at))),
        (_, Some((distance, at))) => Some((distance, Rung::Pool(at))),
        (Some((distance, at)), None) => Some((distance, Rung::Line(at))),
        (None, None) => None,
    }
}

impl NearPools {
    #[inline(never)]
    fn new(ladder: &LadderSide, side: Side, mark_key: i128) -> Result<NearPools> {
        let mut near = NearPools { pools: [(0, 0); WALK_MAX], count: 0, next: 0 };
        for at in live(ladder.live_pools) {
            let pool = ladder.pool(at)?;
            if pool.lots.is_zero() {
                continue;
            }
            let equity = pool.equity(side, mark_key)?;
            if equity > 0 {
                let distance = equity.unsigned_abs().checked_div(u128::from(pool.lots.0)).ok_or(Error::Overflow)?;
                near.insert(u64::try_from(distance).unwrap_or(u64::MAX), at);
            }
        }
        Ok(near)
    }

    /// Keeps the nearest, sorted: from the far end towards the mark.
    fn insert(&mut self, distance: u64, at: PoolIndex) {
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

    fn peek(&self) -> Option<(u64, PoolIndex)> {
        if self.next < self.count {
            self.pools.get(self.next).copied()
        } else {
            None
        }
    }
}

impl<'a> Lines<'a> {
    fn new(ladder: &'a LadderSide, side: Side, scale: &'a Scale, mark_key: i128) -> Result<Lines<'a>> {
        let mark = mark_key.checked_sub(scale.origin(side)).ok_or(Error::Overflow)?;
        // A line on the mark has no equity: the first solvent one is strictly beyond it.
        let start = match side {
            Side::Long => scale.at_or_below(mark.saturating_sub(1)),
            Side::Short => scale.at_or_above(mark.saturating_add(1)),
        };
        let mut lines = Lines { ladder, side, scale, mark, next: None };
        lines.next = lines.occupied_from(start)?;
        Ok(lines)
    }

    fn advance(&mut self, from: LineIndex) -> Result<()> {
        let after = match self.side {
            Side::Long => from.previous(),
            Side::Short => from.next(),
        };
        self.next = self.occupied_from(after)?;
        Ok(())
    }

    /// The first occupied line from `start` away from the mark, with its distance.
    fn occupied_from(&self, start: Option<LineIndex>) -> Result<Option<(u64, LineIndex)>> {
        let Some(start) = start else { return Ok(None) };
        let Some(at) = self.ladder.occupied_line(self.side, start)? else { return Ok(None) };
        let distance = self.mark.abs_diff(i128::from(self.scale.offset(at)));
        Ok(Some((u64::try_from(distance).map_err(|_| Error::Overflow)?, at)))
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
            return Ok(LineIndex::at(block, outermost(side, here)));
        }
        if beyond == 0 {
            return Ok(None);
        }
        let block = usize::try_from(outermost(side, beyond)).map_err(|_| Error::Overflow)?;
        Ok(LineIndex::at(block, outermost(side, self.block(block)?.occupied)))
    }
}

/// The set bit nearest to the mark of what remains: the highest for longs, the lowest for shorts. `word` is not zero.
fn outermost(side: Side, word: u64) -> u32 {
    match side {
        Side::Long => 63u32.wrapping_sub(word.leading_zeros()),
        Side::Short => word.trailing_zeros(),
    }
}
