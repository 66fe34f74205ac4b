//! The books an operation changes: a market with its ladder.

use crate::account::Slot;
use crate::error::{Error, Result};
use crate::ladder::deleverage::SideAt;
use crate::ladder::locate::Place;
use crate::ladder::Ladder;
use crate::market::Market;
use crate::units::{Atoms, Cash, Lots, Side};
use crate::wide;

/// A market with its ladder, to change.
pub struct Books<'a> {
    /// The market.
    pub market: &'a mut Market,
    /// Its ladder.
    pub ladder: &'a mut Ladder,
}

/// A market with its ladder, to read.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The market.
    pub market: &'a Market,
    /// Its ladder.
    pub ladder: &'a Ladder,
}

/// A position caught up, not touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Its side; long where there are no lots.
    pub side: Side,
    /// Its lots after everything that happened to its line.
    pub lots: Lots,
    /// Its cash c with index and spare, exact.
    pub cash: Cash,
}

impl Books<'_> {
    /// The same, to read.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View { market: self.market, ladder: self.ladder }
    }

    /// One side with the mark in its key space.
    pub fn side_at(&mut self, side: Side) -> Result<SideAt<'_>> {
        let mark_key = self.market.mark_key(side)?;
        let [long, short] = &mut self.market.sides;
        let book = match side {
            Side::Long => long,
            Side::Short => short,
        };
        Ok(SideAt {
            side,
            book,
            ladder: self.ladder.side_mut(side),
            grid: &self.market.grid,
            mark_key,
            settle_key: mark_key,
        })
    }
}

/// The books of a market number among several.
pub fn find<'b, 'a>(books: &'b mut [Books<'a>], market: u64) -> Result<&'b mut Books<'a>> {
    books.iter_mut().find(|books| books.market.id == market).ok_or(Error::MarketMissing)
}

impl View<'_> {
    /// What a slot's position is now.
    pub fn holding(&self, slot: &Slot) -> Result<Holding> {
        let position = &slot.position;
        let Some(side) = position.side() else {
            return Ok(Holding { side: Side::Long, lots: Lots::ZERO, cash: position.spare.cash() });
        };
        if self.market.grid.cursor != 0 {
            return Err(Error::Rebasing);
        }
        let ladder = self.ladder.side(side);
        let located = ladder.locate(&self.market.grid, side, position)?;
        let (lots, moment) = match located.place {
            Place::Line(at) => {
                let key = self.market.grid.scale.key(side, at)?;
                (position.size(), wide::mul_signed(key, position.size().0)?)
            }
            Place::Pool { pool, shares, .. } => {
                let portion = ladder.pool(pool)?.portion(side, shares, self.market.mark_key(side)?)?;
                (portion.lots, portion.moment)
            }
        };
        let freed = Cash(wide::mul_signed(located.freed_per_lot, position.size().0)?);
        let cash = key_cash(self.market.side(side).index.get(), side, lots, moment)?;
        Ok(Holding { side, lots, cash: cash.plus(position.spare.cash())?.plus(freed)? })
    }

    /// Equity of a holding at a price, exact.
    pub fn equity_at(&self, holding: &Holding, price: crate::Price) -> Result<Cash> {
        let value = price.value(holding.lots)?;
        match holding.side {
            Side::Long => holding.cash.plus(value),
            Side::Short => holding.cash.minus(value),
        }
    }
}

/// Cash of lots with a moment: `-q*K + q*X`, q signed. Exact.
pub fn key_cash(index: i128, side: Side, lots: Lots, moment: i128) -> Result<Cash> {
    let shifted = wide::mul_signed(index, lots.0)?;
    side.signed(shifted.checked_sub(moment).ok_or(Error::Overflow)?).map(Cash)
}

impl Market {
    /// Books money that came into the market from accounts.
    pub fn book_in(&mut self, amount: Atoms) -> Result<()> {
        self.book(i128::from(amount.0))
    }

    /// Books money that left the market to accounts or to the insurance vault.
    pub fn book_out(&mut self, amount: Atoms) -> Result<()> {
        self.book(i128::from(amount.0).wrapping_neg())
    }

    fn book(&mut self, change: i128) -> Result<()> {
        let booked = i128::from(self.booked).checked_add(change).ok_or(Error::Overflow)?;
        self.booked = i64::try_from(booked).map_err(|_| Error::Overflow)?;
        Ok(())
    }
}
