//! What the day looked like, step by step: read from the books, as a dashboard would.

use breakwater_engine::state::MarketBooks;
use breakwater_engine::units::BPS;
use breakwater_engine::{Atoms, Lots, Side};

use crate::venue::{Books, Venue};

/// A market at one step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Price, 1e-8 USD.
    pub price: i64,
    /// Open interest at the mark, atoms.
    pub open_interest: u64,
    /// Share of open interest that goes bankrupt within 5 % of the mark on either side, bps.
    pub at_risk: u64,
    /// The waterfall so far.
    pub tiers: Tiers,
}

/// What the waterfall has done in a market so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tiers {
    /// Tier 1.
    pub partial_liquidations: u64,
    /// Tier 2, atoms.
    pub insured: u64,
    /// Tier 3, lots.
    pub deleveraged: u64,
    /// Tier 3's share of losses, atoms.
    pub absorbed: u64,
    /// Tier 4, atoms.
    pub socialised: u64,
    /// Borne by nobody, atoms.
    pub unfunded: u64,
}

impl Tiers {
    /// Of a market.
    #[must_use]
    pub fn of(market: &MarketBooks) -> Tiers {
        let tally = &market.tally;
        Tiers {
            partial_liquidations: tally.partial_liquidations,
            insured: tally.insured.0,
            deleveraged: tally.deleveraged.0,
            absorbed: tally.absorbed.0,
            socialised: tally.socialised.0,
            unfunded: tally.unfunded.0,
        }
    }

    /// Both markets' together.
    #[must_use]
    pub const fn plus(self, other: Tiers) -> Tiers {
        Tiers {
            partial_liquidations: self.partial_liquidations + other.partial_liquidations,
            insured: self.insured + other.insured,
            deleveraged: self.deleveraged + other.deleveraged,
            absorbed: self.absorbed + other.absorbed,
            socialised: self.socialised + other.socialised,
            unfunded: self.unfunded + other.unfunded,
        }
    }
}

/// Samples a market.
#[must_use]
pub fn sample(venue: &dyn Venue, market: usize, price: i64) -> Sample {
    let books = venue.books(market);
    let mark = books.market.mark.price;
    let open_interest = mark.value_floor(books.market.open_interest()).unwrap_or(Atoms::ZERO);
    Sample { price, open_interest: open_interest.0, at_risk: at_risk(&books), tiers: Tiers::of(&books.market) }
}

/// The cascade gauge: lots whose bankruptcy price is within 5 % of the mark, or past it, over open interest.
fn at_risk(books: &Books) -> u64 {
    let lots: u128 = Side::BOTH.into_iter().filter_map(|side| lots_within(books, side)).sum();
    let Lots(all) = books.market.open_interest();
    u64::try_from(lots * u128::from(BPS) / (2 * u128::from(all)).max(1)).unwrap_or(0)
}

fn lots_within(books: &Books, side: Side) -> Option<u128> {
    let market = &books.market;
    let step = i128::from(market.mark.price.0 / 20);
    let key = match side {
        Side::Long => market.mark_key(side).ok()? - step,
        Side::Short => market.mark_key(side).ok()? + step,
    };
    books.ladder.side(side).beyond(side, &market.grid.scale, key).ok().map(|beyond| beyond.lots)
}
