//! What permission is asked about, gathered from an exchange and a market.

use super::{Conditions, PauseBits};
use crate::assess::GuardReport;
use crate::breaker::Level;
use crate::market::{STOPS_DRAWING, STOPS_FUNDING, STOPS_MOVING, STOPS_UNLOCKING};
use crate::pause::HOLDS_FAST;
use crate::price::Quality;
use crate::state::{Breaker, MarketBooks, Pauses};
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
    fn level(&self, market: &MarketBooks, now: Now) -> Level {
        let own = if market.settled != 0 { Level::Open } else { market.level(now) };
        own.max(self.exchange.level(now))
    }

    /// What stands still in a market by itself, as bits of [`MarketBooks::stopped`].
    #[must_use]
    pub fn stops(&self, market: &MarketBooks, now: Now) -> u64 {
        let (level, paused) = (self.level(market, now), self.paused(now));
        // Whoever cannot close, or be closed, does not pay for staying (F21).
        let funding = level == Level::Halted || market.settled != 0 || paused.meets(HOLDS_FAST);
        let unlocking = level != Level::Open || paused.meets(UNLOCKING);
        let bit = |stops: bool, bit: u64| if stops { bit } else { 0 };
        // An instruction over several markets moves no money out of one that is frozen, or whose price nobody knows (A27).
        let drawing = level == Level::Halted || paused.meets(PauseBits::FREEZE);
        let moving = paused.meets(PauseBits::FREEZE);
        let drawn = bit(drawing, STOPS_DRAWING) | bit(moving, STOPS_MOVING);
        bit(funding, STOPS_FUNDING) | bit(unlocking, STOPS_UNLOCKING) | drawn
    }

    /// What holds in a market now. A settled one's mark is final: its own breaker, the grace period and the mark's age say
    /// nothing about it any more.
    #[must_use]
    pub fn conditions(&self, market: &MarketBooks, now: Now) -> Conditions {
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

    /// What stands against actions in a market now, to read.
    #[must_use]
    pub fn report(&self, market: &MarketBooks, now: Now) -> GuardReport {
        GuardReport {
            level: u32::from(self.level(market, now).number()),
            is_settled: market.is_settled().into(),
            market_reasons: market.breaker.in_force(now).0,
            exchange_reasons: self.exchange.in_force(now).0,
            paused: self.paused(now).0,
            grace_until: self.grace_until(market, now),
            opens_at: self.opens_at,
        }
    }

    /// Whether liquidation could not run until less than the grace period ago.
    fn in_grace(&self, market: &MarketBooks, now: Now) -> bool {
        market.params.grace_seconds != 0 && now.time < self.grace_until(market, now)
    }

    /// When the grace period after the last halt or pause ends, unix seconds.
    fn grace_until(&self, market: &MarketBooks, now: Now) -> i64 {
        let [exchange, own] = self.pauses.map(|pauses| pauses.running_since(now));
        market.breaker.halted_until.max(exchange).max(own).saturating_add_unsigned(market.params.grace_seconds)
    }
}

impl Conditions {
    /// What holds for an action that concerns no market.
    #[must_use]
    pub fn of_exchange(breaker: &Breaker, pauses: &Pauses, now: Now) -> Conditions {
        Conditions { paused: pauses.bits(now), level: breaker.level(now), ..Conditions::CLEAR }
    }
}
