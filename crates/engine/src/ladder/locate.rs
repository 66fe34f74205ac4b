//! Catching up: where a position is now, from where it last stood. One record and one pool, however long the cascade.

use super::store::{live, LineIndex, PoolIndex};
use crate::error::{Error, Result};
use crate::state::Grid;
use crate::state::{LadderSide, Position, Record};
use crate::units::{Lots, Side};
use crate::wide;

/// Where a position stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a line of the present grid.
    Line(LineIndex),
    /// In a pool, by a record it has not read.
    Pool {
        /// The record.
        record: PoolIndex,
        /// The pool.
        pool: PoolIndex,
        /// Its shares there, rounded down.
        shares: u64,
    },
}

/// Where a position stands, and what rebases it has not seen freed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// Where.
    pub place: Place,
    /// Cash per lot that snapping to newer grids turned into spare, 1e-12 atom; negative where the grid ended.
    pub freed_per_lot: i128,
}

impl LadderSide {
    /// Finds a position that has lots.
    pub fn locate(&self, grid: &Grid, side: Side, position: &Position) -> Result<Located> {
        let mut line = LineIndex::stored(position.line)?;
        let mut epoch = position.grid_epoch;
        let mut freed_per_lot = 0i128;
        loop {
            let present = epoch == grid.epoch;
            if present && self.line(line)?.walked <= position.record_seen {
                return Ok(Located { place: Place::Line(line), freed_per_lot });
            }
            let key = grid.past(epoch).ok_or(Error::GridHistoryFull)?.key(side, line)?;
            if let Some(at) = self.first_record(position.record_seen, epoch, side, key)? {
                let place = self.joined(at, position.size(), key)?;
                return Ok(Located { place, freed_per_lot });
            }
            if present {
                return Ok(Located { place: Place::Line(line), freed_per_lot });
            }
            epoch = epoch.checked_add(1).ok_or(Error::Overflow)?;
            let next = grid.past(epoch).ok_or(Error::GridHistoryFull)?;
            line = next.resnap(side, key)?;
            let moved = next.key(side, line)?.checked_sub(key).ok_or(Error::Overflow)?;
            freed_per_lot = freed_per_lot.checked_add(side.signed(moved)?).ok_or(Error::Overflow)?;
        }
    }

    /// The first live record after `seen` whose range on its grid holds the key.
    fn first_record(&self, seen: u32, epoch: u32, side: Side, key: i128) -> Result<Option<PoolIndex>> {
        let mut first: Option<(u32, PoolIndex)> = None;
        for at in live(self.live_records) {
            let record = self.record(at)?;
            let earlier = first.is_none_or(|(sequence, _)| record.sequence < sequence);
            if record.sequence > seen && earlier && record.grid_epoch == epoch && record.holds(side, key) {
                first = Some((record.sequence, at));
            }
        }
        Ok(first.map(|(_, at)| at))
    }

    fn joined(&self, at: PoolIndex, lots: Lots, key: i128) -> Result<Place> {
        let record = self.record(at)?;
        let distance = u64::try_from(key.abs_diff(record.mark_key.get())).map_err(|_| Error::Overflow)?;
        let shares = record.share().shares_floor(wide::mul(distance, lots.0))?;
        let pool = PoolIndex::try_from(record.pool).map_err(|_| Error::NotConserved)?;
        Ok(Place::Pool { record: at, pool, shares })
    }
}

impl Record {
    fn holds(&self, side: Side, key: i128) -> bool {
        let (mark, upto) = (self.mark_key.get(), self.upto.get());
        match side {
            Side::Long => upto <= key && key < mark,
            Side::Short => mark < key && key <= upto,
        }
    }

    fn share(&self) -> super::share::ShareValue {
        super::share::ShareValue { value: self.share_value, shift: self.share_shift }
    }
}
