//! Time passes, and sources publish.

use breakwater_engine::permission::Action;
use breakwater_engine::Error;

use super::atomic::{Age, Touched};
use super::EngineVenue;
use crate::day::venue::{Outcome, Published, Report};

impl EngineVenue {
    /// A source publishes, without a refresh. Fails with `MarketSettled`.
    pub(super) fn publish_only(&mut self, published: &Published) -> Outcome {
        if self.markets[published.market].market.is_settled() {
            return Err(Error::MarketSettled.into());
        }
        self.pass(published.slots, published.seconds);
        self.published[published.market][published.source] = Some(published.observation);
        Ok(Report::new())
    }

    /// A refused price takes its time back with it: nothing has changed.
    pub(super) fn publish_and_refresh(&mut self, published: &Published) -> Outcome {
        let (now, before) = (self.now, self.published[published.market]);
        let done = self.publish_only(published).and_then(|_| {
            self.permit(Action::Refresh, published.market)?;
            let touched = Touched::of(&[], vec![published.market], Age::Any);
            self.attempt(&touched, |venue| venue.refresh(published.market))
        });
        if done.is_err() {
            self.now = now;
            self.published[published.market] = before;
        }
        done
    }

    pub(super) fn pass(&mut self, slots: u64, seconds: u32) {
        self.now.slot += slots;
        self.now.time += i64::from(seconds);
    }
}
