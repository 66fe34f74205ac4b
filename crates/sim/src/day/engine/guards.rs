//! What a market's end and its grid need.

use breakwater_engine::clearing::ladder::LINES_AND_POOLS_MAX;
use breakwater_engine::Error;
use serde_json::json;

use super::atomic::{Age, Touched};
use super::{passed, EngineVenue};
use crate::day::venue::{MarketId, Outcome, Report};

impl EngineVenue {
    /// Makes the last mark final. Fails with `SettleTooEarly` until no mark was accepted for `settle_after_seconds`.
    pub(super) fn make_final(&mut self, market: MarketId) -> Outcome {
        let now = self.now;
        let books = &self.markets[market].market;
        if books.is_settled() {
            return Err(Error::MarketSettled.into());
        }
        let waited = now.time.saturating_sub(books.mark.publish_time);
        if u64::try_from(waited).unwrap_or(0) < books.params.settle_after_seconds {
            return Err(Error::SettleTooEarly.into());
        }
        let touched = Touched { accounts: Vec::new(), markets: vec![market], age: Age::Any };
        self.attempt(&touched, |venue| {
            for market in &mut passed(&mut venue.markets, &touched.markets) {
                market.make_final(now)?;
            }
            Ok(Report::new())
        })
    }

    /// Moves all lines to the next grid.
    pub(super) fn move_grid(&mut self, market: MarketId) -> Outcome {
        let touched = Touched { accounts: Vec::new(), markets: vec![market], age: Age::Any };
        self.attempt(&touched, |venue| {
            let mut visited = 0;
            for market in &mut passed(&mut venue.markets, &touched.markets) {
                visited += market.migrate_grid(LINES_AND_POOLS_MAX)?.visited;
            }
            Ok(Report::from_iter([("lines".into(), json!(visited))]))
        })
    }
}
