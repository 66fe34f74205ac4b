//! A breaker's reasons with a clock each, wherever they are stored: of the exchange, and of markets with as many reasons as they
//! have.

use super::{Findings, Holds, Level, UNTIL_SEEN_GONE};
use crate::price::Reasons;
use crate::units::Now;

/// A breaker, to read.
#[derive(Clone, Copy, Debug)]
pub struct BreakerRef<'a> {
    /// Reasons that count until `clears_at`.
    pub reasons: Reasons,
    /// When each reason's hold ends, unix seconds; [`UNTIL_SEEN_GONE`] while it was last seen to be so.
    pub clears_at: &'a [i64],
    /// Until when the market was or will be halted, unix seconds: liquidation waits a grace period after it.
    pub halted_until: i64,
}

/// The same, to change.
pub struct BreakerMut<'a> {
    /// See [`BreakerRef::reasons`].
    pub reasons: &'a mut u64,
    /// See [`BreakerRef::clears_at`].
    pub clears_at: &'a mut [i64],
    /// See [`BreakerRef::halted_until`].
    pub halted_until: &'a mut i64,
}

impl BreakerRef<'_> {
    /// The level now: the highest over the reasons that have not cleared. Right without a write.
    #[must_use]
    #[inline]
    pub fn level(&self, now: Now) -> Level {
        if self.reasons == Reasons::NONE {
            Level::Open
        } else {
            self.level_held(now)
        }
    }

    /// The same where some reason is set: apart, because every instruction asks and mostly none is.
    #[cold]
    #[inline(never)]
    fn level_held(&self, now: Now) -> Level {
        self.in_force(now).level()
    }

    /// Reasons that have not cleared.
    #[must_use]
    pub fn in_force(&self, now: Now) -> Reasons {
        if self.reasons == Reasons::NONE {
            return Reasons::NONE;
        }
        let counts = |(_, clears_at): &(Reasons, i64)| now.time < *clears_at;
        self.held().filter(counts).fold(Reasons::NONE, |all, (reason, _)| all.and(reason))
    }

    /// Reasons that are set, each with its clock.
    pub fn held(&self) -> impl Iterator<Item = (Reasons, i64)> + '_ {
        let each = (0..).map(|bit| Reasons(1 << bit)).zip(self.clears_at.iter().copied());
        each.filter(|(reason, _)| self.reasons.contains(*reason))
    }
}

impl BreakerMut<'_> {
    /// Writes down what was found and drops what has cleared. A condition seen again starts over; one seen gone while its
    /// hold runs does not extend it.
    pub fn observe(&mut self, found: Findings, holds: Holds, now: Now) {
        if *self.reasons == 0 && found.seen == Reasons::NONE {
            return;
        }
        let mut reasons = Reasons(*self.reasons);
        let mut halted_until = None;
        for (bit, clears_at) in (0..).zip(&mut *self.clears_at) {
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
        *self.reasons = reasons.0;
        if let Some(end) = halted_until {
            let known = if *self.halted_until == UNTIL_SEEN_GONE { end } else { *self.halted_until };
            *self.halted_until = known.max(end);
        }
    }

    /// Holds a reason until a time that is known, or [`UNTIL_SEEN_GONE`].
    pub fn hold_until(&mut self, reason: Reasons, until: i64) {
        for (bit, clears_at) in (0..).zip(&mut *self.clears_at) {
            if reason.contains(Reasons(1 << bit)) {
                *self.reasons |= 1 << bit;
                *clears_at = until;
            }
        }
    }

    /// What halted without anyone's writing it down ends now: a mark nobody refreshed (F6).
    pub fn halted_until_now(&mut self, now: Now) {
        *self.halted_until = (*self.halted_until).max(now.time);
    }
}
