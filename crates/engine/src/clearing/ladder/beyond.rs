//! The solvency certificate U: insolvency nobody has touched yet, and how many lots stand beyond a price.

use crate::clearing::state::LadderSide;
use crate::error::{Error, Result};
use crate::ladder::{Bits, LineIndex};
use crate::state::Scale;
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
        Bits(self.live_pools).try_fold(lines, |mut sum, at| {
            let pool = self.pool(at)?;
            let equity = if pool.lots.is_zero() { 0 } else { pool.equity(side, mark_key)? };
            if equity < 0 {
                sum.lots = sum.lots.wrapping_add(u128::from(pool.lots.0));
                sum.shortfall = sum.shortfall.checked_add(equity.unsigned_abs()).ok_or(Error::Overflow)?;
            }
            Ok(sum)
        })
    }

    /// What pools that a walk closed whole still hold for their members, 1e-12 atom: it stands at no mark, and no charge reaches it.
    pub fn closed_equity(&self, side: Side) -> Result<i128> {
        Bits(self.live_pools).try_fold(0i128, |sum, at| {
            let pool = self.pool(at)?;
            let equity = if pool.lots.is_zero() { pool.equity(side, 0)? } else { 0 };
            sum.checked_add(equity).ok_or(Error::Overflow)
        })
    }

    fn lines_beyond(&self, side: Side, scale: &Scale, mark_key: i128) -> Result<Beyond> {
        let mark = mark_key.checked_sub(scale.origin(side)).ok_or(Error::Overflow)?;
        // A line at the mark is not beyond it.
        let edge = match side {
            Side::Long => scale.at_or_above(mark.saturating_add(1)),
            Side::Short => scale.at_or_below(mark.saturating_sub(1)),
        };
        let Some(edge) = edge.filter(|_| self.occupied != 0) else { return Ok(Beyond::default()) };
        let (lots, keyed) = self.sum_from(side, scale, edge)?;
        let lots_wide = u64::try_from(lots).map_err(|_| Error::Overflow)?;
        let keyed = i128::try_from(keyed).map_err(|_| Error::Overflow)?;
        let distance = keyed.checked_sub(wide::mul_signed(mark, lots_wide)?).ok_or(Error::Overflow)?;
        // Cannot be negative: every line counted is beyond the mark.
        let shortfall = u128::try_from(side.signed(distance)?).map_err(|_| Error::NotConserved)?;
        Ok(Beyond { lots, shortfall })
    }

    /// Lots and lots times offset of the edge line and everything beyond it. Sums of at most 2^53 lots cannot overflow.
    fn sum_from(&self, side: Side, scale: &Scale, edge: LineIndex) -> Result<(u128, u128)> {
        let (block, bit) = edge.place();
        let (here, others) = match side {
            Side::Long => (u64::MAX << bit, (u64::MAX << block) & !(1 << block)),
            Side::Short => (u64::MAX >> 63u32.wrapping_sub(bit), !(u64::MAX << block)),
        };
        let edge_block = self.block(block)?;
        let (inside, outside) = (edge_block.occupied & here, edge_block.occupied & !here);
        // The block's sums are known: add up whichever part of it has fewer lines.
        let (mut lots, mut keyed) = if inside.count_ones() <= outside.count_ones() {
            self.sum_lines(scale, block, inside)?
        } else {
            let (lots, keyed) = self.sum_lines(scale, block, outside)?;
            let lots = u128::from(edge_block.lots.0).checked_sub(lots);
            let keyed = edge_block.lots_times_offset.get().checked_sub(keyed);
            lots.zip(keyed).ok_or(Error::NotConserved)?
        };
        for block in Bits(self.occupied & others) {
            let block = self.block(usize::from(block))?;
            lots = lots.wrapping_add(u128::from(block.lots.0));
            keyed = keyed.checked_add(block.lots_times_offset.get()).ok_or(Error::Overflow)?;
        }
        Ok((lots, keyed))
    }

    /// Lots and lots times offset of some lines of a block.
    fn sum_lines(&self, scale: &Scale, block: usize, lines: u64) -> Result<(u128, u128)> {
        let (mut lots, mut keyed) = (0u128, 0u128);
        for bit in Bits(lines) {
            let at = LineIndex::at(block, u32::from(bit)).ok_or(Error::KeyOffGrid)?;
            let bucket = self.bucket(at)?;
            lots = lots.wrapping_add(u128::from(bucket.lots.0));
            keyed = keyed.checked_add(wide::mul(scale.offset(at), bucket.lots.0)).ok_or(Error::Overflow)?;
        }
        Ok((lots, keyed))
    }
}
