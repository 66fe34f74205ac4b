//! Oracle prices: conversion, grades, time, and the falls that must not leave a market blind.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;

use breakwater_engine::price::{grade, Graded, Observation, Quality, Reasons};
use breakwater_engine::state::{Mark, MarketBooks, MarketParams};
use breakwater_engine::units::{Now, PICO, PRICE_MAX};
use breakwater_engine::{Bps, Error, Price};
use common::Rng;

/// 100 USD with a hundredth of a percent of doubt.
fn hundred(publish_time: i64) -> Observation {
    at(10_000_000_000, publish_time)
}

fn at(price: i64, publish_time: i64) -> Observation {
    Observation {
        price,
        confidence: price.unsigned_abs() / 10_000,
        ema_price: price,
        ema_confidence: 0,
        exponent: -8,
        publish_time,
    }
}

/// Lots of 1e-8: at 100 USD one lot is an atom.
fn listed() -> MarketBooks {
    MarketBooks { params: MarketParams::bare(), ..MarketBooks::default() }
}

const START: Now = Now { slot: 1_000, time: 1_000_000 };

fn later(slots: u64, seconds: i64) -> Now {
    Now { slot: START.slot + slots, time: START.time + seconds }
}

/// A market whose mark is 100 USD since [`START`].
fn marked() -> MarketBooks {
    let mut market = listed();
    grade(&market, &hundred(START.time), START).unwrap().unwrap().record(&mut market.mark);
    market
}

/// None where the observation says nothing.
fn refresh(market: &mut MarketBooks, observation: &Observation, now: Now) -> Option<Graded> {
    let graded = grade(&*market, observation, now).unwrap()?;
    graded.record(&mut market.mark);
    Some(graded)
}

#[test]
fn per_lot() {
    // (mantissa, confidence, exponent, lot exponent) -> (price, confidence), 1e-12 atom per lot
    type Row = (&'static str, (i64, u64, i32, i32), (u64, u64));
    let rows: [Row; 8] = [
        ("SOL 150 USD in 1e-8", (15_000_000_000, 7_500_000, -8, -8), (1_500_000_000_000, 750_000_000)),
        ("BTC 100k USD in 1e-11", (10_000_000_000_000, 1, -8, -11), (PICO, 1)),
        ("digits are cut", (123, 123, -12, -8), (1, 2)),
        ("price down, confidence up", (199, 101, -12, -8), (1, 2)),
        ("exact stays exact", (200, 200, -12, -8), (2, 2)),
        ("a hundred PEPE of 1e-5 USD", (100_000, 10, -10, 2), (100_000 * 10_000_000_000, 100_000_000_000)),
        ("no confidence", (100, 0, -12, -8), (1, 0)),
        ("confidence beyond any price", (10_000_000_000, u64::MAX, -8, -8), (PICO, PRICE_MAX)),
    ];
    for (name, (price, confidence, exponent, lot_exponent), expected) in rows {
        let observation =
            Observation { price, confidence, ema_price: price, ema_confidence: 0, exponent, publish_time: 0 };
        let seen = observation.per_lot(lot_exponent).unwrap();
        assert_eq!((seen.price.0, seen.confidence.0), expected, "{name}");
        assert_eq!(seen.ema, seen.price, "{name}");
    }
}

#[test]
fn what_is_never_a_price() {
    let base = hundred(START.time);
    let rows = [
        ("exponent above", Observation { exponent: 1, ..base }, -8, Error::PriceExponent),
        ("exponent below", Observation { exponent: -13, ..base }, -8, Error::PriceExponent),
        ("exponent least", Observation { exponent: i32::MIN, ..base }, i32::MIN, Error::PriceExponent),
        ("lot exponent beyond numbers", base, i32::MAX, Error::PriceExponent),
        ("lot exponent beyond a word", base, 10, Error::Overflow),
        ("beyond a word", Observation { price: i64::MAX, exponent: 0, ..base }, -8, Error::Overflow),
        ("beyond the largest price", Observation { price: (1 << 60) + 1, exponent: -10, ..base }, -8, Error::Overflow),
    ];
    for (name, observation, lot_exponent, error) in rows {
        assert_eq!(observation.per_lot(lot_exponent), Err(error), "{name}");
    }
    let largest = Observation { price: 1 << 60, exponent: -10, ..base };
    assert_eq!(largest.per_lot(-8).map(|seen| seen.price), Ok(Price(PRICE_MAX)));
}

/// A price that is not positive is a grade of its own, whatever else would be wrong with it: the refresh that shows it
/// succeeds, the old mark stays, and the market knows why.
#[test]
fn a57_a_price_of_nothing_is_a_grade() {
    let base = hundred(START.time + 1);
    let rows = [
        ("zero", Observation { price: 0, ..base }),
        ("negative", Observation { price: -1, ..base }),
        ("least", Observation { price: i64::MIN, ..base }),
        ("average zero", Observation { ema_price: 0, ..base }),
        ("average negative", Observation { ema_price: -5, ..base }),
        ("both", Observation { price: 0, ema_price: 0, confidence: 0, ..base }),
        ("rounds to nothing", Observation { price: 99, exponent: -12, ..base }),
        ("no confidence in it", Observation { price: 0, confidence: u64::MAX, ..base }),
    ];
    for (name, observation) in rows {
        assert_eq!(observation.per_lot(-8).unwrap().positive(), Err(Error::PriceNotPositive), "{name}");
        let mut market = marked();
        let before = market.mark;
        let graded = refresh(&mut market, &observation, later(100, 60)).unwrap();
        let expected = (None, Quality::Bad, Reasons::NOT_POSITIVE, Reasons::NOT_POSITIVE);
        assert_eq!((graded.mark, graded.quality, graded.reasons, graded.bad_for), expected, "{name}");
        assert_eq!(market.mark, Mark { quality: 0, seen_at: START.time + 1, ..before }, "{name}");
        let graded = grade(&listed(), &observation, later(100, 62)).unwrap().unwrap();
        assert_eq!(graded.reasons, Reasons::NOT_POSITIVE.and(Reasons::STALE), "{name}, and old, and the first");
        assert_eq!(graded.mark, None, "{name}");
    }
}

#[test]
fn first_price_is_the_mark_whatever_it_is() {
    let market = marked();
    assert_eq!(market.mark.price, Price(PICO));
    let expected = Mark {
        price: Price(PICO),
        ema: Price(PICO),
        confidence: Price(PICO / 10_000),
        publish_time: START.time,
        seen_at: START.time,
        slot: START.slot,
        sequence: 1,
        quality: Quality::Good.number(),
    };
    assert_eq!(market.mark, expected);
}

#[test]
fn an_unset_mark_is_bad() {
    assert_eq!(Quality::from_number(Mark::default().quality), Quality::Bad);
    assert_eq!(Quality::from_number(3), Quality::Bad);
    for quality in [Quality::Bad, Quality::Usable, Quality::Good] {
        assert_eq!(Quality::from_number(quality.number()), quality);
    }
    assert!(Quality::Bad < Quality::Usable && Quality::Usable < Quality::Good);
}

#[test]
fn time_only_goes_forward() {
    let market = marked();
    let now = later(25, 10);
    let rows = [
        ("newer", START.time + 1, Some(false)),
        ("the same second", START.time, Some(true)),
        ("older (G24)", START.time - 1, None),
        ("much older", i64::MIN, None),
        ("ahead within the bound", now.time + 10, Some(false)),
        ("ahead beyond it", now.time + 11, None),
        ("far ahead", i64::MAX, None),
    ];
    for (name, publish_time, expected) in rows {
        let graded = grade(&market, &hundred(publish_time), now).unwrap();
        assert_eq!(graded.map(|graded| graded.unchanged), expected, "{name}");
    }
}

#[test]
fn grades() {
    let price = 10_000_000_000;
    let base = at(price, START.time + 60);
    let share = |bps: u64| 1_000_000 * bps;
    // Spot exceeds its average by so much, or its average spot.
    let above = |bps: i64| price * 10_000 / (10_000 + bps);
    let below = |bps: i64| price * (10_000 + bps) / 10_000;
    let rows = [
        ("good", base, 60, Quality::Good, Reasons::NONE),
        ("as old as it may be", base, 120, Quality::Good, Reasons::NONE),
        ("older", base, 121, Quality::Bad, Reasons::STALE),
        ("confidence at its bound", Observation { confidence: share(100), ..base }, 60, Quality::Good, Reasons::NONE),
        ("beyond", Observation { confidence: share(100) + 1, ..base }, 60, Quality::Usable, Reasons::WIDE),
        ("at the usable bound", Observation { confidence: share(1_000), ..base }, 60, Quality::Usable, Reasons::WIDE),
        ("beyond that", Observation { confidence: share(1_000) + 1, ..base }, 60, Quality::Bad, Reasons::WIDE),
        ("no confidence at all", Observation { confidence: u64::MAX, ..base }, 60, Quality::Bad, Reasons::WIDE),
        ("far above its average", Observation { ema_price: above(1_999), ..base }, 60, Quality::Good, Reasons::NONE),
        ("farther", Observation { ema_price: above(2_001), ..base }, 60, Quality::Usable, Reasons::DIVERGENCE),
        ("tenfold", Observation { ema_price: above(90_000), ..base }, 60, Quality::Usable, Reasons::DIVERGENCE),
        ("beyond tenfold", Observation { ema_price: above(90_001), ..base }, 60, Quality::Bad, Reasons::DIVERGENCE),
        ("as far below it", Observation { ema_price: below(2_000), ..base }, 60, Quality::Good, Reasons::NONE),
        ("farther down", Observation { ema_price: below(2_001), ..base }, 60, Quality::Usable, Reasons::DIVERGENCE),
        ("a tenth", Observation { ema_price: below(90_000), ..base }, 60, Quality::Usable, Reasons::DIVERGENCE),
        ("below a tenth", Observation { ema_price: below(90_001), ..base }, 60, Quality::Bad, Reasons::DIVERGENCE),
        (
            "each cause has its bit",
            Observation { confidence: share(100) + 1, ema_price: above(90_001), ..base },
            121,
            Quality::Bad,
            Reasons(0b0111),
        ),
    ];
    let market = marked();
    for (name, observation, seconds, quality, reasons) in rows {
        let graded = grade(&market, &observation, later(100, seconds)).unwrap().unwrap();
        assert_eq!((graded.quality, graded.reasons), (quality, reasons), "{name}");
        assert_eq!(graded.mark.is_some(), quality > Quality::Bad, "{name}");
        assert!(!graded.unchanged, "{name}");
        if let Some(mark) = graded.mark {
            assert_eq!((mark.sequence, mark.slot, mark.quality), (2, START.slot + 100, quality.number()), "{name}");
        }
    }
}

/// By a tenth of the smaller in a slot, compounded, and the same up and down (A48).
#[test]
fn a48_the_jump_bound_compounds_with_the_slots_either_way() {
    let hundred = 10_000_000_000i64;
    // Slots passed, and the largest price they explain; the smallest is its mirror.
    let rows = [
        (0, 11_000_000_000i64),
        (1, 11_000_000_000),
        (2, 12_100_000_000),
        (3, 13_310_000_000),
        (7, 19_487_171_000),
        (24, 98_497_326_700),
        (25, 108_347_059_300),
    ];
    let quality = |price: i64, slots: u64| {
        let graded = grade(&marked(), &at(price, START.time + 1), later(slots, 1)).unwrap().unwrap();
        assert_eq!(graded.reasons.contains(Reasons::JUMP), graded.quality == Quality::Bad, "{price} after {slots}");
        graded.quality
    };
    for (slots, largest) in rows {
        // A step of price is a hundredth of a cent.
        assert_eq!(quality(largest - 10_000, slots), Quality::Good, "{slots} slots up");
        assert_eq!(quality(largest + 10_000, slots), Quality::Bad, "{slots} slots up");
        let smallest = i64::try_from(i128::from(hundred) * i128::from(hundred) / i128::from(largest)).unwrap();
        assert_eq!(quality(smallest + 10_000, slots), Quality::Good, "{slots} slots down");
        assert_eq!(quality(smallest - 10_000, slots), Quality::Bad, "{slots} slots down");
    }
    assert_eq!(quality(100, 193), Quality::Bad, "a hundred-millionth");
    assert_eq!(quality(100, 194), Quality::Good, "after 194 slots, 78 seconds");
}

#[test]
fn no_elapsed_time_overflows_the_bound() {
    let mut market = marked();
    market.params.jump_per_slot = Bps(u32::MAX);
    let graded = grade(&market, &at(9_000_000_000, 1), Now { slot: u64::MAX, time: i64::MAX });
    assert_eq!(graded, Ok(None));
    (market.mark.publish_time, market.mark.seen_at) = (i64::MIN, i64::MIN);
    let graded = grade(&market, &at(9_000_000_000, i64::MIN + 1), Now { slot: u64::MAX, time: i64::MAX });
    let graded = graded.unwrap().unwrap();
    assert_eq!(graded.reasons, Reasons::STALE);
}

#[test]
fn a_bad_price_leaves_the_mark_and_says_so() {
    let mut market = marked();
    let before = market.mark;
    let graded = refresh(&mut market, &at(1_000_000_000, START.time + 1), later(1, 1)).unwrap();
    assert_eq!((graded.mark, graded.quality, graded.reasons), (None, Quality::Bad, Reasons::JUMP));
    assert_eq!(market.mark, Mark { quality: 0, seen_at: START.time + 1, ..before });
    // Older than what was refused: nobody goes back behind it (G24).
    assert_eq!(refresh(&mut market, &hundred(START.time), later(2, 1)), None);
    // Bad for these slots only: the bound grows while the mark does not move.
    let graded = refresh(&mut market, &at(1_000_000_000, START.time + 4), later(24, 4)).unwrap();
    assert_eq!(graded.quality, Quality::Bad);
    let graded = refresh(&mut market, &at(1_000_000_000, START.time + 4), later(25, 4)).unwrap();
    assert_eq!(graded.quality, Quality::Good);
    assert_eq!(market.mark.sequence, 2);
}

#[test]
fn the_same_second_changes_nothing() {
    let mut market = marked();
    let before = market.mark;
    // Another price of the same second: the first one accepted is the one.
    let graded = refresh(&mut market, &at(9_500_000_000, START.time), later(50, 20)).unwrap();
    assert!(graded.unchanged);
    assert_eq!(graded.quality, Quality::Good);
    assert_eq!((graded.mark, market.mark), (None, before));
    // The source itself is too old by now.
    let graded = refresh(&mut market, &hundred(START.time), later(200, 61)).unwrap();
    assert_eq!((graded.mark, graded.quality, graded.reasons), (None, Quality::Bad, Reasons::STALE));
    assert_eq!(market.mark, Mark { quality: 0, ..before });
}

#[test]
fn a_usable_mark_stays_usable() {
    let mut market = marked();
    let wide = Observation { confidence: 500_000_000, ..hundred(START.time + 1) };
    let _ = refresh(&mut market, &wide, later(1, 1)).unwrap();
    let narrow = hundred(START.time + 1);
    let graded = refresh(&mut market, &narrow, later(2, 1)).unwrap();
    assert_eq!((graded.quality, graded.mark, graded.unchanged), (Quality::Usable, None, true));
}

/// Repeating the last good update must neither hide a newer bad one nor keep the jump bound from growing.
#[test]
fn repeating_never_improves() {
    let mut market = marked();
    let crash = |seconds| at(3_000_000_000, START.time + seconds);
    for slot in 1..=13 {
        let now = later(slot, 3);
        let graded = refresh(&mut market, &crash(1), now).unwrap();
        if slot < 13 {
            assert_eq!(graded.reasons, Reasons::JUMP);
            assert_eq!(refresh(&mut market, &hundred(START.time), now), None);
            assert_eq!(market.mark.quality, Quality::Bad.number());
        }
    }
    assert_eq!(market.mark.price, Price(300_000_000_000));
    assert_eq!(market.mark.quality, Quality::Good.number());
}

/// A path of spot prices over `seconds`, refreshed every `every` slots against an average over an hour. Returns refreshes
/// refused and the longest run of them.
fn walk(path: impl Fn(f64) -> f64, seconds: u64, every: u64, mut lateness: impl FnMut() -> u64) -> (u32, u32) {
    let mut market = marked();
    let (mut ema, mut refused, mut run, mut longest, mut last) = (100.0, 0, 0, 0, START.time);
    let mut slot = 1;
    while slot * 2 / 5 <= seconds {
        let time = slot as f64 * 0.4;
        let spot = path(time);
        ema += (spot - ema) * (every as f64 * 0.4 / 3_600.0);
        let publish_time = START.time + time as i64;
        if publish_time > last {
            let observation = Observation {
                price: (spot * 1e8) as i64,
                confidence: (spot * 1e8 * 0.02) as u64,
                ema_price: (ema * 1e8) as i64,
                ema_confidence: 0,
                exponent: -8,
                publish_time,
            };
            let graded = refresh(&mut market, &observation, later(slot, time as i64)).unwrap();
            last = publish_time;
            run = if graded.quality == Quality::Bad { run + 1 } else { 0 };
            refused += u32::from(run > 0);
            longest = longest.max(run);
        }
        slot += every + lateness();
    }
    (refused, longest)
}

#[test]
fn a_fall_of_thirty_percent_in_ten_minutes_is_seen() {
    let fall = |time: f64| 100.0 * (1.0 - 0.3 * (time / 600.0).min(1.0));
    for every in [3, 25, 150] {
        assert_eq!(walk(fall, 1_200, every, || 0), (0, 0), "every {every} slots");
    }
}

#[test]
fn a_wick_of_seventy_percent_in_ten_minutes_is_seen() {
    // Down in a minute, up in nine.
    let wick = |time: f64| {
        let depth = if time < 60.0 { time / 60.0 } else { (600.0 - time).max(0.0) / 540.0 };
        100.0 * (1.0 - 0.7 * depth)
    };
    for every in [3, 25, 150] {
        assert_eq!(walk(wick, 1_200, every, || 0), (0, 0), "every {every} slots");
    }
}

#[test]
fn a_gap_of_seventy_percent_blinds_for_seconds() {
    let gap = |time: f64| if time < 300.0 { 100.0 } else { 30.0 };
    let (refused, longest) = walk(gap, 600, 3, || 0);
    // A tenth a slot explains it in 13 slots, five seconds: as many prices, a second apart.
    assert!(refused <= 5 && longest <= 5, "{refused} refused, {longest} in a row");
}

#[test]
fn honest_random_walks_are_never_blind_for_long() {
    let mut rng = Rng::seeded(7);
    for _ in 0..50 {
        // Depth up to 70 %, down within 10 to 600 seconds; keepers come when they come.
        let depth = rng.within(0, 70) as f64 / 100.0;
        let down = rng.within(10, 600) as f64;
        let path = move |time: f64| 100.0 * (1.0 - depth * (time / down).min(1.0));
        let (refused, _) = walk(path, 900, 3, || rng.magnitude(5));
        assert_eq!(refused, 0, "{depth} in {down} seconds");
    }
}

/// Whatever is observed: time and sequence never go back, a stored mark is positive and bounded, refusals change nothing.
#[test]
fn any_observation_keeps_the_mark_in_order() {
    let mut rng = Rng::seeded(11);
    let mut market = marked();
    let mut now = START;
    let mut accepted = 0;
    for _ in 0..20_000 {
        now = Now { slot: now.slot + rng.within(0, 5), time: now.time + rng.within(0, 2) as i64 };
        let usual = rng.one_in(2);
        let price = if usual { rng.within(9_000_000_000, 11_000_000_000) as i64 } else { rng.next().cast_signed() };
        let observation = Observation {
            price,
            confidence: rng.magnitude(64).min(if usual { price.unsigned_abs() / 50 } else { u64::MAX }),
            ema_price: if usual { 10_000_000_000 } else { rng.next().cast_signed() },
            ema_confidence: rng.next(),
            exponent: if usual { -8 } else { rng.within(0, 16) as i32 - 14 },
            publish_time: now.time + rng.within(0, 40) as i64 - 25,
        };
        let before = market.mark;
        match refresh(&mut market, &observation, now) {
            None => assert_eq!(market.mark, before),
            Some(graded) => {
                let after = market.mark;
                assert!(after.publish_time >= before.publish_time && after.slot >= before.slot);
                let newer = after.publish_time > before.publish_time;
                assert_eq!(after.sequence, before.sequence + u64::from(newer));
                assert!(after.price.0 > 0 && after.price.0 <= PRICE_MAX && after.confidence.0 <= PRICE_MAX);
                assert_eq!(after.quality, graded.quality.number());
                assert_eq!(graded.mark.is_some(), newer);
                assert!(newer || after.price == before.price);
                accepted += u32::from(newer);
            }
        }
    }
    assert!(accepted > 500, "the walk was about something: {accepted}");
}
