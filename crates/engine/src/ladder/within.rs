//! Lots that are still solvent but near bankruptcy: between the mark and a distance from it.

use super::store::{live, Bits, LineIndex};
use crate::error::{Error, Result};
use crate::state::{LadderSide, Scale};
use crate::units::Side;
use crate::wide;

impl LadderSide {
    /// Lots on lines and in pools that are solvent at the mark and whose key is at most `distance` from it. Reads the lines of at
    /// most two blocks, the sums of those between, and the live pools.
    pub fn lots_within(&self, side: Side, scale: &Scale, mark_key: i128, distance: u64) -> Result<u64> {
        let lines = self.lines_within(side, scale, mark_key, distance)?;
        live(self.live_pools).try_fold(lines, |sum, at| {
            let pool = self.pool(at)?;
            if pool.lots.is_zero() {
                return Ok(sum);
            }
            // lots * |key - mark| against lots * distance: exact.
            let equity = pool.equity(side, mark_key)?;
            let near = equity > 0 && equity.unsigned_abs() <= wide::mul(distance, pool.lots.0);
            Ok(if near { sum.wrapping_add(pool.lots.0) } else { sum })
        })
    }

    fn lines_within(&self, side: Side, scale: &Scale, mark_key: i128, distance: u64) -> Result<u64> {
        if self.occupied == 0 {
            return Ok(0);
        }
        let mark = mark_key.checked_sub(scale.origin(side)).ok_or(Error::Overflow)?;
        // A key at the mark has no equity left: bankrupt, not near it.
        let (low, high) = match side {
            Side::Long => (mark.checked_sub(i128::from(distance)), mark.checked_sub(1)),
            Side::Short => (mark.checked_add(1), mark.checked_add(i128::from(distance))),
        };
        let (low, high) = low.zip(high).ok_or(Error::Overflow)?;
        match scale.at_or_above(low).zip(scale.at_or_below(high)) {
            Some((from, to)) if from <= to => self.lots_between(from, to),
            _ => Ok(0),
        }
    }

    /// Lots on lines between two, both included. A side has at most 2^53 lots: sums cannot overflow.
    fn lots_between(&self, from: LineIndex, to: LineIndex) -> Result<u64> {
        let ((first, low), (last, high)) = (from.place(), to.place());
        let blocks = self.occupied & (u64::MAX << first) & (u64::MAX >> 63usize.saturating_sub(last));
        Bits(blocks).try_fold(0u64, |sum, index| {
            let index = usize::from(index);
            let above = if index == first { u64::MAX << low } else { u64::MAX };
            let below = if index == last { u64::MAX >> 63u32.saturating_sub(high) } else { u64::MAX };
            Ok(sum.wrapping_add(self.lots_of(index, above & below)?))
        })
    }

    /// Lots of the lines of a block in a mask: added up, or the block's less the others', whichever are fewer.
    fn lots_of(&self, index: usize, mask: u64) -> Result<u64> {
        let block = self.block(index)?;
        let (inside, outside) = (block.occupied & mask, block.occupied & !mask);
        if inside.count_ones() <= outside.count_ones() {
            return self.lots_on(index, inside);
        }
        block.lots.0.checked_sub(self.lots_on(index, outside)?).ok_or(Error::NotConserved)
    }

    fn lots_on(&self, index: usize, lines: u64) -> Result<u64> {
        Bits(lines).try_fold(0u64, |sum, bit| {
            let at = LineIndex::at(index, u32::from(bit)).ok_or(Error::KeyOffGrid)?;
            Ok(sum.wrapping_add(self.line(at)?.lots.0))
        })
    }
}
