//! What a market settles at: a time-weighted average of its last accepted marks, not one print (A56).
//!
//! A mark counts from its publication to the next one's, for as long as it is fresh and no longer: between prices that came hours apart
//! nobody could act at the older one. Marks are averaged by stretches of half an hour, the one that runs and the whole one before, so that
//! what was printed in a minute is at most a thirtieth of it wherever marks were accepted for half an hour before. Where they were not,
//! as in the first minutes after listing, it is what it is of those there are.

use crate::error::{Error, Result};
use crate::state::{LastMarks, Mark, MarketBooks, Stretch};
use crate::units::Price;
use crate::wide;

/// How long a stretch is, seconds.
pub const STRETCH_SECONDS: u64 = 1_800;
/// Slots of 400 ms, five to two seconds.
const SLOTS_OF_TWO_SECONDS: u64 = 5;

impl Stretch {
    /// With a price that counted for so many seconds more. Rounds towards the average as it was.
    fn and(self, price: Price, seconds: u64) -> Result<Stretch> {
        let whole = self.seconds.checked_add(seconds).ok_or(Error::Overflow)?;
        if seconds == 0 {
            return Ok(self);
        }
        let moved = wide::mul_div_floor(price.0.abs_diff(self.average.0), seconds, whole)?;
        let average = if price >= self.average {
            self.average.0.saturating_add(moved)
        } else {
            self.average.0.saturating_sub(moved)
        };
        Ok(Stretch { average: Price(average), seconds: whole })
    }
}

/// Seconds for which a mark of this market counts at most: its fresh time, rounded down, and at least one.
fn longest(market: &MarketBooks) -> u64 {
    let twice = market.params.mark_age_slots_max.saturating_mul(2);
    twice.checked_div(SLOTS_OF_TWO_SECONDS).unwrap_or(1).max(1)
}

/// Counts the mark that the present one has just replaced.
pub fn follow(market: &mut MarketBooks, before: &Mark) -> Result<()> {
    let (at, longest) = (market.mark.publish_time, longest(market));
    let counted = u64::try_from(at.saturating_sub(before.publish_time)).unwrap_or(0).min(longest);
    let held = &mut market.last_marks;
    held.present = held.present.and(before.price, counted)?;
    let lasted = u64::try_from(at.saturating_sub(held.since)).unwrap_or(0);
    if lasted >= STRETCH_SECONDS {
        *held = LastMarks { present: Stretch::default(), before: held.present, since: at };
    }
    Ok(())
}

impl MarketBooks {
    /// What it would settle at: the marks of both stretches and the present one, which counts for as long as any mark does.
    pub fn settlement_price(&self) -> Result<Price> {
        let LastMarks { present, before, .. } = self.last_marks;
        let all = before.and(present.average, present.seconds)?;
        all.and(self.mark.price, longest(self)).map(|all| all.average)
    }
}
