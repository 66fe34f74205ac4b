//! What stands against actions in a market now, and what would clear it: reasons, holds and clocks in one report.

use super::ExchangeGuards;
use crate::breaker::{BreakerRef, Level, UNTIL_SEEN_GONE};
use crate::clearing::state::{MarketBooks, REASONS, STOPS_FORCING, STOPS_FUNDING, STOPS_UNLOCKING};
use crate::margin::Multiples;
use crate::permission::PauseBits;
use crate::phase::Phase;
use crate::price::Reasons;
use crate::units::Now;

/// What ends a reason's condition; its hold begins then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// A refresh with a price that the market's bounds accept.
    AcceptedPrice,
    /// A refresh at which both sources say alike, or after the second has fallen silent for as long as a price may be old.
    SourcesAgree,
    /// A refresh with a price of the first source.
    FirstSource,
    /// Fewer lots near bankruptcy: the mark moves away from them, or they close or are liquidated.
    FewerNearBankruptcy,
    /// Insurance covers both shortfalls: estates are funded or resolved, or positions leave the water.
    InsuredShortfall,
    /// Volatility falls with the marks that follow.
    CalmerMarks,
    /// Fewer lots are liquidated and declared: the window passes.
    QuieterFlow,
    /// The insurance fund recovers, or its day ends.
    FundRecovers,
    /// What has left the vault leaves the window.
    OutflowWindow,
}

/// A reason in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonStatus {
    /// One bit.
    pub reason: Reasons,
    /// What it leaves allowed by itself.
    pub level: Level,
    /// What ends its condition.
    pub cure: Cure,
    /// When its hold ends, unix seconds; none while its condition was last seen to hold.
    pub clears_at: Option<i64>,
}

/// What guards a market now.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardStatus {
    /// What breakers and restarts leave allowed.
    pub level: Level,
    /// The market's reasons in force, in order of their bits.
    pub market: [Option<ReasonStatus>; REASONS],
    /// The exchange's.
    pub exchange: [Option<ReasonStatus>; REASONS],
    /// The mark is of before the cluster's last restart: an accepted price ends that.
    pub restarted: bool,
    /// What is paused, in the exchange or in the market.
    pub paused: PauseBits,
    /// When the grace period after the last halt or pause ends, unix seconds: liquidation waits.
    pub grace_until: i64,
    /// When the listing's timelock runs out, unix seconds.
    pub opens_at: i64,
    /// Whether the mark is one to act at.
    pub fresh: bool,
    /// Slot since which nothing in it can be valued; none: it can.
    pub silent_since: Option<u64>,
    /// Slot since which its estates are not for sale; none: they are.
    pub sale_stopped_since: Option<u64>,
    /// Funding stands still.
    pub funding_stands: bool,
    /// Profit does not unlock, and the vesting clock stands.
    pub unlocking_stands: bool,
    /// A declaration leaves its positions out.
    pub declarations_leave_out: bool,
    /// Its phase.
    pub phase: Phase,
    /// When the phase steps down if it stays calm, unix seconds; none while something asks for it, and in the normal phase.
    pub phase_falls_at: Option<i64>,
    /// What multiplies margins.
    pub multiples: Multiples,
    /// Until when it takes the exchange's stressed multipliers, unix seconds; none: it does not.
    pub stressed_until: Option<i64>,
}

impl Reasons {
    /// What ends the condition of a single reason.
    #[must_use]
    pub const fn cure(self) -> Cure {
        match self {
            Reasons::DISAGREEMENT => Cure::SourcesAgree,
            Reasons::GAUGE => Cure::FewerNearBankruptcy,
            Reasons::UNINSURED => Cure::InsuredShortfall,
            Reasons::DRAWDOWN => Cure::FundRecovers,
            Reasons::OUTFLOW => Cure::OutflowWindow,
            Reasons::SECOND => Cure::FirstSource,
            Reasons::VOLATILITY => Cure::CalmerMarks,
            Reasons::ORDER_FLOW => Cure::QuieterFlow,
            _ => Cure::AcceptedPrice,
        }
    }
}

impl ExchangeGuards<'_> {
    /// What guards a market now, and what would clear it. As last stored: what stands still follows pauses and breakers at the next
    /// instruction.
    pub fn status(&self, market: &MarketBooks, now: Now) -> GuardStatus {
        let own = self.of(market);
        let conditions = self.conditions(market, now);
        let (stance, standing) = (&market.stance, &market.standing);
        let falls = stance.calm_since.saturating_add_unsigned(market.params.phase_hold_seconds);
        let is_calming = stance.calm_since != 0 && stance.phase() != Phase::Normal;
        GuardStatus {
            level: conditions.level,
            market: statuses(if own.settled { None } else { Some(own.breaker) }, now),
            exchange: statuses(Some(self.guards.exchange.as_ref()), now),
            restarted: own.is_restarted(),
            paused: conditions.paused,
            grace_until: self.guards.grace_until(&own, now),
            opens_at: self.guards.opens_at,
            fresh: conditions.fresh,
            silent_since: (!market.is_usable()).then_some(market.silent_since),
            sale_stopped_since: (standing.sale_stopped_since != 0).then_some(standing.sale_stopped_since),
            funding_stands: standing.has(STOPS_FUNDING),
            unlocking_stands: standing.has(STOPS_UNLOCKING),
            declarations_leave_out: standing.has(STOPS_FORCING),
            phase: stance.phase(),
            phase_falls_at: is_calming.then_some(falls),
            multiples: stance.multiples(),
            stressed_until: (now.time < self.stress.until).then_some(self.stress.until),
        }
    }
}

fn statuses(breaker: Option<BreakerRef<'_>>, now: Now) -> [Option<ReasonStatus>; REASONS] {
    let mut found = [None; REASONS];
    let Some(breaker) = breaker else { return found };
    let in_force = breaker.held().filter(|(_, clears_at)| now.time < *clears_at);
    for (seat, (reason, clears_at)) in found.iter_mut().zip(in_force) {
        let clears_at = (clears_at != UNTIL_SEEN_GONE).then_some(clears_at);
        *seat = Some(ReasonStatus { reason, level: reason.level(), cure: reason.cure(), clears_at });
    }
    found
}
