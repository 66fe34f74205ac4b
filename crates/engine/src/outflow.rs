//! The bound on outflow: per hour and per day at most a share of the vault, in order of request (F2, F3).
//!
//! Time is what is rationed. A withdrawal of x of an allowance A takes `x / A` of the time in which a window lets a whole
//! allowance through: three hours for the hour's, two days for the day's. The exchange keeps, for each window, the moment up to
//! which time is taken (`until`); who is counted takes his share behind it, and may leave once `until` is no further than a
//! burst ahead of the clock: an hour for the hour's window, 23 hours for the day's. So an immediate withdrawal fits where the
//! burst has room, a requested one takes its time at once and is ready when the burst has caught up with it. `until` never
//! goes back and each promise is a moment, not an amount: whatever the vault does later, nobody who asks later is ready
//! earlier, and what was promised stays true.
//!
//! The bound. Say the counted withdrawals i to j are all those ready within a span s; x takes the time t = x * whole / A, at
//! most a burst b, which is why one withdrawal is at most [`Allowance::most`]. `until` rose by at least t with each, so what
//! i to j took is at most `until_j - until_i + t_i`. Ready is the later of being asked and `until - b`: hence `until_j` is at
//! most `ready_j + b`, and `until_i - t_i` is at least `ready_i`, or, where i waited, `until_i` is `ready_i + b`. Either way
//! they took at most s + b. A promise is collected within an hour of being ready; so what leaves in a window w was ready
//! within w + 1 h, and comes to at most `A * (w + 1 h + b) / whole`: (1 + 1 + 1) / 3 of the hour's allowance in any hour and
//! (24 + 1 + 23) / 48 of the day's in any day. Exactly A, where A is the largest allowance any of them was counted under.
//!
//! Small withdrawals are exempt, an amount an account and day; all of them together at most the hour's allowance again in any
//! hour, by a window of their own of the same shape (A54). Where that is used up they are counted like any other.

use crate::error::{Error, Result};
use crate::state::{AccountBooks, ExchangeParams, Flow, Outflow};
use crate::units::{Atoms, Bps, Now, BPS};

/// Seconds from being ready within which a requested withdrawal is collected; then it lapses.
pub const LAPSE_SECONDS: i64 = 3_600;
/// Seconds for which an account's own deposits and its exemption count.
const DAY_SECONDS: i64 = 86_400;

/// A window's time, milliseconds.
#[derive(Clone, Copy)]
struct Window {
    /// What a whole allowance takes: below 2^28.
    whole: u64,
    /// How far ahead of the clock taken time may reach before whoever is next waits.
    burst: u64,
    /// The burst's share of an allowance: this many of [`Window::parts`].
    burst_parts: u64,
    parts: u64,
}

const HOUR: Window = Window { whole: 3 * 3_600_000, burst: 3_600_000, burst_parts: 1, parts: 3 };
const DAY: Window = Window { whole: 48 * 3_600_000, burst: 23 * 3_600_000, burst_parts: 23, parts: 48 };

/// What may leave by the parameters and the vault as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// In an hour.
    pub hour: Atoms,
    /// In a day.
    pub day: Atoms,
    /// What an account may take out in a day without being counted.
    pub exempt: Atoms,
}

/// A withdrawal that is refused for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub error: Error,
    /// From when on it passes, unless somebody else is counted before: unix seconds. A promise is kept whoever is.
    pub reopens_at: i64,
    /// What passes then: all of it, or as much as is counted at once.
    pub most: Atoms,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused { error, reopens_at: 0, most: Atoms::ZERO }
    }
}

/// A place in the queue.
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    /// What of it was counted.
    pub counted: Atoms,
    /// When it may leave, unix seconds: until [`LAPSE_SECONDS`] later.
    pub ready_at: i64,
}

impl Window {
    /// The largest withdrawal counted at once: a burst's share of an allowance, rounded down.
    fn most(self, allowance: Atoms) -> Option<u64> {
        allowance.0.checked_div(self.parts)?.checked_mul(self.burst_parts)
    }

    /// The time an amount of at most [`Window::most`] takes, rounded up. Words suffice: both are shifted until the amount has
    /// 36 bits, which keeps a millisecond.
    fn time(self, amount: Atoms, allowance: Atoms) -> Option<i64> {
        let shift = 28u32.saturating_sub(amount.0.leading_zeros());
        let scaled = amount.0.checked_shr(shift)?.checked_add(u64::from(shift > 0))?;
        let whole = allowance.0.checked_shr(shift)?;
        let time = scaled.checked_mul(self.whole)?.checked_add(whole.checked_sub(1)?)?.checked_div(whole)?;
        i64::try_from(time.min(self.burst)).ok()
    }

    /// Up to when time is taken once an amount is counted.
    fn taken(self, until: i64, amount: Atoms, allowance: Atoms, now: i64) -> Result<i64> {
        let time = self.time(amount, allowance).ok_or(Error::Overflow)?;
        until.max(now).checked_add(time).ok_or(Error::Overflow)
    }

    /// When whoever took the time up to `until` may leave, milliseconds.
    fn ready(self, until: i64) -> i64 {
        until.saturating_sub_unsigned(self.burst)
    }

    /// What of an allowance may still be taken at once, rounded down.
    fn room(self, until: i64, allowance: Atoms, now: i64) -> Result<Atoms> {
        let ahead = u64::try_from(until.saturating_sub(now)).unwrap_or(0);
        allowance.share_floor(self.burst.saturating_sub(ahead), self.whole)
    }

    /// Whether the share `guard` of the burst is taken.
    fn is_strained(self, until: i64, guard: Bps, now: i64) -> bool {
        let ahead = u64::try_from(until.saturating_sub(now)).unwrap_or(0);
        ahead.saturating_mul(BPS) >= self.burst.saturating_mul(u64::from(guard.0))
    }
}

impl Allowance {
    /// What may leave a vault with so much booked: a share of it, rounded down, and never less than the floor an hour and ten
    /// times that a day.
    pub fn of(params: &ExchangeParams, booked: Atoms) -> Result<Allowance> {
        let share = |share: Bps| booked.0.checked_div(BPS).and_then(|part| part.checked_mul(u64::from(share.0)));
        let hour = share(params.outflow_hour).ok_or(Error::Overflow)?.max(params.outflow_floor.0);
        let floor = params.outflow_floor.0.checked_mul(10).ok_or(Error::Overflow)?;
        let day = share(params.outflow_day).ok_or(Error::Overflow)?.max(floor);
        Ok(Allowance { hour: Atoms(hour), day: Atoms(day), exempt: params.outflow_exempt })
    }

    /// The largest withdrawal counted at once; what is not counted comes on top.
    pub fn most(&self) -> Result<Atoms> {
        let hour = HOUR.most(self.hour).ok_or(Error::Overflow)?;
        let day = DAY.most(self.day).ok_or(Error::Overflow)?;
        Ok(Atoms(hour.min(day)))
    }
}

impl Outflow {
    /// Whether the share `guard` of either window's burst is taken: the condition of the exchange's breaker.
    #[must_use]
    pub fn is_strained(&self, guard: Bps, now: Now) -> bool {
        let now = now.time.saturating_mul(1_000);
        HOUR.is_strained(self.hour_until, guard, now) || DAY.is_strained(self.day_until, guard, now)
    }

    /// The same after an amount is counted, at most [`Allowance::most`].
    fn after(&self, amount: Atoms, allowance: &Allowance, now: Now) -> Result<Outflow> {
        let now = now.time.checked_mul(1_000).ok_or(Error::Overflow)?;
        Ok(Outflow {
            hour_until: HOUR.taken(self.hour_until, amount, allowance.hour, now)?,
            day_until: DAY.taken(self.day_until, amount, allowance.day, now)?,
            ..*self
        })
    }

    /// What all accounts together may still take out now without being counted.
    pub fn exempt_room(&self, allowance: &Allowance, now: Now) -> Result<Atoms> {
        let now = now.time.checked_mul(1_000).ok_or(Error::Overflow)?;
        HOUR.room(self.exempt_until, allowance.hour, now)
    }

    /// Notes what an account takes out without being counted, at most [`Outflow::exempt_room`].
    fn exempt(&mut self, amount: Atoms, allowance: &Allowance, now: Now) -> Result<()> {
        if !amount.is_zero() {
            let now = now.time.checked_mul(1_000).ok_or(Error::Overflow)?;
            self.exempt_until = HOUR.taken(self.exempt_until, amount, allowance.hour, now)?;
        }
        Ok(())
    }

    /// When whoever was counted last may leave, unix seconds, rounded up.
    fn ready_at(&self) -> Result<i64> {
        let ready = HOUR.ready(self.hour_until).max(DAY.ready(self.day_until));
        Ok(ready.checked_add(999).ok_or(Error::Overflow)?.div_euclid(1_000))
    }
}

impl Flow {
    /// Books what was deposited: as much may leave uncounted within the day that the first such deposit began.
    pub fn deposit(&mut self, amount: Atoms, now: Now) -> Result<()> {
        if self.deposited.is_zero() || day_is_over(self.deposited_since, now) {
            self.deposited = Atoms::ZERO;
            self.deposited_since = now.time;
        }
        self.deposited = self.deposited.plus(amount)?;
        Ok(())
    }

    /// What of an amount is counted: not what the account itself deposited within the day, nor what is exempt, as far as there is
    /// room for all exemptions. Uses all three up.
    fn count(&mut self, outflow: &mut Outflow, allowance: &Allowance, amount: Atoms, now: Now) -> Result<Atoms> {
        let mut counted = amount;
        if !self.deposited.is_zero() && !day_is_over(self.deposited_since, now) {
            counted = amount.beyond(self.deposited);
            self.deposited = self.deposited.beyond(amount);
        }
        if day_is_over(self.exempt_since, now) {
            self.exempt = Atoms::ZERO;
            self.exempt_since = now.time;
        }
        let room = outflow.exempt_room(allowance, now)?;
        let exempted = counted.least(allowance.exempt.beyond(self.exempt)).least(room);
        self.exempt = self.exempt.plus(exempted)?;
        outflow.exempt(exempted, allowance, now)?;
        counted.minus(exempted)
    }

    /// Whether a place in the queue is taken, be its withdrawal cancelled or not: who cancels does not get another sooner.
    const fn holds_place(&self, now: Now) -> bool {
        now.time < self.ready_at.saturating_add(LAPSE_SECONDS)
    }

    /// Whether an amount is part of a request that has not lapsed.
    fn is_requested(&self, amount: Atoms, now: Now) -> bool {
        amount <= self.requested && self.holds_place(now)
    }

    /// Collects from a request: its place is free once nothing is left of it.
    fn collect(&mut self, amount: Atoms) -> Result<()> {
        self.requested = self.requested.minus(amount)?;
        if self.requested.is_zero() {
            self.ready_at = 0;
        }
        Ok(())
    }
}

const fn day_is_over(since: i64, now: Now) -> bool {
    now.time.saturating_sub(since) >= DAY_SECONDS
}

/// Lets a withdrawal pass, or refuses it: requested and ready, it passes without being counted again; else what is counted of
/// it must fit now. Refuses with `RequestNotReady` what is requested and `OutflowLimit` what is not, and says when it passes.
pub fn withdraw(
    outflow: &mut Outflow,
    flow: &mut Flow,
    allowance: &Allowance,
    amount: Atoms,
    now: Now,
) -> core::result::Result<(), Refused> {
    let requested = flow.is_requested(amount, now);
    if requested && now.time >= flow.ready_at {
        return Ok(flow.collect(amount)?);
    }
    let mut left = *outflow;
    let counted = flow.count(&mut left, allowance, amount, now)?;
    if counted.is_zero() {
        *outflow = left;
        return Ok(());
    }
    let part = counted.least(allowance.most()?);
    let after = left.after(part, allowance, now)?;
    let reopens_at = after.ready_at()?.max(now.time);
    if part == counted && reopens_at == now.time {
        *outflow = after;
        return Ok(());
    }
    if requested {
        return Err(Refused { error: Error::RequestNotReady, reopens_at: flow.ready_at, most: flow.requested });
    }
    let most = amount.minus(counted)?.plus(part)?;
    Err(Refused { error: Error::OutflowLimit, reopens_at, most })
}

/// Takes a place in the queue for at most the account's free cash; zero gives the request up, not its place, which lapses when
/// it would have. What is counted is so at once. Refuses, in this order, with `NothingRequested` (nothing to give up),
/// `AlreadyRequested`, `InsufficientFreeCash`, and `OutflowLimit` where more is counted than one withdrawal may be.
pub fn request(
    outflow: &mut Outflow,
    account: &mut AccountBooks,
    allowance: &Allowance,
    amount: Atoms,
    now: Now,
) -> core::result::Result<Promise, Refused> {
    request_of(outflow, (&mut account.flow, account.free), allowance, amount, now)
}

/// The same of an account's flow and its free cash.
pub fn request_of(
    outflow: &mut Outflow,
    (flow, free): (&mut Flow, Atoms),
    allowance: &Allowance,
    amount: Atoms,
    now: Now,
) -> core::result::Result<Promise, Refused> {
    if amount.is_zero() {
        let held = core::mem::take(&mut flow.requested);
        return if held.is_zero() { Err(Error::NothingRequested.into()) } else { Ok(Promise::default()) };
    }
    if flow.holds_place(now) {
        return Err(Refused { error: Error::AlreadyRequested, reopens_at: flow.ready_at, most: flow.requested });
    }
    if amount > free {
        return Err(Error::InsufficientFreeCash.into());
    }
    let counted = flow.count(outflow, allowance, amount, now)?;
    let most = allowance.most()?;
    if counted > most {
        let most = amount.minus(counted)?.plus(most)?;
        return Err(Refused { error: Error::OutflowLimit, reopens_at: now.time, most });
    }
    let mut promise = Promise { counted, ready_at: now.time };
    if !counted.is_zero() {
        *outflow = outflow.after(counted, allowance, now)?;
        promise.ready_at = outflow.ready_at()?.max(now.time);
    }
    flow.requested = amount;
    flow.ready_at = promise.ready_at;
    Ok(promise)
}
