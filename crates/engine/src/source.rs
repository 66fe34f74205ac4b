//! One price from up to two sources. The first carries the mark; the second contradicts it, or carries exits while the first
//! is stale.

use crate::breaker::Findings;
use crate::error::{Error, Result};
use crate::price::{self, Accepts, Bounds, Grade, Graded, Observation, PerLot, Quality, Reasons};
use crate::state::{MarketBooks, Second};
use crate::units::{Now, Price};

/// What a market's sources published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The first source.
    pub first: Observation,
    /// The second, where the market names one.
    pub second: Option<Observation>,
}

impl From<&Observation> for Observed {
    fn from(first: &Observation) -> Observed {
        Observed { first: *first, second: None }
    }
}

/// What became of it.
#[must_use = "record it: a bad price must be written down too"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The mark to store, its quality and why.
    pub graded: Graded,
    /// What the market then knows of the second source.
    pub second: Second,
    /// What it says about the breaker's reasons.
    pub found: Findings,
}

impl Judgement {
    /// Writes mark and second source down.
    pub fn record(&self, market: &mut MarketBooks) {
        self.graded.record(&mut market.mark);
        market.second = self.second;
    }
}

/// What the second source says, as far as it says a price.
#[derive(Clone, Copy)]
struct Other {
    seen: PerLot,
    publish_time: i64,
    age: Grade,
}

/// Judges both sources together.
///
/// Two that are sure, whatever they jumped from, and the larger more than `disagreement` above the smaller: the first
/// counts, as usable at most, and the market is guarded. The first stale and nothing else, the second good: the second
/// counts, as usable, and that guards instead of halting. Anything else: the first alone. A second source that says no
/// price at all says nothing; but one must be shown, and none older than shown before, so that nobody hides what it
/// said.
///
/// Fails with what [`price::grade`] refuses of the first, then with `PriceFromFuture` and `PriceWentBack` of the second.
pub fn judge(market: &MarketBooks, observed: &Observed, now: Now) -> Result<Judgement> {
    let first = price::grade(market, &observed.first, now)?;
    let Some(published) = &observed.second else {
        return Ok(alone(market, first, Findings::default()));
    };
    let other = look(market, published, now)?;
    let mut judged = match other {
        Some(other) => with_both(market, first, other, now)?,
        None => alone(market, first, Findings::default().about(Reasons::DISAGREEMENT, false)),
    };
    judged.second.seen_at = published.publish_time;
    Ok(judged)
}

fn look(market: &MarketBooks, published: &Observation, now: Now) -> Result<Option<Other>> {
    let publish_time = published.publish_time;
    let age = price::age(&Bounds::of(&market.params), publish_time, now)?;
    if publish_time < market.second.seen_at {
        return Err(Error::PriceWentBack);
    }
    let seen = published.per_lot(market.params.lot_exponent).ok();
    Ok(seen.map(|seen| Other { seen, publish_time, age }))
}

fn with_both(market: &MarketBooks, first: Graded, other: Other, now: Now) -> Result<Judgement> {
    if first.bad_for == Reasons::STALE {
        if let Some(carried) = carried_by(market, first, other, now)? {
            return Ok(carried);
        }
    }
    let is_sure = first.bad_for.without(Reasons::JUMP) == Reasons::NONE;
    let own = other.age.worst(price::uncertainty(&Bounds::of(&market.params), &other.seen));
    let disagree = is_sure && own.quality > Quality::Bad && are_apart(market, first.price, other.seen.price);
    let mut judged = alone(market, first, Findings::default().about(Reasons::DISAGREEMENT, disagree));
    if disagree {
        judged.graded = judged.graded.at_most_usable(Reasons::DISAGREEMENT);
    }
    Ok(judged)
}

fn are_apart(market: &MarketBooks, first: Price, second: Price) -> bool {
    !price::are_close(first, second, market.params.disagreement)
}

/// The second source's price as the mark, if it is good.
fn carried_by(market: &MarketBooks, first: Graded, other: Other, now: Now) -> Result<Option<Judgement>> {
    let accepts = Accepts { is_marks_source: market.second.in_use != 0, seen_at: market.mark.seen_at };
    let graded = price::grade_seen(
        (&Bounds::of(&market.params), &market.mark),
        (other.seen, other.publish_time),
        (other.age, accepts),
        now,
    )?;
    if graded.mark.is_none() || graded.reasons != Reasons::NONE {
        return Ok(None);
    }
    // A confirmation clears nothing, whoever's it is.
    let gone = if graded.unchanged { Reasons::NONE } else { Reasons::HALTING };
    let found = Findings { seen: Reasons::SECOND, gone: gone.and(Reasons::DISAGREEMENT) };
    let graded = graded.at_most_usable(first.reasons.and(Reasons::SECOND));
    let graded = Graded { published: first.published, ..graded };
    Ok(Some(Judgement { graded, second: Second { in_use: 1, ..market.second }, found }))
}

/// The first source's grade as the result; `found` is what is known beside it.
fn alone(market: &MarketBooks, first: Graded, found: Findings) -> Judgement {
    let is_marks = first.mark.is_some();
    let second = Second { in_use: if is_marks { 0 } else { market.second.in_use }, ..market.second };
    // A price of long ago says nothing about now, the last one repeated nothing new, and one that is none nothing at
    // all.
    let is_silent = first.bad_for.contains(Reasons::STALE) || first.bad_for.contains(Reasons::NOT_POSITIVE);
    let is_news = !first.unchanged && !is_silent;
    let cleared = if is_news { Reasons::HALTING.without(first.bad_for) } else { Reasons::NONE };
    let returned = if is_marks { Reasons::SECOND } else { Reasons::NONE };
    let found = Findings { seen: found.seen.and(first.bad_for), gone: found.gone.and(cleared).and(returned) };
    Judgement { graded: first, second, found }
}
