//! Breakers: what trips, how long it holds, and what it leaves allowed.
//!
//! A reason counts from when its condition is seen until the condition has been seen gone for the reason's hold. Each has its
//! own clock, so a reason that clears clears no other (F14), and the level falls only when every reason has cleared. Only
//! what makes a price useless halts; everything else guards, so that the cure is never forbidden (G23).

mod clocks;

use crate::error::Result;
use crate::price::Reasons;
use crate::state::{Breaker, ExchangeParams, InsuranceBooks, MarketBooks, MarketParams, Outflow};
use crate::units::{Bps, Now, BPS};
use crate::wide;

pub use clocks::{BreakerMut, BreakerRef};

/// When a condition that was last seen to hold will have cleared: not yet known.
pub const UNTIL_SEEN_GONE: i64 = i64::MAX;

/// What breakers leave allowed. Ordered: a higher one allows less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everything.
    #[default]
    Open,
    /// Nothing that increases risk, and no profit unlocks.
    Guarded,
    /// Nor liquidation and resolution; funding stands still.
    Halted,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Level; 3] = [Level::Open, Level::Guarded, Level::Halted];

    /// As events tell it: 0 open, 1 guarded, 2 halted.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Level::Open => 0,
            Level::Guarded => 1,
            Level::Halted => 2,
        }
    }
}

/// What an observation says about the reasons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Conditions that hold.
    pub seen: Reasons,
    /// Conditions that do not: their holds begin. What is in neither is not known and stays as it is.
    pub gone: Reasons,
}

impl Findings {
    /// Adds what is known of one reason.
    #[must_use]
    pub const fn about(self, reason: Reasons, holds: bool) -> Findings {
        if holds {
            Findings { seen: self.seen.and(reason), gone: self.gone }
        } else {
            Findings { seen: self.seen, gone: self.gone.and(reason) }
        }
    }

    /// Adds what a market's books show.
    #[must_use]
    pub fn and_shown(self, shown: Shown, params: &MarketParams) -> Findings {
        let found = shown.uninsured.map_or(self, |uninsured| self.about(Reasons::UNINSURED, uninsured));
        shown.gauge.map_or(found, |share| found.about(Reasons::GAUGE, params.gauge_guards(share)))
    }
}

/// Seconds a condition must have been gone, by what its reason does; zero: such reasons are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    /// Of reasons that halt.
    pub halt: u64,
    /// Of reasons that guard.
    pub guard: u64,
}

impl MarketParams {
    /// Whether so much of open interest stands within the gauge's distance of bankruptcy that the market is guarded.
    #[must_use]
    pub const fn gauge_guards(&self, share: Bps) -> bool {
        share.0 >= self.gauge_guard.0
    }
}

impl Holds {
    /// How long a market's reasons hold.
    #[must_use]
    pub const fn of_market(params: &MarketParams) -> Holds {
        Holds { halt: params.halt_hold_seconds, guard: params.guard_hold_seconds }
    }

    const fn of(self, reason: Reasons) -> u64 {
        if reason.is_halting() {
            self.halt
        } else {
            self.guard
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

    /// [`BreakerMut::observe`].
    pub fn observe(&mut self, found: Findings, holds: Holds, now: Now) {
        self.as_mut().observe(found, holds, now);
    }

    /// [`BreakerRef::level`].
    #[must_use]
    #[inline]
    pub fn level(&self, now: Now) -> Level {
        self.as_ref().level(now)
    }

    /// [`BreakerRef::in_force`].
    #[must_use]
    pub fn in_force(&self, now: Now) -> Reasons {
        self.as_ref().in_force(now)
    }

    /// [`BreakerMut::halted_until_now`].
    pub fn halted_until_now(&mut self, now: Now) {
        self.as_mut().halted_until_now(now);
    }
}

impl MarketBooks {
    /// What its own breaker leaves allowed now.
    #[must_use]
    #[inline]
    pub fn level(&self, now: Now) -> Level {
        self.breaker.level(now)
    }

    /// How long its reasons hold.
    #[must_use]
    pub const fn holds(&self) -> Holds {
        Holds::of_market(&self.params)
    }
}

/// What a market's books show; nothing while a rebase moves lines, because then nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Whether U exceeds what the cover may pay.
    pub uninsured: Option<bool>,
    /// Share of open interest within the gauge's distance of bankruptcy.
    pub gauge: Option<Bps>,
}

/// Writes down in a market's breaker what its sources said and its books show.
pub fn trip(market: &mut MarketBooks, said: Findings, shown: Shown, now: Now) {
    trip_market(market.breaker.as_mut(), &market.params, said.and_shown(shown, &market.params), now);
}

/// Writes down in a market's breaker what was found.
pub fn trip_market(mut breaker: BreakerMut<'_>, params: &MarketParams, found: Findings, now: Now) {
    breaker.observe(found, Holds::of_market(params), now);
}

/// Writes down how far insurance has fallen: for an instruction that may have made it fall, and still succeeds.
pub fn watch_fund(breaker: &mut Breaker, fund: &InsuranceBooks, params: &ExchangeParams, now: Now) -> Result<()> {
    let found = Findings::default().about(Reasons::DRAWDOWN, drawdown(fund, params, now)?);
    breaker.observe(found, holds_of(params), now);
    Ok(())
}

/// Writes down how much of what may leave the vault has left: for an instruction that lets it leave.
pub fn watch_outflow(breaker: &mut Breaker, outflow: &Outflow, params: &ExchangeParams, now: Now) {
    let found = Findings::default().about(Reasons::OUTFLOW, outflow.is_strained(params.outflow_guard, now));
    breaker.observe(found, holds_of(params), now);
}

/// Both, for whoever only looks; returns whether there was anything to write down: a condition that holds, or one that has
/// begun to clear or has cleared.
pub fn trip_exchange(
    breaker: &mut Breaker,
    (fund, outflow): (&InsuranceBooks, &Outflow),
    params: &ExchangeParams,
    now: Now,
) -> Result<bool> {
    let before = *breaker;
    watch_fund(breaker, fund, params, now)?;
    watch_outflow(breaker, outflow, params, now);
    let holds = breaker.clears_at.contains(&UNTIL_SEEN_GONE);
    Ok(holds || *breaker != before)
}

const fn holds_of(params: &ExchangeParams) -> Holds {
    Holds { halt: params.guard_hold_seconds, guard: params.guard_hold_seconds }
}

/// Whether the fund's own tranches have fallen within the day by at least `drawdown_guard` of their peak.
fn drawdown(fund: &InsuranceBooks, params: &ExchangeParams, now: Now) -> Result<bool> {
    let (peak, own) = fund.drawdown(now)?;
    let fall = peak.beyond(own);
    Ok(!fall.is_zero() && wide::mul(fall.0, BPS) >= wide::mul(peak.0, u64::from(params.drawdown_guard.0)))
}
