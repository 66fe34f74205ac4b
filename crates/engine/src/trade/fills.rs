//! What filled, level by level.

use super::MAKERS;
use crate::error::{Error, Result};
use crate::quote::LEVELS;
use crate::units::{Lots, Price};

/// Fills of one trade at most: each level of each maker, and what closed against residue.
pub const FILLS: usize = MAKERS * LEVELS + 1;

/// Lots that changed hands at a price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fill {
    /// The maker's place among those passed; `None`: closed against what rounding left of the other side.
    pub maker: Option<u8>,
    /// How many.
    pub lots: Lots,
    /// At what.
    pub price: Price,
}

/// The fills of a trade, in the order they came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fills {
    list: [Fill; FILLS],
    count: usize,
}

impl Fills {
    /// The fills.
    pub fn iter(&self) -> impl Iterator<Item = &Fill> {
        self.list.iter().take(self.count)
    }

    /// Adds a fill. A level that fills in two parts, because a position on either side goes through zero in between, is one.
    pub(super) fn add(&mut self, fill: Fill) -> Result<()> {
        let last = self.count.checked_sub(1).and_then(|at| self.list.get_mut(at));
        if let Some(last) = last.filter(|last| last.maker == fill.maker && last.price == fill.price) {
            last.lots = last.lots.plus(fill.lots)?;
            return Ok(());
        }
        *self.list.get_mut(self.count).ok_or(Error::Overflow)? = fill;
        self.count = self.count.saturating_add(1);
        Ok(())
    }
}
