//! Prices, what may be done at them, and pauses.

use breakwater_engine::permission::PauseBits;
use breakwater_engine::price::Observation;
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Lots, Price, Side};
use breakwater_sim::svm::pyth;
use breakwater_sim::venue::{Outcome, Venue};
use solana_pubkey::Pubkey;

use super::parameters::list_posted;
use super::{as_is, case, Case, ALICE, BOB, CAROL};
use crate::stage::{said, Stage, BIRTH, USD};

/// What the feed of the first market says now, changed.
fn post(stage: &mut Stage, change: fn(&mut Observation)) {
    let mut observation = said(BIRTH, stage.venue.now().time);
    change(&mut observation);
    let keys = stage.venue.markets[0];
    stage.venue.post(&keys, &observation);
}

/// The same a second later, accepted.
fn publish(stage: &mut Stage, change: fn(&mut Observation)) {
    stage.venue.advance(1, 1);
    post(stage, change);
    refresh(stage).expect("a refresh");
}

fn refresh(stage: &mut Stage) -> Outcome {
    let built = stage.venue.build.refresh_market(&stage.venue.markets[0]);
    stage.send("", built)
}

/// A price good enough to reduce only: spread over 5 %.
fn only_usable(stage: &mut Stage) {
    bob_asks(stage);
    publish(stage, |seen| seen.confidence = seen.price.unsigned_abs() / 20);
}

/// A price good for nothing.
fn bad(stage: &mut Stage) {
    bob_asks(stage);
    publish(stage, |seen| seen.confidence = seen.price.unsigned_abs() / 2);
}

fn bob_asks(stage: &mut Stage) {
    let quote = stage.ask(0, 100, 10);
    stage.venue.quote(BOB, 0, &quote).expect("a quote");
}

fn old(stage: &mut Stage) {
    bob_asks(stage);
    stage.venue.advance(151, 60);
}

fn carol_buys(stage: &mut Stage) -> Outcome {
    let order = stage.buy(0, 10);
    stage.venue.trade(CAROL, 0, order, &[BOB])
}

fn alice_reduces(stage: &mut Stage) -> Outcome {
    let order =
        Order { side: Side::Short, lots: Lots(10 * USD), limit: Price(1), reduce_only: true, min_fill: Lots(0) };
    stage.venue.trade(ALICE, 0, order, &[])
}

fn pause(stage: &mut Stage, bits: PauseBits) {
    let built = stage.venue.build.set_pause_bits(None, bits.0);
    stage.send("", built).expect("a pause");
}

fn pause_market(stage: &mut Stage, bits: PauseBits) {
    let market = stage.venue.markets[0];
    let built = stage.venue.build.set_pause_bits(Some(&market), bits.0);
    stage.send("", built).expect("a pause");
}

/// The third market's feed says something, changed, before it is listed.
fn post_third(stage: &mut Stage, change: fn(&mut Observation)) {
    let mut first = said(BIRTH, stage.venue.now().time);
    change(&mut first);
    let keys = stage.venue.build.keys.market(2);
    stage.venue.post(&keys, &first);
}

/// The third market's price account belongs to a program and holds something, before it is listed.
fn put_third(stage: &mut Stage, owner: Pubkey, change: fn(&mut Vec<u8>)) {
    let keys = stage.venue.build.keys.market(2);
    let mut bytes = pyth::update(keys.feed, &said(BIRTH, stage.venue.now().time), 0);
    change(&mut bytes);
    stage.venue.chain.put_data(keys.price, owner, bytes);
}

macro_rules! listed {
    ($what:literal, $error:ident, $change:expr) => {
        case!($what, $error, |stage| post_third(stage, $change), list_posted)
    };
}

pub const CASES: &[Case] = &[
    listed!("listed at a price of nothing", PriceNotPositive, |seen| seen.price = 0),
    listed!("listed at a negative price", PriceNotPositive, |seen| seen.price = -1),
    listed!("listed at the most negative price", PriceNotPositive, |seen| seen.price = i64::MIN),
    listed!("listed at a negative average", PriceNotPositive, |seen| seen.ema_price = -1),
    listed!("listed at a price beyond all bounds", Overflow, |seen| seen.price = i64::MAX),
    listed!("listed at an exponent above zero", PriceExponent, |seen| seen.exponent = 1),
    listed!("listed at an exponent below -12", PriceExponent, |seen| seen.exponent = -13),
    listed!("listed at the smallest exponent", PriceExponent, |seen| seen.exponent = i32::MIN),
    listed!("listed at the largest exponent", PriceExponent, |seen| seen.exponent = i32::MAX),
    listed!("listed at a price of the future", PriceFromFuture, |seen| seen.publish_time += 11),
    listed!("listed at a price of the end of time", PriceFromFuture, |seen| seen.publish_time = i64::MAX),
    case!(
        "listed at a price of another program",
        WrongOracleOwner,
        |stage| put_third(stage, breakwater::ID, |_| {}),
        list_posted
    ),
    case!(
        "listed at an account of the receiver that is none",
        WrongOracleAccount,
        |stage| put_third(stage, pyth::RECEIVER, |bytes| bytes.fill(7)),
        list_posted
    ),
    case!("opening at an old mark", StaleMark, old, carol_buys),
    case!("taking margin at an old mark", StaleMark, old, |stage| stage.venue.allocate(BOB, 0, -(USD as i64))),
    case!("resolving at an old mark", StaleMark, old, |stage| stage.venue.resolve(ALICE, 0, None)),
    case!("liquidating at an old mark", StaleMark, old, |stage| stage.venue.liquidate(ALICE, 0, CAROL, Lots(0))),
    case!("opening at a usable price", PriceQuality, only_usable, carol_buys),
    case!("quoting at a usable price", PriceQuality, only_usable, |stage| {
        let quote = stage.ask(0, 10, 10);
        stage.venue.quote(BOB, 0, &quote)
    }),
    case!("taking margin at a usable price", PriceQuality, only_usable, |stage| {
        stage.venue.allocate(BOB, 0, -(USD as i64))
    }),
    case!("liquidating at a bad price", PriceQuality, bad, |stage| stage.venue.liquidate(ALICE, 0, CAROL, Lots(0))),
    case!("resolving at a bad price", PriceQuality, bad, |stage| stage.venue.resolve(ALICE, 0, None)),
    case!("bits that do not exist", UnknownPauseBits, as_is, |stage| {
        let built = stage.venue.build.set_pause_bits(None, 1 << 10);
        stage.send("", built)
    }),
    case!("a deposit while paused", Paused, |stage| pause(stage, PauseBits::DEPOSITS), |stage| {
        stage.venue.deposit(ALICE, Atoms(USD))
    }),
    case!(
        "an account while paused",
        Paused,
        |stage| {
            let keys = stage.venue.build.keys.account(stage.venue.accounts.len());
            stage.venue.chain.give_lamports(keys.owner);
            pause(stage, PauseBits::DEPOSITS);
        },
        |stage| {
            let keys = stage.venue.build.keys.account(stage.venue.accounts.len());
            let built = stage.venue.build.open_account(&keys);
            stage.send("", built)
        }
    ),
    case!("insurance while paused", Paused, |stage| pause(stage, PauseBits::DEPOSITS), |stage| {
        stage.venue.fund(Atoms(USD))
    }),
    case!("a withdrawal with positions while paused", Paused, |stage| pause(stage, PauseBits::WITHDRAWALS), |stage| {
        stage.venue.withdraw(ALICE, Atoms(1))
    }),
    case!("the same, the market paused", Paused, |stage| pause_market(stage, PauseBits::WITHDRAWALS), |stage| {
        stage.venue.withdraw(ALICE, Atoms(1))
    }),
    case!("taking margin while paused", Paused, |stage| pause_market(stage, PauseBits::WITHDRAWALS), |stage| {
        stage.venue.allocate(BOB, 0, -(USD as i64))
    }),
    case!("isolating while paused", Paused, |stage| pause(stage, PauseBits::WITHDRAWALS), |stage| {
        let at = (&stage.venue.markets[0], &[][..]);
        let built = stage.venue.build.isolate_position(&stage.venue.accounts[ALICE], at, true);
        stage.send("", built)
    }),
    case!(
        "opening while paused",
        Paused,
        |stage| {
            bob_asks(stage);
            pause(stage, PauseBits::TRADE_INCREASE);
        },
        carol_buys
    ),
    case!(
        "opening while the market is paused",
        Paused,
        |stage| {
            bob_asks(stage);
            pause_market(stage, PauseBits::TRADE_INCREASE);
        },
        carol_buys
    ),
    case!("reducing while paused", Paused, |stage| pause(stage, PauseBits::TRADE_REDUCE), alice_reduces),
    case!("quoting while paused", Paused, |stage| pause_market(stage, PauseBits::QUOTING), |stage| {
        let quote = stage.ask(0, 10, 10);
        stage.venue.quote(BOB, 0, &quote)
    }),
    case!("liquidating while paused", Paused, |stage| pause(stage, PauseBits::LIQUIDATION), |stage| {
        stage.venue.liquidate(ALICE, 0, CAROL, Lots(0))
    }),
    case!(
        "listing while paused",
        Paused,
        |stage| {
            super::parameters::price(stage);
            pause(stage, PauseBits::LISTING);
        },
        super::parameters::list_standard
    ),
    case!("a flat withdrawal while frozen", Paused, |stage| pause(stage, PauseBits::FREEZE), |stage| {
        stage.venue.withdraw(CAROL, Atoms(USD))
    }),
    case!("resolving while frozen", Paused, |stage| pause(stage, PauseBits::FREEZE), |stage| {
        stage.venue.resolve(ALICE, 0, None)
    }),
    case!("syncing while frozen", Paused, |stage| pause(stage, PauseBits::FREEZE), |stage| stage
        .venue
        .sync(ALICE, None)),
    case!("skimming while frozen", Paused, |stage| pause(stage, PauseBits::FREEZE), |stage| {
        let built = stage.venue.build.skim();
        stage.send("", built)
    }),
    case!("rebasing while frozen", Paused, |stage| pause_market(stage, PauseBits::FREEZE), |stage| stage
        .venue
        .rebase(0, 1)),
];
