//! What a market keeps of its sources.

use crate::state::{Mark, MarketBooks, MarketParams, Second};

/// What an observation is graded against: the bounds, the last accepted mark, and what the second source last showed.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// What the market was listed with.
    pub params: &'a MarketParams,
    /// The last accepted mark.
    pub mark: &'a Mark,
    /// The second source, where there is one.
    pub second: &'a Second,
}

impl<'a> From<&'a MarketBooks> for Sources<'a> {
    fn from(market: &'a MarketBooks) -> Sources<'a> {
        Sources { params: &market.params, mark: &market.mark, second: &market.second }
    }
}
