//! Markets whose oracle is gone, and those whose is not.

use breakwater_sim::venue::Venue;

use super::{as_is, case, Case, ALICE, BOB};
use crate::stage::Stage;

fn a_week_later(stage: &mut Stage) {
    stage.venue.advance(2_000_000, 8 * 86_400);
}

fn settled(stage: &mut Stage) {
    a_week_later(stage);
    stage.venue.settle_market(0).expect("settled");
}

pub const CASES: &[Case] = &[
    case!("a market that has just had a mark", SettleTooEarly, as_is, |stage| stage.venue.settle_market(0)),
    case!(
        "a week for the clock, a minute for the cluster",
        SettleTooEarly,
        |stage| stage.venue.advance(150, 8 * 86_400),
        |stage| stage.venue.settle_market(0)
    ),
    case!("a settled market once more", MarketSettled, settled, |stage| stage.venue.settle_market(0)),
    case!("a price for a settled market", MarketSettled, settled, |stage| {
        let built = stage.venue.build.refresh_market(&stage.venue.markets[0]);
        stage.send("", built)
    }),
    case!("a position of a live market", NotSettled, as_is, |stage| stage.venue.settle_position(ALICE, 0)),
    case!("the other market is settled", NotSettled, settled, |stage| stage.venue.settle_position(BOB, 1)),
];
