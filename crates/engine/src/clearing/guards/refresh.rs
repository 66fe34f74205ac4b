//! A market's refresh: where prices enter, and all that follows from them.

use super::ExchangeGuards;
use crate::breaker::{self, Level};
use crate::clearing::markets::MarketMut;
use crate::clearing::state::{MarketBooks, SOURCE_GONE};
use crate::margin::Multiples;
use crate::phase::Phase;
use crate::price::{self, Bounds, Quality, Reasons};
use crate::source::{self, Judgement, Observed};
use crate::state::Mark;
use crate::units::{Bps, Now};
use crate::{Error, Result};

/// What a refresh did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshReport {
    /// The quality of the market's price after it.
    pub quality: Quality,
    /// Why it is not better.
    pub reasons: Reasons,
    /// Whether there is a new mark.
    pub accepted: bool,
    /// Whether nothing in the market can be valued.
    pub silent: bool,
    /// Share of open interest within the gauge's distance of bankruptcy; none while it is not known.
    pub gauge: Option<Bps>,
    /// Whether a shortfall is not insured; none while it is not known.
    pub uninsured: Option<bool>,
    /// The market's phase after it.
    pub phase: Phase,
    /// What multiplies its margins after it.
    pub multiples: Multiples,
    /// What breakers leave allowed after it.
    pub level: Level,
    /// The market's reasons in force.
    pub tripped: Reasons,
}

/// Takes what the sources published. Time is paid for first, at the old mark; then the mark follows the sources, and breaker, phase,
/// what stands still, h and events follow the mark. A bad price keeps the old mark and is no error, nor is a source that says nothing:
/// what it trips is written down. Fails with `MarketSettled` where the mark is final.
pub fn refresh(
    market: &mut MarketMut<'_>,
    exchange: &ExchangeGuards<'_>,
    observed: impl Into<Observed>,
    now: Now,
) -> Result<RefreshReport> {
    if market.market.is_settled() {
        return Err(Error::MarketSettled);
    }
    market.accrue(exchange, now)?;
    let decision = source::judge(&*market.market, &observed.into(), now)?;
    let accepted = market.market.take_price(&decision, exchange, now)?;
    let shown = market.shown(now)?;
    market.market.follow_signals(&decision, shown, exchange, now)?;
    market.stand(exchange, now)?;
    if accepted {
        market.follow_mark(now)?;
    } else {
        // Funding has moved X.
        let _ = market.store(now.slot)?;
    }
    let books = &*market.market;
    Ok(RefreshReport {
        quality: decision.graded.quality,
        reasons: decision.graded.reasons,
        accepted,
        silent: !books.is_usable(),
        gauge: shown.gauge,
        uninsured: shown.uninsured,
        phase: books.stance.phase(),
        multiples: books.stance.multiples(),
        level: exchange.guards.level(&exchange.of(books), now),
        tripped: books.breaker.as_ref().in_force(now),
    })
}

impl MarketBooks {
    /// Writes mark and sources down, and what an accepted mark is measured for. Returns whether there is a new one.
    fn take_price(&mut self, decision: &Judgement, exchange: &ExchangeGuards<'_>, now: Now) -> Result<bool> {
        let stood_still = !exchange.conditions(self, now).fresh;
        let restarted = exchange.of(self).is_restarted();
        let mut mark = self.mark;
        decision.record(&mut mark, &mut self.second);
        let accepted = mark.sequence != self.mark.sequence;
        if accepted {
            self.average = self.average_before(&mark)?;
        }
        self.mark = mark;
        self.note_silence(decision, now);
        if accepted {
            self.volatility.sample(&self.params, &self.mark)?;
            if stood_still {
                // Nobody could act at the old mark: the market was halted, whether or not anyone said so (F6).
                self.breaker.as_mut().halted_until_now(now);
            }
        }
        self.note_restart(restarted, accepted, now);
        Ok(accepted)
    }

    /// A source that says nothing trips nothing: that nobody looked is no stress (A20). But once what it last said is older than the
    /// market allows, nothing can be valued until a source says something again.
    fn note_silence(&mut self, decision: &Judgement, now: Now) {
        let bounds = Bounds::of(&self.params);
        if decision.heard {
            self.standing.set(SOURCE_GONE, false);
        } else if price::is_old(&bounds, self.mark.seen_at.max(self.second.seen_at), now) {
            self.standing.set(SOURCE_GONE, true);
        }
    }

    /// After a restart of the cluster the market is guarded until a mark is accepted, and for the grace period from then on.
    fn note_restart(&mut self, restarted: bool, accepted: bool, now: Now) {
        if !restarted {
            return;
        }
        let grace_end = now.time.saturating_add_unsigned(self.params.grace_seconds);
        let until = if accepted { grace_end } else { breaker::UNTIL_SEEN_GONE };
        self.breaker.as_mut().hold_until(Reasons::RESTART, until);
    }

    /// Breaker and phase follow what was found.
    fn follow_signals(
        &mut self,
        decision: &Judgement,
        shown: breaker::Shown,
        exchange: &ExchangeGuards<'_>,
        now: Now,
    ) -> Result<()> {
        let found = self.with_own_findings(decision.found.and_shown(shown, &self.params), now)?;
        breaker::trip_market(self.breaker.as_mut(), &self.params, found, now);
        let signs = self.signs(shown.gauge, shown.uninsured);
        self.stance.update(&self.params, &signs, now.time < exchange.stress.until, now)
    }

    /// The average of the accepted marks once another follows the present one: each counts for the time until the next was published,
    /// as long as the market lets a price stand.
    fn average_before(&self, next: &Mark) -> Result<crate::Price> {
        let stood = next.publish_time.saturating_sub(self.mark.publish_time);
        self.average_with(u64::try_from(stood).unwrap_or(0))
    }
}
