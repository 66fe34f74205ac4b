//! Accounts in distress and bankrupt ones.

use breakwater_engine::state::{Level, MarketParams, QuoteBooks};
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Lots, Price, Side};
use breakwater_sim::venue::{AccountId, Outcome, Venue};

use super::{as_is, case, Case, ALICE, BOB, CAROL};
use crate::stage::{Stage, USD};

/// The fourth account of a case.
const DAVE: AccountId = 3;

/// Alice is in distress, with more than half of her maintenance margin.
fn distress(stage: &mut Stage) {
    stage.mark(0, 9_620);
}

/// Alice is bankrupt; nobody has paid into insurance.
fn bankrupt(stage: &mut Stage) {
    stage.mark(0, 9_300);
}

/// Dave, long in both markets, is bankrupt in both; the first is resolved, the second not yet.
fn half_resolved(stage: &mut Stage) {
    let dave = stage.trader(600);
    for market in [0, 1] {
        stage.pair(market, dave, BOB, 5_000);
    }
    stage.mark(0, 8_500);
    stage.confirm(1, 8_500);
    stage.venue.resolve(dave, 0, None).expect("a resolution");
    stage.venue.deposit(dave, Atoms(100 * USD)).expect("a deposit");
    let quote = stage.ask(1, 10, 10);
    stage.venue.quote(BOB, 1, &quote).expect("a quote");
}

/// Dave's position of 50,000 USD is in distress, and the window's slice is taken.
fn slice_taken(stage: &mut Stage) {
    let dave = stage.trader(2_600);
    stage.pair(0, dave, BOB, 50_000);
    stage.mark(0, 9_665);
    stage.venue.liquidate(dave, 0, CAROL, Lots(0)).expect("a liquidation");
}

/// Dave, with so much margin for 5,000 USD, was deleveraged out of distress in the third market a moment ago.
fn cured(stage: &mut Stage, usd: u64) -> bool {
    stage.list(&MarketParams { deleverage_after_slots: 151, ..MarketParams::bare() });
    let dave = stage.trader(usd);
    stage.pair(2, dave, BOB, 5_000);
    stage.mark(2, 9_620);
    stage.venue.sync(dave, None).expect("a sync");
    stage.wait(151);
    stage.venue.resolve(dave, 2, None).expect("a cure");
    let quote = stage.ask(2, 10, 10);
    stage.venue.quote(BOB, 2, &quote).expect("a quote");
    stage.venue.deposit(dave, Atoms(100 * USD)).expect("a deposit");
    stage.venue.account(dave).slots.iter().any(|slot| slot.position.lots != 0)
}

/// Dave isolates a position of his.
fn isolate(stage: &mut Stage, market: usize) -> Outcome {
    let at = (&stage.venue.markets[market], &stage.venue.markets[1 - market..2 - market]);
    let built = stage.venue.build.isolate_position(&stage.venue.accounts[DAVE], at, true);
    stage.send("", built)
}

/// Dave, long in both markets, wins in the first and loses more in the second (G6).
fn winner_and_loser(stage: &mut Stage) {
    let dave = stage.trader(800);
    for market in [0, 1] {
        stage.pair(market, dave, BOB, 5_000);
    }
    stage.mark(0, 10_800);
    stage.confirm(1, 8_900);
}

fn bob_bids(stage: &mut Stage) {
    let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
    quote.bids[0] = Level { size: Lots(10 * USD), price: stage.venue.mark(0), pegged: 0 };
    stage.venue.quote(BOB, 0, &quote).expect("a quote");
}

pub const CASES: &[Case] = &[
    case!("liquidating a healthy account", NotInDistress, as_is, |stage| stage.venue.liquidate(
        ALICE,
        0,
        CAROL,
        Lots(0)
    )),
    case!("liquidating an account without a position", NoPosition, as_is, |stage| {
        stage.venue.liquidate(CAROL, 0, BOB, Lots(0))
    }),
    case!("liquidating more than cures", TooMuch, distress, |stage| {
        stage.venue.liquidate(ALICE, 0, CAROL, Lots(5_000 * USD))
    }),
    case!("liquidating more than there is", TooMuch, distress, |stage| {
        stage.venue.liquidate(ALICE, 0, CAROL, Lots(u64::MAX))
    }),
    case!("a second slice in one window", SliceUsed, slice_taken, |stage| stage.venue.liquidate(
        DAVE,
        0,
        CAROL,
        Lots(0)
    )),
    case!("liquidating into a debt nobody covers", CoverExhausted, bankrupt, |stage| {
        stage.venue.liquidate(ALICE, 0, CAROL, Lots(0))
    }),
    case!(
        "a liquidator nobody has checked lately",
        LiquidatorUnchecked,
        |stage| {
            let dave = stage.trader(10_000);
            stage.pair(1, dave, BOB, 100);
            stage.wait(60);
            distress(stage);
        },
        |stage| stage.venue.liquidate(ALICE, 0, DAVE, Lots(0))
    ),
    case!(
        "a liquidator without margin",
        InsufficientMargin,
        |stage| {
            stage.trader(1);
            distress(stage);
        },
        |stage| stage.venue.liquidate(ALICE, 0, DAVE, Lots(0))
    ),
    case!("resolving a healthy account", NotBankrupt, as_is, |stage| stage.venue.resolve(ALICE, 0, None)),
    case!("resolving an account in distress", NotBankrupt, distress, |stage| stage.venue.resolve(ALICE, 0, None)),
    case!("resolving without a position", NoPosition, as_is, |stage| stage.venue.resolve(CAROL, 0, None)),
    case!(
        "resolving while the auction runs and the cover pays",
        TooEarly,
        |stage| {
            stage.venue.fund(Atoms(100_000 * USD)).expect("insurance");
            bankrupt(stage);
        },
        |stage| stage.venue.resolve(ALICE, 0, None)
    ),
    case!(
        "resolving without the other markets",
        MarketMissing,
        |stage| {
            stage.venue.deposit(ALICE, Atoms(20 * USD)).expect("a deposit");
            stage.pair(1, ALICE, BOB, 100);
            stage.mark(0, 9_000);
            stage.confirm(1, 10_000);
        },
        |stage| {
            let at = stage.venue.markets[0];
            let built = stage.venue.build.resolve_bankruptcy(&stage.venue.accounts[ALICE], None, (&at, &[]));
            stage.send("", built)
        }
    ),
    case!("a withdrawal before the rest is resolved", Bankrupt, half_resolved, |stage| {
        stage.venue.withdraw(DAVE, Atoms(USD))
    }),
    case!("a quote before the rest is resolved", Bankrupt, half_resolved, |stage| {
        let quote = stage.ask(1, 10, 10);
        stage.venue.quote(DAVE, 1, &quote)
    }),
    case!("opening before the rest is resolved", Bankrupt, half_resolved, |stage| {
        stage.venue.trade(DAVE, 1, stage.buy(1, 10), &[BOB])
    }),
    case!("taking margin before the rest is resolved", Bankrupt, half_resolved, |stage| {
        stage.venue.allocate(DAVE, 1, -(USD as i64))
    }),
    case!(
        "against an account of the same side",
        SameSide,
        |stage| {
            let dave = stage.trader(300);
            stage.pair(0, dave, BOB, 5_000);
            bankrupt(stage);
        },
        |stage| stage.venue.resolve(ALICE, 0, Some(DAVE))
    ),
    case!("against an account with money left", NotSwept, bankrupt, |stage| stage.venue.resolve(ALICE, 0, Some(BOB))),
    case!("against itself", DuplicateAccount, bankrupt, |stage| stage.venue.resolve(ALICE, 0, Some(ALICE))),
    case!(
        "opening on the side that is charged",
        Uninsured,
        |stage| {
            bankrupt(stage);
            bob_bids(stage);
        },
        |stage| {
            let order = Order {
                side: Side::Short,
                lots: Lots(10 * USD),
                limit: Price(1),
                reduce_only: false,
                min_fill: Lots(0),
            };
            stage.venue.trade(CAROL, 0, order, &[BOB])
        }
    ),
    case!("isolating the winner before the loser is resolved", CannotIsolate, winner_and_loser, |stage| isolate(
        stage, 0
    )),
    case!("isolating the loser", CannotIsolate, winner_and_loser, |stage| isolate(stage, 1)),
    case!("isolating nothing", NoPosition, |stage| assert_eq!(stage.trader(100), DAVE), |stage| isolate(stage, 0)),
    case!("isolating before the rest is resolved", Bankrupt, half_resolved, |stage| isolate(stage, 1)),
    case!("opening after having been deleveraged in part", Barred, |stage| assert!(cured(stage, 320)), |stage| stage
        .venue
        .trade(DAVE, 2, stage.buy(2, 10), &[BOB])),
    case!("opening after having been deleveraged whole", Barred, |stage| assert!(!cured(stage, 270)), |stage| stage
        .venue
        .trade(DAVE, 2, stage.buy(2, 10), &[BOB])),
];
