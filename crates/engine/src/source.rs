//! One price from up to two sources. The first carries the mark; the second contradicts it, or carries exits while the first
//! is stale or gone.

use crate::breaker::Findings;
use crate::error::Result;
use crate::price::{self, Accepts, Bounds, Grade, Graded, Observation, PerLot, Quality, Reasons, Sources};
use crate::state::{Mark, Second};
use crate::units::{Now, Price};

/// What a market's sources published. None: there is no such source, or it says nothing, because it is closed, reassigned or
/// unreadable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The first source.
    pub first: Option<Observation>,
    /// The second.
    pub second: Option<Observation>,
}

impl From<&Observation> for Observed {
    fn from(first: &Observation) -> Observed {
        Observed { first: Some(*first), second: None }
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
    /// Whether any source said anything.
    pub heard: bool,
}

impl Judgement {
    /// Writes mark and second source down.
    pub fn record(&self, mark: &mut Mark, second: &mut Second) {
        self.graded.record(mark);
        *second = self.second;
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
/// counts, as usable at most, and the market is guarded. The first stale and nothing else, or without a word for as long, and the
/// second good: the second counts, as usable, and that guards instead of halting (A21). Anything else: the first alone.
///
/// A source says nothing where there is none, where what it published is no price of its feed or from the future, and where the
/// update passed is older than one shown before: anyone may pass any update of a feed, so that is no error (N1). A first source
/// that says nothing trips nothing: nobody having looked is no stress (A20). A second one that says nothing no longer disagrees
/// once what it last said is too old to count: so nobody hides at once what it said.
pub fn judge<'a>(of: impl Into<Sources<'a>>, observed: &Observed, now: Now) -> Result<Judgement> {
    let market = of.into();
    let bounds = Bounds::of(market.params);
    let first = observed.first.map_or(Ok(None), |published| price::grade(market, &published, now))?;
    let silent = first.is_none();
    let first = first.unwrap_or_else(|| Graded::nothing(market.mark));
    let is_stale = first.bad_for == Reasons::STALE || (silent && price::is_old(&bounds, market.mark.seen_at, now));
    let Some(other) = observed.second.and_then(|published| look(market, &published, now)) else {
        let forgotten = price::is_old(&bounds, market.second.seen_at, now);
        let found = Findings::default();
        let found = if forgotten { found.about(Reasons::DISAGREEMENT, false) } else { found };
        return Ok(Judgement { heard: !silent, ..alone(market, first, found) });
    };
    let carried = if is_stale { carried_by(market, first, other, now)? } else { None };
    let mut judged = match carried {
        Some(carried) => carried,
        None if silent => alone(market, first, Findings::default()),
        None => with_both(market, first, other),
    };
    judged.second.seen_at = other.publish_time;
    Ok(judged)
}

/// None where it says nothing.
fn look(market: Sources<'_>, published: &Observation, now: Now) -> Option<Other> {
    let publish_time = published.publish_time;
    let age = price::age(&Bounds::of(market.params), publish_time, now)?;
    let seen = published.per_lot(market.params.lot_exponent).ok()?;
    (publish_time >= market.second.seen_at).then_some(Other { seen, publish_time, age })
}

fn with_both(market: Sources<'_>, first: Graded, other: Other) -> Judgement {
    let is_sure = first.bad_for.without(Reasons::JUMP) == Reasons::NONE;
    let own = other.age.worst(price::uncertainty(&Bounds::of(market.params), &other.seen));
    let disagree = is_sure && own.quality > Quality::Bad && are_apart(market, first.price, other.seen.price);
    let mut judged = alone(market, first, Findings::default().about(Reasons::DISAGREEMENT, disagree));
    if disagree {
        judged.graded = judged.graded.at_most_usable(Reasons::DISAGREEMENT);
    }
    judged
}

fn are_apart(market: Sources<'_>, first: Price, second: Price) -> bool {
    !price::are_close(first, second, market.params.disagreement)
}

/// The second source's price as the mark, if it is good.
fn carried_by(market: Sources<'_>, first: Graded, other: Other, now: Now) -> Result<Option<Judgement>> {
    let accepts = Accepts { is_marks_source: market.second.in_use != 0, seen_at: market.mark.seen_at };
    let graded = price::grade_seen(
        (&Bounds::of(market.params), market.mark),
        (other.seen, other.publish_time),
        (other.age, accepts),
        now,
    )?;
    if graded.quality == Quality::Bad || graded.reasons != Reasons::NONE {
        return Ok(None);
    }
    // The same again clears nothing, whoever's it is.
    let gone = if graded.unchanged { Reasons::NONE } else { Reasons::HALTING };
    let found = Findings { seen: Reasons::SECOND, gone: gone.and(Reasons::DISAGREEMENT) };
    let graded = graded.at_most_usable(Reasons::STALE.and(Reasons::SECOND));
    let graded = Graded { published: first.published, ..graded };
    Ok(Some(Judgement { graded, second: Second { in_use: 1, ..*market.second }, found, heard: true }))
}

/// The first source's grade as the result; `found` is what is known beside it.
fn alone(market: Sources<'_>, first: Graded, found: Findings) -> Judgement {
    let is_marks = first.mark.is_some();
    let second = Second { in_use: if is_marks { 0 } else { market.second.in_use }, ..*market.second };
    // A price of long ago says nothing about now, the last one repeated nothing new, and one that is none nothing at
    // all.
    let is_silent = first.bad_for.contains(Reasons::STALE) || first.bad_for.contains(Reasons::NOT_POSITIVE);
    let is_news = !first.unchanged && !is_silent;
    let cleared = if is_news { Reasons::HALTING.without(first.bad_for) } else { Reasons::NONE };
    let returned = if is_marks { Reasons::SECOND } else { Reasons::NONE };
    let found = Findings { seen: found.seen.and(first.bad_for), gone: found.gone.and(cleared).and(returned) };
    Judgement { graded: first, second, found, heard: true }
}
