//! The pages of ended lists that an instruction was passed: those that the accounts it touches have money on, and those of events
//! that may end in it.

use super::state::HeldPage;
use crate::units::Side;

/// Pages of a market that an instruction may be passed: as many as one account can have money on, three lists of what its
/// deleveraged lots left and one of each side that it collects.
pub const PAGES_MAX: usize = 5;

/// Pages to change.
#[derive(Default)]
pub struct Pages<'a>(pub [Option<&'a mut HeldPage>; PAGES_MAX]);

/// Pages to read.
#[derive(Clone, Copy, Default)]
pub struct PagesRef<'a>(pub [Option<&'a HeldPage>; PAGES_MAX]);

impl Pages<'_> {
    /// The same, to read.
    #[must_use]
    pub fn as_ref(&self) -> PagesRef<'_> {
        PagesRef(self.0.each_ref().map(Option::as_deref))
    }

    /// The page of a list of a market's side.
    #[must_use]
    pub fn get(&self, market_index: u64, side: Side, list: u64) -> Option<&HeldPage> {
        self.0.iter().flatten().map(|page| &**page).find(|page| page.holds(market_index, side, list))
    }

    /// The same, to change.
    pub fn get_mut(&mut self, market_index: u64, side: Side, list: u64) -> Option<&mut HeldPage> {
        self.0.iter_mut().flatten().map(|page| &mut **page).find(|page| page.holds(market_index, side, list))
    }
}

impl<'a> PagesRef<'a> {
    /// The page of a list of a market's side.
    #[must_use]
    pub fn get(&self, market_index: u64, side: Side, list: u64) -> Option<&'a HeldPage> {
        self.0.iter().flatten().copied().find(|page| page.holds(market_index, side, list))
    }
}
