//! Time and marks: what time does to a market, what its sources say, and how old its mark may be.

use breakwater_engine::clearing::state::MarketBooks;
use breakwater_engine::price::{grade_within, Bounds, Quality};
use breakwater_engine::Error;
use serde_json::json;

use super::atomic::{Age, Touched};
use super::{passed, EngineVenue};
use crate::day::venue::{MarketId, Outcome, Published, Report, Stop};

impl EngineVenue {
    /// What time alone does to a market.
    pub(super) fn run_clocks(&mut self, at: MarketId) -> Outcome<()> {
        let now = self.now;
        for market in &mut passed(&mut self.markets, &[at]) {
            market.run_vesting_clock(now)?;
        }
        Ok(())
    }

    /// A mark older than a verb allows is refreshed from what its sources published last, where the line has not said
    /// otherwise. `StaleMark` where it is then older than the market allows; what lets money out or risk in refuses what is too
    /// old for it. A market that cannot be valued has no age (A46).
    pub(super) fn need_fresh(&mut self, at: MarketId, age: Age) -> Outcome<()> {
        if self.refreshes && !self.is_fresh(at, age) {
            let _ = self.refresh(at)?;
        }
        if age == Age::Any || self.is_fresh(at, Age::Standing) {
            return Ok(());
        }
        Err(Error::StaleMark.into())
    }

    fn is_fresh(&self, at: MarketId, age: Age) -> bool {
        let market = &self.markets[at].market;
        let most = match age {
            Age::Any => return true,
            Age::Standing => market.params.mark_age_slots_max,
            Age::Acting => market.waterfall.action_age_slots,
        };
        market.is_settled() || !market.is_usable() || market.mark.age_slots(self.now) <= most
    }

    /// Fails with `PriceQuality` where a market's mark is not good enough to open at.
    pub(super) fn need_good(market: &MarketBooks) -> Outcome<()> {
        if market.mark.quality < Quality::Good.number() {
            return Err(Error::PriceQuality.into());
        }
        Ok(())
    }

    pub(super) fn publish_only(&mut self, published: &Published) -> Outcome {
        if self.markets[published.market].market.is_settled() {
            return Err(Error::MarketSettled.into());
        }
        if published.source != 0 {
            return Err(Stop::Failed("a second source is not on this venue yet".into()));
        }
        self.pass(published.slots, published.seconds);
        self.published[published.market][published.source] = Some(published.observation);
        Ok(Report::new())
    }

    /// A refused price takes its time back with it: nothing has changed.
    pub(super) fn publish_and_refresh(&mut self, published: &Published) -> Outcome {
        let (now, before) = (self.now, self.published[published.market]);
        let done = self.publish_only(published).and_then(|_| {
            let touched = Touched { accounts: Vec::new(), markets: vec![published.market], age: Age::Any };
            self.attempt(&touched, |venue| venue.refresh(published.market))
        });
        if done.is_err() {
            self.now = now;
            self.published[published.market] = before;
        }
        done
    }

    /// Takes what the sources published last. A bad price is no error: it is written down.
    fn refresh(&mut self, at: MarketId) -> Outcome {
        let [Some(observation), _] = self.published[at] else { return Ok(Report::new()) };
        let now = self.now;
        let mut books = passed(&mut self.markets, &[at]);
        let Some(market) = books.first_mut() else { return Err(Error::MarketMissing.into()) };
        if market.market.is_settled() {
            return Err(Error::MarketSettled.into());
        }
        let params = market.market.params;
        let old = market.market.mark;
        let seen = observation.per_lot(params.lot_exponent).ok();
        let graded = match seen {
            Some(seen) => grade_within((&Bounds::of(&params), &old), (observation.publish_time, seen), true, now)?,
            None => None,
        };
        let Some(graded) = graded else { return Ok(Report::from_iter([("accepted".into(), json!(false))])) };
        let mut mark = old;
        graded.record(&mut mark);
        let accepted = mark.sequence != old.sequence;
        if accepted {
            if !market.market.is_usable() {
                market.restore(now)?;
            }
            market.accept_mark(mark, now)?;
        } else {
            market.market.mark = mark;
            if graded.quality == Quality::Bad {
                market.silence(now)?;
            }
        }
        Ok(Report::from_iter([
            ("accepted".into(), json!(accepted)),
            ("quality".into(), json!(format!("{:?}", graded.quality))),
            ("reasons".into(), json!(graded.reasons.0)),
        ]))
    }

    pub(super) fn pass(&mut self, slots: u64, seconds: u32) {
        self.now.slot += slots;
        self.now.time += i64::from(seconds);
    }
}
