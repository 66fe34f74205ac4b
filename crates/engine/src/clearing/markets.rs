//! A market with its ladder, and what a position in it is once everything that happened to its line is counted.

use super::ladder::{Leaver, SideAt};
use super::pages::{Pages, PagesRef};
use super::state::{Held, LadderBooks, MarketBooks, MarketSlot};
use crate::error::{Error, Result};
use crate::units::{Cash, Lots, Price, Side};
use crate::wide;

/// A market with its ladder, to change.
pub struct MarketMut<'a> {
    /// The market.
    pub market: &'a mut MarketBooks,
    /// Its ladder.
    pub ladder: &'a mut LadderBooks,
    /// Pages of its ended lists, as far as they were passed.
    pub pages: Pages<'a>,
}

/// A market with its ladder, to read.
#[derive(Clone, Copy)]
pub struct MarketRef<'a> {
    /// The market.
    pub market: &'a MarketBooks,
    /// Its ladder.
    pub ladder: &'a LadderBooks,
    /// Pages of its ended lists, as far as they were passed.
    pub pages: PagesRef<'a>,
}

/// The market of a number among several. Fails with `MarketMissing`.
pub fn find<'m, 'a>(markets: &'m mut [MarketMut<'a>], market_index: u64) -> Result<&'m mut MarketMut<'a>> {
    markets.iter_mut().find(|market| market.market.market_index == market_index).ok_or(Error::MarketMissing)
}

/// The same, to read.
pub fn view<'m>(markets: &'m [MarketMut<'_>], market_index: u64) -> Result<MarketRef<'m>> {
    let found = markets.iter().find(|market| market.market.market_index == market_index);
    found.map(MarketMut::as_ref).ok_or(Error::MarketMissing)
}

/// A position with everything that happened to it, not touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaughtUp {
    /// Its side; long where it has no lots.
    pub side: Option<Side>,
    /// Its lots.
    pub lots: Lots,
    /// Its cash with the side's index and spare, exact.
    pub cash: Cash,
    /// Its cash without spare: what its key says.
    pub key_cash: Cash,
    /// What its deleveraged lots left and it has not seen.
    pub held: [Held; 3],
    /// Whether it stands on a line of the present grid, with nothing to catch up.
    pub settled: bool,
}

impl MarketMut<'_> {
    /// The same, to read.
    #[must_use]
    pub fn as_ref(&self) -> MarketRef<'_> {
        MarketRef { market: self.market, ladder: self.ladder, pages: self.pages.as_ref() }
    }

    /// A side's ladder, to deleverage lots that leave `h` behind each.
    pub fn side_at(&mut self, side: Side, h: u128) -> Result<SideAt<'_>> {
        let mark_key = self.market.mark_key(side)?;
        let [long, short] = &mut self.market.sides;
        let book = side.pick(long, short);
        Ok(SideAt {
            side,
            totals: &mut book.totals,
            event: &mut book.event,
            ladder: self.ladder.side_mut(side),
            grid: &self.market.grid,
            claims_now: book.claims.now,
            mark_key,
            h,
        })
    }
}

impl MarketRef<'_> {
    /// What a slot's position is now. Fails with `Rebasing` while the market's ladder is being moved.
    pub fn caught_up(&self, slot: &MarketSlot) -> Result<CaughtUp> {
        let position = &slot.position;
        let Some(side) = position.side() else {
            return Ok(CaughtUp { cash: position.spare.cash(), settled: true, ..CaughtUp::default() });
        };
        if self.market.is_migrating() {
            return Err(Error::Rebasing);
        }
        let ladder = self.ladder.side(side);
        let located = ladder.locate(&self.market.grid, side, position)?;
        let mark_key = self.market.mark_key(side)?;
        let leaver = ladder.peek(&self.market.grid, side, position, &located, mark_key)?;
        let moved = Cash(located.moved(position.size())?);
        let key_cash = self.key_cash(side, &leaver)?;
        let cash = key_cash.plus(position.spare.cash())?.minus(position.lacking.cash())?.plus(moved)?;
        let settled = located.is_current() && position.grid_epoch == self.market.grid.epoch;
        Ok(CaughtUp { side: Some(side), lots: leaver.lots, cash, key_cash, held: leaver.held, settled })
    }

    fn key_cash(&self, side: Side, leaver: &Leaver) -> Result<Cash> {
        key_cash(self.market.side(side).index.get(), side, leaver.lots, leaver.lots_times_key)
    }

    /// Equity of a position at the mark, exact.
    pub fn equity(&self, position: &CaughtUp) -> Result<Cash> {
        equity_at(position, self.market.mark.price)
    }
}

/// Equity of a position at a price, exact.
pub fn equity_at(position: &CaughtUp, price: Price) -> Result<Cash> {
    let Some(side) = position.side else { return Ok(position.cash) };
    let value = price.value(position.lots)?;
    match side {
        Side::Long => position.cash.plus(value),
        Side::Short => position.cash.minus(value),
    }
}

/// Cash of lots with their lots times key: `-q*K + q*X`, q signed. Exact.
pub fn key_cash(index: i128, side: Side, lots: Lots, lots_times_key: i128) -> Result<Cash> {
    let shifted = wide::mul_signed(index, lots.0)?;
    side.signed(shifted.checked_sub(lots_times_key).ok_or(Error::Overflow)?).map(Cash)
}
