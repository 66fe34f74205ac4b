//! Moving the lines to a grid around the present mark, in steps, while lots may not change (G13).
//!
//! Each line snaps inward to the new grid; the difference becomes its members' spare, which each finds from its old key and the
//! grids between (`SideBook::drift` holds it until then). A line that the new grid has no place for stands at its end, and what it
//! lacks there still counts in U (`SideBook::lacking`, A9): a migration that has begun always ends (I11).

use super::BUCKETS;
use crate::clearing::markets::MarketMut;
use crate::clearing::state::SideBook;
use crate::error::{Error, Result};
use crate::ladder::LineIndex;
use crate::units::Side;
use crate::wide;

/// What a step of a migration did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Lines visited on each side.
    pub visited: u32,
    /// Whether the new grid is in use.
    pub finished: bool,
}

impl MarketMut<'_> {
    /// Starts a migration where one is due, and moves up to `lines` lines of each side. Fails with `RebaseNotDue`, and with
    /// `GridHistoryFull` while positions of the grid that would be forgotten are not yet synced.
    pub fn migrate_grid(&mut self, lines: u32) -> Result<Migrated> {
        if lines == 0 {
            return Err(Error::ZeroAmount);
        }
        if self.market.grid.cursor == 0 {
            let market = &*self.market;
            let indices = Side::BOTH.map(|side| market.side(side).index.get());
            let next = market.grid.due_scale(market.mark.price, indices)?;
            self.market.grid.start(next)?;
        }
        let all = u32::try_from(BUCKETS).map_err(|_| Error::Overflow)?;
        let mut migrated = Migrated::default();
        while migrated.visited < lines && self.market.grid.cursor <= all {
            let visited = self.market.grid.cursor.wrapping_sub(1);
            for side in Side::BOTH {
                self.move_line(side, visited)?;
            }
            self.market.grid.cursor = self.market.grid.cursor.wrapping_add(1);
            migrated.visited = migrated.visited.wrapping_add(1);
        }
        if self.market.grid.cursor > all {
            self.market.grid.finish()?;
            migrated.finished = true;
        }
        Ok(migrated)
    }

    /// Moves the `visited`th line of a side: from the bottom where lines move down, from the top where they move up, so that a line
    /// is never moved twice.
    fn move_line(&mut self, side: Side, visited: u32) -> Result<()> {
        let (old, new) = (self.market.grid.scale, self.market.grid.next);
        let downwards = new.shift > old.shift || new.origin(side) > old.origin(side);
        let index = if downwards { visited } else { u32::from(LineIndex::LAST.get()).wrapping_sub(visited) };
        let at = LineIndex::stored(index)?;
        let ladder = self.ladder.side_mut(side);
        let walked = ladder.bucket(at)?.walked;
        if ladder.bucket(at)?.members == 0 {
            return Ok(());
        }
        let content = ladder.empty_bucket(&old, at, walked)?;
        let key = old.key(side, at)?;
        let to = new.resnap(side, key)?;
        ladder.merge(&new, to, content)?;
        let moved = new.key(side, to)?.checked_sub(key).ok_or(Error::Overflow)?;
        let keyed = wide::mul_signed(moved, content.lots.0)?;
        let book = self.market.side_mut(side);
        book.totals.lots_times_key.add(keyed)?;
        // Inward is up for longs and down for shorts: what the key cash loses, the drift holds.
        book.note_moved(side.signed(keyed)?)
    }
}

impl SideBook {
    /// Keeps what moving a line freed for its members, or what they lack at the grid's end.
    fn note_moved(&mut self, freed: i128) -> Result<()> {
        if freed < 0 {
            return self.lacking.add(freed.unsigned_abs());
        }
        self.drift.add(freed)
    }
}
