//! Amounts, margin, quotes and orders.

use breakwater_engine::state::{Level, MarketParams, QuoteBooks};
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Lots, Price, Side};
use breakwater_sim::venue::{Outcome, Venue};

use super::{as_is, case, Case, ALICE, BOB, CAROL};
use crate::stage::{price, Stage, BIRTH, USD};

/// Bob asks 1,000 USD ten bps above the mark.
fn bob_asks(stage: &mut Stage) {
    let quote = stage.ask(0, 1_000, 10);
    stage.venue.quote(BOB, 0, &quote).expect("a quote");
}

fn carol_buys(stage: &mut Stage, order: Order) -> Outcome {
    stage.venue.trade(CAROL, 0, order, &[BOB])
}

/// Bob quotes asks at two prices.
fn bob_quotes(stage: &mut Stage, prices: [Price; 2]) -> Outcome {
    let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
    for (level, price) in quote.asks.iter_mut().zip(prices) {
        *level = Level { size: Lots(10 * USD), price, pegged: 0 };
    }
    stage.venue.quote(BOB, 0, &quote)
}

/// Alice sells so much two percent below the mark, to Carol.
fn alice_sells_low(stage: &mut Stage, usd: u64) -> Outcome {
    let mark = stage.venue.mark(0).0;
    let order =
        Order { side: Side::Short, lots: Lots(usd * USD), limit: Price(1), reduce_only: false, min_fill: Lots(0) };
    let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
    quote.bids[0] = Level { size: order.lots, price: Price(mark - mark / 51), pegged: 0 };
    stage.venue.quote(CAROL, 0, &quote)?;
    stage.venue.trade(ALICE, 0, order, &[CAROL])
}

/// So many markets more, with a dollar of Carol's in each.
fn fill_slots(stage: &mut Stage, markets: usize) {
    while stage.venue.markets.len() < markets + 1 {
        stage.list(&MarketParams::bare());
    }
    for market in 0..markets {
        stage.venue.allocate(CAROL, market, USD as i64).expect("margin");
    }
}

/// Alice is long in a second market too: at 93 her first leg is under water, at 150 the second pays for it. Bob bids.
fn losing_leg(stage: &mut Stage) {
    stage.pair(1, ALICE, BOB, 500);
    stage.mark(1, 15_000);
    stage.mark(0, 9_300);
    stage.confirm(1, 15_000);
    let mut quote = QuoteBooks { expires: u64::MAX, ..QuoteBooks::default() };
    quote.bids[0] = Level { size: Lots(5_000 * USD), price: stage.venue.mark(0), pegged: 0 };
    stage.venue.quote(BOB, 0, &quote).expect("a quote");
}

/// Alice closes it, with her other market passed to change or to look at.
fn close_leg(stage: &mut Stage, writable: bool) -> Outcome {
    let order = Order { side: Side::Short, limit: Price(1), ..stage.buy(0, 5_000) };
    let venue = &stage.venue;
    let (keys, markets) = (&venue.accounts, &venue.markets);
    let built = venue.build.trade(&keys[ALICE], (&markets[0], &markets[1..2], writable), &order, &[keys[BOB]]);
    stage.send("", built)
}

/// Carol pays in as much as the exchange accepts.
fn fill_deposits(stage: &mut Stage) {
    let held = stage.venue.state().collateral_vault.0;
    stage.venue.deposit(CAROL, Atoms(1_000_000_000 * USD - held)).expect("a deposit");
}

/// An argument of `trade` changed, by its distance from the end of the instruction.
fn trade_with(stage: &mut Stage, from_end: usize, value: u8) -> Outcome {
    let order = stage.buy(0, 10);
    let mut built = stage.venue.take(CAROL, 0, &order, &[BOB]);
    let at = built.data.len() - from_end;
    built.data[at] = value;
    stage.send("", built)
}

pub const CASES: &[Case] = &[
    case!("a deposit of nothing", ZeroAmount, as_is, |stage| stage.venue.deposit(ALICE, Atoms(0))),
    case!("a withdrawal of nothing", ZeroAmount, as_is, |stage| stage.venue.withdraw(CAROL, Atoms(0))),
    case!("no margin at all", ZeroAmount, as_is, |stage| stage.venue.allocate(ALICE, 0, 0)),
    case!("insurance of nothing", ZeroAmount, as_is, |stage| stage.venue.fund(Atoms(0))),
    case!("an order for nothing", ZeroAmount, bob_asks, |stage| carol_buys(
        stage,
        Order { lots: Lots(0), ..stage.buy(0, 1) }
    )),
    case!("a rebase of no lines", ZeroAmount, |stage| stage.mark(0, 1_000), |stage| stage.venue.rebase(0, 0)),
    case!("a deposit of dust", BelowMinimum, as_is, |stage| stage.venue.deposit(ALICE, Atoms(USD - 1))),
    case!("more than all collateral", DepositsFull, as_is, |stage| stage
        .venue
        .deposit(ALICE, Atoms(1_000_000_000 * USD))),
    case!("a deposit beyond all bounds", Overflow, as_is, |stage| stage.venue.deposit(ALICE, Atoms(1 << 63))),
    case!("insurance beyond all bounds", Overflow, as_is, |stage| stage.venue.fund(Atoms(1 << 63))),
    case!("the largest withdrawal there is", InsufficientFreeCash, as_is, |stage| stage
        .venue
        .withdraw(CAROL, Atoms(u64::MAX))),
    case!("a withdrawal of an atom too much", InsufficientFreeCash, as_is, |stage| {
        let free = stage.venue.account(CAROL).free;
        stage.venue.withdraw(CAROL, Atoms(free.0 + 1))
    }),
    case!("margin beyond free cash", InsufficientFreeCash, as_is, |stage| stage.venue.allocate(ALICE, 0, i64::MAX)),
    case!("margin nobody paid in", InsufficientPaidIn, as_is, |stage| stage.venue.allocate(ALICE, 0, i64::MIN)),
    case!("margin the position needs", InsufficientMargin, as_is, |stage| stage.venue.allocate(
        ALICE,
        0,
        -(USD as i64)
    )),
    case!(
        "free cash a loss has used up",
        InsufficientMargin,
        |stage| {
            stage.venue.deposit(ALICE, Atoms(100 * USD)).expect("a deposit");
            stage.mark(0, 9_820);
        },
        |stage| stage.venue.withdraw(ALICE, Atoms(140 * USD))
    ),
    case!("an order beyond margin", InsufficientMargin, bob_asks, |stage| {
        stage.venue.trade(ALICE, 0, Order { lots: Lots(1_000 * USD), ..stage.buy(0, 1) }, &[BOB])
    }),
    case!("quotes without initial margin", InsufficientMargin, |stage| stage.mark(0, 9_850), |stage| {
        let quote = stage.ask(0, 5_001, 10);
        stage.venue.quote(ALICE, 0, &quote)
    }),
    case!("a losing leg whose sibling is only shown", LegUnderwater, losing_leg, |stage| close_leg(stage, false)),
    case!(
        "a losing leg whose sibling is frozen",
        LegUnderwater,
        |stage| {
            losing_leg(stage);
            stage.freeze(1);
        },
        |stage| close_leg(stage, true)
    ),
    case!(
        "a deposit beyond the cap and beyond what positions need",
        DepositsFull,
        |stage| {
            fill_deposits(stage);
            stage.mark(0, 9_600);
        },
        |stage| stage.venue.deposit(ALICE, Atoms(241 * USD))
    ),
    case!("a deposit beyond the cap by an account without positions", DepositsFull, fill_deposits, |stage| stage
        .venue
        .deposit(CAROL, Atoms(USD))),
    case!(
        "a sale below the price that would leave her worse",
        HealthFalls,
        |stage| {
            stage.venue.deposit(BOB, Atoms(1_000 * USD)).expect("a deposit");
            stage.venue.allocate(CAROL, 0, 10_000 * USD as i64).expect("margin");
            stage.mark(0, 9_470);
            // The quote alone, so that the attempt is the trade.
            let _ = alice_sells_low(stage, 2_500);
        },
        |stage| {
            let order = Order {
                side: Side::Short,
                lots: Lots(2_500 * USD),
                limit: Price(1),
                reduce_only: false,
                min_fill: Lots(0),
            };
            stage.venue.trade(ALICE, 0, order, &[CAROL])
        }
    ),
    case!("a ninth market", SlotsFull, |stage| fill_slots(stage, 8), |stage| stage
        .venue
        .allocate(CAROL, 8, USD as i64)),
    case!("more lots than there may be", WrongStep, bob_asks, |stage| {
        carol_buys(stage, Order { lots: Lots(u64::MAX), ..stage.buy(0, 1) })
    }),
    case!(
        "between two steps",
        WrongStep,
        |stage| {
            let params = MarketParams { step: Lots(1_000), ..MarketParams::bare() };
            stage.list(&params);
            stage.maker(2, 100, 10);
        },
        |stage| stage.venue.trade(CAROL, 2, Order { lots: Lots(USD + 1), ..stage.buy(2, 1) }, &[3])
    ),
    case!("a quote between two steps", WrongStep, as_is, |stage| {
        let mut quote = stage.ask(0, 10, 10);
        quote.asks[0].pegged = 2;
        stage.venue.quote(BOB, 0, &quote)
    }),
    case!("a position of dust", DustPosition, bob_asks, |stage| {
        carol_buys(stage, Order { lots: Lots(USD / 2), ..stage.buy(0, 1) })
    }),
    case!(
        "open interest beyond the cap",
        OpenInterestCap,
        |stage| {
            let params = MarketParams { open_interest_max: Lots(100 * USD), ..MarketParams::bare() };
            stage.list(&params);
            stage.maker(2, 1_000, 10);
        },
        |stage| stage.venue.trade(CAROL, 2, stage.buy(2, 101), &[3])
    ),
    case!("asks from the highest", QuotesOutOfOrder, as_is, |stage| bob_quotes(
        stage,
        [price(BIRTH + 2), price(BIRTH + 1)]
    )),
    case!("two asks at one price", QuotesOutOfOrder, as_is, |stage| bob_quotes(stage, [price(BIRTH), price(BIRTH)])),
    case!("less than the least fill", MinFillNotReached, bob_asks, |stage| carol_buys(
        stage,
        Order { min_fill: Lots(1_001 * USD), ..stage.buy(0, 2_000) }
    )),
    case!(
        "a quote after its slot",
        QuoteNotLive,
        |stage| {
            let quote = QuoteBooks { expires: stage.venue.now().slot, ..stage.ask(0, 10, 10) };
            stage.venue.quote(BOB, 0, &quote).expect("a quote");
            stage.wait(1);
        },
        |stage| carol_buys(stage, stage.buy(0, 10))
    ),
    case!(
        "a quote of a maker nobody has checked lately",
        QuoteNotLive,
        |stage| {
            bob_asks(stage);
            stage.wait(51);
        },
        |stage| carol_buys(stage, stage.buy(0, 10))
    ),
    case!("a free ask", PriceOutOfBand, as_is, |stage| bob_quotes(stage, [Price(0), price(BIRTH)])),
    case!("an ask without bounds", PriceOutOfBand, as_is, |stage| bob_quotes(stage, [price(BIRTH), Price(u64::MAX)])),
    case!(
        "an ask outside the band",
        PriceOutOfBand,
        |stage| bob_quotes(stage, [price(BIRTH + 201), price(BIRTH + 202)]).expect("a quote"),
        |stage| carol_buys(stage, Order { limit: Price(u64::MAX), ..stage.buy(0, 10) })
    ),
    case!(
        "an ask below the mark",
        PriceOutOfBand,
        |stage| bob_quotes(stage, [price(BIRTH - 2), price(BIRTH - 1)]).expect("a quote"),
        |stage| carol_buys(stage, stage.buy(0, 10))
    ),
    case!("a limit below the ask", LimitNotReached, bob_asks, |stage| {
        carol_buys(stage, Order { limit: price(BIRTH + 9), ..stage.buy(0, 10) })
    }),
    case!(
        "a maker without margin",
        NothingFilled,
        |stage| {
            let quote = stage.ask(1, 10, 10);
            stage.venue.quote(BOB, 1, &quote).expect("a quote");
        },
        |stage| stage.venue.trade(CAROL, 1, stage.buy(1, 10), &[BOB])
    ),
    case!("nothing left to reduce", NothingFilled, bob_asks, |stage| {
        carol_buys(stage, Order { reduce_only: true, ..stage.buy(0, 10) })
    }),
    case!("five makers", TooManyMakers, bob_asks, |stage| trade_with(stage, 1, 5)),
    case!("more makers than accounts", TooManyMakers, bob_asks, |stage| trade_with(stage, 1, 2)),
    // side: u8, lots: u64, limit: u64, reduce_only, min_fill: u64, makers.
    case!("a third side", UnknownSide, bob_asks, |stage| trade_with(stage, 27, 2)),
    case!("closing an account with money", AccountNotEmpty, as_is, |stage| {
        let built = stage.venue.build.close_account(&stage.venue.accounts[CAROL]);
        stage.send("", built)
    }),
    case!("a withdrawal without its markets", MarketMissing, as_is, |stage| {
        let built = stage.venue.build.withdraw(&stage.venue.accounts[ALICE], &[], Atoms(USD));
        stage.send("", built)
    }),
];
