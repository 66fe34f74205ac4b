//! Order flow that nobody chose: lots liquidated and declared lately, of two windows. They count once their opening fees were
//! paid, so that guarding a market costs what trading that much of it does.

use crate::clearing::state::{ForcedFlow, MarketBooks, MarketSlot};
use crate::error::Result;
use crate::units::{Lots, Now, BPS};
use crate::wide;

impl ForcedFlow {
    /// Lots counted now: the present window's, and of the one before the part that is less than a window ago, rounded up.
    pub fn counted(&self, window: u64, now: Now) -> Result<Lots> {
        let passed = u64::try_from(now.time.saturating_sub(self.since)).unwrap_or(0);
        let rolled = passed.checked_div(window.max(1)).unwrap_or(0);
        let (lots, before) = match rolled {
            0 => (self.lots, self.before),
            1 => (Lots::ZERO, self.lots),
            _ => return Ok(Lots::ZERO),
        };
        let into = passed.saturating_sub(rolled.saturating_mul(window));
        lots.plus(Lots(wide::mul_div_ceil(before.0, window.saturating_sub(into), window.max(1))?))
    }

    /// Begins the windows that have begun.
    fn roll(&mut self, window: u64, interest: Lots, now: Now) {
        let passed = u64::try_from(now.time.saturating_sub(self.since)).unwrap_or(0);
        match passed.checked_div(window.max(1)).unwrap_or(0) {
            0 => self.interest = self.interest.max(interest),
            1 => {
                let since = self.since.saturating_add_unsigned(window);
                *self = ForcedFlow { since, lots: Lots::ZERO, before: self.lots, interest };
            }
            _ => *self = ForcedFlow { since: now.time, interest, ..ForcedFlow::default() },
        }
    }
}

impl MarketBooks {
    /// Counts lots that an account lost to a liquidation or a declaration; at most those whose opening fees it paid. Before they leave
    /// open interest or right after.
    pub fn note_forced(&mut self, slot: &mut MarketSlot, lots: Lots, now: Now) -> Result<()> {
        let counted = lots.least(slot.fees_paid);
        slot.fees_paid = slot.fees_paid.minus(counted)?;
        let interest = self.open_interest()?;
        self.forced.roll(self.guards.flow_window_seconds, interest, now);
        self.forced.lots = self.forced.lots.plus(counted)?;
        Ok(())
    }

    /// Whether lots liquidated and declared lately are beyond the share of open interest at which the market is guarded.
    pub fn is_flow_forced(&self, now: Now) -> Result<bool> {
        let counted = self.forced.counted(self.guards.flow_window_seconds, now)?;
        let interest = self.open_interest()?.max(self.forced.interest);
        Ok(wide::mul(counted.0, BPS) > wide::mul(interest.0, u64::from(self.guards.flow_guard.0)))
    }
}

impl MarketSlot {
    /// Notes lots that opened: those that paid their fee count as forced once they are lost. Lots held before count at most as many as
    /// there are.
    pub fn note_opened(&mut self, held: Lots, paid: Lots) -> Result<()> {
        self.fees_paid = self.fees_paid.least(held).plus(paid)?;
        Ok(())
    }
}
