//! What breakers, grace, timelocks and a settled market refuse.

use breakwater_engine::Lots;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::pyth;
use breakwater_sim::venue::{MarketId, Outcome, Venue};

use super::{case, Case, ALICE, BOB, CAROL};
use crate::breakers::guarded;
use crate::stage::{said, Stage, BIRTH};

/// The third market of a case.
const THIRD: MarketId = 2;
/// The fourth account of a case.
const DAVE: usize = 3;

/// A third market with breakers, where Dave is in distress against Bob.
fn guarded_distress(stage: &mut Stage) {
    stage.list(&guarded());
    let dave = stage.trader(300);
    stage.pair(THIRD, dave, BOB, 5_000);
    stage.mark(THIRD, 9_640);
}

/// The same, with a price nobody can be sure of.
fn halted(stage: &mut Stage) {
    guarded_distress(stage);
    stage.venue.advance(1, 1);
    let mut seen = said(9_640, stage.venue.now().time);
    seen.confidence = seen.price.unsigned_abs() / 2;
    stage.venue.publish(THIRD, &seen).expect("a refresh");
}

/// The same after a gap.
fn after_a_gap(stage: &mut Stage) {
    guarded_distress(stage);
    stage.venue.advance(151, 60);
    stage.confirm(THIRD, 9_640);
}

fn settled(stage: &mut Stage) {
    stage
        .venue
        .change_books(0, |books| {
            books.market.settled = 1;
            Ok(())
        })
        .expect("books");
    stage.venue.advance(1, 1);
    let keys = stage.venue.markets[0];
    let seen = said(BIRTH, stage.venue.now().time);
    stage.venue.post(&keys, &seen);
}

fn not_open(stage: &mut Stage) {
    let opens_at = stage.venue.now().time + 1;
    stage.venue.change_market(0, |market| market.opens_at = opens_at);
}

fn carol_buys(stage: &mut Stage) -> Outcome {
    let order = stage.buy(0, 10);
    stage.venue.trade(CAROL, 0, order, &[])
}

fn trip(stage: &mut Stage) -> Outcome {
    let built = stage.venue.build.trip_breaker();
    stage.send("", built)
}

pub const CASES: &[Case] = &[
    case!("liquidating while halted", MarketHalted, halted, |stage| {
        stage.venue.liquidate(DAVE, THIRD, CAROL, Lots(0))
    }),
    case!("resolving while halted", MarketHalted, halted, |stage| stage.venue.resolve(DAVE, THIRD, None)),
    case!("opening while halted", MarketHalted, halted, |stage| {
        let order = stage.buy(THIRD, 10);
        stage.venue.trade(CAROL, THIRD, order, &[])
    }),
    case!("liquidating after a gap", GracePeriod, after_a_gap, |stage| {
        stage.venue.liquidate(DAVE, THIRD, CAROL, Lots(0))
    }),
    case!("resolving after a gap", GracePeriod, after_a_gap, |stage| stage.venue.resolve(DAVE, THIRD, None)),
    case!("tripping what is not so", NothingTripped, |stage| stage.venue.advance(200, 80), trip),
    case!("a trade before the timelock", MarketNotOpen, not_open, carol_buys),
    case!("a quote before the timelock", MarketNotOpen, not_open, |stage| {
        let quote = stage.ask(0, 10, 10);
        stage.venue.quote(BOB, 0, &quote)
    }),
    case!("a trade where everything is settled", MarketSettled, settled, carol_buys),
    case!("a new price for a final mark", MarketSettled, settled, |stage| {
        let built = stage.venue.build.refresh_market(&stage.venue.markets[0]);
        stage.send("", built)
    }),
    case!("liquidating where everything is settled", MarketSettled, settled, |stage| {
        stage.venue.liquidate(ALICE, 0, CAROL, Lots(0))
    }),
    case!(
        "a second source the market does not name",
        WrongSecondSource,
        |stage| {
            stage.venue.advance(1, 1);
            let keys = stage.venue.markets[0];
            let seen = said(BIRTH, stage.venue.now().time);
            stage.venue.post(&keys, &seen);
            let bytes = pyth::update(keys.feed, &seen, 0);
            stage.venue.chain.put_data(address("second price", 0), pyth::RECEIVER, bytes);
        },
        |stage| {
            let keys = stage.venue.markets[0];
            let built = stage.venue.build.refresh_with(&keys, address("second price", 0));
            stage.send("", built)
        }
    ),
];
