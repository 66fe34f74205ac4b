//! Pages of ended lists: accounts of 256 each, numbered by side, that are never recycled (A84).

use crate::clearing::state::{EndedList, Held, HeldClaims, HeldPage};
use crate::error::{Error, Result};
use crate::units::Side;
use crate::wide::U128;

/// Ended lists on a page.
pub const LISTS_PER_PAGE: usize = 256;
/// The same as a number of lists.
pub const PAGE: u64 = 256;

const _: () = assert!(LISTS_PER_PAGE == 256 && PAGE == 256);

const NONE: EndedList = EndedList {
    list: 0,
    index: 0,
    held: U128::ZERO,
    units: U128::ZERO,
    claims: HeldClaims { units: U128::ZERO, epoch: 0 },
};

impl HeldPage {
    /// Empty: for the heap of tests and simulators; on chain a zeroed account is one.
    pub const EMPTY: HeldPage = HeldPage { market_index: 0, side: 0, number: 0, lists: [NONE; LISTS_PER_PAGE] };

    /// Makes an empty one a side's.
    pub fn begin(&mut self, market_index: u64, side: Side, number: u64) {
        (self.market_index, self.side, self.number) = (market_index, side.pick(0, 1), number);
    }

    /// The page a list belongs to.
    #[must_use]
    pub const fn of_list(list: u64) -> u64 {
        list / PAGE
    }

    /// Whether it holds a list of a market's side.
    #[must_use]
    pub fn holds(&self, market_index: u64, side: Side, list: u64) -> bool {
        let here = self.market_index == market_index && self.side == side.pick(0, 1);
        here && self.number == HeldPage::of_list(list)
    }

    fn seat(list: u64) -> Result<usize> {
        usize::try_from(list % PAGE).map_err(|_| Error::Overflow)
    }

    /// A list that ended with owners. Fails with `NotConserved` where it did not.
    pub fn list(&self, list: u64) -> Result<&EndedList> {
        self.lists.get(HeldPage::seat(list)?).filter(|seat| seat.list == list && list != 0).ok_or(Error::NotConserved)
    }

    /// Keeps a list that ended: once and for ever.
    pub fn keep(&mut self, ended: EndedList) -> Result<()> {
        let seat = self.lists.get_mut(HeldPage::seat(ended.list)?).ok_or(Error::Overflow)?;
        if seat.list != 0 || ended.list == 0 {
            return Err(Error::NotConserved);
        }
        *seat = ended;
        Ok(())
    }

    /// Takes an owner's money of a list out, 1e-12 atom, and with the last units what rounding left, beside it.
    pub fn collect(&mut self, held: &Held) -> Result<(u128, u128)> {
        let _ = self.list(held.list)?;
        let seat = self.lists.get_mut(HeldPage::seat(held.list)?).ok_or(Error::Overflow)?;
        let worth = held.worth(seat.index)?.min(seat.held.get());
        seat.held.sub(worth)?;
        seat.units.sub(held.units.get())?;
        if seat.units.get() != 0 {
            return Ok((worth, 0));
        }
        let rest = seat.held.get();
        seat.held = U128::ZERO;
        Ok((worth, rest))
    }
}
