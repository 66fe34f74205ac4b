//! `rebase`: moves the lines to a grid around the present mark, in steps, while lots may not change (G13).
//!
//! Each line snaps inward to the new grid; the difference becomes its members' spare, which each finds from its old key and
//! the grids between (`SideBook::drift` holds it until then).

use crate::books::Books;
use crate::error::{Error, Result};
use crate::ladder::{LineIndex, LINES};
use crate::units::Side;
use crate::wide;

/// What a step of a rebase did.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RebaseReport {
    /// Lines visited on each side.
    pub visited: u32,
    /// Whether the new grid is in use.
    pub finished: bool,
}

/// Starts a rebase where one is due, and moves up to `lines` lines of each side.
pub fn rebase(books: &mut Books<'_>, lines: u32) -> Result<RebaseReport> {
    if lines == 0 {
        return Err(Error::ZeroAmount);
    }
    if books.market.grid.cursor == 0 {
        let market = &*books.market;
        let indices = Side::BOTH.map(|side| market.side(side).index.get());
        let next = market.grid.due_scale(market.mark.price, indices)?;
        books.market.grid.start(next)?;
    }
    let all = u32::try_from(LINES).map_err(|_| Error::Overflow)?;
    let mut report = RebaseReport::default();
    while report.visited < lines && books.market.grid.cursor <= all {
        let visited = books.market.grid.cursor.wrapping_sub(1);
        for side in Side::BOTH {
            books.move_line(side, visited)?;
        }
        books.market.grid.cursor = books.market.grid.cursor.wrapping_add(1);
        report.visited = report.visited.wrapping_add(1);
    }
    if books.market.grid.cursor > all {
        books.market.grid.finish()?;
        report.finished = true;
        let _ = books.provision()?;
    }
    Ok(report)
}

impl Books<'_> {
    /// Moves the `visited`th line of a side: from the bottom where lines move down, from the top where they move up, so that
    /// a line is never moved twice.
    fn move_line(&mut self, side: Side, visited: u32) -> Result<()> {
        let (old, new) = (self.market.grid.scale, self.market.grid.next);
        let downwards = new.shift > old.shift || new.origin(side) > old.origin(side);
        let index = if downwards { visited } else { u32::from(LineIndex::LAST.get()).wrapping_sub(visited) };
        let at = LineIndex::stored(index)?;
        let ladder = self.ladder.side_mut(side);
        let walked = ladder.line(at)?.walked;
        if ladder.line(at)?.members == 0 {
            return Ok(());
        }
        let content = ladder.empty(&old, at, walked)?;
        let key = old.key(side, at)?;
        let to = new.resnap(side, key)?;
        ladder.merge(&new, to, content)?;
        let moved = new.key(side, to)?.checked_sub(key).ok_or(Error::Overflow)?;
        let moment = wide::mul_signed(moved, content.lots.0)?;
        let book = self.market.side_mut(side);
        book.moment.add(moment)?;
        // Inward is up for longs and down for shorts: what the key cash loses, the drift holds.
        book.drift.add(side.signed(moment)?)
    }
}
