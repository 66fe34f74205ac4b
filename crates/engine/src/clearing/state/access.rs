//! Reading and changing a market's parts.

use super::{MarketBooks, SideBook, STOPS_DRAWING, STOPS_FORCING, STOPS_FUNDING, STOPS_UNLOCKING};
use crate::error::{Error, Result};
use crate::units::{Atoms, Lots, Side};

impl MarketBooks {
    /// A side's books.
    #[must_use]
    pub const fn side(&self, side: Side) -> &SideBook {
        let [long, short] = &self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// A side's books, to change.
    pub const fn side_mut(&mut self, side: Side) -> &mut SideBook {
        let [long, short] = &mut self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// The mark in a side's key space: P + X.
    pub fn mark_key(&self, side: Side) -> Result<i128> {
        i128::from(self.mark.price.0).checked_add(self.side(side).index.get()).ok_or(Error::Overflow)
    }

    /// Whether it has been settled.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.settled != 0
    }

    /// Whether lines of its ladder are on their way to another grid: until they are there no sum over them means anything.
    #[must_use]
    pub const fn is_migrating(&self) -> bool {
        self.grid.cursor != 0
    }

    /// Whether its mark can be used: a settled market's always can.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        self.silent_since == 0 || self.is_settled()
    }

    /// Whether money may leave its positions and vesting profit for another market (A27).
    #[must_use]
    pub const fn may_be_drawn_on(&self) -> bool {
        !self.standing.has(STOPS_DRAWING)
    }

    /// Whether its positions go with a declaration: else they stay their owner's.
    #[must_use]
    pub const fn may_be_declared(&self) -> bool {
        self.is_usable() && !self.standing.has(STOPS_FORCING)
    }

    /// Whether vested profit leaves it.
    #[must_use]
    pub const fn unlocks(&self) -> bool {
        !self.standing.has(STOPS_UNLOCKING)
    }

    /// Whether funding accrues: never again once it is settled. An old mark stops nothing (A49).
    #[must_use]
    pub const fn funding_runs(&self) -> bool {
        !self.standing.has(STOPS_FUNDING) && !self.is_settled()
    }

    /// Lots of a side that no estate holds: lines, pools and dust.
    #[must_use]
    pub const fn open_lots(&self, side: Side) -> Lots {
        self.side(side).totals.lots
    }

    /// Lots of one side, its estate's included: the other side has as many (I2).
    pub fn open_interest(&self) -> Result<Lots> {
        let long = self.side(Side::Long);
        long.totals.lots.plus(long.estate.lots)
    }

    /// Books money that came into the market from accounts or from the insurance vault.
    pub fn book_in(&mut self, amount: Atoms) -> Result<()> {
        self.book(i128::from(amount.0))
    }

    /// Books money that left the market.
    pub fn book_out(&mut self, amount: Atoms) -> Result<()> {
        self.book(i128::from(amount.0).wrapping_neg())
    }

    fn book(&mut self, change: i128) -> Result<()> {
        let booked = i128::from(self.booked).checked_add(change).ok_or(Error::Overflow)?;
        self.booked = i64::try_from(booked).map_err(|_| Error::Overflow)?;
        Ok(())
    }
}
