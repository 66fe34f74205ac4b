//! What a market's books show of risk: what guards it, and what asks for a stressed phase.

use crate::breaker::{Findings, Shown};
use crate::clearing::markets::MarketMut;
use crate::clearing::state::MarketBooks;
use crate::phase::Signs;
use crate::price::Reasons;
use crate::units::{Bps, Now};
use crate::wide;
use crate::Result;

/// A basis point as a return, 1e-9.
const RETURN_BPS: u64 = 100_000;

impl MarketMut<'_> {
    /// What the ladder and the estates show; nothing while lines are moved, because then it is not known.
    pub fn shown(&self, now: Now) -> Result<Shown> {
        let gauge = self.as_ref().cascade_watched()?;
        let uninsured = gauge.map(|_| self.is_uninsured(now.slot)).transpose()?;
        Ok(Shown { uninsured, gauge })
    }
}

impl MarketBooks {
    /// What the mark's moves and the order flow say about the breaker, added to what is found already.
    pub fn with_own_findings(&self, found: Findings, now: Now) -> Result<Findings> {
        let found = found.about(Reasons::VOLATILITY, self.is_volatile());
        Ok(found.about(Reasons::ORDER_FLOW, self.is_flow_forced(now)?))
    }

    /// Whether realized volatility is beyond what the market is guarded at.
    fn is_volatile(&self) -> bool {
        u128::from(self.volatility.hourly()) > wide::mul(u64::from(self.guards.volatility_guard.0), RETURN_BPS)
    }

    /// What asks for the stressed phase. That no source published, and that the cluster restarted, say nothing about risk: the market
    /// is halted or guarded, and that is all (A20).
    #[must_use]
    pub fn signs(&self, gauge: Option<Bps>, uninsured: Option<bool>) -> Signs {
        let silent = Reasons::STALE.and(Reasons::RESTART);
        Signs {
            gauge,
            volatility: self.volatility.multiple(&self.params),
            uninsured: uninsured.unwrap_or(false),
            tripped: Reasons(self.breaker.reasons).without(silent) != Reasons::NONE,
        }
    }
}
