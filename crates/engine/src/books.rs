//! The books an operation changes: a market with its ladder.

use crate::error::{Error, Result};
use crate::ladder::deleverage::SideAt;
use crate::ladder::locate::{Located, Place};
use crate::state::{LadderBooks, MarketBooks, MarketSlot, Position};
use crate::units::{Atoms, Cash, Lots, Price, Side};
use crate::wide;

/// A market with its ladder, to change.
pub struct Books<'a> {
    /// The market.
    pub market: &'a mut MarketBooks,
    /// Its ladder.
    pub ladder: &'a mut LadderBooks,
}

/// A market with its ladder, to read.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The market.
    pub market: &'a MarketBooks,
    /// Its ladder.
    pub ladder: &'a LadderBooks,
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

/// A position caught up, with where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaughtUp {
    /// What it is now.
    pub holding: Holding,
    /// Its cash without spare and what rebases freed, exact: what its key says.
    pub key_cash: Cash,
    /// Where it stands; `None` without lots.
    pub located: Option<Located>,
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
    pub fn holding(&self, slot: &MarketSlot) -> Result<Holding> {
        self.caught_up(slot).map(|found| found.holding)
    }

    /// The same, with where it stands. Fails with `Rebasing` while the market's ladder is being moved.
    pub fn caught_up(&self, slot: &MarketSlot) -> Result<CaughtUp> {
        let position = &slot.position;
        let Some(side) = position.side() else {
            let holding = Holding { side: Side::Long, lots: Lots::ZERO, cash: position.spare.cash() };
            return Ok(CaughtUp { holding, key_cash: Cash::ZERO, located: None });
        };
        if self.market.grid.cursor != 0 {
            return Err(Error::Rebasing);
        }
        let located = self.ladder.side(side).locate(&self.market.grid, side, position)?;
        self.located_at(position, (side, located), self.market.mark.price)
    }

    /// What a located position would be at a mark. Only in a pool that makes a difference: the lot that rounding splits there is
    /// worth nothing at the mark.
    pub fn located_at(&self, position: &Position, found: (Side, Located), mark: Price) -> Result<CaughtUp> {
        let (side, located) = found;
        let index = self.market.side(side).index.get();
        let (lots, moment) = match located.place {
            Place::Line(at) => {
                let key = self.market.grid.scale.key(side, at)?;
                (position.size(), wide::mul_signed(key, position.size().0)?)
            }
            Place::Pool { pool, shares, .. } => {
                let mark_key = i128::from(mark.0).checked_add(index).ok_or(Error::Overflow)?;
                let portion = self.ladder.side(side).pool(pool)?.portion(side, shares, mark_key)?;
                (portion.lots, portion.moment)
            }
        };
        let freed = Cash(wide::mul_signed(located.freed_per_lot, position.size().0)?);
        let key_cash = key_cash(index, side, lots, moment)?;
        let cash = key_cash.plus(position.spare.cash())?.plus(freed)?;
        Ok(CaughtUp { holding: Holding { side, lots, cash }, key_cash, located: Some(located) })
    }

    /// U of a side at the mark, exact.
    pub fn shortfall(&self, side: Side) -> Result<u128> {
        let key = self.market.mark_key(side)?;
        Ok(self.ladder.side(side).beyond(side, &self.market.grid.scale, key)?.shortfall)
    }

    /// Equity of a holding at a price, exact.
    pub fn equity_at(&self, holding: &Holding, price: Price) -> Result<Cash> {
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

impl MarketBooks {
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
