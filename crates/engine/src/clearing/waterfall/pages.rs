//! The next page of ended lists: an account that any signer creates and pays for, before the side's lists need it (A84).

use crate::clearing::error::{Error, Result};
use crate::clearing::recovery::PAGE;
use crate::clearing::state::{AccountBooks, HeldPage, MarketBooks};
use crate::units::{Atoms, Side};

/// The next page may be created when the present list is so near to it, half a page: long before an event waits for it.
const AHEAD: u64 = PAGE / 2;

impl MarketBooks {
    /// Whether a side's next page may be created.
    #[must_use]
    pub fn is_page_due(&self, side: Side) -> bool {
        let book = self.side(side);
        book.pages.saturating_mul(PAGE) < book.event.list.saturating_add(AHEAD)
    }

    /// Begins a side's next page in an account made for it, all zero, and credits the account of the signer who paid for it `page_reward`, at
    /// most the keeper pot. Fails with `PageNotDue`, so that no page is paid for that its lists do not need.
    pub fn create_page(&mut self, side: Side, page: &mut HeldPage, keeper: &mut AccountBooks) -> Result<Atoms> {
        if !self.is_page_due(side) {
            return Err(Error::PageNotDue);
        }
        let (market_index, book) = (self.market_index, self.side_mut(side));
        page.begin(market_index, side, book.pages);
        book.pages = book.pages.checked_add(1).ok_or(crate::Error::Overflow)?;
        let paid = self.waterfall.page_reward.least(self.keeper_pot);
        self.keeper_pot = self.keeper_pot.minus(paid)?;
        self.book_out(paid)?;
        keeper.free = keeper.free.plus(paid)?;
        Ok(paid)
    }
}
