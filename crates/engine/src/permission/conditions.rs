//! What permission is asked about, gathered from an exchange and a market.

use super::{Conditions, PauseBits};
use crate::breaker::Level;
use crate::market::{Breaker, Market, STOPS_FUNDING, STOPS_UNLOCKING};
use crate::pause::{Pauses, HOLDS_FAST};
use crate::price::Quality;
use crate::units::Now;

/// Pauses under which no profit unlocks.
const UNLOCKING: PauseBits = PauseBits::UNLOCKING.and(PauseBits::FREEZE);

/// What guards a market beside its own books.
#[derive(Clone, Copy)]
pub struct Guards<'a> {
    /// The exchange's breaker.
    pub exchange: &'a Breaker,
    /// Pauses of the exchange, then of the market.
    pub pauses: [&'a Pauses; 2],
    /// When the listing's timelock runs out, unix seconds: nobody trades before.
    pub opens_at: i64,
}

impl Guards<'_> {
    fn paused(&self, now: Now) -> PauseBits {
        let [exchange, market] = self.pauses;
        exchange.bits(now).and(market.bits(now))
    }

    /// The stricter of the exchange's level and the market's own, which a settled market has no more.
    fn level(&self, market: &Market, now: Now) -> Level {
        let own = if market.settled != 0 { Level::Open } else { market.level(now) };
        own.max(self.exchange.level(now))
    }

    /// What stands still in a market by itself, as bits of [`Market::stopped`].
    #[must_use]
    pub fn stops(&self, market: &Market, now: Now) -> u64 {
        let (level, paused) = (self.level(market, now), self.paused(now));
        // Whoever cannot close, or be closed, does not pay for staying (F21).
        let funding = level == Level::Halted || market.settled != 0 || paused.meets(HOLDS_FAST);
        let unlocking = level != Level::Open || paused.meets(UNLOCKING);
        let bit = |stops: bool, bit: u64| if stops { bit } else { 0 };
        bit(funding, STOPS_FUNDING) | bit(unlocking, STOPS_UNLOCKING)
    }

    /// What holds in a market now. A settled one's mark is final: its own breaker, the grace period and the mark's age say
    /// nothing about it any more.
    #[must_use]
    pub fn conditions(&self, market: &Market, now: Now) -> Conditions {
        let settled = market.settled != 0;
        Conditions {
            not_open: now.time < self.opens_at,
            paused: self.paused(now),
            rebasing: market.grid.cursor != 0,
            settled,
            level: self.level(market, now),
            grace: !settled && self.in_grace(market, now),
            fresh: market.mark_is_fresh(now),
            quality: Quality::from_number(market.mark.quality),
        }
    }

    /// Whether liquidation could not run until less than the grace period ago.
    fn in_grace(&self, market: &Market, now: Now) -> bool {
        let seconds = market.params.grace_seconds;
        if seconds == 0 {
            return false;
        }
        let [exchange, own] = self.pauses.map(|pauses| pauses.running_since(now));
        now.time < market.breaker.halted_until.max(exchange).max(own).saturating_add_unsigned(seconds)
    }
}

impl Conditions {
    /// What holds for an action that concerns no market.
    #[must_use]
    pub fn of_exchange(breaker: &Breaker, pauses: &Pauses, now: Now) -> Conditions {
        Conditions { paused: pauses.bits(now), level: breaker.level(now), ..Conditions::CLEAR }
    }
}
