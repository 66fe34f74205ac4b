//! Where a position stands in its side's order of deleveraging: nearest to the mark first, a pool before a line as near.

use super::locate::Place;
use super::store::{live, LineIndex};
use crate::error::{Error, Result};
use crate::state::{LadderSide, Pool, Scale};
use crate::units::{Lots, Side};
use crate::wide;

/// A place in the order, in lots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rank {
    /// Lots taken before any of this place.
    pub ahead: Lots,
    /// Lots of the line or pool: they close in proportion.
    pub group: Lots,
    /// Solvent lots of the side in all.
    pub total: Lots,
}

/// Stands for the number of a pool in the order of places as near to each other: a line comes after every pool.
const LINE: u32 = u32::MAX;

impl LadderSide {
    /// Order of deleveraging of a place at a mark key; `None` where it is bankrupt there or has no lots: it is not deleveraged.
    /// Reads at most two blocks' lines, the sums of the others and the live pools.
    pub fn rank(&self, side: Side, scale: &Scale, mark_key: i128, place: &Place) -> Result<Option<Rank>> {
        let found = match place {
            Place::Line(at) => {
                let distance = side.signed(mark_key.checked_sub(scale.key(side, *at)?).ok_or(Error::Overflow)?)?;
                let seat =
                    u64::try_from(distance).ok().filter(|distance| *distance > 0).map(|distance| (distance, LINE));
                (seat, self.line(*at)?.lots)
            }
            Place::Pool { pool, .. } => {
                let stored = self.pool(*pool)?;
                (distance_of(stored, side, mark_key)?.map(|distance| (distance, u32::from(*pool))), stored.lots)
            }
        };
        let (Some(seat), group) = found else { return Ok(None) };
        if group.is_zero() {
            return Ok(None);
        }
        // All lines nearer than the farthest there can be, then all nearer than this place.
        let (mut total, mut ahead) =
            (self.nearer(side, scale, mark_key, None)?, self.nearer(side, scale, mark_key, Some(seat.0))?);
        for at in live(self.live_pools) {
            let pool = self.pool(at)?;
            let Some(distance) = distance_of(pool, side, mark_key)? else { continue };
            total = total.checked_add(u128::from(pool.lots.0)).ok_or(Error::Overflow)?;
            if (distance, u32::from(at)) < seat {
                ahead = ahead.checked_add(u128::from(pool.lots.0)).ok_or(Error::Overflow)?;
            }
        }
        Ok(Some(Rank { ahead: lots(ahead)?, group, total: lots(total)? }))
    }

    /// Lots on solvent lines: nearer to the mark key than `distance`, or all.
    fn nearer(&self, side: Side, scale: &Scale, mark_key: i128, distance: Option<u64>) -> Result<u128> {
        let mark = mark_key.checked_sub(scale.origin(side)).ok_or(Error::Overflow)?;
        let bankrupt = self.lots_from(side, first_at(side, scale, mark))?;
        let Some(distance) = distance else {
            let all = self.lots_from(side, Some(side.pick(LineIndex::FIRST, LineIndex::LAST)))?;
            return all.checked_sub(bankrupt).ok_or(Error::NotConserved);
        };
        // The farthest offset that is still nearer: one 1e-12 atom inward of the distance itself.
        let inward = i128::from(distance).wrapping_sub(1);
        let edge = mark.checked_sub(side.signed(inward)?).ok_or(Error::Overflow)?;
        self.lots_from(side, first_at(side, scale, edge))?.checked_sub(bankrupt).ok_or(Error::NotConserved)
    }

    fn lots_from(&self, side: Side, edge: Option<LineIndex>) -> Result<u128> {
        edge.map_or(Ok(0), |edge| self.lots_beyond(side, edge))
    }
}

/// The innermost line at or beyond an offset, on a side's bankrupt end.
fn first_at(side: Side, scale: &Scale, offset: i128) -> Option<LineIndex> {
    match side {
        Side::Long => scale.at_or_above(offset),
        Side::Short => scale.at_or_below(offset),
    }
}

/// A pool's distance from the mark key: its equity per lot, rounded down; `None` where it has no lots or no equity.
fn distance_of(pool: &Pool, side: Side, mark_key: i128) -> Result<Option<u64>> {
    if pool.lots.is_zero() {
        return Ok(None);
    }
    let equity = pool.equity(side, mark_key)?;
    if equity <= 0 {
        return Ok(None);
    }
    wide::div_floor_signed(equity, pool.lots.0).map(|distance| Some(u64::try_from(distance).unwrap_or(u64::MAX)))
}

fn lots(sum: u128) -> Result<Lots> {
    u64::try_from(sum).map(Lots).map_err(|_| Error::Overflow)
}
