//! What the guards' rooms ask for, from a market's books.

use crate::breaker::{BreakerMut, BreakerRef};
use crate::clearing::state::{Breaker, MarketBooks, Stress, REASONS};
use crate::funding::FundingBooks;
use crate::permission::{Conditions, Guards, MarketGuards};
use crate::price::{Reasons, Sources};
use crate::units::Now;
use crate::Result;

// Every reason has its clock.
const _: () = assert!(Reasons::RESTART.0 == 1 << (REASONS - 1));

impl<'a> From<&'a MarketBooks> for Sources<'a> {
    fn from(market: &'a MarketBooks) -> Sources<'a> {
        Sources { params: &market.params, mark: &market.mark, second: &market.second }
    }
}

impl<'a> From<&'a MarketBooks> for MarketGuards<'a> {
    fn from(market: &'a MarketBooks) -> MarketGuards<'a> {
        MarketGuards {
            params: &market.params,
            breaker: market.breaker.as_ref(),
            mark: &market.mark,
            settled: market.is_settled(),
            rebasing: market.is_migrating(),
            last_restart: 0,
        }
    }
}

impl Breaker {
    /// Its clocks, to read.
    #[must_use]
    pub const fn as_ref(&self) -> BreakerRef<'_> {
        BreakerRef { reasons: Reasons(self.reasons), clears_at: &self.clears_at, halted_until: self.halted_until }
    }

    /// Its clocks, to change.
    pub const fn as_mut(&mut self) -> BreakerMut<'_> {
        let Breaker { reasons, clears_at, halted_until } = self;
        BreakerMut { reasons, clears_at, halted_until }
    }
}

/// What guards a market beside its own books: what every instruction knows of exchange and cluster.
#[derive(Clone, Copy)]
pub struct ExchangeGuards<'a> {
    /// The exchange's breaker, the pauses of exchange and market, and when the market opens.
    pub guards: Guards<'a>,
    /// The slot the cluster last restarted in; 0: it has not.
    pub last_restart: u64,
    /// Whether most of the exchange is stressed.
    pub stress: &'a Stress,
}

impl ExchangeGuards<'_> {
    /// What a market's own books say, with what is known of the cluster.
    #[must_use]
    pub fn of<'m>(&self, market: &'m MarketBooks) -> MarketGuards<'m> {
        MarketGuards { last_restart: self.last_restart, ..market.into() }
    }

    /// What holds in a market now.
    #[must_use]
    pub fn conditions(&self, market: &MarketBooks, now: Now) -> Conditions {
        self.guards.conditions(self.of(market), now)
    }
}

impl MarketBooks {
    /// What its funding is measured by.
    pub fn funding_books(&mut self) -> Result<FundingBooks<'_>> {
        let interest = self.open_interest()?;
        Ok(FundingBooks { params: &self.params, funding: &mut self.funding, mark: self.mark.price, interest })
    }
}
