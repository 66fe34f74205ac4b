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
use breakwater_engine::ladder::{live, mark_live, LineIndex, LINES};
use breakwater_engine::state::{LadderSide, MarketParams, Scale};
use breakwater_engine::units::PICO;
use breakwater_engine::wide::I128;
use breakwater_engine::{Bps, Error, Lots, Price, Side};
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

/// The distance that is recommended sees nobody who has only just opened with the least margin there is: else any new market would
/// be guarded by its first trades. Half of that margin gone, it sees him.
#[test]
fn an_opening_is_not_in_danger_yet() {
    let standard = MarketParams::standard();
    let least = 100 * M * u64::from(standard.brackets[0].initial.0) / 10_000;
    let listed =
        MarketParams { gauge_distance: standard.gauge_distance, brackets: standard.brackets, ..scene::params(0) };
    let mut world = World::new(&[listed], 2);
    scene::open(&mut world, [0, 1], 0, 100 * M, [least + M / 10, 50 * M]);
    assert_eq!(gauge::share(world.view(0)), Ok(Bps(0)));
    world.reprice(0, usd(97.0));
    assert_eq!(gauge::share(world.view(0)), Ok(Bps(5_000)), "one of two sides");
}

/// Lines and pools at and around both edges: at the mark is bankrupt, at the distance is within it.
#[test]
fn edges_of_lines_and_pools() {
    let mut rng = Rng::seeded(51);
    let mut found = [0; 2];
    for _ in 0..2_000 {
        let scale = Scale::around(Price(PICO), [I128::new(0), I128::new(rng.within(0, PICO).into())]).unwrap();
        let side = Side::BOTH[rng.within(0, 1) as usize];
        let mut ladder = Box::new(LadderSide::EMPTY);
        let mut keys = Vec::new();
        for _ in 0..rng.within(1, 30) {
            let at = LineIndex::new(rng.within(1_200, 1_500) as u16).unwrap();
            let (key, lots) = (scale.key(side, at).unwrap(), rng.within(1, 1 << 40));
            ladder.enter(&scale, at, Lots(lots)).unwrap();
            keys.push((key, lots));
        }
        // The mark on a line or beside it, the distance up to a line or beside it.
        let beside = |rng: &mut Rng, keys: &[(i128, u64)]| {
            let (key, _) = keys[rng.within(0, keys.len() as u64 - 1) as usize];
            key + i128::from(rng.within(0, 2)) - 1
        };
        let mark = beside(&mut rng, &keys);
        let far = beside(&mut rng, &keys);
        let distance = u64::try_from((far - mark).unsigned_abs()).unwrap();
        for at in 0..rng.within(0, 3) as u8 {
            let away = [0, i128::from(distance), i128::from(distance) + 1, -1, 1][rng.within(0, 4) as usize];
            let key = if side == Side::Long { mark - away } else { mark + away };
            let lots = rng.within(1, 1 << 40);
            let pool = ladder.pool_mut(at).unwrap();
            (pool.lots, pool.moment) = (Lots(lots), I128::new(key * i128::from(lots)));
            mark_live(&mut ladder.live_pools, at, true);
            keys.push((key, lots));
        }
        let room = |key: i128| if side == Side::Long { mark - key } else { key - mark };
        let near = keys.iter().filter(|(key, _)| room(*key) > 0 && room(*key) <= i128::from(distance));
        let expected = near.map(|(_, lots)| lots).sum::<u64>();
        assert_eq!(ladder.lots_within(side, &scale, mark, distance), Ok(expected));
        found[usize::from(expected > 0)] += 1;
    }
    assert!(found[0] > 100 && found[1] > 1_000, "{found:?}");
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
