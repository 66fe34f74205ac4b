//! Two sources: missing, disagreeing, stale, going back; and what each does to mark and breaker.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;

use breakwater_engine::books::Books;
use breakwater_engine::breaker::Level;
use breakwater_engine::phase::Phase;
use breakwater_engine::price::{Observation, Quality, Reasons};
use breakwater_engine::refresh::{self, RefreshReport};
use breakwater_engine::source::{judge, Observed};
use breakwater_engine::state::{LadderBooks, MarketBooks, MarketParams};
use breakwater_engine::units::{Now, Price};
use breakwater_engine::{Bps, Result};
use common::Rng;

const START: Now = Now { slot: 1_000, time: 1_000_000 };

/// Hundredths of a USD, sure, at the average.
fn says(cents: i64, publish_time: i64) -> Observation {
    let price = cents * 1_000_000;
    Observation { price, ema_price: price, exponent: -8, publish_time, ..Observation::default() }
}

fn price(cents: u64) -> Price {
    Price(cents * 100_000_000)
}

/// At 100 USD since [`START`], sources disagreeing beyond 2 %.
fn listed() -> MarketBooks {
    let params =
        MarketParams { halt_hold_seconds: 15, guard_hold_seconds: 300, disagreement: Bps(200), ..MarketParams::bare() };
    let mut market = MarketBooks::default();
    refresh::list(&mut market, &params, 0, &says(10_000, START.time), START).unwrap();
    market
}

fn later(slots: u64, seconds: i64) -> Now {
    Now { slot: START.slot + slots, time: START.time + seconds }
}

fn both(first: Observation, second: Observation) -> Observed {
    Observed { first: Some(first), second: Some(second) }
}

fn take(market: &mut MarketBooks, observed: Observed, now: Now) -> Result<RefreshReport> {
    let mut ladder = Box::new(LadderBooks::empty());
    let before = *market;
    let outcome = refresh::refresh(&mut Books { market, ladder: &mut ladder }, observed, now);
    if outcome.is_err() {
        assert_eq!(market.mark, before.mark, "a refusal changes nothing");
    }
    outcome
}

#[test]
fn two_that_agree_are_the_first() {
    for cents in [10_100, 9_902, 10_302] {
        let mut market = listed();
        let time = START.time + 10;
        let report = take(&mut market, both(says(10_100, time), says(cents, time - 3)), later(25, 10)).unwrap();
        assert_eq!((report.quality, report.tripped), (Quality::Good, Reasons::NONE), "{cents}");
        assert_eq!((market.mark.price, market.second.seen_at), (price(10_100), time - 3));
        assert_eq!(market.second.in_use, 0);
    }
}

/// At the bound they agree; beyond it the first counts as usable, and the market is guarded until they have agreed again for
/// the hold.
#[test]
fn two_that_disagree_guard() {
    // 2 % above it, or so far below that it is 2 % above the other.
    for (cents, disagree) in [(10_200, false), (10_201, true), (9_804, false), (9_803, true), (5_000, true), (1, true)]
    {
        let mut market = listed();
        let now = later(1, 1);
        let observed = both(says(10_000, now.time), says(cents, now.time));
        let report = take(&mut market, observed, now).unwrap();
        if !disagree {
            assert_eq!((report.quality, report.level), (Quality::Good, Level::Open), "{cents}");
            continue;
        }
        assert_eq!((report.quality, report.reasons), (Quality::Usable, Reasons::DISAGREEMENT), "{cents}");
        assert_eq!((report.level, report.tripped), (Level::Guarded, Reasons::DISAGREEMENT), "{cents}");
        assert_eq!((market.mark.price, market.mark.quality, report.accepted), (price(10_000), 1, true));
        // Agreeing again: good at once, guarded for the hold.
        let now = later(10, 11);
        let report = take(&mut market, both(says(10_000, now.time), says(10_000, now.time)), now).unwrap();
        assert_eq!((report.quality, report.level), (Quality::Good, Level::Guarded));
        assert_eq!(market.level(later(20, 310)), Level::Guarded);
        assert_eq!(market.level(later(20, 311)), Level::Open);
    }
}

/// However often anyone refreshes: what the second jumped from does not matter to whether they agree.
#[test]
fn a_second_source_that_jumped_still_disagrees() {
    let mut market = listed();
    for slot in 1..=20 {
        let now = later(slot, slot as i64);
        let report = take(&mut market, both(says(10_000, now.time), says(4_000, now.time)), now).unwrap();
        assert_eq!(report.tripped, Reasons::DISAGREEMENT, "slot {slot}");
    }
}

/// What a second source says.
type Saying = fn(&mut Observation);

/// One that is not sure, or says no price at all, says nothing: the first alone.
#[test]
fn a_second_source_that_is_none_leaves_the_first() {
    let rows: [(&str, Saying); 7] = [
        ("stale", |seen| seen.publish_time -= 61),
        ("wide", |seen| seen.confidence = seen.price.unsigned_abs() / 2),
        ("far from its average", |seen| seen.ema_price *= 20),
        ("nothing", |seen| seen.price = 0),
        ("negative", |seen| seen.price = -seen.price),
        ("of an exponent beyond all bounds", |seen| seen.exponent = 7),
        ("beyond all bounds", |seen| (seen.price, seen.exponent) = (i64::MAX, 0)),
    ];
    for (name, change) in rows {
        let mut market = listed();
        let now = later(250, 100);
        market.mark.slot = now.slot - 10;
        let mut second = says(5_000, now.time);
        change(&mut second);
        let report = take(&mut market, both(says(10_000, now.time), second), now).unwrap();
        assert_eq!((report.quality, report.tripped), (Quality::Good, Reasons::NONE), "{name}");
        let is_price = second.per_lot(-8).is_ok();
        assert_eq!(market.second.seen_at, if is_price { second.publish_time } else { 0 }, "{name}: shown all the same");
    }
}

/// What changes nothing, whoever passes it.
fn is_nothing(before: &MarketBooks, observed: Observed, now: Now, name: &str) {
    let mut market = *before;
    let report = take(&mut market, observed, now).unwrap();
    assert!(!report.accepted, "{name}");
    assert_eq!((market.mark, market.second, market.breaker), (before.mark, before.second, before.breaker), "{name}");
}

/// Anyone may pass any update of a feed. One older than the last shown, one of the future and the last one again change nothing and
/// succeed, of either source and of both; a newer one wins, whoever posted it.
#[test]
fn n1_an_older_update_changes_nothing_and_succeeds() {
    let mut market = listed();
    let shown = later(25, 10);
    let _ = take(&mut market, both(says(10_000, shown.time), says(10_000, shown.time)), shown).unwrap();
    let now = later(50, 20);
    let (same, older, future) = (says(9_000, shown.time), says(9_000, shown.time - 1), says(9_000, now.time + 11));
    let same_second = says(10_000, shown.time);
    for (name, first) in [("the same", same), ("an older", older), ("one of the future", future)] {
        is_nothing(&market, Observed::from(&first), now, name);
        is_nothing(&market, both(first, older), now, name);
        is_nothing(&market, both(first, future), now, name);
        is_nothing(&market, both(first, same_second), now, name);
    }
    // An older second hides nothing from a newer first, and the other way round.
    let report = take(&mut market.clone(), both(says(9_900, now.time), older), now).unwrap();
    assert_eq!((report.accepted, report.quality), (true, Quality::Good));
    let newer = says(9_900, shown.time + 1);
    let report = take(&mut market, Observed::from(&newer), now).unwrap();
    assert_eq!((report.accepted, market.mark.price), (true, price(9_900)));
}

/// Nobody chooses the second's price of before it disagreed: an older one does not clear what the newer said, until that is too
/// old to count (G24).
#[test]
fn g24_the_second_source_never_goes_back_either() {
    let mut market = listed();
    let now = later(25, 10);
    let _ = take(&mut market, both(says(10_000, now.time), says(5_000, now.time)), now).unwrap();
    let shown = now.time;
    for (seconds, expected) in [(20, Reasons::DISAGREEMENT), (70, Reasons::DISAGREEMENT), (71, Reasons::DISAGREEMENT)] {
        let now = later(50, seconds);
        for second in [Some(says(10_000, shown - 1)), Some(says(10_000, now.time + 11)), None] {
            let first = Some(says(10_000, now.time));
            let mut held = market;
            let report = take(&mut held, Observed { first, second }, now).unwrap();
            assert_eq!(report.tripped, expected, "{seconds} {second:?}");
            // Beyond 60 seconds its word no longer counts: the hold begins, and ends.
            let cleared = held.level(Now { time: now.time + 300, ..now }) == Level::Open;
            assert_eq!(cleared, seconds > 70, "{seconds} {second:?}");
        }
    }
    // Each has its own clock: the second may be older than the first's last.
    let now = later(50, 20);
    let report = take(&mut market, both(says(10_000, now.time + 9), says(10_000, now.time - 9)), now);
    assert_eq!(report.map(|report| report.quality), Ok(Quality::Good));
}

/// A first source that is gone is as good as a stale one once its last word is: the good second carries exits, guarded. Before,
/// and without a second, nothing happens: no halt, no stress.
#[test]
fn a21_a_first_source_that_is_gone_is_carried_by_a_good_second() {
    let listed = listed();
    let unreadable = Observation { exponent: 7, ..says(10_000, START.time + 50) };
    for gone in [None, Some(unreadable), Some(says(10_000, START.time - 1))] {
        for (seconds, carried) in [(60, false), (61, true), (600, true)] {
            let now = later(200, seconds);
            let mut market = listed;
            let second = Some(says(9_900, now.time));
            let report = take(&mut market, Observed { first: gone, second }, now).unwrap();
            if !carried {
                assert_eq!((report.accepted, report.level, market.mark), (false, Level::Open, listed.mark));
                continue;
            }
            assert_eq!((report.quality, report.accepted, market.second.in_use), (Quality::Usable, true, 1));
            assert_eq!((report.level, report.tripped), (Level::Guarded, Reasons::SECOND));
            // A second that is not good carries nothing.
            let wide = Observation { confidence: u64::MAX, ..says(9_900, now.time) };
            let report = take(&mut listed.clone(), Observed { first: gone, second: Some(wide) }, now).unwrap();
            assert_eq!((report.accepted, report.level), (false, Level::Open));
        }
        is_nothing(&listed, Observed { first: gone, second: None }, later(200, 600), "no second");
    }
}

/// A second source that is closed or unreadable kills nothing: the first alone.
#[test]
fn a21_a_second_source_that_is_gone_leaves_the_first() {
    let mut market = listed();
    let now = later(25, 10);
    let _ = take(&mut market, both(says(10_000, now.time), says(10_000, now.time)), now).unwrap();
    let now = later(50, 20);
    let report = take(&mut market, Observed { first: Some(says(9_900, now.time)), second: None }, now).unwrap();
    assert_eq!((report.quality, report.accepted, report.level), (Quality::Good, true, Level::Open));
}

/// Sixty quiet seconds, then the last update shown again: the source is stale by its own age and the market halts, but nobody's
/// margins rise; and passing accounts that say nothing prolongs no grace period.
#[test]
fn a20_nobody_having_looked_is_no_stress() {
    let mut market = listed();
    let now = later(160, 61);
    let report = take(&mut market, Observed::from(&says(10_000, START.time)), now).unwrap();
    assert_eq!((report.level, report.tripped), (Level::Halted, Reasons::STALE));
    assert_eq!((report.phase, report.multiples), (Phase::Normal, listed().multiples()));
    let until = market.breaker.halted_until;
    let _ = take(&mut market, Observed::default(), later(400, 161)).unwrap();
    assert_eq!(market.breaker.halted_until, until);
}

/// The first is stale and the second good: exits go on at the second's price, guarded, not halted.
#[test]
fn a_stale_first_is_carried_by_a_good_second() {
    let mut market = listed();
    let silent = says(10_000, START.time);
    let mut sequence = market.mark.sequence;
    for minute in 2..10 {
        let now = later(minute * 100, minute as i64 * 60);
        let fresh = says(10_000 - minute as i64 * 100, now.time);
        let report = take(&mut market, both(silent, fresh), now).unwrap();
        assert_eq!((report.quality, report.accepted), (Quality::Usable, true), "{minute}");
        assert_eq!(report.reasons, Reasons::STALE.and(Reasons::SECOND));
        assert_eq!((report.level, report.tripped), (Level::Guarded, Reasons::SECOND));
        assert_eq!((market.mark.price, market.second.in_use), (price(10_000 - minute * 100), 1));
        assert_eq!((market.mark.seen_at, market.second.seen_at), (START.time, now.time), "each its own clock");
        assert_eq!(market.mark.sequence, sequence + 1);
        sequence += 1;
        // The same update again changes nothing.
        let again = Now { slot: now.slot + 50, time: now.time + 20 };
        let report = take(&mut market, both(silent, fresh), again).unwrap();
        assert_eq!((report.accepted, market.mark.slot, report.quality), (false, now.slot, Quality::Usable));
        assert_eq!((market.mark.sequence, report.level, report.tripped), (sequence, Level::Guarded, Reasons::SECOND));
    }
    // The first returns, a little older than the second's last mark, and is the mark again.
    let now = later(1_000, 600);
    let report = take(&mut market, both(says(9_500, now.time - 59), says(9_500, now.time)), now).unwrap();
    assert_eq!((report.quality, report.accepted, market.second.in_use), (Quality::Good, true, 0));
    assert_eq!((market.mark.publish_time, market.mark.seen_at), (now.time - 59, now.time - 59));
    assert_eq!((report.level, report.tripped), (Level::Guarded, Reasons::SECOND), "for its hold");
    assert_eq!(market.level(Now { time: now.time + 300, ..now }), Level::Open);
}

/// A halt for staleness becomes a guard once the second carries, after the halt's own hold.
#[test]
fn a_second_that_returns_ends_the_halt_after_its_hold() {
    let mut market = listed();
    let silent = says(10_000, START.time);
    let now = later(100, 100);
    let report = take(&mut market, both(silent, says(10_000, START.time)), now).unwrap();
    assert_eq!((report.quality, report.level, report.tripped), (Quality::Bad, Level::Halted, Reasons::STALE));
    let now = later(110, 105);
    let report = take(&mut market, both(silent, says(10_000, now.time)), now).unwrap();
    assert_eq!((report.quality, report.level), (Quality::Usable, Level::Halted));
    assert_eq!(market.level(later(120, 119)), Level::Halted);
    assert_eq!(market.level(later(120, 120)), Level::Guarded);
}

/// Only staleness is carried, and only by a good price.
#[test]
fn nothing_else_is_carried() {
    let rows: [(&str, Saying, Saying); 6] = [
        ("the first wide", |first| first.confidence = first.price.unsigned_abs(), |_| {}),
        (
            "the first stale and wide",
            |first| (first.publish_time, first.confidence) = (START.time + 1, u64::MAX),
            |_| {},
        ),
        ("the first jumps", |first| (first.price, first.ema_price) = (first.price * 20, first.ema_price * 20), |_| {}),
        (
            "the second usable",
            |first| first.publish_time = START.time + 1,
            |second| {
                second.confidence = second.price.unsigned_abs() / 20;
            },
        ),
        (
            "the second jumps",
            |first| first.publish_time = START.time + 1,
            |second| {
                (second.price, second.ema_price) = (second.price * 20, second.ema_price * 20);
            },
        ),
        ("the second stale", |first| first.publish_time = START.time + 1, |second| second.publish_time -= 61),
    ];
    for (name, change_first, change_second) in rows {
        let mut market = listed();
        let now = later(25, 100);
        let (mut first, mut second) = (says(10_000, now.time), says(10_000, now.time));
        change_first(&mut first);
        change_second(&mut second);
        let before = market.mark;
        let report = take(&mut market, both(first, second), now).unwrap();
        assert_eq!((report.quality, report.level, report.accepted), (Quality::Bad, Level::Halted, false), "{name}");
        assert_eq!((market.mark.price, market.mark.slot), (before.price, before.slot), "{name}");
        assert_eq!(market.second.in_use, 0, "{name}");
    }
}

/// A stale price says nothing about now: it clears nothing but its own absence.
#[test]
fn f14_a_stale_price_clears_no_other_reason() {
    let mut market = listed();
    let now = later(25, 10);
    let wide = Observation { confidence: u64::MAX, ..says(10_000, now.time) };
    assert_eq!(take(&mut market, Observed::from(&wide), now).unwrap().tripped, Reasons::WIDE);
    let now = later(300, 120);
    let old = says(10_000, now.time - 61);
    let report = take(&mut market, Observed::from(&old), now).unwrap();
    assert_eq!(report.tripped, Reasons::STALE.and(Reasons::WIDE));
    // Nor does the last accepted price, repeated.
    let now = later(310, 124);
    let fresh = says(10_000, now.time);
    let report = take(&mut market, Observed::from(&fresh), now).unwrap();
    assert_eq!((report.quality, report.level), (Quality::Good, Level::Halted));
    let both = Reasons::STALE.and(Reasons::WIDE);
    assert_eq!(market.breaker.in_force(later(311, 138)), both, "both holds began with the price of now");
    assert_eq!(market.level(later(311, 139)), Level::Open);
}

/// The last price again clears nothing.
#[test]
fn f14_a_repeated_price_clears_nothing() {
    let mut market = listed();
    let wide = Observation { confidence: u64::MAX, ..says(10_000, START.time + 1) };
    assert_eq!(take(&mut market, Observed::from(&wide), later(1, 1)).unwrap().tripped, Reasons::WIDE);
    for second in 2..60 {
        for published in [says(10_000, START.time), says(10_000, START.time - 1)] {
            let report = take(&mut market, Observed::from(&published), later(2, second)).unwrap();
            assert_eq!((report.accepted, report.tripped), (false, Reasons::WIDE), "{second}");
        }
    }
    let now = later(160, 61);
    let report = take(&mut market, Observed::from(&says(10_000, now.time)), now).unwrap();
    assert_eq!((report.level, market.level(later(170, 76))), (Level::Halted, Level::Open));
}

/// Whatever two sources say: time never goes back for either, a mark is one of the two, and a refusal changes nothing.
#[test]
fn any_two_sources_keep_mark_and_clocks_in_order() {
    let mut rng = Rng::seeded(37);
    let mut market = listed();
    let mut now = START;
    let (mut carried, mut disagreed, mut accepted, mut silent) = (0, 0, 0, 0);
    for _ in 0..20_000 {
        now = Now { slot: now.slot + rng.within(0, 9), time: now.time + rng.within(0, 4) as i64 };
        let mut say = |stale: u64| {
            let cents = if rng.one_in(8) { rng.within(1, 40_000) } else { rng.within(9_900, 10_100) };
            let age = if rng.one_in(stale) { rng.within(50, 90) } else { rng.within(0, 12) };
            let confidence = if rng.one_in(9) { rng.magnitude(40) } else { 0 };
            Observation { confidence, ..says(cents as i64, now.time - age as i64) }
        };
        let (mut first, mut second) = (say(9), say(9));
        // Now and then the first falls silent for a while, and is shown as it was; so is the second, more rarely.
        silent = if silent > 0 { silent - 1 } else { rng.within(0, 40) * u64::from(rng.one_in(50)) };
        if silent > 0 {
            first.publish_time = market.mark.seen_at;
        }
        if rng.one_in(6) {
            second.publish_time = market.second.seen_at;
        }
        let before = market;
        let judged = judge(&market, &both(first, second), now).unwrap();
        let _ = take(&mut market, both(first, second), now).unwrap();
        assert!(market.mark.seen_at >= before.mark.seen_at && market.second.seen_at >= before.second.seen_at);
        assert_eq!(market.mark.seen_at, first.publish_time.max(before.mark.seen_at));
        assert_eq!(market.second.seen_at, second.publish_time.max(before.second.seen_at));
        assert_eq!(market.mark.quality, judged.graded.quality.number());
        assert_eq!(judged.graded.mark.is_some(), market.mark.sequence != before.mark.sequence);
        if market.mark.sequence != before.mark.sequence {
            let source = if market.second.in_use == 1 { second } else { first };
            assert_eq!(market.mark.price, source.per_lot(-8).unwrap().price);
            assert_eq!(market.mark.publish_time, source.publish_time);
            accepted += 1;
        } else {
            assert_eq!(market.mark.price, before.mark.price);
        }
        carried += u64::from(judged.found.seen.contains(Reasons::SECOND));
        disagreed += u64::from(judged.found.seen.contains(Reasons::DISAGREEMENT));
        if judged.found.seen.contains(Reasons::SECOND) {
            assert_eq!((market.second.in_use, market.mark.quality), (1, 1));
        }
        assert_eq!(judged.found.seen.both(judged.found.gone), Reasons::NONE, "nothing both holds and does not");
    }
    println!("{carried} carried, {disagreed} disagreed, {accepted} accepted");
    assert!(carried > 50 && disagreed > 50 && accepted > 500);
}
