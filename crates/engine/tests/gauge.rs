//! The cascade gauge against a reference that looks at every position, on random books.
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;
#[path = "common/histories.rs"]
mod histories;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::books::View;
use breakwater_engine::gauge;
use breakwater_engine::ladder::{live, LineIndex, LINES};
use breakwater_engine::{Bps, Error, MarketParams, Side};
use common::Rng;
use scene::M;
use world::{usd, World};

/// Every line and every pool, one by one: solvent, and bankrupt within the distance.
fn naive(view: View<'_>) -> u32 {
    let market = view.market;
    let distance = i128::from(market.mark.price.0) * i128::from(market.params.gauge_distance.0) / 10_000;
    let (mut near, mut all) = (0u128, 0u128);
    for side in Side::BOTH {
        let mark = market.mark_key(side).unwrap();
        let ladder = view.ladder.side(side);
        let room = |key: i128| if side == Side::Long { mark - key } else { key - mark };
        for index in 0..LINES as u16 {
            let at = LineIndex::new(index).unwrap();
            let room = room(market.grid.scale.key(side, at).unwrap());
            if room > 0 && room <= distance {
                near += u128::from(ladder.line(at).unwrap().lots.0);
            }
        }
        for at in live(ladder.live_pools) {
            let pool = ladder.pool(at).unwrap();
            let equity = pool.equity(side, mark).unwrap();
            if pool.lots.0 > 0 && equity > 0 && equity <= distance * i128::from(pool.lots.0) {
                near += u128::from(pool.lots.0);
            }
        }
        all += u128::from(market.side(side).lots.0);
    }
    u32::try_from((near * 10_000).div_ceil(all.max(1))).unwrap()
}

fn params(distance: u64) -> MarketParams {
    MarketParams { gauge_distance: Bps(distance as u32), ..scene::params(0) }
}

#[test]
fn agrees_with_looking_at_every_line() {
    let seen = histories::play(80, |rng: &mut Rng| {
        let distance = if rng.one_in(2) { rng.within(1, 5_000) } else { 500 };
        let mut world = World::new(&[params(distance)], 60);
        let (mut seen, mut pools) = (Vec::new(), 0);
        for pair in 0..30 {
            let lots = rng.within(1, 50) * M;
            let leverage = [rng.within(1, 18), rng.within(1, 18)];
            let margins = leverage.map(|leverage| lots / 1_000_000 * (world.mark(0) / 1_000_000) / leverage + 1);
            for (who, margin) in [2 * pair, 2 * pair + 1].into_iter().zip(margins) {
                world.deposit(who, margin * 2 + M).unwrap();
            }
            let _ = world.open([2 * pair, 2 * pair + 1], 0, lots, margins);
            if rng.one_in(3) {
                let moved = world.mark(0) / 1_000 * rng.within(880, 1_120);
                world.reprice(0, moved);
            }
            world.pass(151, 60);
            world.refresh(0, world.mark(0)).map(drop).unwrap();
            for who in 0..2 * pair {
                if world.sync(who).is_ok_and(|report| report.health.is_bankrupt()) {
                    world.pass(151, 60);
                    world.refresh(0, world.mark(0)).map(drop).unwrap();
                    let _ = world.resolve(who, 0, None);
                }
            }
            pools += Side::BOTH
                .into_iter()
                .map(|side| live(world.view(0).ladder.side(side).live_pools).count())
                .sum::<usize>();
            let share = gauge::share(world.view(0)).unwrap();
            assert_eq!(share.0, naive(world.view(0)), "at {distance}");
            seen.push(share.0);
        }
        (seen, pools)
    });
    let (pools, shares): (usize, Vec<u32>) =
        seen.into_iter().fold((0, Vec::new()), |(pools, mut all), (seen, more)| {
            all.extend(seen);
            (pools + more, all)
        });
    let between = shares.iter().filter(|share| (1..10_000).contains(*share)).count();
    // One replayed history need not have everything in it.
    let few = shares.len() < 1_000;
    assert!(few || (between > shares.len() / 4 && pools > 80), "{between} of {}, {pools} pools", shares.len());
}

/// Two longs of the same size, bankrupt near 94 and 80, against deep shorts; the mark walks towards them.
#[test]
fn counts_what_is_near_and_not_what_is_past() {
    let mut world = World::new(&[params(500)], 4);
    for who in 0..4 {
        world.deposit(who, 10_000 * M).unwrap();
    }
    let _ = world.open([0, 1], 0, 100 * M, [6 * M, 100 * M]).unwrap();
    let _ = world.open([2, 3], 0, 100 * M, [20 * M, 100 * M]).unwrap();
    let mut at = |cents: f64| {
        world.reprice(0, usd(cents));
        (gauge::share(world.view(0)).unwrap().0, naive(world.view(0)))
    };
    // Keys near 94 and 80: a quarter of both sides' lots each.
    assert_eq!(at(100.0), (0, 0), "six per cent away");
    assert_eq!(at(98.0), (2_500, 2_500), "the first");
    assert_eq!(at(93.0), (0, 0), "past the first, far from the second");
    assert_eq!(at(83.0), (2_500, 2_500), "the second");
    assert_eq!(at(79.0), (0, 0), "both are bankrupt: that is U, not the gauge");
}

#[test]
fn an_empty_book_and_a_moving_one() {
    let mut world = World::new(&[params(500)], 0);
    assert_eq!(gauge::share(world.view(0)), Ok(Bps(0)));
    assert_eq!(gauge::watched(world.view(0)), Ok(Some(Bps(0))));
    world.markets[0].market.grid.cursor = 1;
    assert_eq!(gauge::share(world.view(0)), Err(Error::Rebasing));
    assert_eq!(gauge::watched(world.view(0)), Ok(None));
}

/// Where no threshold can be reached nothing is read.
#[test]
fn an_unreachable_threshold_costs_nothing() {
    let mut world = World::new(&[params(5_000)], 2);
    for who in 0..2 {
        world.deposit(who, 10_000 * M).unwrap();
    }
    let _ = world.open([0, 1], 0, 100 * M, [6 * M, 6 * M]).unwrap();
    assert_eq!(gauge::share(world.view(0)), Ok(Bps(10_000)));
    assert_eq!(gauge::watched(world.view(0)), Ok(Some(Bps(0))));
    world.markets[0].market.params.gauge_guard = Bps(10_000);
    assert_eq!(gauge::watched(world.view(0)), Ok(Some(Bps(10_000))));
}
