//! Breakers on the compiled program: halts with their holds and the grace after them, guards that leave the cure, and trips
//! that must be provable (F6, F19, F21).

use breakwater::state::Pause;
use breakwater_engine::breaker::Level;
use breakwater_engine::permission::PauseBits;
use breakwater_engine::phase::Phase;
use breakwater_engine::price::{Observation, Reasons};
use breakwater_engine::state::Level as Offer;
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_engine::trade::Order;
use breakwater_engine::{Atoms, Lots, Side};
use breakwater_sim::engine::EngineVenue;
use breakwater_sim::replay;
use breakwater_sim::svm::SvmVenue;
use breakwater_sim::venue::{AccountId, Outcome, Venue};

use crate::seeds::seed;
use crate::stage::{said, Stage, BIRTH, USD};

/// Long, with little beyond his margin.
const ALICE: AccountId = 0;
/// Short against her, rich.
const BOB: AccountId = 1;
/// Rich, without positions.
const CAROL: AccountId = 2;

/// The waterfall's parameters with breakers on.
pub fn guarded() -> MarketParams {
    MarketParams { halt_hold_seconds: 15, guard_hold_seconds: 300, grace_seconds: 30, ..MarketParams::bare() }
}

/// An exchange whose breaker is on, with a guarded market where Alice is long 5,000 USD against Bob.
pub fn scene() -> Stage {
    let standard = ExchangeParams::standard();
    let drawdown_guard = standard.drawdown_guard;
    let params = ExchangeParams { guard_hold_seconds: 3_600, drawdown_guard, ..ExchangeParams::bare() };
    let mut stage = Stage::of(&params);
    stage.list(&guarded());
    let (alice, bob, _) = (stage.trader(300), stage.trader(100_000), stage.trader(50_000));
    stage.pair(0, alice, bob, 5_000);
    stage
}

/// Some slots and seconds later the feed says something, and the refresh succeeds.
pub fn say(stage: &mut Stage, seconds: i64, cents: i64, change: fn(&mut Observation)) {
    stage.venue.advance(seconds.unsigned_abs() * 5 / 2, seconds);
    let mut observation = said(cents, stage.venue.now().time);
    change(&mut observation);
    stage.venue.publish(0, &observation).expect("a refresh");
}

fn wide(seen: &mut Observation) {
    seen.confidence = seen.price.unsigned_abs() / 2;
}

fn level(stage: &Stage) -> (Level, Reasons) {
    let (market, now) = (stage.venue.books(0).market, stage.venue.now());
    (market.level(now), market.breaker.in_force(now))
}

fn liquidate(stage: &mut Stage) -> Outcome {
    stage.venue.liquidate(ALICE, 0, CAROL, Lots(0))
}

fn carol_buys(stage: &mut Stage) -> Outcome {
    let order = stage.buy(0, 10);
    stage.venue.trade(CAROL, 0, order, &[BOB])
}

fn bob_quotes(stage: &mut Stage) {
    let mut quote = stage.ask(0, 1_000, 10);
    quote.bids[0] = Offer { size: Lots(1_000 * USD), price: stage.venue.mark(0), pegged: 0 };
    stage.venue.quote(BOB, 0, &quote).expect("a quote");
}

fn alice_reduces(stage: &mut Stage, usd: u64) -> Outcome {
    let limit = stage.venue.mark(0);
    let order = Order { side: Side::Short, lots: Lots(usd * USD), limit, reduce_only: true, min_fill: Lots(0) };
    stage.venue.trade(ALICE, 0, order, &[BOB])
}

fn trip(stage: &mut Stage) -> Outcome {
    let built = stage.venue.build.trip_breaker();
    stage.send("trip_breaker", built)
}

/// A price nobody can be sure of halts; when it is sure again Alice is in distress, and for hold and grace she may act.
#[test]
fn f6_after_a_halt_owners_act_first() {
    let mut stage = scene();
    say(&mut stage, 5, 9_700, |_| {});
    bob_quotes(&mut stage);
    say(&mut stage, 2, 9_700, wide);
    assert_eq!(level(&stage), (Level::Halted, Reasons::WIDE));
    say(&mut stage, 2, 9_640, |_| {});
    assert_eq!(level(&stage), (Level::Halted, Reasons::WIDE), "held");
    stage.refuses("liquidating while halted", "MarketHalted", liquidate);
    stage.refuses("opening while halted", "MarketHalted", carol_buys);
    stage.refuses("resolving while halted", "MarketHalted", |stage| stage.venue.resolve(ALICE, 0, None));
    stage.refuses("withdrawing while halted", "MarketHalted", |stage| stage.venue.withdraw(ALICE, Atoms(1)));
    stage.venue.sync(ALICE, None).expect("a sync");
    say(&mut stage, 14, 9_640, |_| {});
    stage.refuses("a second before the hold ends", "MarketHalted", liquidate);
    stage.venue.advance(2, 1);
    assert_eq!(level(&stage), (Level::Open, Reasons::NONE), "without a write");
    stage.refuses("in the grace period", "GracePeriod", liquidate);
    stage.refuses("resolving in it", "GracePeriod", |stage| stage.venue.resolve(ALICE, 0, None));
    // What helps passes in every state of it.
    let mut owner = stage.clone();
    owner.venue.deposit(ALICE, Atoms(USD)).expect("a deposit");
    owner.venue.allocate(ALICE, 0, USD as i64).expect("margin");
    say(&mut owner, 1, 9_640, |_| {});
    bob_quotes(&mut owner);
    alice_reduces(&mut owner, 100).expect("a reduction");
    owner.conserved("in the grace period");
    say(&mut stage, 29, 9_640, |_| {});
    stage.refuses("a second before it ends", "GracePeriod", liquidate);
    stage.venue.advance(2, 1);
    liquidate(&mut stage).expect("a liquidation");
    stage.conserved("after a liquidation");
}

/// Reducing passes while the market is halted, once there is a usable price.
#[test]
fn reducing_passes_while_halted() {
    let mut stage = scene();
    bob_quotes(&mut stage);
    say(&mut stage, 2, BIRTH, wide);
    stage.refuses("at a bad price", "PriceQuality", |stage| alice_reduces(stage, 10));
    say(&mut stage, 1, BIRTH, |_| {});
    alice_reduces(&mut stage, 10).expect("a reduction in the hold");
    // An order that could enlarge passes as the reduction it is, and no further.
    let limit = stage.venue.mark(0);
    let order =
        |lots| Order { side: Side::Short, lots: Lots(lots * USD), limit, reduce_only: false, min_fill: Lots(0) };
    stage.venue.trade(ALICE, 0, order(10), &[BOB]).expect("a reduction");
    stage.refuses("through zero", "MarketHalted", |stage| stage.venue.trade(ALICE, 0, order(6_000), &[BOB]));
}

/// A gap in the feed nobody wrote down is a halt that ends with the refresh that ends the gap.
#[test]
fn f6_a_gap_nobody_tripped_has_its_grace() {
    let mut stage = scene();
    say(&mut stage, 100, 9_640, |_| {});
    assert_eq!(level(&stage), (Level::Open, Reasons::NONE));
    stage.refuses("right after the gap", "GracePeriod", liquidate);
    say(&mut stage, 29, 9_640, |_| {});
    stage.refuses("a second before", "GracePeriod", liquidate);
    stage.venue.advance(2, 1);
    liquidate(&mut stage).expect("a liquidation");
}

/// A pause that ended by itself, or was lifted, of the exchange or the market.
#[test]
fn f21_after_a_pause_owners_act_first() {
    for of_market in [true, false] {
        let mut stage = scene();
        say(&mut stage, 5, 9_640, |_| {});
        let pause = Pause { bits: PauseBits::LIQUIDATION.0, until: stage.venue.now().time + 10 };
        if of_market {
            stage.venue.change_market(0, |market| market.pauses.guardian = pause);
        } else {
            stage.venue.change_exchange(|exchange| exchange.pauses.guardian = pause);
        }
        say(&mut stage, 9, 9_640, |_| {});
        stage.refuses("while paused", "Paused", liquidate);
        stage.venue.advance(2, 1);
        stage.refuses("when the pause has ended", "GracePeriod", liquidate);
        say(&mut stage, 29, 9_640, |_| {});
        stage.refuses("a second before the grace ends", "GracePeriod", liquidate);
        stage.venue.advance(2, 1);
        liquidate(&mut stage).expect("a liquidation");
    }
}

/// Uncovered losses guard: nobody opens, and the cure goes on.
#[test]
fn an_uninsured_market_is_guarded_and_cured() {
    let mut stage = scene();
    bob_quotes(&mut stage);
    say(&mut stage, 5, 9_300, |_| {});
    assert_eq!(level(&stage), (Level::Guarded, Reasons::UNINSURED));
    stage.refuses("opening, on either side", "MarketHalted", carol_buys);
    stage.refuses("taking margin", "MarketHalted", |stage| stage.venue.allocate(BOB, 0, -(USD as i64)));
    stage.venue.resolve(ALICE, 0, None).expect("a resolution");
    stage.conserved("after a resolution");
    say(&mut stage, 5, 9_300, |_| {});
    assert_eq!(level(&stage), (Level::Guarded, Reasons::UNINSURED), "held");
    for _ in 0..5 {
        say(&mut stage, 60, 9_300, |_| {});
    }
    assert_eq!(level(&stage), (Level::Open, Reasons::NONE));
    bob_quotes(&mut stage);
    carol_buys(&mut stage).expect("a trade");
}

/// Nobody trips what the accounts do not prove.
#[test]
fn f19_nobody_trips_what_is_not_so() {
    let mut stage = scene();
    stage.venue.fund(Atoms(1_000 * USD)).expect("insurance");
    let now = stage.venue.now().time;
    let peak = |stage: &mut Stage, usd: u64, since: i64| {
        stage.venue.change_fund(|fund| (fund.peak, fund.peak_since) = (Atoms(usd * USD), since));
    };
    for (what, usd, since) in [
        ("a fund that never had anything", 0, now),
        ("a fund at its peak", 1_000, now),
        ("a fund that rose", 500, now),
        ("a fall of less than a fifth", 1_249, now),
        ("a fall from a peak of yesterday", 5_000, now - 86_400),
    ] {
        peak(&mut stage, usd, since);
        stage.refuses(what, "NothingTripped", trip);
    }
}

/// Nobody having looked is no stress: an hour without a refresh halts nothing, nor does an update from before; the source's own
/// last word, too old by then, halts, and raises nobody's margins (A20).
#[test]
fn a20_a_quiet_hour_is_no_stress() {
    let mut stage = scene();
    say(&mut stage, 1, BIRTH, |_| {});
    let keys = stage.venue.markets[0];
    let shown = stage.venue.now().time;
    stage.venue.advance(9_000, 3_600);
    stage.refuses("nothing that is not so", "NothingTripped", trip);
    let refresh = |stage: &mut Stage, publish_time: i64| {
        stage.venue.post(&keys, &said(BIRTH, publish_time));
        let built = stage.venue.build.refresh_market(&keys);
        stage.send("refresh_market", built)
    };
    refresh(&mut stage, shown - 1).expect("no error");
    assert_eq!(level(&stage), (Level::Open, Reasons::NONE));
    refresh(&mut stage, shown).expect("no error");
    assert_eq!(level(&stage), (Level::Halted, Reasons::STALE));
    assert_eq!(stage.venue.books(0).market.phase(), Phase::Normal);
}

/// A fund that fell guards every market and the exchange; flat money leaves, and it opens a hold after it was seen whole.
#[test]
fn a_fallen_fund_guards_the_exchange() {
    let mut stage = scene();
    bob_quotes(&mut stage);
    stage.venue.fund(Atoms(1_000 * USD)).expect("insurance");
    let now = stage.venue.now().time;
    stage.venue.change_fund(|fund| (fund.peak, fund.peak_since) = (Atoms(1_250 * USD), now));
    trip(&mut stage).expect("a trip");
    let breaker = stage.venue.exchange_breaker();
    assert_eq!(breaker.in_force(stage.venue.now()), Reasons::DRAWDOWN);
    stage.refuses("opening", "MarketHalted", carol_buys);
    stage.refuses("withdrawing beside a position", "MarketHalted", |stage| stage.venue.withdraw(ALICE, Atoms(1)));
    stage.venue.withdraw(CAROL, Atoms(USD)).expect("flat money leaves");
    stage.venue.change_fund(|fund| fund.peak = Atoms(1_000 * USD));
    trip(&mut stage).expect("it begins to clear");
    stage.refuses("looking twice", "NothingTripped", trip);
    for _ in 0..60 {
        say(&mut stage, 59, BIRTH, |_| {});
    }
    stage.refuses("a minute before the hold ends", "MarketHalted", carol_buys);
    stage.venue.advance(1, 60);
    say(&mut stage, 1, BIRTH, |_| {});
    bob_quotes(&mut stage);
    carol_buys(&mut stage).expect("a trade");
}

/// A resolution that makes the fund fall writes it down, and succeeds.
#[test]
fn a_resolution_that_makes_the_fund_fall_trips() {
    let mut stage = scene();
    stage.venue.fund(Atoms(60 * USD)).expect("insurance");
    let mut skim = stage.venue.build.skim();
    let keys = stage.venue.markets[0];
    skim.accounts.extend(
        [keys.market, keys.ladder].map(|key| anchor_lang::solana_program::instruction::AccountMeta::new(key, false)),
    );
    stage.send("skim", skim).expect("a cover");
    let now = stage.venue.now().time;
    stage.venue.change_fund(|fund| (fund.peak, fund.peak_since) = (Atoms(60 * USD), now));
    stage.refuses("before anything fell", "NothingTripped", trip);
    say(&mut stage, 5, 9_300, |_| {});
    stage.venue.sync(ALICE, None).expect("a sync");
    for _ in 0..3 {
        say(&mut stage, 30, 9_300, |_| {});
        stage.venue.sync(ALICE, None).expect("a sync");
    }
    stage.venue.resolve(ALICE, 0, None).expect("a resolution");
    let fund = stage.venue.state().fund;
    assert!(fund.own().expect("a sum") <= Atoms(48 * USD), "{fund:?}");
    assert_eq!(stage.venue.exchange_breaker().in_force(stage.venue.now()), Reasons::DRAWDOWN);
    stage.conserved("after a resolution");
}

/// A listing with a timelock trades when it has run out.
#[test]
fn a_listing_waits_for_its_timelock() {
    let mut stage = Stage::empty();
    stage.list(&guarded());
    let opens_at = stage.venue.now().time + 600;
    stage.venue.change_market(0, |market| market.opens_at = opens_at);
    let (maker, taker) = (stage.trader(10_000), stage.trader(10_000));
    stage.venue.allocate(maker, 0, (5_000 * USD) as i64).expect("margin");
    for _ in 0..10 {
        say(&mut stage, 59, BIRTH, |_| {});
        let quote = stage.ask(0, 1_000, 10);
        stage.refuses("a quote", "MarketNotOpen", |stage| stage.venue.quote(maker, 0, &quote));
        stage.refuses("a trade", "MarketNotOpen", |stage| stage.venue.trade(taker, 0, stage.buy(0, 10), &[]));
    }
    say(&mut stage, 10, BIRTH, |_| {});
    let quote = stage.ask(0, 1_000, 10);
    stage.venue.quote(maker, 0, &quote).expect("a quote");
    let order = stage.buy(0, 10);
    stage.venue.trade(taker, 0, order, &[maker]).expect("a trade");
}

/// What the program does around the engine, the engine's venue does too: random days with breakers on end the same.
#[test]
fn guarded_histories_end_the_same() {
    let seed = seed();
    let guards = r#""halt_hold_seconds":3,"guard_hold_seconds":9,"grace_seconds":4,"confidence_usable":30,"confidence_good":20,"cover_grant""#;
    for history in seed..seed + 20 {
        let day = replay::random_day(history, 120).replace(r#""cover_grant""#, guards);
        let exchange = r#"{"op":"exchange","guard_hold_seconds":20,"drawdown_guard":1000}"#;
        let day = day.replacen(r#"{"op":"exchange"}"#, exchange, 1);
        let lines = replay::parse(&day).expect("a script");
        let params = replay::exchange_of(&lines).expect("parameters");
        let mut engine = EngineVenue::new(&params).expect("an exchange");
        let mut svm = SvmVenue::new(&params).expect("a cluster").expect("an exchange");
        let on_engine = replay::run(&lines, &mut engine).expect("runs on the engine");
        let on_svm = replay::run(&lines, &mut svm).expect("runs on the program");
        assert!(on_engine == on_svm, "BREAKWATER_SEED={history}:\n{on_engine:#?}\n{on_svm:#?}");
        let (one, other) = (engine.state(), svm.state());
        for (one, other) in one.markets.iter().zip(&other.markets) {
            assert_eq!(one.market, other.market, "BREAKWATER_SEED={history}");
        }
        assert_eq!(one.accounts, other.accounts, "BREAKWATER_SEED={history}");
        assert!(on_svm.conserved, "BREAKWATER_SEED={history}");
    }
}

/// What a refresh costs with everything tripping, and what a trip costs.
#[test]
fn tripping_is_cheap() {
    let mut stage = scene();
    say(&mut stage, 5, BIRTH, |_| {});
    let quiet = stage.units("refresh_market");
    say(&mut stage, 5, BIRTH, wide);
    let bad = stage.units("refresh_market");
    say(&mut stage, 5, 9_300, |_| {});
    let tripped = stage.units("refresh_market");
    stage.venue.advance(200, 80);
    stage.venue.fund(Atoms(1_000 * USD)).expect("insurance");
    let now = stage.venue.now().time;
    stage.venue.change_fund(|fund| (fund.peak, fund.peak_since) = (Atoms(5_000 * USD), now));
    trip(&mut stage).expect("a trip");
    let trip = stage.units("trip_breaker");
    println!("refresh_market: {quiet} quiet, {bad} bad, {tripped} uninsured; trip_breaker: {trip}");
    assert!(quiet.max(bad).max(tripped) <= 20_000 && trip <= 10_000);
}
