//! An asset's price from up to two sources, graded as a market's is.

use crate::clearing::error::{Error, Result};
use crate::clearing::state::{CollateralAsset, CollateralParams};
use crate::price::{self, Accepts, Grade, Graded, Observation, PerLot, Quality, Reasons};
use crate::source::Observed;
use crate::units::Now;

/// What a refresh of an asset's price did.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollateralRefreshed {
    /// The quality of the mark now.
    pub quality: Quality,
    /// Why it is not better.
    pub reasons: Reasons,
    /// Whether there is a new mark.
    pub accepted: bool,
}

/// What the second source says, as far as it says a price.
#[derive(Clone, Copy)]
struct Other {
    seen: PerLot,
    publish_time: i64,
    age: Grade,
}

impl CollateralAsset {
    /// Lists a mint over zeroed books; `has_freeze_authority` says whether its transfers can be stopped. The first
    /// prices must be good, and those of two sources agree. Fails with `FreezeAuthority`, with what
    /// [`Observation::per_lot`] refuses, with `RuleCollateral`, `PriceFromFuture` and `PriceQuality`.
    pub fn list(
        &mut self,
        params: &CollateralParams,
        has_freeze_authority: bool,
        observed: &Observed,
        now: Now,
    ) -> Result<()> {
        if has_freeze_authority && params.allows_freeze == 0 {
            return Err(Error::FreezeAuthority);
        }
        let first = observed.first.ok_or(crate::Error::PriceQuality)?;
        params.validate(first.per_lot(params.unit_exponent)?.positive()?.price)?;
        let mut listed = CollateralAsset { params: *params, ..CollateralAsset::default() };
        for source in [observed.first, observed.second].iter().flatten() {
            listed.require_good(source, now)?;
        }
        if listed.refresh(observed, now)?.quality != Quality::Good {
            return Err(crate::Error::PriceQuality.into());
        }
        *self = listed;
        Ok(())
    }

    fn require_good(&self, source: &Observation, now: Now) -> Result<()> {
        let bounds = self.params.bounds();
        let seen = source.per_lot(self.params.unit_exponent)?;
        let age = price::age(&bounds, source.publish_time, now).ok_or(crate::Error::PriceFromFuture)?;
        if age.worst(price::uncertainty(&bounds, &seen)).quality == Quality::Good {
            Ok(())
        } else {
            Err(crate::Error::PriceQuality.into())
        }
    }

    /// Takes what its sources published. A bad price keeps the old mark and is no error; a source that says nothing
    /// changes nothing (A21, N1). Two that are sure and apart: the first counts, but nothing is opened on it. The first
    /// stale, or without a word for as long, and the second good: the second counts, and nothing is opened on it
    /// either.
    pub fn refresh(&mut self, observed: &Observed, now: Now) -> Result<CollateralRefreshed> {
        let first = self.first(observed, now)?;
        let silent = first.is_none();
        let first = first.unwrap_or_else(|| Graded::nothing(&self.mark));
        let stale =
            first.bad_for == Reasons::STALE || (silent && price::is_old(&self.params.bounds(), self.mark.seen_at, now));
        let other = observed.second.and_then(|published| self.other(&published, now));
        let graded = match other {
            Some(other) if stale => self.carried(first, other, now)?,
            Some(other) if !silent && self.disagree(&first, &other) => first.at_most_usable(Reasons::DISAGREEMENT),
            _ => first,
        };
        if let Some(other) = other {
            self.second.seen_at = other.publish_time;
        }
        let before = self.mark.sequence;
        graded.record(&mut self.mark);
        let accepted = self.mark.sequence != before;
        if accepted {
            self.second.in_use = u64::from(graded.reasons.contains(Reasons::SECOND));
        }
        Ok(CollateralRefreshed { quality: graded.quality, reasons: graded.reasons, accepted })
    }

    fn first(&self, observed: &Observed, now: Now) -> Result<Option<Graded>> {
        let per_unit = |published: &Observation| {
            let seen = published.per_lot(self.params.unit_exponent).ok()?;
            Some((published.publish_time, seen))
        };
        let Some(published) = observed.first.as_ref().and_then(per_unit) else { return Ok(None) };
        Ok(price::grade_within((&self.params.bounds(), &self.mark), published, self.second.in_use == 0, now)?)
    }

    /// None where it says nothing.
    fn other(&self, published: &Observation, now: Now) -> Option<Other> {
        let publish_time = published.publish_time;
        let age = price::age(&self.params.bounds(), publish_time, now)?;
        let seen = published.per_lot(self.params.unit_exponent).ok()?;
        (publish_time >= self.second.seen_at).then_some(Other { seen, publish_time, age })
    }

    fn disagree(&self, first: &Graded, other: &Other) -> bool {
        let is_sure = first.bad_for.without(Reasons::JUMP) == Reasons::NONE;
        let own = other.age.worst(price::uncertainty(&self.params.bounds(), &other.seen));
        let close = price::are_close(first.price, other.seen.price, self.params.disagreement);
        is_sure && own.quality > Quality::Bad && !close
    }

    /// The second source's price as the mark, if it is good; else the first's word.
    fn carried(&self, first: Graded, other: Other, now: Now) -> Result<Graded> {
        let accepts = Accepts { is_marks_source: self.second.in_use != 0, seen_at: self.mark.seen_at };
        let against = (&self.params.bounds(), &self.mark);
        let graded = price::grade_seen(against, (other.seen, other.publish_time), (other.age, accepts), now)?;
        if graded.quality == Quality::Bad || graded.reasons != Reasons::NONE {
            return Ok(first);
        }
        let graded = graded.at_most_usable(Reasons::STALE.and(Reasons::SECOND));
        Ok(Graded { published: first.published, ..graded })
    }
}
