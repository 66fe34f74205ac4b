//! Lots that rounding left behind: opposite ones cancel at the mark, and when a market is empty what remains is insurance's.

use crate::clearing::state::MarketBooks;
use crate::error::Result;
use crate::units::{Atoms, Cash, Lots, Side};
use crate::wide;

impl MarketBooks {
    /// Takes dust lots of a side out at the mark.
    pub fn close_dust(&mut self, side: Side, lots: Lots) -> Result<()> {
        let value = side.signed(wide::mul_signed(self.mark_key(side)?, lots.0)?)?;
        let book = self.side_mut(side);
        book.dust.lots = book.dust.lots.minus(lots)?;
        book.totals.lots = book.totals.lots.minus(lots)?;
        book.dust.cash.add(value)
    }

    /// Opposite dust lots cancel at the mark; the dust of a market without lots goes to insurance. Returns what went there.
    pub fn tidy_dust(&mut self) -> Result<Atoms> {
        let [long, short] = [Side::Long, Side::Short].map(|side| self.side(side).dust.lots);
        let lots = long.least(short);
        if !lots.is_zero() {
            for side in Side::BOTH {
                self.close_dust(side, lots)?;
            }
        }
        let empty = Side::BOTH.into_iter().all(|side| {
            let book = self.side(side);
            book.totals.lots.is_zero() && book.estate.lots.is_zero()
        });
        if !empty {
            return Ok(Atoms::ZERO);
        }
        let both = Cash(self.side(Side::Long).dust.cash.get()).plus(Cash(self.side(Side::Short).dust.cash.get()))?;
        let whole = both.gain_floor()?;
        self.side_mut(Side::Long).dust.cash.add(whole.cash().0.wrapping_neg())?;
        self.insurance_due = self.insurance_due.plus(whole)?;
        Ok(whole)
    }
}
