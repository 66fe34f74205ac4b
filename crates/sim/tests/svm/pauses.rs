//! What no pause blocks, and that funding stands still while somebody cannot leave (F8, F19, F21).

use breakwater_engine::permission::PauseBits;
use breakwater_engine::state::{Level, MarketParams, QuoteBooks};
use breakwater_engine::trade::Order;
use breakwater_engine::{Lots, Side};
use breakwater_sim::venue::{AccountId, Venue};

use crate::stage::{Stage, BIRTH, USD};

/// Sets the bits of the exchange, and of the first market.
fn pause(stage: &mut Stage, exchange: PauseBits, market: PauseBits) {
    let first = stage.venue.markets[0];
    for (at, bits) in [(None, exchange), (Some(&first), market)] {
        let built = stage.venue.build.set_pause_bits(at, bits.0);
        stage.send("set_pause_bits", built).expect("a pause");
    }
}

fn pair() -> (Stage, [AccountId; 2]) {
    let mut stage = Stage::empty();
    stage.list(&MarketParams { funding_ema_seconds: 60, ..MarketParams::bare() });
    let (long, short) = (stage.trader(300), stage.trader(100_000));
    stage.pair(0, long, short, 5_000);
    (stage, [long, short])
}

#[test]
fn f8_pauses_leave_margin_observation_and_resolution_alone() {
    let all_but_freeze = PauseBits(PauseBits::ALL.0 & !PauseBits::FREEZE.0);
    let (mut stage, [long, short]) = pair();
    let quote = stage.ask(0, 10, 10);
    stage.venue.quote(short, 0, &quote).expect("a quote");
    pause(&mut stage, all_but_freeze, PauseBits(all_but_freeze.0 & PauseBits::OF_MARKETS.0));
    stage.mark(0, 9_300);
    stage.venue.allocate(short, 0, USD as i64).expect("allocate_margin");
    let cancel = stage.venue.build.cancel_quote(&stage.venue.accounts[short], &stage.venue.markets[0]);
    stage.send("cancel_quote", cancel).expect("cancel_quote");
    stage.venue.sync(long, None).expect("sync_position");
    stage.venue.resolve(long, 0, None).expect("resolve_bankruptcy");
    let skim = stage.venue.build.skim();
    stage.send("skim", skim).expect("skim");
    stage.conserved("after a resolution while paused");
}

#[test]
fn a_pause_of_increasing_leaves_reducing() {
    let (mut stage, [long, short]) = pair();
    let order = Order {
        side: Side::Short,
        lots: Lots(100 * USD),
        limit: stage.venue.mark(0),
        reduce_only: false,
        min_fill: Lots(0),
    };
    let mut bid = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
    bid.bids[0] = Level { size: Lots(5_000 * USD), price: order.limit, pegged: 0 };
    stage.venue.quote(short, 0, &bid).expect("a quote");
    pause(&mut stage, PauseBits::NONE, PauseBits::TRADE_INCREASE);
    stage.venue.trade(long, 0, order, &[short]).expect("a reduction");
    let through_zero = Order { lots: Lots(5_000 * USD), ..order };
    stage.refuses("through zero", "Paused", |stage| stage.venue.trade(long, 0, through_zero, &[short]));
}

/// What the first market's longs have paid in funding, 1e-12 atom a lot.
fn paid(stage: &Stage) -> i128 {
    -stage.venue.books(0).market.sides[0].index.get()
}

#[test]
fn funding_stands_still_while_somebody_cannot_leave() {
    for bits in [PauseBits::TRADE_REDUCE, PauseBits::LIQUIDATION, PauseBits::FREEZE] {
        for market in [true, false] {
            let (mut stage, [_, short]) = pair();
            // A fill above the mark a minute later: longs pay.
            stage.mark(0, BIRTH);
            stage.venue.advance(50, 40);
            let taker = stage.trader(10_000);
            let quote = stage.ask(0, 1_000, 100);
            stage.venue.quote(short, 0, &quote).expect("a quote");
            let order = stage.buy(0, 1_000);
            stage.venue.trade(taker, 0, order, &[short]).expect("a trade");
            stage.wait(50);
            let before = paid(&stage);
            assert!(before > 0, "funding runs");
            if market {
                pause(&mut stage, PauseBits::NONE, bits);
            } else {
                pause(&mut stage, bits, PauseBits::NONE);
            }
            let at_pause = paid(&stage);
            for _ in 0..5 {
                stage.wait(50);
            }
            assert_eq!(paid(&stage), at_pause, "{bits:?} stops funding, market {market}");
            pause(&mut stage, PauseBits::NONE, PauseBits::NONE);
            let lifted = paid(&stage);
            assert_eq!(lifted, at_pause, "{bits:?}: the time of the pause is not paid for, market {market}");
            stage.wait(50);
            assert!(paid(&stage) > lifted, "funding runs again");
            stage.conserved("after a pause");
        }
    }
}
