//! Income over time: who stands there a minute earns a minute's part, whenever the money came in (A15).

use crate::clearing::state::Stream;
use crate::error::{Error, Result};
use crate::units::Atoms;

impl Stream {
    /// Takes an amount in: it is paid out evenly over the period after the present one. [`Stream::release`] comes first.
    pub(super) fn gather(&mut self, amount: Atoms) -> Result<()> {
        self.gathered = self.gathered.plus(amount)?;
        Ok(())
    }

    /// What has become due until `now` by the stream's clock since it was last asked: of what a period pays the part of it that has
    /// passed, rounded down, all at its end. So many small steps release what one big one does.
    #[must_use = "what was released must go somewhere"]
    pub(super) fn release(&mut self, now: u64, period: u64) -> Result<Atoms> {
        let period = period.max(1);
        let mut released = Atoms::ZERO;
        // The present period and the next: after them nothing is left.
        for _ in 0..2 {
            let passed = now.saturating_sub(self.since);
            let due = self.paying.share_floor(passed.min(period), period)?.beyond(self.paid);
            self.paid = self.paid.plus(due)?;
            released = released.plus(due)?;
            if passed < period {
                return Ok(released);
            }
            let since = self.since.saturating_add(period);
            *self = Stream { paying: self.gathered, since, ..Stream::default() };
        }
        let passed = now.saturating_sub(self.since);
        self.since = now.saturating_sub(passed.checked_rem(period).ok_or(Error::Overflow)?);
        Ok(released)
    }
}
