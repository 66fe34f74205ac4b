//! Held money by its list: of the present event, or of one that ended and stands on a page (A84). An event whose page is not
//! there does not end, so that no owner's money waits for another's; and what a page holds is never taken for nothing: whatever
//! needs it fails with `PageMissing` where the page was not passed.

use crate::clearing::markets::{MarketMut, MarketRef};
use crate::clearing::recovery::ListState;
use crate::clearing::state::{EndedList, Held, MarketSlot};
use crate::error::{Error, Result};
use crate::units::Side;

impl MarketRef<'_> {
    /// What the list of held money is worth and has earned now; `None` where the money has no units of one that ended.
    pub fn list_state(&self, side: Side, held: &Held) -> Result<Option<ListState>> {
        let event = &self.market.side(side).event;
        if held.list == event.list {
            return Ok(Some(event.list_state()));
        }
        if held.units.get() == 0 {
            return Ok(None);
        }
        let page = self.pages.get(self.market.market_index, side, held.list).ok_or(Error::PageMissing)?;
        page.list(held.list).map(|ended| Some(ended.state()))
    }

    /// What held money of a side's events is worth now, 1e-12 atom, rounded down.
    pub fn worth_of(&self, side: Side, held: &Held) -> Result<u128> {
        if held.is_none() {
            return Ok(0);
        }
        match self.list_state(side, held)? {
            Some(state) => held.worth(state.index),
            None => Ok(0),
        }
    }

    /// Whether every page is there that holds money of a slot, or what its deleveraged lots left and it has not seen: a maker
    /// whose pages a taker does not pass is passed over (N4).
    pub fn has_pages_of(&self, slot: &MarketSlot) -> Result<bool> {
        let own = Side::BOTH.into_iter().all(|side| self.has_page_of(side, &side.of(slot.held)));
        let position = self.caught_up(slot)?;
        let unseen = |side: Side| position.held.iter().all(|held| self.has_page_of(side, held));
        Ok(own && position.side.is_none_or(unseen))
    }

    /// Whether held money can be found: it is in the present list, or its page is there.
    #[must_use]
    pub fn has_page_of(&self, side: Side, held: &Held) -> bool {
        held.is_none() || self.list_state(side, held).is_ok()
    }
}

impl MarketMut<'_> {
    /// Whether a list of a side may end: nothing is held in it, or its page is there.
    pub fn may_end(&self, side: Side) -> bool {
        let event = &self.market.side(side).event;
        event.units.get() == 0 || self.pages.get(self.market.market_index, side, event.list).is_some()
    }

    /// Keeps a list that ended on its page, where anything of it is to collect. Fails with `PageMissing`.
    pub fn keep_ended(&mut self, side: Side, ended: EndedList) -> Result<()> {
        if ended.units.get() == 0 {
            return Ok(());
        }
        let page = self.pages.get_mut(self.market.market_index, side, ended.list);
        page.ok_or(Error::PageMissing)?.keep(ended)
    }

    /// Takes held money of an ended list out of the side's classes, 1e-12 atom; what rounding left goes to the dust with the last
    /// of it. Fails with `PageMissing`.
    pub fn take_ended(&mut self, side: Side, held: &Held) -> Result<u128> {
        if held.units.get() == 0 {
            return Ok(0);
        }
        let page = self.pages.get_mut(self.market.market_index, side, held.list).ok_or(Error::PageMissing)?;
        let (worth, rest) = page.collect(held)?;
        let book = self.market.side_mut(side);
        book.ended_held.sub(worth.checked_add(rest).ok_or(Error::Overflow)?)?;
        book.leave_to_dust(rest)?;
        Ok(worth)
    }
}
