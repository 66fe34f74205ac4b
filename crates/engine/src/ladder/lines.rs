//! Lots entering and leaving lines, with the sums of their block.

use super::store::LineIndex;
use crate::error::{Error, Result};
use crate::state::{LadderSide, Line, Scale};
use crate::units::Lots;
use crate::wide;

impl LadderSide {
    /// One more position with `lots` on a line.
    pub fn enter(&mut self, scale: &Scale, at: LineIndex, lots: Lots) -> Result<()> {
        let line = self.line_mut(at)?;
        line.lots = line.lots.plus(lots)?;
        line.members = line.members.checked_add(1).ok_or(Error::Overflow)?;
        self.add_to_block(scale, at, lots)
    }

    /// One position less, with all its `lots`.
    pub fn leave(&mut self, scale: &Scale, at: LineIndex, lots: Lots) -> Result<()> {
        let line = self.line_mut(at)?;
        line.lots = line.lots.minus(lots)?;
        line.members = line.members.checked_sub(1).ok_or(Error::NotConserved)?;
        self.take_from_block(scale, at, lots)
    }

    /// A position on a line closes some of its lots and stays.
    pub fn shrink(&mut self, scale: &Scale, at: LineIndex, lots: Lots) -> Result<()> {
        let line = self.line_mut(at)?;
        line.lots = line.lots.minus(lots)?;
        self.take_from_block(scale, at, lots)
    }

    /// Empties a line into what called, marking it walked by a record.
    pub fn empty(&mut self, scale: &Scale, at: LineIndex, record: u32) -> Result<Line> {
        let before = *self.line(at)?;
        *self.line_mut(at)? = Line { lots: Lots::ZERO, members: 0, walked: record };
        self.take_from_block(scale, at, before.lots)?;
        Ok(before)
    }

    /// Puts a whole line's content on another: how a rebase moves it.
    pub fn merge(&mut self, scale: &Scale, at: LineIndex, content: Line) -> Result<()> {
        let line = self.line_mut(at)?;
        line.lots = line.lots.plus(content.lots)?;
        line.members = line.members.checked_add(content.members).ok_or(Error::Overflow)?;
        self.add_to_block(scale, at, content.lots)
    }

    fn add_to_block(&mut self, scale: &Scale, at: LineIndex, lots: Lots) -> Result<()> {
        let (index, bit) = at.place();
        let block = self.blocks.get_mut(index).ok_or(Error::KeyOffGrid)?;
        block.lots = block.lots.plus(lots)?;
        block.moment.add(wide::mul(scale.offset(at), lots.0))?;
        block.occupied |= 1 << bit;
        self.occupied |= 1 << index;
        Ok(())
    }

    fn take_from_block(&mut self, scale: &Scale, at: LineIndex, lots: Lots) -> Result<()> {
        let vacant = self.line(at)?.members == 0;
        let (index, bit) = at.place();
        let block = self.blocks.get_mut(index).ok_or(Error::KeyOffGrid)?;
        block.lots = block.lots.minus(lots)?;
        block.moment.sub(wide::mul(scale.offset(at), lots.0))?;
        if vacant {
            block.occupied &= !(1 << bit);
        }
        if block.occupied == 0 {
            self.occupied &= !(1 << index);
        }
        Ok(())
    }
}
