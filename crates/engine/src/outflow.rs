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
//! A request that is cancelled, or has lapsed, gives back what it took: its place, the sum of deposits and exemption it used, and its
//! time, as far as that has not run out (A19). Time runs out in the order it was taken, so what is left of a request's is what lies between
//! now and where the windows stood with it. Taking that off leaves the windows at least as full as if it had never been asked for, so the
//! bound holds. Except for who waits behind it: his moment was promised with its time in it, and time given to others meanwhile would
//! leave together with his. So once somebody waits behind, its time is no longer given back: by the time he leaves it has run out.
//!
//! The breaker watches what really left, by windows of the same shape of its own, and of one account no more than three quarters of what
//! trips it: what one account asks for or takes out never guards the exchange for everybody.
//!
//! Small withdrawals are exempt, an amount an account and day; all of them together at most the hour's allowance again in any
//! hour, by a window of their own of the same shape (A54). Where that is used up they are counted like any other.

use crate::error::{Error, Result};
use crate::state::{AccountBooks, ExchangeParams, Flow, Outflow, Place, TakenTime};
use crate::units::{Atoms, Bps, Now, BPS};

/// Seconds from being ready within which a requested withdrawal is collected; then it lapses.
pub const LAPSE_SECONDS: i64 = 3_600;
/// Of what trips the breaker, an account counts for at most so many of [`ACCOUNT_PARTS`].
const ACCOUNT_MOST: u64 = 3;
/// See [`ACCOUNT_MOST`].
const ACCOUNT_PARTS: u64 = 4;
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
    /// The share of either window's burst that, really left, trips the exchange's breaker.
    pub guard: Bps,
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

/// What of an amount is what.
#[derive(Clone, Copy)]
struct Split {
    /// The account's own deposits of the day.
    own: Atoms,
    /// Exempt.
    exempt: Atoms,
    /// Counted.
    counted: Atoms,
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

    /// How far ahead of the clock one account alone may reach by what left of it: three quarters of what trips the breaker, rounded down.
    fn most_of_one(self, guard: Bps) -> i64 {
        let trips = self.burst.saturating_mul(u64::from(guard.0)).checked_div(BPS).unwrap_or(0);
        let most = trips.checked_div(ACCOUNT_PARTS).unwrap_or(0).saturating_mul(ACCOUNT_MOST);
        i64::try_from(most).unwrap_or(i64::MAX)
    }

    /// Counts what left of an account: all of the exchange's, `own` its part of it.
    fn leave(
        self,
        (all, own): (&mut i64, &mut i64),
        (amount, allowance, guard): (Atoms, Atoms, Bps),
        now: i64,
    ) -> Result<()> {
        let time = self.time(amount, allowance).ok_or(Error::Overflow)?;
        let room = now.saturating_add(self.most_of_one(guard)).saturating_sub((*own).max(now));
        let time = time.min(room.max(0));
        *own = (*own).max(now).checked_add(time).ok_or(Error::Overflow)?;
        *all = (*all).max(now).checked_add(time).ok_or(Error::Overflow)?;
        Ok(())
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
        Ok(Allowance { hour: Atoms(hour), day: Atoms(day), exempt: params.outflow_exempt, guard: params.outflow_guard })
    }

    /// The largest withdrawal counted at once; what is not counted comes on top.
    pub fn most(&self) -> Result<Atoms> {
        let hour = HOUR.most(self.hour).ok_or(Error::Overflow)?;
        let day = DAY.most(self.day).ok_or(Error::Overflow)?;
        Ok(Atoms(hour.min(day)))
    }
}

/// Time that is not run out by `now` of what was taken up to `end`, less what has been given back since; at most all of it.
fn unspent(end: i64, given_back: i64, taken: i64, now: i64) -> i64 {
    end.saturating_sub(given_back).saturating_sub(now).clamp(0, taken.max(0))
}

/// What is left of a request's time once of `whole` a part is collected, rounded down.
fn left_of(taken: i64, part: Atoms, whole: Atoms) -> Result<i64> {
    let taken = u64::try_from(taken).map_err(|_| Error::Overflow)?;
    let left = whole.minus(part)?;
    if left.is_zero() {
        return Ok(0);
    }
    i64::try_from(Atoms(taken).share_floor(left.0, whole.0)?.0).map_err(|_| Error::Overflow)
}

impl Outflow {
    /// Whether of what may leave at once in either window the share `guard` has really left: the condition of the exchange's breaker.
    /// What is only asked for is not in it (A19).
    #[must_use]
    pub fn is_strained(&self, guard: Bps, now: Now) -> bool {
        let now = now.time.saturating_mul(1_000);
        HOUR.is_strained(self.hour_left_until, guard, now) || DAY.is_strained(self.day_left_until, guard, now)
    }

    /// Counts for the breaker what leaves of an account now.
    fn leave(&mut self, flow: &mut Flow, amount: Atoms, allowance: &Allowance, now: Now) -> Result<()> {
        if amount.is_zero() {
            return Ok(());
        }
        let at = now.time.checked_mul(1_000).ok_or(Error::Overflow)?;
        let hour = (&mut self.hour_left_until, &mut flow.hour_left_until);
        HOUR.leave(hour, (amount, allowance.hour, allowance.guard), at)?;
        let day = (&mut self.day_left_until, &mut flow.day_left_until);
        DAY.leave(day, (amount, allowance.day, allowance.guard), at)
    }

    /// Where the windows stand.
    const fn ends(&self) -> TakenTime {
        TakenTime { hour: self.hour_until, day: self.day_until, exempt: self.exempt_until }
    }

    /// Takes back what a request's time has not run out of, unless somebody waits behind it.
    fn give_back(&mut self, place: &Place, now: Now) -> Result<()> {
        let now = now.time.checked_mul(1_000).ok_or(Error::Overflow)?;
        let given = self.given_back;
        let waits_behind = self.last_waiting > place.number;
        let rest = |end, given, taken| if waits_behind { 0 } else { unspent(end, given, taken, now) };
        let hour = rest(place.ends.hour, given.hour, place.taken.hour);
        let day = rest(place.ends.day, given.day, place.taken.day);
        // Nobody waits for an exemption.
        let exempt = unspent(place.ends.exempt, given.exempt, place.taken.exempt, now);
        self.hour_until = self.hour_until.saturating_sub(hour);
        self.day_until = self.day_until.saturating_sub(day);
        self.exempt_until = self.exempt_until.saturating_sub(exempt);
        self.given_back = TakenTime {
            hour: given.hour.saturating_add(hour),
            day: given.day.saturating_add(day),
            exempt: given.exempt.saturating_add(exempt),
        };
        if self.last_waiting == place.number {
            self.last_waiting = place.behind;
        }
        Ok(())
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

    /// When whoever was counted last may leave, unix milliseconds.
    fn ready(&self) -> i64 {
        HOUR.ready(self.hour_until).max(DAY.ready(self.day_until))
    }

    /// The same in unix seconds, rounded up.
    fn ready_at(&self) -> Result<i64> {
        Ok(self.ready().checked_add(999).ok_or(Error::Overflow)?.div_euclid(1_000))
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
    fn count(&mut self, outflow: &mut Outflow, allowance: &Allowance, amount: Atoms, now: Now) -> Result<Split> {
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
        Ok(Split { own: amount.minus(counted)?, exempt: exempted, counted: counted.minus(exempted)? })
    }

    /// Whether a place in the queue is taken.
    const fn holds_place(&self, now: Now) -> bool {
        self.requested.0 != 0 && now.time < self.ready_at.saturating_add(LAPSE_SECONDS)
    }

    /// Whether a request was not collected in time: anyone may have it give back what it took.
    #[must_use]
    pub const fn has_lapsed(&self, now: Now) -> bool {
        self.requested.0 != 0 && !self.holds_place(now)
    }

    /// Whether an amount is part of a request that has not lapsed.
    fn is_requested(&self, amount: Atoms, now: Now) -> bool {
        amount <= self.requested && self.holds_place(now)
    }

    /// Collects from a request, what was counted of it first; its place is free once nothing is left of it. Returns what was counted.
    fn collect(&mut self, amount: Atoms) -> Result<Atoms> {
        self.requested = self.requested.minus(amount)?;
        let place = &mut self.place;
        let counted = amount.least(place.counted);
        place.taken.hour = left_of(place.taken.hour, counted, place.counted)?;
        place.taken.day = left_of(place.taken.day, counted, place.counted)?;
        place.counted = place.counted.minus(counted)?;
        let exempt = amount.minus(counted)?.least(place.exempt);
        place.taken.exempt = left_of(place.taken.exempt, exempt, place.exempt)?;
        place.exempt = place.exempt.minus(exempt)?;
        place.own = place.own.beyond(amount.minus(counted)?.minus(exempt)?);
        if self.requested.is_zero() {
            (self.ready_at, self.place) = (0, Place::default());
        }
        Ok(counted)
    }

    /// Ends a request: its place, its time and the sums it used are free. Sums of a day that is over are nobody's.
    fn give_up(&mut self, outflow: &mut Outflow, now: Now) -> Result<()> {
        let place = core::mem::take(&mut self.place);
        (self.requested, self.ready_at) = (Atoms::ZERO, 0);
        if self.deposited_since == place.deposits_of && !day_is_over(self.deposited_since, now) {
            self.deposited = self.deposited.plus(place.own)?;
        }
        if self.exempt_since == place.exempt_of {
            self.exempt = self.exempt.beyond(place.exempt);
        }
        outflow.give_back(&place, now)
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
    if flow.has_lapsed(now) {
        flow.give_up(outflow, now)?;
    }
    let requested = flow.is_requested(amount, now);
    if requested && now.time >= flow.ready_at {
        let counted = flow.collect(amount)?;
        return Ok(outflow.leave(flow, counted, allowance, now)?);
    }
    let mut left = *outflow;
    let counted = flow.count(&mut left, allowance, amount, now)?.counted;
    if counted.is_zero() {
        *outflow = left;
        return Ok(());
    }
    let part = counted.least(allowance.most()?);
    let after = left.after(part, allowance, now)?;
    let reopens_at = after.ready_at()?.max(now.time);
    if part == counted && reopens_at == now.time {
        *outflow = after;
        return Ok(outflow.leave(flow, counted, allowance, now)?);
    }
    if requested {
        return Err(Refused { error: Error::RequestNotReady, reopens_at: flow.ready_at, most: flow.requested });
    }
    let most = amount.minus(counted)?.plus(part)?;
    Err(Refused { error: Error::OutflowLimit, reopens_at, most })
}

/// Takes a place in the queue for at most the account's free cash; zero gives the request up, and with it all that it took. What is
/// counted is so at once. Refuses, in this order, with `NothingRequested` (nothing to give up),
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
    if flow.holds_place(now) && !amount.is_zero() {
        return Err(Refused { error: Error::AlreadyRequested, reopens_at: flow.ready_at, most: flow.requested });
    }
    let held = !flow.requested.is_zero();
    if held {
        flow.give_up(outflow, now)?;
    }
    if amount.is_zero() {
        return if held { Ok(Promise::default()) } else { Err(Error::NothingRequested.into()) };
    }
    if amount > free {
        return Err(Error::InsufficientFreeCash.into());
    }
    let stood = outflow.ends();
    let split = flow.count(outflow, allowance, amount, now)?;
    let counted = split.counted;
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
    flow.place = outflow.place(flow, split, stood, now)?;
    Ok(promise)
}

impl Outflow {
    /// What a request has just taken, of windows that stood so before.
    fn place(&mut self, flow: &Flow, split: Split, stood: TakenTime, now: Now) -> Result<Place> {
        let at = now.time.checked_mul(1_000).ok_or(Error::Overflow)?;
        let (ends, given) = (self.ends(), self.given_back);
        self.requests = self.requests.checked_add(1).ok_or(Error::Overflow)?;
        let behind = self.last_waiting;
        if !split.counted.is_zero() && self.ready() > at {
            self.last_waiting = self.requests;
        }
        Ok(Place {
            own: split.own,
            deposits_of: flow.deposited_since,
            exempt: split.exempt,
            exempt_of: flow.exempt_since,
            counted: split.counted,
            taken: TakenTime {
                hour: ends.hour.saturating_sub(stood.hour.max(at)).max(0),
                day: ends.day.saturating_sub(stood.day.max(at)).max(0),
                exempt: ends.exempt.saturating_sub(stood.exempt.max(at)).max(0),
            },
            ends: TakenTime {
                hour: ends.hour.saturating_add(given.hour),
                day: ends.day.saturating_add(given.day),
                exempt: ends.exempt.saturating_add(given.exempt),
            },
            number: self.requests,
            behind,
        })
    }
}
