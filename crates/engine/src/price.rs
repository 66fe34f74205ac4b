//! What the oracle says, in the engine's units and graded: a price with a quality. `permission` says what each is good for.
//!
//! What can never be a price of this feed (exponent, range), an update older than one shown before and one from the future
//! say nothing: no grade, no error, no change (N1). Anything else is a grade, a price that is not positive included (A57), so
//! that `refresh_market` succeeds on a bad price and writes down that it was bad. Two prices are as far apart as the larger is times the smaller: a bound is the same for a rise
//! and for a fall, and none that lets a fall through blinds liquidation in a rally (A48).

mod observation;
mod reasons;
mod sources;

use crate::error::{Error, Result};
use crate::state::{CollateralParams, Mark, MarketParams};
use crate::units::{Bps, Now, Price, BPS};
use crate::wide;

pub use observation::{Observation, PerLot};
pub use reasons::Reasons;
pub use sources::Sources;

/// What a price is good for. Ordered; zero is bad, so that a mark never set is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// For nothing: the old mark stays.
    #[default]
    Bad,
    /// For reducing, liquidating and resolving.
    Usable,
    /// For everything.
    Good,
}

impl Quality {
    /// As `Mark.quality` stores it.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Quality::Bad => 0,
            Quality::Usable => 1,
            Quality::Good => 2,
        }
    }

    /// From a stored number; an unknown one is bad.
    #[must_use]
    pub const fn from_number(number: u64) -> Quality {
        match number {
            2 => Quality::Good,
            1 => Quality::Usable,
            _ => Quality::Bad,
        }
    }
}

/// What became of an observation. `mark` is set exactly when there is a new mark to store.
#[must_use = "record it: a bad price must be written down too"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Graded {
    /// The mark to store, if any.
    pub mark: Option<Mark>,
    /// What the source says; the mark's where it is repeated.
    pub price: Price,
    /// The quality the market now has.
    pub quality: Quality,
    /// Why it is not better.
    pub reasons: Reasons,
    /// Those of them for which it is bad: each halts the market.
    pub bad_for: Reasons,
    /// The source said nothing new: the mark's own update again, or nothing at all.
    pub unchanged: bool,
    /// When it was published.
    pub published: i64,
}

impl Graded {
    /// The same for a further reason that leaves it usable at best.
    pub(crate) fn at_most_usable(self, reason: Reasons) -> Graded {
        let quality = self.quality.min(Quality::Usable);
        let mark = self.mark.map(|mark| Mark { quality: quality.number(), ..mark });
        Graded { mark, quality, reasons: self.reasons.and(reason), ..self }
    }

    /// What a source that says nothing leaves: the mark as it is.
    pub(crate) fn nothing(mark: &Mark) -> Graded {
        Graded {
            mark: None,
            price: mark.price,
            quality: Quality::from_number(mark.quality),
            reasons: Reasons::NONE,
            bad_for: Reasons::NONE,
            unchanged: true,
            published: mark.seen_at,
        }
    }

    /// Writes it down: the mark to store, or the quality alone on the mark that stays.
    pub fn record(&self, mark: &mut Mark) {
        if let Some(accepted) = self.mark {
            *mark = accepted;
        }
        mark.quality = self.quality.number();
        mark.seen_at = mark.seen_at.max(self.published);
    }
}

/// The bounds a price is graded by: a market's, or those of a kind of collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Seconds a published price may be old.
    pub price_age_seconds_max: u64,
    /// Seconds it may be ahead of the clock.
    pub price_ahead_seconds_max: u64,
    /// Confidence over price of a good price.
    pub confidence_good: Bps,
    /// Confidence over price of a usable one.
    pub confidence_usable: Bps,
    /// By how much the larger of spot and average exceeds the smaller, of a good price.
    pub divergence_good: Bps,
    /// The same of a usable one.
    pub divergence_usable: Bps,
    /// By how much the larger of two accepted marks exceeds the smaller, per slot between them, compounded.
    pub jump_per_slot: Bps,
}

impl Bounds {
    /// A market's.
    #[must_use]
    pub const fn of(params: &MarketParams) -> Bounds {
        Bounds {
            price_age_seconds_max: params.price_age_seconds_max,
            price_ahead_seconds_max: params.price_ahead_seconds_max,
            confidence_good: params.confidence_good,
            confidence_usable: params.confidence_usable,
            divergence_good: params.divergence_good,
            divergence_usable: params.divergence_usable,
            jump_per_slot: params.jump_per_slot,
        }
    }

    /// Of a kind of collateral: its price is good or bad, nothing is reduced at one in between.
    #[must_use]
    pub const fn of_collateral(params: &CollateralParams) -> Bounds {
        Bounds {
            price_age_seconds_max: params.price_age_seconds_max,
            price_ahead_seconds_max: params.price_ahead_seconds_max,
            confidence_good: params.confidence_max,
            confidence_usable: params.confidence_max,
            divergence_good: params.divergence_max,
            divergence_usable: params.divergence_max,
            jump_per_slot: params.jump_per_slot,
        }
    }
}

/// Grades an observation of the market's feed and says what to store; `Graded::record` stores it. The market's first price
/// has no jump. None where it says nothing: [`Observation::per_lot`] refuses it, it is published ahead of the clock by more than
/// `price_ahead_seconds_max`, or it is older than any price shown before, refused ones included (G24, N1).
pub fn grade<'a>(of: impl Into<Sources<'a>>, observation: &Observation, now: Now) -> Result<Option<Graded>> {
    let Sources { params, mark, second } = of.into();
    let Ok(seen) = observation.per_lot(params.lot_exponent) else { return Ok(None) };
    let against = (&Bounds::of(params), mark);
    grade_within(against, (observation.publish_time, seen), second.in_use == 0, now)
}

/// Grades what a source published at a time, per lot, against the last mark and the bounds it is held to; `is_marks_source`: the
/// mark is the source's. None where the time says nothing.
pub fn grade_within(
    against: (&Bounds, &Mark),
    published: (i64, PerLot),
    is_marks_source: bool,
    now: Now,
) -> Result<Option<Graded>> {
    let ((bounds, old), (publish_time, seen)) = (against, published);
    let Some(age) = age(bounds, publish_time, now) else { return Ok(None) };
    if old.sequence != 0 && publish_time < old.seen_at {
        return Ok(None);
    }
    let accepts = Accepts { is_marks_source, seen_at: publish_time };
    grade_seen(against, (seen, publish_time), (age, accepts), now).map(Some)
}

/// What a source is to the present mark.
#[derive(Clone, Copy)]
pub(crate) struct Accepts {
    /// The present mark is this source's: the same publish time again is that mark.
    pub is_marks_source: bool,
    /// What the mark's `seen_at`, which is the first source's, becomes with an accepted price.
    pub seen_at: i64,
}

/// Grades what passed as a price and says what to store.
pub(crate) fn grade_seen(
    (bounds, old): (&Bounds, &Mark),
    (seen, publish_time): (PerLot, i64),
    (age, accepts): (Grade, Accepts),
    now: Now,
) -> Result<Graded> {
    let first = old.sequence == 0;
    if !first && accepts.is_marks_source && publish_time == old.publish_time {
        return Ok(repeated(old, age));
    }
    // What is not positive is bad by itself, and no distance from the last mark.
    let jump = if first || !seen.is_positive() { Grade::GOOD } else { jump(bounds, old, seen.price, now) };
    let grade = age.worst(uncertainty(bounds, &seen)).worst(jump);
    let accepted = Mark {
        price: seen.price,
        ema: seen.ema,
        confidence: seen.confidence,
        publish_time,
        seen_at: accepts.seen_at,
        slot: now.slot,
        sequence: old.sequence.checked_add(1).ok_or(Error::Overflow)?,
        quality: grade.quality.number(),
    };
    let mark = (grade.quality > Quality::Bad).then_some(accepted);
    let Grade { quality, reasons, bad_for } = grade;
    Ok(Graded { mark, price: seen.price, quality, reasons, bad_for, unchanged: false, published: publish_time })
}

/// The mark's own update again changes nothing: several prices share a second, the first one accepted is the one, and an old
/// one repeated neither hides a newer one that was refused nor makes the mark younger. It shows how old the source is.
fn repeated(old: &Mark, age: Grade) -> Graded {
    let Grade { quality, reasons, bad_for } = age;
    Graded { quality: quality.min(Quality::from_number(old.quality)), reasons, bad_for, ..Graded::nothing(old) }
}

/// A quality and why.
#[derive(Clone, Copy)]
pub(crate) struct Grade {
    /// What it is good for.
    pub quality: Quality,
    /// Why it is not better.
    pub reasons: Reasons,
    /// Those of them for which it is bad.
    pub bad_for: Reasons,
}

impl Grade {
    const GOOD: Grade = Grade { quality: Quality::Good, reasons: Reasons::NONE, bad_for: Reasons::NONE };

    fn bad(reason: Reasons) -> Grade {
        Grade { quality: Quality::Bad, reasons: reason, bad_for: reason }
    }

    pub(crate) fn worst(self, other: Grade) -> Grade {
        Grade {
            quality: self.quality.min(other.quality),
            reasons: self.reasons.and(other.reasons),
            bad_for: self.bad_for.and(other.bad_for),
        }
    }

    /// Good within one bound, usable within the other, both included.
    fn by_bounds(is_within: impl Fn(Bps) -> bool, bounds: (Bps, Bps), reason: Reasons) -> Grade {
        let (good, usable) = bounds;
        if is_within(good) {
            Grade::GOOD
        } else if is_within(usable) {
            Grade { quality: Quality::Usable, reasons: reason, bad_for: Reasons::NONE }
        } else {
            Grade::bad(reason)
        }
    }
}

/// `part / whole <= bound`, compared without dividing.
fn is_share(part: Price, whole: Price, bound: Bps) -> bool {
    wide::mul(part.0, BPS) <= wide::mul(whole.0, bound.0.into())
}

/// `larger / smaller <= 1 + bound`, compared without dividing: the same for a rise and for a fall.
pub(crate) fn are_close(one: Price, other: Price, bound: Bps) -> bool {
    let most = u64::from(bound.0).saturating_add(BPS);
    wide::mul(one.max(other).0, BPS) <= wide::mul(one.min(other).0, most)
}

/// None for what is ahead of the clock by more than it may. Saturating subtraction of clocks is safe: a difference that
/// large is stale, or from the future, either way.
pub(crate) fn age(bounds: &Bounds, published: i64, now: Now) -> Option<Grade> {
    let age = now.time.saturating_sub(published);
    if age < 0 && age.unsigned_abs() > bounds.price_ahead_seconds_max {
        return None;
    }
    Some(if is_old(bounds, published, now) { Grade::bad(Reasons::STALE) } else { Grade::GOOD })
}

/// Whether a publish time is longer ago than a price may be old.
pub(crate) fn is_old(bounds: &Bounds, published: i64, now: Now) -> bool {
    let age = now.time.saturating_sub(published);
    age > 0 && age.unsigned_abs() > bounds.price_age_seconds_max
}

/// Confidence as a share of spot, and spot against the average as a ratio. What is not positive has neither.
pub(crate) fn uncertainty(bounds: &Bounds, seen: &PerLot) -> Grade {
    if !seen.is_positive() {
        return Grade::bad(Reasons::NOT_POSITIVE);
    }
    let confidence = (bounds.confidence_good, bounds.confidence_usable);
    let divergence = (bounds.divergence_good, bounds.divergence_usable);
    let width = Grade::by_bounds(|bound| is_share(seen.confidence, seen.price, bound), confidence, Reasons::WIDE);
    let distance = |bound| are_close(seen.price, seen.ema, bound);
    width.worst(Grade::by_bounds(distance, divergence, Reasons::DIVERGENCE))
}

/// The bound compounds over the slots since the last mark, so a real move is refused for as many slots as it exceeds
/// the bound and no longer, up or down alike: at a tenth a slot, a fall to a tenth or a rise to tenfold at once for 25
/// slots, ten seconds.
fn jump(bounds: &Bounds, old: &Mark, price: Price, now: Now) -> Grade {
    let slots = now.slot.saturating_sub(old.slot).max(1);
    let most = compounded(bounds.jump_per_slot, slots);
    if wide::mul(price.max(old.price).0, WHOLE) <= wide::mul(price.min(old.price).0, most) {
        Grade::GOOD
    } else {
        Grade::bad(Reasons::JUMP)
    }
}

/// One whole as a ratio.
const WHOLE: u64 = 1_000_000_000;
/// A basis point as a ratio.
const WHOLE_BPS: u64 = WHOLE / BPS;

/// `(1 + per_slot) ^ slots`, 1e-9, by squaring; each product is rounded down. Exact for two slots. Beyond 64 bits,
/// which is ten billion times the price, it saturates.
fn compounded(per_slot: Bps, slots: u64) -> u64 {
    let times = |one, other| wide::mul_div_floor(one, other, WHOLE).unwrap_or(u64::MAX);
    let mut factor = u64::from(per_slot.0).saturating_add(BPS).saturating_mul(WHOLE_BPS);
    let (mut product, mut left) = (WHOLE, slots);
    while left != 0 && product != u64::MAX {
        if left & 1 != 0 {
            product = times(product, factor);
        }
        factor = times(factor, factor);
        left >>= 1;
    }
    product
}
