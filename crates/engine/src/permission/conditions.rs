//! What permission is asked about, gathered from an exchange and a market.

use super::{Conditions, PauseBits};
use crate::assess::GuardReport;
use crate::breaker::{BreakerRef, Level};
use crate::market::{STOPS_DRAWING, STOPS_FUNDING, STOPS_MOVING, STOPS_UNLOCKING};
use crate::pause::HOLDS_FAST;
use crate::price::Quality;
use crate::state::{Breaker, Mark, MarketBooks, MarketParams, Pauses};
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

/// What a market's own books say about permission.
#[derive(Clone, Copy, Debug)]
pub struct MarketGuards<'a> {
    /// What it was listed with.
    pub params: &'a MarketParams,
    /// What has tripped.
    pub breaker: BreakerRef<'a>,
    /// The last accepted mark.
    pub mark: &'a Mark,
    /// Its mark is final.
    pub settled: bool,
    /// Its lines are being moved.
    pub rebasing: bool,
    /// The slot the cluster last restarted in; 0: it has not. A mark of before says nothing, and the market is guarded.
    pub last_restart: u64,
}

impl<'a> From<&'a MarketBooks> for MarketGuards<'a> {
    fn from(market: &'a MarketBooks) -> MarketGuards<'a> {
        MarketGuards {
            params: &market.params,
            breaker: market.breaker.as_ref(),
            mark: &market.mark,
            settled: market.is_settled(),
            rebasing: market.grid.cursor != 0,
            last_restart: 0,
        }
    }
}

impl MarketGuards<'_> {
    /// Whether the mark is of before a restart of the cluster.
    #[must_use]
    pub const fn is_restarted(&self) -> bool {
        !self.settled && self.mark.slot < self.last_restart
    }

    /// Whether the mark is one to act at: no older than the market allows, and of no time before a restart. A final one does not age.
    const fn is_fresh(&self, now: Now) -> bool {
        let is_young = now.slot.saturating_sub(self.mark.slot) <= self.params.mark_age_slots_max;
        self.settled || (is_young && !self.is_restarted())
    }

    /// What it leaves allowed: nothing of its own once it is settled.
    fn level(&self, now: Now) -> Level {
        if self.settled {
            return Level::Open;
        }
        let restarted = if self.is_restarted() { Level::Guarded } else { Level::Open };
        self.breaker.level(now).max(restarted)
    }
}

impl Guards<'_> {
    /// What is paused, in the exchange or in the market.
    #[must_use]
    pub fn paused(&self, now: Now) -> PauseBits {
        let [exchange, market] = self.pauses;
        exchange.bits(now).and(market.bits(now))
    }

    /// The stricter of the exchange's level and the market's own, which a settled market has no more.
    #[must_use]
    pub fn level(&self, market: &MarketGuards<'_>, now: Now) -> Level {
        market.level(now).max(self.exchange.level(now))
    }

    /// What stands still in a market by itself, as bits of [`MarketBooks::stopped`].
    #[must_use]
    pub fn stops<'m>(&self, market: impl Into<MarketGuards<'m>>, now: Now) -> u64 {
        let market = market.into();
        let (level, paused) = (self.level(&market, now), self.paused(now));
        // Whoever cannot close, or be closed, does not pay for staying (F21).
        let funding = level == Level::Halted || market.settled || paused.meets(HOLDS_FAST);
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
    pub fn conditions<'m>(&self, market: impl Into<MarketGuards<'m>>, now: Now) -> Conditions {
        let market = &market.into();
        let settled = market.settled;
        Conditions {
            not_open: now.time < self.opens_at,
            paused: self.paused(now),
            rebasing: market.rebasing,
            settled,
            level: self.level(market, now),
            grace: !settled && self.in_grace(market, now),
            fresh: market.is_fresh(now),
            quality: Quality::from_number(market.mark.quality),
        }
    }

    /// What stands against actions in a market now, to read.
    #[must_use]
    pub fn report<'m>(&self, market: impl Into<MarketGuards<'m>>, now: Now) -> GuardReport {
        let market = &market.into();
        GuardReport {
            level: u32::from(self.level(market, now).number()),
            is_settled: market.settled.into(),
            market_reasons: market.breaker.in_force(now).0,
            exchange_reasons: self.exchange.in_force(now).0,
            paused: self.paused(now).0,
            grace_until: self.grace_until(market, now),
            opens_at: self.opens_at,
        }
    }

    /// Whether liquidation could not run until less than the grace period ago.
    #[must_use]
    pub fn in_grace(&self, market: &MarketGuards<'_>, now: Now) -> bool {
        market.params.grace_seconds != 0 && now.time < self.grace_until(market, now)
    }

    /// The latest end, by now, of a pause that kept anyone from reducing or being liquidated, unix seconds; 0: there was none.
    #[must_use]
    pub fn held_until(&self, now: Now) -> i64 {
        let [exchange, own] = self.pauses.map(|pauses| pauses.running_since(now));
        exchange.max(own)
    }

    /// When the grace period after the last halt or pause ends, unix seconds.
    #[must_use]
    pub fn grace_until(&self, market: &MarketGuards<'_>, now: Now) -> i64 {
        market.breaker.halted_until.max(self.held_until(now)).saturating_add_unsigned(market.params.grace_seconds)
    }
}

impl Conditions {
    /// What holds for an action that concerns no market.
    #[must_use]
    pub fn of_exchange(breaker: &Breaker, pauses: &Pauses, now: Now) -> Conditions {
        Conditions { paused: pauses.bits(now), level: breaker.level(now), ..Conditions::CLEAR }
    }
}
