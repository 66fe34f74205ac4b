//! Pauses that end by themselves, and who may set them.
//!
//! The authority pauses for a week at most and freezes for two days at most; the guardian pauses for a day, three times in
//! any week, and never freezes. Each lifts its own and nobody else's. After a freeze there is none for a week, so that
//! nobody's money is held for good (I10).

use crate::error::{Error, Result};
use crate::permission::PauseBits;
use crate::state::{ExitHold, FreezeClock, GuardianWeek, Pause, Pauses};
use crate::units::Now;

const DAY: u64 = 86_400;
const WEEK: u64 = 7 * DAY;
/// The longest pause of the authority, seconds.
pub const AUTHORITY_SECONDS_MAX: u64 = WEEK;
/// The longest freeze, seconds.
pub const FREEZE_SECONDS_MAX: u64 = 2 * DAY;
/// The longest pause of the guardian, seconds.
pub const GUARDIAN_SECONDS_MAX: u64 = DAY;
/// Seconds after a freeze in which there is no other, of the exchange or of any market: longer than any freeze lasts.
const COOLING_SECONDS: u64 = WEEK;

/// Pauses that keep somebody from curing himself, from reducing or from being reduced: funding stands still under them, and
/// liquidation waits a grace period after them (F21).
pub const HOLDS_FAST: PauseBits =
    PauseBits::TRADE_REDUCE.and(PauseBits::LIQUIDATION).and(PauseBits::DEPOSITS).and(PauseBits::FREEZE);

impl FreezeClock {
    /// Begins a freeze, or joins those that run; returns its end. `FreezeTooSoon` where the last is too recent.
    fn freeze(&mut self, until: i64, now: Now) -> Result<i64> {
        if now.time >= self.until {
            if now.time < self.again_at {
                return Err(Error::FreezeTooSoon);
            }
            self.until = now.time.saturating_add_unsigned(FREEZE_SECONDS_MAX);
        }
        let until = until.min(self.until);
        self.again_at = self.again_at.max(until.saturating_add_unsigned(COOLING_SECONDS));
        Ok(until)
    }
}

/// Pauses that keep somebody from leaving before a change takes effect.
const EXITS: PauseBits = PauseBits::WITHDRAWALS.and(PauseBits::TRADE_REDUCE).and(PauseBits::FREEZE);

impl ExitHold {
    /// Notes bits the authority pauses for `seconds`, of the exchange or of a market. Time in which exits were paused already
    /// counts once; a pause lifted early gives nothing back.
    pub fn note(&mut self, bits: PauseBits, seconds: u64, now: Now) {
        if !bits.meets(EXITS) {
            return;
        }
        let until = now.time.saturating_add_unsigned(seconds);
        let more = until.saturating_sub(self.since(now)).max(0);
        self.pushed_back = self.pushed_back.saturating_add(more);
        self.until = self.until.max(until);
    }

    /// Since when, or from when on, everybody can leave: a proposal's timelock begins then.
    #[must_use]
    pub fn since(&self, now: Now) -> i64 {
        self.until.max(now.time)
    }
}

impl Pauses {
    /// What is paused now.
    #[must_use]
    pub const fn bits(&self, now: Now) -> PauseBits {
        let frozen = if now.time < self.frozen_until { PauseBits::FREEZE } else { PauseBits::NONE };
        frozen.and(self.authority.bits_at(now)).and(self.guardian.bits_at(now))
    }

    /// The latest end of a pause that kept anyone from reducing or being liquidated, unix seconds: lifted, cleared or run
    /// out by now; 0: there was none.
    #[must_use]
    pub fn running_since(&self, now: Now) -> i64 {
        let ends = [self.authority.held_until(), self.guardian.held_until(), self.frozen_until];
        ends.into_iter().filter(|end| *end <= now.time).fold(self.resumed_at, i64::max)
    }

    /// The authority replaces its own bits for `seconds`; no bits lift them at once. `FREEZE` freezes, and while the freeze
    /// lasts may shorten it, never prolong it; left out, it ends. Freezes of the exchange and of its markets share a clock: one that
    /// begins while another's two days run ends with them at the latest (A31). Refuses with `ZeroAmount` without seconds,
    /// `PauseTooLong` and `FreezeTooSoon`.
    pub fn set_by_authority(&mut self, clock: &mut FreezeClock, bits: PauseBits, seconds: u64, now: Now) -> Result<()> {
        let freezes = bits.meets(PauseBits::FREEZE);
        let most = if freezes { FREEZE_SECONDS_MAX } else { AUTHORITY_SECONDS_MAX };
        let until = end(bits, seconds, most, now)?;
        let is_frozen = now.time < self.frozen_until;
        let frozen_until = match (freezes, is_frozen) {
            (true, true) => self.frozen_until.min(until),
            (true, false) => clock.freeze(until, now)?,
            (false, true) => now.time,
            (false, false) => self.frozen_until,
        };
        self.change(now, |pauses| {
            pauses.authority = Pause { bits: bits.0 & !PauseBits::FREEZE.0, until };
            pauses.frozen_until = frozen_until;
        });
        Ok(())
    }

    /// The guardian adds bits to its own for `seconds`; no bits lift its own at once, which counts as no pause. Refuses with
    /// `OnlyAuthorityFreezes`, `ZeroAmount`, `PauseTooLong` and `PausesUsedUp`.
    pub fn set_by_guardian(&mut self, week: &mut GuardianWeek, bits: PauseBits, seconds: u64, now: Now) -> Result<()> {
        if bits.meets(PauseBits::FREEZE) {
            return Err(Error::OnlyAuthorityFreezes);
        }
        let until = end(bits, seconds, GUARDIAN_SECONDS_MAX, now)?;
        if bits == PauseBits::NONE {
            self.change(now, |pauses| pauses.guardian = Pause::default());
            return Ok(());
        }
        week.take(now)?;
        self.change(now, |pauses| {
            let held = pauses.guardian;
            pauses.guardian = Pause { bits: held.bits_at(now).and(bits).0, until: held.until.max(until) };
        });
        Ok(())
    }

    /// Takes what has run out off the books. Refuses with `PauseNotExpired` when nothing has.
    pub fn clear_expired(&mut self, now: Now) -> Result<()> {
        let before = *self;
        self.retire(now);
        if *self == before {
            return Err(Error::PauseNotExpired);
        }
        Ok(())
    }

    /// Makes a change, and writes down since when people can act again if it let them.
    fn change(&mut self, now: Now, change: impl FnOnce(&mut Pauses)) {
        self.retire(now);
        let held = self.bits(now).meets(HOLDS_FAST);
        change(self);
        if held && !self.bits(now).meets(HOLDS_FAST) {
            self.resumed_at = now.time;
        }
        self.retire(now);
    }

    /// Forgets pauses that have run out, but not when they did.
    fn retire(&mut self, now: Now) {
        self.resumed_at = self.running_since(now);
        for pause in [&mut self.authority, &mut self.guardian] {
            if pause.until <= now.time {
                *pause = Pause::default();
            }
        }
        if self.frozen_until <= now.time {
            self.frozen_until = 0;
        }
    }
}

impl Pause {
    const fn bits_at(&self, now: Now) -> PauseBits {
        PauseBits(if now.time < self.until { self.bits } else { 0 })
    }

    /// Until when it kept anyone from reducing or being liquidated; 0: it did not.
    const fn held_until(&self) -> i64 {
        if PauseBits(self.bits).meets(HOLDS_FAST) {
            self.until
        } else {
            0
        }
    }
}

impl GuardianWeek {
    /// Counts a pause: in any week there are three.
    fn take(&mut self, now: Now) -> Result<()> {
        let [oldest, middle, last] = self.at;
        if oldest != 0 && now.time < oldest.saturating_add_unsigned(WEEK) {
            return Err(Error::PausesUsedUp);
        }
        self.at = [middle, last, now.time];
        Ok(())
    }
}

/// When bits set now end. No bits end now, however many seconds are named.
fn end(bits: PauseBits, seconds: u64, most: u64, now: Now) -> Result<i64> {
    if bits == PauseBits::NONE {
        return Ok(0);
    }
    if seconds == 0 {
        return Err(Error::ZeroAmount);
    }
    if seconds > most {
        return Err(Error::PauseTooLong);
    }
    Ok(now.time.saturating_add_unsigned(seconds))
}
