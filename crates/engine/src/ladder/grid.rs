//! The grid: keys spaced log-linearly like an HDR histogram, 128 lines an octave, 0.39 to 0.78 % apart.
//!
//! Line i of a grid with origin O and shift s is the key `O + ((128 + i mod 128) << (s + i / 128))`: found by a shift and a
//! mask.

use super::store::{LineIndex, LINES};
use crate::error::{Error, Result};
use crate::state::{Grid, Scale};
use crate::units::{Price, Side};
use crate::wide::I128;

/// Lines an octave: 2^7.
const MANTISSA_BITS: u32 = 7;
const MANTISSA: u64 = 1 << MANTISSA_BITS;
/// Octaves of a grid.
pub const OCTAVES: u32 = 16;
/// The octave the mark is put in at birth: ten octaves below it (a 1x long has its key near zero), five above.
pub const BIRTH_OCTAVE: u32 = 10;
/// Octaves in which the mark needs no rebase.
const MIDDLE: core::ops::RangeInclusive<u32> = 8..=12;
/// Grids a position may have missed.
pub const GRIDS_KEPT: usize = 8;
/// Counters of positions by grid: more than the grids that can be alive at once.
const STANDING: usize = 16;

// A grid keeps and counts as many.
const _: fn(&Grid) -> (&[Scale; GRIDS_KEPT], &[u32; STANDING]) = |grid| (&grid.past, &grid.standing);

impl Scale {
    /// A grid around `mark` with the given origins.
    pub fn around(mark: Price, origins: [I128; 2]) -> Result<Scale> {
        let top = mark.0.checked_ilog2().ok_or(Error::PriceNotPositive)?;
        let shift = top.checked_sub(MANTISSA_BITS.saturating_add(BIRTH_OCTAVE)).ok_or(Error::RuleLotValue)?;
        Ok(Scale { origins, shift: u64::from(shift) })
    }

    /// The origin of a side.
    #[must_use]
    pub fn origin(&self, side: Side) -> i128 {
        side.of(self.origins).get()
    }

    fn shift(&self) -> u32 {
        // Cannot truncate: `around` takes it from a bit position below 64, and listing is the only other source.
        u32::try_from(self.shift).unwrap_or(u32::MAX)
    }

    /// A line's distance from the origin.
    #[must_use]
    pub fn offset(&self, line: LineIndex) -> u64 {
        let index = u32::from(line.get());
        let mantissa = MANTISSA | (u64::from(index) & MANTISSA.wrapping_sub(1));
        // Cannot lose bits: `around` leaves the topmost octave below bit 64 for every price up to 2^58.
        mantissa.wrapping_shl(self.shift().wrapping_add(index >> MANTISSA_BITS))
    }

    /// A line's key.
    pub fn key(&self, side: Side, line: LineIndex) -> Result<i128> {
        self.origin(side).checked_add(i128::from(self.offset(line))).ok_or(Error::Overflow)
    }

    /// The last line at or below an offset; `None` when even the first is above.
    #[must_use]
    pub fn at_or_below(&self, offset: i128) -> Option<LineIndex> {
        let offset = u64::try_from(offset.max(0)).unwrap_or(u64::MAX).checked_shr(self.shift()).unwrap_or(0);
        let top = offset.checked_ilog2()?;
        let octave = top.checked_sub(MANTISSA_BITS)?;
        if octave >= OCTAVES {
            return Some(LineIndex::LAST);
        }
        let mantissa = (offset >> octave) & MANTISSA.wrapping_sub(1);
        let index = (u64::from(octave) << MANTISSA_BITS) | mantissa;
        u16::try_from(index).ok().and_then(LineIndex::new)
    }

    /// The first line at or above an offset; `None` when even the last is below.
    #[must_use]
    pub fn at_or_above(&self, offset: i128) -> Option<LineIndex> {
        let Some(below) = self.at_or_below(offset) else {
            return LineIndex::new(0);
        };
        if i128::from(self.offset(below)) >= offset {
            Some(below)
        } else {
            below.next()
        }
    }

    /// The line a position snaps to: inward, so that what is left over is spare. Longs up, shorts down; cash beyond the last
    /// line is spare too. Fails when the key is off the grid on its bankrupt end.
    pub fn snap(&self, side: Side, key: i128) -> Result<LineIndex> {
        let offset = key.checked_sub(self.origin(side)).ok_or(Error::Overflow)?;
        match side {
            Side::Long => self.at_or_above(offset),
            Side::Short => self.at_or_below(offset),
        }
        .ok_or(Error::KeyOffGrid)
    }
}

impl Scale {
    /// The line a line of an earlier grid moves to: where it snaps, or the last line on the bankrupt end, which costs its
    /// members instead of freeing something. A rebase that has begun always ends (I11).
    pub fn resnap(&self, side: Side, key: i128) -> Result<LineIndex> {
        match self.snap(side, key) {
            Err(Error::KeyOffGrid) if side == Side::Long => Ok(LineIndex::LAST),
            Err(Error::KeyOffGrid) => Ok(LineIndex::FIRST),
            found => found,
        }
    }
}

impl Grid {
    /// The scale of an earlier epoch, as far as it is kept.
    #[must_use]
    pub fn past(&self, epoch: u32) -> Option<Scale> {
        if epoch == self.epoch {
            return Some(self.scale);
        }
        let age = self.epoch.checked_sub(epoch)?;
        if usize::try_from(age).ok()? > GRIDS_KEPT {
            return None;
        }
        let at = usize::try_from(epoch).ok()?.checked_rem(GRIDS_KEPT)?;
        self.past.get(at).copied()
    }

    /// One more position on a grid's lines.
    pub fn count(&mut self, epoch: u32) -> Result<()> {
        let counter = self.counter(epoch)?;
        *counter = counter.checked_add(1).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// One position less on a grid's lines.
    pub fn forget(&mut self, epoch: u32) -> Result<()> {
        let counter = self.counter(epoch)?;
        *counter = counter.checked_sub(1).ok_or(Error::NotConserved)?;
        Ok(())
    }

    fn counter(&mut self, epoch: u32) -> Result<&mut u32> {
        let at = usize::try_from(epoch).ok().and_then(|epoch| epoch.checked_rem(STANDING));
        at.and_then(|at| self.standing.get_mut(at)).ok_or(Error::Overflow)
    }

    /// Begins a move to another scale. Fails while positions of the grid that would be forgotten are not yet synced.
    pub fn start(&mut self, next: Scale) -> Result<()> {
        let kept = u32::try_from(GRIDS_KEPT).unwrap_or(u32::MAX);
        if let Some(forgotten) = self.epoch.checked_sub(kept) {
            if *self.counter(forgotten)? != 0 {
                return Err(Error::GridHistoryFull);
            }
        }
        self.next = next;
        self.cursor = 1;
        Ok(())
    }

    /// Ends a move: the next scale is the present one.
    pub fn finish(&mut self) -> Result<()> {
        let at = usize::try_from(self.epoch).ok().and_then(|epoch| epoch.checked_rem(GRIDS_KEPT));
        *at.and_then(|at| self.past.get_mut(at)).ok_or(Error::Overflow)? = self.scale;
        self.scale = self.next;
        self.epoch = self.epoch.checked_add(1).ok_or(Error::Overflow)?;
        self.cursor = 0;
        Ok(())
    }

    /// Whether the mark has left the middle octaves or X has run an eighth of the mark from the origin.
    pub fn is_due(&self, mark: Price, indices: [i128; 2]) -> Result<bool> {
        let mut due = false;
        for (side, index) in Side::BOTH.into_iter().zip(indices) {
            let drift = index.checked_sub(self.scale.origin(side)).ok_or(Error::Overflow)?;
            let octave = mark
                .0
                .checked_shr(self.scale.shift())
                .unwrap_or(0)
                .checked_ilog2()
                .and_then(|top| top.checked_sub(MANTISSA_BITS));
            due |= drift.unsigned_abs() > u128::from(mark.0 >> 3);
            due |= !octave.is_some_and(|octave| MIDDLE.contains(&octave));
        }
        Ok(due)
    }

    /// The scale to move to: first the shift, so that all lines move one way, and when that fits, the origins. Fails with
    /// `RebaseNotDue`.
    pub fn due_scale(&self, mark: Price, indices: [i128; 2]) -> Result<Scale> {
        if !self.is_due(mark, indices)? {
            return Err(Error::RebaseNotDue);
        }
        let scaled = Scale::around(mark, self.scale.origins)?;
        if scaled.shift != self.scale.shift {
            return Ok(scaled);
        }
        let origins = indices.map(I128::new);
        Ok(Scale { origins, ..scaled })
    }
}

const _: () = assert!(LINES == 16 * 128);
