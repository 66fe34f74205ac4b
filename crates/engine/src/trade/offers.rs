//! The order of offers: the one place that says which of two is better, and which of all comes next.

use crate::quote::LEVELS;
use crate::state::{Level, Mark, QuoteBooks};
use crate::units::{Now, Price, Side};

/// The best offer left.
#[derive(Clone, Copy)]
pub(super) struct Offer {
    /// Its maker's place among those passed.
    pub maker: u8,
    /// Its level's place in the quote.
    pub level: usize,
    /// Its price at the mark.
    pub price: Price,
}

/// What a maker offers a taker while a trade runs.
#[derive(Clone, Copy, Default)]
pub(super) struct Standing {
    /// Nothing of a quote that is not live fills.
    pub live: bool,
    /// Pegged levels fill at this mark.
    pub pegs: bool,
    /// Levels that did not fill.
    passed_over: [bool; LEVELS],
}

impl Standing {
    /// Passes a level over.
    pub fn pass_over(&mut self, level: usize) {
        if let Some(passed) = self.passed_over.get_mut(level) {
            *passed = true;
        }
    }

    /// Whether a level waits for a newer mark than this.
    pub fn waits_for_mark(&self, levels: &[Level; LEVELS]) -> bool {
        self.live && !self.pegs && levels.iter().any(|level| level.pegged != 0 && !level.size.is_zero())
    }

    /// Levels that may still fill.
    pub fn left<'q>(&'q self, levels: &'q [Level; LEVELS]) -> impl Iterator<Item = (usize, &'q Level)> + 'q {
        let levels = levels.iter().enumerate().zip(self.passed_over);
        let stands = move |level: &Level| self.live && !level.size.is_zero() && (self.pegs || level.pegged == 0);
        levels.filter(move |((_, level), passed)| !passed && stands(level)).map(|(found, _)| found)
    }
}

impl Offer {
    /// The better of two for a taker; of two at one price the first.
    pub fn or_better(self, other: Offer, taker: Side) -> Offer {
        if taker.prefers(other.price, self.price) {
            other
        } else {
            self
        }
    }
}

/// Whether an offer stands on its maker's side of the mark, and no farther from it than `edge`: so no fill lowers a maker's
/// equity at the mark.
pub(super) fn in_band(taker: Side, price: Price, mark: Price, edge: Price) -> bool {
    !taker.prefers(price, mark) && !taker.prefers(edge, price)
}

impl QuoteBooks {
    /// Whether pegged levels fill at a mark: not where it was published longer ago than the maker allows, or a taker picks an
    /// old price and refreshes afterwards (A14).
    #[must_use]
    pub fn pegs_to(&self, mark: &Mark, now: Now) -> bool {
        self.mark_age_slots_max == 0 || mark.age_slots(now) <= u64::from(self.mark_age_slots_max)
    }
}
