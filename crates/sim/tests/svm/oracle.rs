//! What counts as a price: the bytes of both kinds of Pyth accounts, their order in time (G24), and what a bad one does.

use breakwater_engine::price::Observation;
use breakwater_engine::state::MarketParams;
use breakwater_engine::Price;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::keys::MarketKeys;
use breakwater_sim::svm::{decode, pyth};
use breakwater_sim::venue::{Outcome, Venue};

use crate::stage::{none, price, said, Stage, BIRTH, LADDER, SILENT};

/// A change to the bytes of a price account.
type Edit = fn(&mut Vec<u8>);
/// A change to what a feed says.
type Saying = fn(&mut Observation);

fn refresh(stage: &mut Stage, market: &MarketKeys) -> Outcome {
    let built = stage.venue.build.refresh_market(market);
    stage.send("refresh_market", built)
}

/// A second later the first market's feed says something.
fn say(stage: &mut Stage, change: Saying) -> Outcome {
    stage.venue.advance(1, 1);
    let mut observation = said(BIRTH, stage.venue.now().time);
    change(&mut observation);
    stage.venue.publish(0, &observation)
}

#[test]
fn f20_a_pull_update_counts_in_full_and_whole_only() {
    let rows: [(&str, &str, Edit); 9] = [
        ("verified by five guardians", "PriceNotVerified", |bytes| drop(bytes.splice(40..41, [0, 5]))),
        ("verified by 255 guardians", "PriceNotVerified", |bytes| drop(bytes.splice(40..41, [0, 255]))),
        ("verified in a third way", SILENT, |bytes| bytes[40] = 2),
        ("another discriminator", SILENT, |bytes| bytes[0] ^= 1),
        ("no discriminator", SILENT, |bytes| drop(bytes.drain(..8))),
        ("nothing at all", SILENT, Vec::clear),
        ("cut short", SILENT, |bytes| bytes.truncate(132)),
        ("another feed", "WrongFeed", |bytes| bytes[41] ^= 1),
        ("the last byte of another feed", "WrongFeed", |bytes| bytes[72] ^= 1),
    ];
    let mut stage = Stage::with_markets(1);
    let keys = stage.venue.markets[0];
    let whole = pyth::update(keys.feed, &said(BIRTH, stage.venue.now().time), 0);
    assert_eq!(whole.len(), 133);
    let mut faults = Vec::new();
    for (name, error, edit) in rows {
        let mut bytes = whole.clone();
        edit(&mut bytes);
        stage.venue.chain.put_data(keys.price, pyth::RECEIVER, bytes);
        faults.extend(stage.fault(name, error, |stage| refresh(stage, &keys)));
    }
    // The account has room for the longer level: what follows a full update does not count.
    let mut bytes = whole;
    bytes.push(0xff);
    stage.venue.chain.put_data(keys.price, pyth::RECEIVER, bytes);
    faults.extend(refresh(&mut stage, &keys).err().map(|refusal| refusal.0));
    none(faults);
}

#[test]
fn any_account_of_the_receiver_may_carry_the_feed() {
    let mut stage = Stage::with_markets(1);
    stage.venue.advance(1, 1);
    let elsewhere = MarketKeys { price: address("posted elsewhere", 0), ..stage.venue.markets[0] };
    let observation = said(BIRTH + 1, stage.venue.now().time);
    stage.venue.post(&elsewhere, &observation);
    refresh(&mut stage, &elsewhere).expect("a refresh");
    assert_eq!(stage.venue.mark(0), price(BIRTH + 1));
}

#[test]
fn a_bad_price_keeps_the_mark_and_is_written_down() {
    let rows: [(&str, Saying); 5] = [
        ("stale", |seen| seen.publish_time -= 61),
        ("wide", |seen| seen.confidence = seen.price.unsigned_abs() / 9),
        ("wider than anything", |seen| seen.confidence = u64::MAX),
        ("far from its average", |seen| seen.ema_price = seen.price * 11),
        ("a jump", |seen| (seen.price, seen.ema_price) = (seen.price * 2, seen.ema_price * 2)),
    ];
    for (name, change) in rows {
        let mut stage = Stage::with_markets(1);
        stage.venue.advance(0, 100);
        stage.confirm(0, BIRTH);
        stage.venue.advance(0, 100);
        let before = stage.venue.books(0).market.mark;
        say(&mut stage, change).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let after = stage.venue.books(0).market.mark;
        assert_eq!((after.price, after.sequence, after.slot), (before.price, before.sequence, before.slot), "{name}");
        assert_eq!((before.quality, after.quality), (2, 0), "{name}");
        // The next good one, within its bounds, heals it.
        say(&mut stage, |_| {}).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(stage.venue.books(0).market.mark.quality, 2, "{name}");
    }
}

#[test]
fn a_usable_price_is_a_mark_of_lower_quality() {
    let mut stage = Stage::with_markets(1);
    say(&mut stage, |seen| seen.confidence = seen.price.unsigned_abs() / 20).expect("a refresh");
    let mark = stage.venue.books(0).market.mark;
    assert_eq!((mark.price, mark.sequence, mark.quality), (price(BIRTH), 2, 1));
}

#[test]
fn g24_publish_time_never_goes_back() {
    let mut stage = Stage::with_markets(1);
    stage.mark(0, BIRTH);
    let now = stage.venue.now();
    let keys = stage.venue.markets[0];
    for earlier in [1, 2, 3] {
        stage.venue.post(&keys, &said(BIRTH - 50, now.time - earlier));
        stage.refuses("an older update of the last minute", SILENT, |stage| refresh(stage, &keys));
    }
    // The same second again: the first one accepted is the one.
    stage.venue.post(&keys, &said(BIRTH - 50, now.time));
    let before = stage.venue.books(0).market.mark;
    refresh(&mut stage, &keys).expect("no error");
    assert_eq!(stage.venue.books(0).market.mark, before);
    // A few seconds ahead is a clock that differs; and what was seen stays seen.
    stage.venue.post(&keys, &said(BIRTH - 50, now.time + 5));
    refresh(&mut stage, &keys).expect("a price");
    assert_eq!(stage.venue.mark(0), price(BIRTH - 50));
    stage.venue.post(&keys, &said(BIRTH, now.time + 4));
    stage.refuses("before what was seen", SILENT, |stage| refresh(stage, &keys));
}

/// A push account as Pyth's program lays it out: 240 bytes of head, 32 publishers of 96.
pub fn push(price: i64, time: i64) -> Vec<u8> {
    let mut bytes = vec![0; 3_312];
    let words: [(usize, u32); 7] = [(0, 0xa1b2_c3d4), (4, 2), (8, 3), (12, 3_312), (16, 1), (224, 1), (28, 3)];
    for (at, word) in words {
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }
    bytes[20..24].copy_from_slice(&(-8i32).to_le_bytes());
    // Average price and its interval, time; the last trading price, its interval and time; spot.
    let numbers = [(48, price), (96, time), (184, price - 1), (200, time - 30), (208, price)];
    for (at, number) in numbers {
        bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

/// A market over a push account.
fn push_market(stage: &mut Stage) -> MarketKeys {
    let keys = stage.venue.build.keys.market(0);
    let keys = MarketKeys { feed: keys.price.to_bytes(), ..keys };
    let bytes = push(BIRTH * 1_000_000, stage.venue.now().time);
    stage.venue.chain.put_data(keys.price, pyth::PUSH_ORACLE, bytes);
    stage.venue.chain.put_data(keys.ladder, breakwater::ID, vec![0; LADDER]);
    let mut list = stage.venue.build.list_market(0, &keys, decode::market_params(&MarketParams::bare()));
    // After the discriminator and the number: the source.
    list.data[10] = breakwater::state::SOURCE_PUSH;
    stage.send("list_market", list).expect("a market");
    stage.venue.markets.push(keys);
    keys
}

#[test]
fn a_push_account_is_read_as_it_is_laid_out() {
    let mut stage = Stage::empty();
    let keys = push_market(&mut stage);
    assert_eq!(stage.venue.mark(0), price(BIRTH));
    stage.venue.advance(1, 1);
    let mut bytes = push((BIRTH + 1) * 1_000_000, stage.venue.now().time);
    bytes[216..224].copy_from_slice(&500_000u64.to_le_bytes());
    stage.venue.chain.put_data(keys.price, pyth::PUSH_ORACLE, bytes);
    refresh(&mut stage, &keys).expect("a refresh");
    let mark = stage.venue.books(0).market.mark;
    assert_eq!((mark.price, mark.ema, mark.confidence), (price(BIRTH + 1), price(BIRTH + 1), Price(50_000_000)));
    assert_eq!((mark.publish_time, mark.quality), (stage.venue.now().time, 2));
}

#[test]
fn a_push_account_that_does_not_trade_says_its_last_price_with_its_time() {
    let mut stage = Stage::empty();
    let keys = push_market(&mut stage);
    stage.venue.advance(100, 40);
    let time = stage.venue.now().time;
    let mut bytes = push((BIRTH + 2) * 1_000_000 + 1, time);
    bytes[224] = 0;
    stage.venue.chain.put_data(keys.price, pyth::PUSH_ORACLE, bytes);
    refresh(&mut stage, &keys).expect("a refresh");
    let mark = stage.venue.books(0).market.mark;
    assert_eq!((mark.price, mark.publish_time), (price(BIRTH + 2), time - 30));
}

/// A price of zero or less, of either kind of source: the refresh succeeds, keeps the mark and says why it is bad.
#[test]
fn a57_a_price_of_nothing_is_taken_note_of() {
    let noted = |stage: &Stage, name: &str| {
        let mark = stage.venue.books(0).market.mark;
        assert_eq!((mark.price, mark.sequence, mark.quality), (price(BIRTH), 1, 0), "{name}");
        assert_eq!(mark.seen_at, stage.venue.now().time, "{name}");
    };
    let rows: [(&str, Edit); 3] = [
        ("nothing", |bytes| bytes[208..216].fill(0)),
        ("negative", |bytes| bytes[215] = 0x80),
        ("an average of nothing", |bytes| bytes[48..56].fill(0)),
    ];
    let mut stage = Stage::empty();
    let keys = push_market(&mut stage);
    for (name, edit) in rows {
        stage.venue.advance(1, 1);
        let mut bytes = push(BIRTH * 1_000_000, stage.venue.now().time);
        edit(&mut bytes);
        stage.venue.chain.put_data(keys.price, pyth::PUSH_ORACLE, bytes);
        refresh(&mut stage, &keys).expect("a refresh");
        noted(&stage, name);
    }
    let rows: [(&str, Saying); 3] = [
        ("nothing", |seen| seen.price = 0),
        ("negative", |seen| seen.price = i64::MIN),
        ("an average of nothing", |seen| seen.ema_price = 0),
    ];
    let mut stage = Stage::with_markets(1);
    for (name, change) in rows {
        say(&mut stage, change).expect("a refresh");
        noted(&stage, name);
    }
}

#[test]
fn f20_a_push_account_that_is_none_says_nothing() {
    let rows: [(&str, &str, Edit); 8] = [
        ("another magic number", SILENT, |bytes| bytes[0] ^= 1),
        ("another version", SILENT, |bytes| bytes[4] = 1),
        ("a product account", SILENT, |bytes| bytes[8] = 2),
        ("a mapping account", SILENT, |bytes| bytes[8] = 1),
        ("cut short", SILENT, |bytes| bytes.truncate(3_311)),
        ("nothing at all", SILENT, Vec::clear),
        ("an exponent below -12", SILENT, |bytes| bytes[20] = 243),
        ("an exponent beyond all bounds", SILENT, |bytes| bytes[23] = 0x80),
    ];
    let mut stage = Stage::empty();
    let keys = push_market(&mut stage);
    stage.venue.advance(1, 1);
    let whole = push(BIRTH * 1_000_000, stage.venue.now().time);
    let mut faults = Vec::new();
    for (name, error, edit) in rows {
        let mut bytes = whole.clone();
        edit(&mut bytes);
        stage.venue.chain.put_data(keys.price, pyth::PUSH_ORACLE, bytes);
        faults.extend(stage.fault(name, error, |stage| refresh(stage, &keys)));
    }
    let at = address("another push account", 0);
    stage.venue.chain.put_data(at, pyth::PUSH_ORACLE, whole.clone());
    let copy = MarketKeys { price: at, ..keys };
    faults.extend(stage.fault("a copy of the account", "WrongFeed", |stage| refresh(stage, &copy)));
    stage.venue.chain.put_data(keys.price, pyth::RECEIVER, whole.clone());
    faults.extend(stage.fault("of another program", SILENT, |stage| refresh(stage, &keys)));
    none(faults);
}

#[test]
fn a_pull_update_is_no_price_of_a_push_market() {
    let mut stage = Stage::empty();
    let keys = push_market(&mut stage);
    let mut bytes = pyth::update(keys.feed, &said(BIRTH, stage.venue.now().time), 0);
    bytes.resize(3_312, 0);
    stage.venue.chain.put_data(keys.price, pyth::RECEIVER, bytes.clone());
    stage.refuses("owned by the receiver", SILENT, |stage| refresh(stage, &keys));
    stage.venue.chain.put_data(keys.price, pyth::PUSH_ORACLE, bytes);
    stage.refuses("a pull update in a push account", SILENT, |stage| refresh(stage, &keys));
}

#[test]
fn f20_prices_of_any_exponent_come_to_the_same_mark() {
    for exponent in -12i32..=0 {
        let mut stage = Stage::with_markets(1);
        stage.venue.advance(1, 1);
        let price = 100 * 10i64.pow(exponent.unsigned_abs());
        let observation = Observation { price, ema_price: price, exponent, ..said(BIRTH, stage.venue.now().time) };
        stage.venue.publish(0, &observation).unwrap_or_else(|refusal| panic!("10^{exponent}: {refusal}"));
        assert_eq!(stage.venue.mark(0), crate::stage::price(BIRTH), "10^{exponent}");
    }
}
