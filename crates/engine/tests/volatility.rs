//! The average of squared returns against exact fractions, its root against squares, and the multiple at its bounds.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;

use breakwater_engine::state::{MarketBooks, MarketParams, Volatility};
use breakwater_engine::units::{PICO, PRICE_MAX};
use breakwater_engine::volatility::{root_ceil, sample};
use breakwater_engine::{Bps, Price};
use common::Rng;
use num_bigint::BigUint;

const HOUR: u64 = 3_600;
const WINDOW: u64 = HOUR;

fn market(params: MarketParams) -> Box<MarketBooks> {
    Box::new(MarketBooks { params, ..MarketBooks::default() })
}

/// Accepts a mark published then.
fn accept(market: &mut MarketBooks, price: u64, at: i64) {
    (market.mark.price, market.mark.publish_time) = (Price(price), at);
    sample(market).unwrap();
}

#[test]
fn the_root_is_the_smallest_whose_square_reaches() {
    let mut rng = Rng::seeded(11);
    let edges = (0..32).flat_map(|bit| {
        let root = (1u64 << bit) + 1;
        [root * root - 1, root * root, root * root + 1, (root - 1) * (root - 1)]
    });
    let all = (0..1_000).chain(edges).chain([u64::MAX, u64::MAX - 1, (u64::from(u32::MAX)).pow(2)]);
    for n in all.chain((0..100_000).map(|_| rng.magnitude(64))).collect::<Vec<_>>() {
        let root = u128::from(root_ceil(n));
        assert!(root * root >= u128::from(n), "{n}");
        assert!(root == 0 || (root - 1) * (root - 1) < u128::from(n), "{n}");
    }
}

#[test]
fn the_first_mark_is_only_an_anchor() {
    let mut market = market(MarketParams::standard());
    accept(&mut market, PICO, 1_000);
    assert_eq!(market.volatility, Volatility { variance: 0, anchor: Price(PICO), sampled_at: 1_000 });
}

#[test]
fn samples() {
    // Parts in 1e9 of the anchor, seconds later: the variance by hand, window of an hour.
    let part = PICO / 1_000_000_000;
    let square = |r: u64| (r * r).div_ceil(1);
    let rows = [
        ("1 % in a minute", PICO + 10_000_000 * part, 60, square(10_000_000).div_ceil(WINDOW + 60)),
        ("1 % down in a minute", PICO - 10_000_000 * part, 60, square(10_000_000).div_ceil(WINDOW + 60)),
        (
            "1 % after a day without a mark",
            PICO + 10_000_000 * part,
            86_400,
            square(10_000_000).div_ceil(WINDOW + 86_400),
        ),
        ("a hair counts", PICO + 1, 1, 1),
        ("the whole of it", 1, 1, square(1_000_000_000).div_ceil(WINDOW + 1)),
        // 4_294_967_295e-9 at most.
        (
            "a hundredfold",
            100 * PICO,
            1,
            u64::try_from(u128::from(u32::MAX).pow(2).div_ceil(u128::from(WINDOW) + 1)).unwrap(),
        ),
        ("nothing", PICO, 60, 0),
    ];
    for (name, price, later, expected) in rows {
        let mut market = market(MarketParams::standard());
        accept(&mut market, PICO, 1_000);
        accept(&mut market, price, 1_000 + later as i64);
        assert_eq!(market.volatility.variance, expected, "{name}");
        assert_eq!((market.volatility.anchor, market.volatility.sampled_at), (Price(price), 1_000 + later as i64));
    }
}

/// Within a second nothing is sampled and nothing is forgotten: the next return still begins at the anchor.
#[test]
fn what_happens_within_a_second_is_in_the_next_return() {
    let mut hidden = market(MarketParams::standard());
    accept(&mut hidden, PICO, 1_000);
    let before = hidden.volatility;
    accept(&mut hidden, PICO / 2, 1_000);
    accept(&mut hidden, PICO / 2, 999);
    assert_eq!(hidden.volatility, before);
    accept(&mut hidden, PICO / 2, 1_001);
    let mut plain = market(MarketParams::standard());
    accept(&mut plain, PICO, 1_000);
    accept(&mut plain, PICO / 2, 1_001);
    assert_eq!(hidden.volatility, plain.volatility);
    assert!(hidden.volatility.variance > 0);
}

/// Against exact fractions over random walks; within its bounds, and never short of 64 bits.
#[test]
fn averages_agree_with_exact_fractions() {
    let mut rng = Rng::seeded(12);
    let whole = BigUint::from(1_000_000_000u64);
    let most = BigUint::from(u32::MAX);
    for _ in 0..300 {
        let window = rng.within(60, 7 * 86_400);
        let mut market = market(MarketParams { volatility_window_seconds: window, ..MarketParams::standard() });
        let (mut price, mut at) = (rng.within(1, PRICE_MAX), 1_000_000);
        accept(&mut market, price, at);
        for _ in 0..100 {
            let next = match rng.within(0, 3) {
                0 => rng.within(1, PRICE_MAX),
                1 => price,
                _ => (price - price / 50 + rng.within(0, price / 25)).clamp(1, PRICE_MAX),
            };
            let passed = rng.magnitude(20) + 1;
            let before = BigUint::from(market.volatility.variance);
            accept(&mut market, next, at + passed as i64);
            // r and the average, each rounded up.
            let moved = BigUint::from(price.abs_diff(next)) * &whole + (price - 1);
            let moved = (moved / price).min(most.clone());
            let square = &moved * &moved;
            let sum = &before * window + &square + (window + passed - 1);
            let exact = sum / (window + passed);
            assert_eq!(BigUint::from(market.volatility.variance), exact);
            let (low, high) = (square.clone() / passed, (square + (passed - 1)) / passed);
            assert!(exact >= before.clone().min(low) && exact <= before.max(high), "between the two");
            (price, at) = (next, at + passed as i64);
        }
    }
}

/// Quiet lowers it, in one sample or in many: many lower it more, but never below the exponential.
#[test]
fn quiet_decays_within_its_bounds() {
    let mut rng = Rng::seeded(13);
    let start = 1_000_000_000_000u64;
    for _ in 0..200 {
        let quiet = rng.within(1, 6 * HOUR);
        let decayed = |cuts: u64| {
            let mut market = market(MarketParams::standard());
            market.volatility = Volatility { variance: start, anchor: Price(PICO), sampled_at: 0 };
            for cut in 1..=cuts {
                accept(&mut market, PICO, (quiet * cut / cuts) as i64);
            }
            market.volatility.variance
        };
        let pieces = rng.within(2, 500);
        let (once, often) = (decayed(1), decayed(pieces));
        assert!(often <= once + pieces && once < start);
        let least = start as f64 * (-(quiet as f64) / WINDOW as f64).exp();
        assert!(often as f64 >= least * 0.999_999, "{often} {least}");
    }
}

#[test]
fn multiples() {
    // Normal: 1 % an hour; at most 2.
    let params = MarketParams::standard();
    let per_second = |bps: u128| u64::try_from((bps * 100_000).pow(2) / 3_600).unwrap();
    let rows = [
        ("nothing", 0, 10_000),
        ("half of normal", per_second(50), 10_000),
        ("normal", per_second(100), 10_000),
        ("one and a half", per_second(150), 15_000),
        ("at its largest", per_second(200), 20_000),
        ("beyond", per_second(1_000), 20_000),
        ("beyond everything", u64::MAX, 20_000),
    ];
    for (name, variance, expected) in rows {
        let volatility = Volatility { variance, ..Volatility::default() };
        assert_eq!(volatility.multiple(&params), Bps(expected), "{name}");
        assert_eq!(volatility.multiple(&MarketParams::bare()), Bps(10_000), "bare, {name}");
    }
    // Rounded up: a hair above normal is already above one.
    let above = Volatility { variance: per_second(100) + 60_000, ..Volatility::default() };
    assert_eq!(above.multiple(&params), Bps(10_001));
}

/// It rises with the variance, for whatever is normal, and never leaves its bounds.
#[test]
fn multiples_rise_with_variance() {
    let mut rng = Rng::seeded(14);
    for _ in 0..50_000 {
        let params = MarketParams {
            volatility_normal: Bps(rng.within(1, 10_000) as u32),
            volatility_multiplier_max: Bps(rng.within(10_000, 50_000) as u32),
            ..MarketParams::standard()
        };
        let variance = rng.magnitude(64);
        let at = |variance| Volatility { variance, ..Volatility::default() }.multiple(&params);
        let (here, more) = (at(variance), at(variance.saturating_add(rng.magnitude(60))));
        assert!(Bps(10_000) <= here && here <= more && more <= params.volatility_multiplier_max);
        let exact = (variance as f64).sqrt() * 60.0 / (f64::from(params.volatility_normal.0) * 10.0);
        let bounded = exact.clamp(10_000.0, f64::from(params.volatility_multiplier_max.0));
        // A root rounded up is at most 60e-9 of an hour's volatility more.
        let slack = 1.5 + 60.0 / (f64::from(params.volatility_normal.0) * 10.0);
        assert!((f64::from(here.0) - bounded).abs() <= slack, "{here:?} {bounded}");
    }
}
