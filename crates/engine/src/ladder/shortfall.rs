//! The solvency certificate U: insolvency nobody has touched yet, and how many lots stand beyond a price.

use super::store::{live, Bits, LineIndex};
use crate::error::{Error, Result};
use crate::state::{LadderSide, Scale};
use crate::units::Side;
use crate::wide;

/// What stands beyond a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Lots on lines and in pools whose key is beyond.
    pub lots: u128,
    /// `sum of lots * |key - mark key|` over them, 1e-12 atom, exact.
    pub shortfall: u128,
}

impl LadderSide {
    /// `U(P)` in key space: reads at most one block's lines, the sums of the other blocks and the live pools.
    pub fn beyond(&self, side: Side, scale: &Scale, mark_key: i128) -> Result<Beyond> {
        let lines = self.lines_beyond(side, scale, mark_key)?;
        live(self.live_pools).try_fold(lines, |mut sum, at| {
            let pool = self.pool(at)?;
            let equity = if pool.lots.is_zero() { 0 } else { pool.equity(side, mark_key)? };
            if equity < 0 {
                sum.lots = sum.lots.wrapping_add(u128::from(pool.lots.0));
                sum.shortfall = sum.shortfall.checked_add(equity.unsigned_abs()).ok_or(Error::Overflow)?;
            }
            Ok(sum)
        })
    }

    /// Equity that waits in closed pools: it has no lots left to charge.
    pub fn closed_equity(&self, side: Side) -> Result<i128> {
        live(self.live_pools).try_fold(0i128, |sum, at| {
            let pool = self.pool(at)?;
            let equity = if pool.lots.is_zero() { pool.equity(side, 0)? } else { 0 };
            sum.checked_add(equity).ok_or(Error::Overflow)
        })
    }

    fn lines_beyond(&self, side: Side, scale: &Scale, mark_key: i128) -> Result<Beyond> {
        if self.occupied == 0 {
            return Ok(Beyond::default());
        }
        let mark = mark_key.checked_sub(scale.origin(side)).ok_or(Error::Overflow)?;
        let edge = match side {
            Side::Long => scale.at_or_above(mark),
            Side::Short => scale.at_or_below(mark),
        };
        let Some(edge) = edge else {
            return Ok(Beyond::default());
        };
        let (lots, moment) = self.sum_from(side, scale, edge)?;
        if lots == 0 {
            return Ok(Beyond::default());
        }
        let lots = u64::try_from(lots).map_err(|_| Error::Overflow)?;
        let moment = i128::try_from(moment).map_err(|_| Error::Overflow)?;
        let distance = moment.checked_sub(wide::mul_signed(mark, lots)?).ok_or(Error::Overflow)?;
        // Cannot be negative: every line counted is at or beyond the mark.
        let shortfall = u128::try_from(side.signed(distance)?).map_err(|_| Error::NotConserved)?;
        Ok(Beyond { lots: u128::from(lots), shortfall })
    }

    /// Lots and moment of some lines of a block.
    fn sum_lines(&self, scale: &Scale, block: usize, lines: u64) -> Result<(u128, u128)> {
        let (mut lots, mut moment) = (0u128, 0u128);
        for bit in Bits(lines) {
            let at = LineIndex::at(block, u32::from(bit)).ok_or(Error::KeyOffGrid)?;
            let line = self.line(at)?;
            lots = lots.wrapping_add(u128::from(line.lots.0));
            moment = moment.checked_add(wide::mul(scale.offset(at), line.lots.0)).ok_or(Error::Overflow)?;
        }
        Ok((lots, moment))
    }

    /// Lots of the edge line and everything beyond it, toward a side's bankrupt end.
    pub(super) fn lots_beyond(&self, side: Side, edge: LineIndex) -> Result<u128> {
        let (block, here, others) = beyond_edge(side, edge);
        let inside = Bits(self.block(block)?.occupied & here).try_fold(0u128, |sum, bit| {
            let at = LineIndex::at(block, u32::from(bit)).ok_or(Error::KeyOffGrid)?;
            Ok(sum.wrapping_add(u128::from(self.line(at)?.lots.0)))
        })?;
        Bits(self.occupied & others)
            .try_fold(inside, |sum, block| Ok(sum.wrapping_add(u128::from(self.block(usize::from(block))?.lots.0))))
    }

    /// Lots and moment of the edge line and everything beyond it. Sums of at most 2^53 lots cannot overflow.
    fn sum_from(&self, side: Side, scale: &Scale, edge: LineIndex) -> Result<(u128, u128)> {
        let (block, here, others) = beyond_edge(side, edge);
        let edge_block = self.block(block)?;
        let (inside, outside) = (edge_block.occupied & here, edge_block.occupied & !here);
        // The block's sums are known: add up whichever part of it has fewer lines.
        let (mut lots, mut moment) = if inside.count_ones() <= outside.count_ones() {
            self.sum_lines(scale, block, inside)?
        } else {
            let (lots, moment) = self.sum_lines(scale, block, outside)?;
            let lots = u128::from(edge_block.lots.0).checked_sub(lots);
            let moment = edge_block.moment.get().checked_sub(moment);
            lots.zip(moment).ok_or(Error::NotConserved)?
        };
        for block in Bits(self.occupied & others) {
            let block = self.block(usize::from(block))?;
            lots = lots.wrapping_add(u128::from(block.lots.0));
            moment = moment.checked_add(block.moment.get()).ok_or(Error::Overflow)?;
        }
        Ok((lots, moment))
    }
}

/// The block of an edge line, which of its lines are the edge and beyond, and which blocks are.
fn beyond_edge(side: Side, edge: LineIndex) -> (usize, u64, u64) {
    let (block, bit) = edge.place();
    match side {
        Side::Long => (block, u64::MAX << bit, (u64::MAX << block) & !(1 << block)),
        Side::Short => (block, u64::MAX >> 63u32.wrapping_sub(bit), !(u64::MAX << block)),
    }
}
