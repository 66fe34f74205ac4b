//! Breakers: what trips, how long it holds, and what it leaves allowed.
//!
//! A reason counts from when its condition is seen until the condition has been seen gone for the reason's hold. Each has its
//! own clock, so a reason that clears clears no other (F14), and the level falls only when every reason has cleared. Only
//! what makes a price useless halts; everything else guards, so that the cure is never forbidden (G23).

use crate::error::Result;
use crate::market::REASONS;
use crate::price::Reasons;
use crate::state::{Breaker, ExchangeParams, InsuranceBooks, MarketBooks, Outflow};
use crate::units::{Bps, Now, BPS};
use crate::wide;

/// When a condition that was last seen to hold will have cleared: not yet known.
const UNTIL_SEEN_GONE: i64 = i64::MAX;

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
}

/// Seconds a condition must have been gone, by what its reason does; zero: such reasons are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    /// Of reasons that halt.
    pub halt: u64,
    /// Of reasons that guard.
    pub guard: u64,
}

impl Holds {
    const fn of(self, reason: Reasons) -> u64 {
        if reason.is_halting() {
            self.halt
        } else {
            self.guard
        }
    }
}

/// Reasons with the place of each one's clock.
fn each(clocks: &[i64; REASONS]) -> impl Iterator<Item = (Reasons, i64)> + '_ {
    (0..).map(|bit| Reasons(1 << bit)).zip(clocks.iter().copied())
}

impl Breaker {
    /// Writes down what was found and drops what has cleared. A condition seen again starts over; one seen gone while its
    /// hold runs does not extend it.
    pub fn observe(&mut self, found: Findings, holds: Holds, now: Now) {
        if self.reasons == 0 && found.seen == Reasons::NONE {
            return;
        }
        let mut reasons = Reasons(self.reasons);
        let mut halted_until = None;
        for (bit, clears_at) in (0..).zip(&mut self.clears_at) {
            let reason = Reasons(1 << bit);
            let hold = holds.of(reason);
            let is_kept = hold != 0;
            if is_kept && found.seen.contains(reason) {
                reasons = reasons.and(reason);
                *clears_at = UNTIL_SEEN_GONE;
            } else if !reasons.contains(reason) {
                continue;
            } else if *clears_at == UNTIL_SEEN_GONE && (found.gone.contains(reason) || !is_kept) {
                *clears_at = now.time.saturating_add_unsigned(hold);
            }
            if reason.is_halting() {
                halted_until = halted_until.max(Some(*clears_at));
            }
            if *clears_at <= now.time {
                reasons = reasons.without(reason);
                *clears_at = 0;
            }
        }
        self.reasons = reasons.0;
        if let Some(end) = halted_until {
            let known = if self.halted_until == UNTIL_SEEN_GONE { end } else { self.halted_until };
            self.halted_until = known.max(end);
        }
    }

    /// The level now: the highest over the reasons that have not cleared. Right without a write.
    #[must_use]
    #[inline]
    pub fn level(&self, now: Now) -> Level {
        if self.reasons == 0 {
            Level::Open
        } else {
            self.level_held(now)
        }
    }

    /// The same where some reason is set: apart, because every instruction asks and mostly none is.
    #[cold]
    #[inline(never)]
    fn level_held(&self, now: Now) -> Level {
        let in_force = self.in_force(now);
        if in_force == Reasons::NONE {
            Level::Open
        } else if in_force.is_halting() {
            Level::Halted
        } else {
            Level::Guarded
        }
    }

    /// Reasons that have not cleared.
    #[must_use]
    pub fn in_force(&self, now: Now) -> Reasons {
        let set = Reasons(self.reasons);
        if set == Reasons::NONE {
            return Reasons::NONE;
        }
        let counts = |(reason, clears_at): &(Reasons, i64)| set.contains(*reason) && now.time < *clears_at;
        each(&self.clears_at).filter(counts).fold(Reasons::NONE, |all, (reason, _)| all.and(reason))
    }

    /// What halted without anyone's writing it down ends now: a mark nobody refreshed (F6).
    pub fn halted_until_now(&mut self, now: Now) {
        self.halted_until = self.halted_until.max(now.time);
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
        Holds { halt: self.params.halt_hold_seconds, guard: self.params.guard_hold_seconds }
    }

    /// Whether so much of open interest stands within the gauge's distance of bankruptcy that the market is guarded.
    #[must_use]
    pub const fn gauge_guards(&self, share: Bps) -> bool {
        share.0 >= self.params.gauge_guard.0
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
    let mut found = said;
    if let Some(uninsured) = shown.uninsured {
        found = found.about(Reasons::UNINSURED, uninsured);
    }
    if let Some(share) = shown.gauge {
        found = found.about(Reasons::GAUGE, market.gauge_guards(share));
    }
    let holds = market.holds();
    market.breaker.observe(found, holds, now);
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
