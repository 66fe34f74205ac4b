//! A second source on the compiled program, in real price accounts of both kinds: missing, disagreeing, stale, going back.

use breakwater::state::{SOURCE_PULL, SOURCE_PUSH};
use breakwater_engine::breaker::Level;
use breakwater_engine::price::Reasons;
use breakwater_engine::state::MarketParams;
use breakwater_engine::Bps;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::keys::MarketKeys;
use breakwater_sim::svm::{decode, pyth};
use breakwater_sim::venue::{Outcome, Venue};
use solana_pubkey::Pubkey;

use crate::breakers::guarded;
use crate::oracle::push;
use crate::stage::{price, said, Stage, BIRTH, LADDER, SILENT};

/// Where the second feed's pull updates are posted.
fn posted() -> Pubkey {
    address("second price", 0)
}

fn second_feed() -> [u8; 32] {
    address("second feed", 0).to_bytes()
}

/// The first market's ladder and price, before it is listed.
fn prepared() -> Stage {
    let mut stage = Stage::empty();
    let keys = stage.venue.build.keys.market(0);
    stage.venue.chain.put_data(keys.ladder, breakwater::ID, vec![0; LADDER]);
    let first = said(BIRTH, stage.venue.now().time);
    stage.venue.post(&keys, &first);
    stage
}

/// Lists the market with a second source.
fn list(stage: &mut Stage, kind: u8, feed: [u8; 32]) -> (Outcome, MarketKeys) {
    let keys = stage.venue.build.keys.market(0);
    let params = MarketParams { disagreement: Bps(200), ..guarded() };
    let mut list = stage.venue.build.list_market(0, &keys, decode::market_params(&params));
    // After the discriminator, the number and the first source.
    list.data[43] = kind;
    list.data[44..76].copy_from_slice(&feed);
    let outcome = stage.send("list_market", list);
    (outcome, keys)
}

fn listed(kind: u8, feed: [u8; 32]) -> (Stage, MarketKeys) {
    let mut stage = prepared();
    let (outcome, keys) = list(&mut stage, kind, feed);
    outcome.expect("a market");
    stage.venue.markets.push(keys);
    (stage, keys)
}

/// The second feed's pull update.
fn post_second(stage: &mut Stage, cents: i64, time: i64) {
    let mut bytes = pyth::update(second_feed(), &said(cents, time), 0);
    bytes.resize(134, 0);
    stage.venue.chain.put_data(posted(), pyth::RECEIVER, bytes);
}

fn post_first(stage: &mut Stage, cents: i64, time: i64) {
    let keys = stage.venue.markets[0];
    stage.venue.post(&keys, &said(cents, time));
}

fn refresh(stage: &mut Stage, second: Pubkey) -> Outcome {
    let keys = stage.venue.markets[0];
    let built = stage.venue.build.refresh_with(&keys, second);
    stage.send("refresh_market", built)
}

fn level(stage: &Stage) -> (Level, Reasons) {
    let (market, now) = (stage.venue.books(0).market, stage.venue.now());
    (market.level(now), market.breaker.in_force(now))
}

#[test]
fn a_second_source_is_passed_exactly_where_the_market_names_one() {
    let (mut stage, keys) = listed(SOURCE_PULL, second_feed());
    stage.venue.advance(10, 4);
    let now = stage.venue.now().time;
    post_first(&mut stage, BIRTH, now);
    post_second(&mut stage, BIRTH, now);
    let alone = stage.venue.build.refresh_market(&keys);
    stage.refuses("without it", "WrongSecondSource", |stage| stage.send("", alone));
    refresh(&mut stage, posted()).expect("with it");
    let mut one = Stage::with_markets(1);
    post_second(&mut one, BIRTH, now);
    one.refuses("with one the market does not name", "WrongSecondSource", |stage| refresh(stage, posted()));
    for kind in [2, 3, 254] {
        let mut stage = prepared();
        stage.refuses("a kind that is none", "WrongSource", |stage| list(stage, kind, second_feed()).0);
    }
}

#[test]
fn f20_a_second_source_is_pinned_like_the_first() {
    let (mut stage, keys) = listed(SOURCE_PULL, second_feed());
    stage.venue.advance(10, 4);
    let now = stage.venue.now().time;
    post_first(&mut stage, BIRTH, now);
    post_second(&mut stage, BIRTH, now);
    let whole = stage.venue.chain.data(&posted()).to_vec();
    let at = address("another second", 0);
    refresh(&mut stage, posted()).expect("a refresh");
    stage.refuses("the first source again", "WrongFeed", |stage| refresh(stage, keys.price));
    stage.refuses("nothing there", SILENT, |stage| refresh(stage, at));
    stage.venue.chain.put_data(at, breakwater::ID, whole.clone());
    stage.refuses("of another program", SILENT, |stage| refresh(stage, at));
    stage.venue.chain.put_data(at, pyth::RECEIVER, vec![0; 134]);
    stage.refuses("no update", SILENT, |stage| refresh(stage, at));
    let mut partial = whole.clone();
    partial.splice(40..41, [0, 5]);
    stage.venue.chain.put_data(at, pyth::RECEIVER, partial);
    stage.refuses("verified in part", "PriceNotVerified", |stage| refresh(stage, at));
    stage.venue.chain.put_data(at, pyth::RECEIVER, whole);
    refresh(&mut stage, at).expect("any account of the receiver may carry it");
}

#[test]
fn a_disagreement_guards_and_nobody_hides_it() {
    let (mut stage, _) = listed(SOURCE_PULL, second_feed());
    stage.venue.advance(10, 4);
    let now = stage.venue.now().time;
    post_first(&mut stage, BIRTH, now);
    post_second(&mut stage, BIRTH - 201, now);
    refresh(&mut stage, posted()).expect("a refresh");
    assert_eq!(level(&stage), (Level::Guarded, Reasons::DISAGREEMENT));
    let mark = stage.venue.books(0).market.mark;
    assert_eq!((mark.price, mark.quality), (price(BIRTH), 1));
    // An update of before it disagreed.
    stage.venue.advance(10, 4);
    post_first(&mut stage, BIRTH, now + 4);
    post_second(&mut stage, BIRTH, now - 1);
    refresh(&mut stage, posted()).expect("the second goes back");
    assert_eq!(level(&stage), (Level::Guarded, Reasons::DISAGREEMENT), "what it said stands");
    post_second(&mut stage, BIRTH, now + 15);
    stage.refuses("the second is of the future", SILENT, |stage| refresh(stage, posted()));
    let closed = address("closed", 0);
    stage.refuses("the second is closed", SILENT, |stage| refresh(stage, closed));
    stage.venue.advance(1, 1);
    post_first(&mut stage, BIRTH, now + 5);
    post_second(&mut stage, BIRTH, now + 3);
    refresh(&mut stage, posted()).expect("a refresh");
    assert_eq!(stage.venue.books(0).market.mark.quality, 2, "they agree again");
    assert_eq!(level(&stage), (Level::Guarded, Reasons::DISAGREEMENT), "held");
}

/// The first is closed for good: no error, and once its last word is too old exits go on at the second; a second that is closed
/// leaves the first.
#[test]
fn a21_a_source_that_is_closed_says_nothing() {
    let (mut stage, keys) = listed(SOURCE_PULL, second_feed());
    let closed = address("closed", 0);
    let gone = MarketKeys { price: closed, ..keys };
    let refresh_both = |stage: &mut Stage, keys: &MarketKeys, second| {
        let built = stage.venue.build.refresh_with(keys, second);
        stage.send("refresh_market", built)
    };
    stage.venue.advance(10, 4);
    let now = stage.venue.now().time;
    post_first(&mut stage, BIRTH, now);
    refresh_both(&mut stage, &keys, closed).expect("the first alone");
    assert_eq!((level(&stage), stage.venue.books(0).market.mark.publish_time), ((Level::Open, Reasons::NONE), now));
    stage.refuses("both are closed", SILENT, |stage| refresh_both(stage, &gone, closed));
    stage.venue.advance(150, 60);
    post_second(&mut stage, BIRTH - 50, now + 60);
    refresh_both(&mut stage, &gone, posted()).expect("too early");
    assert_eq!((level(&stage), stage.venue.mark(0)), ((Level::Open, Reasons::NONE), price(BIRTH)));
    stage.venue.advance(2, 1);
    post_second(&mut stage, BIRTH - 50, now + 61);
    refresh_both(&mut stage, &gone, posted()).expect("the second carries");
    assert_eq!((level(&stage), stage.venue.mark(0)), ((Level::Guarded, Reasons::SECOND), price(BIRTH - 50)));
}

/// The first falls silent, the second is a push account: exits go on at its price.
#[test]
fn exits_go_on_at_the_second_source_while_the_first_is_stale() {
    let account = address("push price", 0);
    let (mut stage, _) = listed(SOURCE_PUSH, account.to_bytes());
    let (long, short) = (stage.trader(300), stage.trader(100_000));
    stage.pair(0, long, short, 5_000);
    let say = |stage: &mut Stage, cents: i64| {
        stage.venue.advance(100, 40);
        let bytes = push(cents * 1_000_000, stage.venue.now().time);
        stage.venue.chain.put_data(account, pyth::PUSH_ORACLE, bytes);
        refresh(stage, account).expect("a refresh");
    };
    say(&mut stage, 10_000);
    assert_eq!(level(&stage), (Level::Open, Reasons::NONE), "the first is not stale yet");
    for cents in [9_800, 9_640] {
        say(&mut stage, cents);
        assert_eq!(level(&stage), (Level::Guarded, Reasons::SECOND));
        let market = stage.venue.books(0).market;
        assert_eq!((market.mark.price, market.mark.quality, market.second.in_use), (price(cents), 1, 1));
    }
    stage.refuses("an offer to open at", "PriceQuality", |stage| stage.cross(0, long, short, 10));
    let keeper = stage.trader(50_000);
    stage.venue.liquidate(long, 0, keeper, breakwater_engine::Lots(0)).expect("a liquidation");
    stage.conserved("after a liquidation at the second's price");
    // The first is back.
    stage.venue.advance(10, 4);
    let now = stage.venue.now().time;
    post_first(&mut stage, 9_650, now);
    refresh(&mut stage, account).expect("a refresh");
    let market = stage.venue.books(0).market;
    assert_eq!((market.mark.price, market.mark.quality, market.second.in_use), (price(9_650), 2, 0));
    println!("refresh_market with a second source: {}", stage.units("refresh_market"));
    assert!(stage.units("refresh_market") <= 20_000);
}

/// A second source that is gone for good halts nothing: the first alone.
#[test]
fn a_stale_second_source_leaves_the_first() {
    let (mut stage, _) = listed(SOURCE_PULL, second_feed());
    let silent = stage.venue.now().time;
    post_second(&mut stage, 5_000, silent);
    for _ in 0..3 {
        stage.venue.advance(100, 40);
        let now = stage.venue.now().time;
        post_first(&mut stage, BIRTH, now);
        refresh(&mut stage, posted()).expect("a refresh");
    }
    assert_eq!(stage.venue.books(0).market.mark.quality, 2);
    assert_eq!(level(&stage).1, Reasons::DISAGREEMENT, "while it was fresh it disagreed");
    for _ in 0..8 {
        stage.venue.advance(100, 40);
        let now = stage.venue.now().time;
        post_first(&mut stage, BIRTH, now);
        refresh(&mut stage, posted()).expect("a refresh");
    }
    assert_eq!(level(&stage), (Level::Open, Reasons::NONE));
}
