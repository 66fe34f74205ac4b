//! What may leave the insurance fund, and what must stay: exits of stakers, surplus, fees, idle covers, premiums. Prices in USD, lots in
//! millions.
#![allow(
    dead_code,
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

#[path = "common/check.rs"]
mod check;
mod common;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::books::Books;
use breakwater_engine::cover;
use breakwater_engine::layer::{self, Terms};
use breakwater_engine::revenue::{self, Fees};
use breakwater_engine::state::{ExchangeParams, MarketParams, StakeBooks};
use breakwater_engine::units::{Atoms, Bps};
use breakwater_engine::{Error, Result, Side};
use check::check;
use scene::{open, params, M};
use world::{usd, World};

/// No target, unless a test is about it.
fn exchange(target: u32) -> ExchangeParams {
    ExchangeParams { insurance_target: Bps(target), exit_cooldown_seconds: 0, ..ExchangeParams::bare() }
}

fn must_stay(world: &World, target: u32) -> Result<u64> {
    let count = world.markets.len() as u64;
    let markets = world.markets.iter().map(|listed| &*listed.market);
    cover::must_stay(markets, count, &exchange(target), world.now).map(|atoms| atoms.0)
}

/// A stake, all of it on its way out.
fn staker(world: &mut World, amount: u64) -> StakeBooks {
    let mut stake = StakeBooks::default();
    let shares = stake.pay_in(&mut world.fund, Atoms(amount), &exchange(0)).unwrap();
    world.insurance += i128::from(amount);
    stake.request_exit(&world.fund, shares, &exchange(0), world.now).unwrap();
    stake
}

fn exit(world: &mut World, stake: &mut StakeBooks, target: u32) -> Result<u64> {
    let must_stay = Atoms(must_stay(world, target)?);
    let (before, held) = (world.fund, *stake);
    let exit = stake.exit(&mut world.fund, must_stay, world.now);
    let Ok(exit) = exit else {
        (world.fund, *stake) = (before, held);
        return exit.map(|exit| exit.paid.0);
    };
    world.insurance -= i128::from(exit.paid.0);
    check(world);
    Ok(exit.paid.0)
}

fn distribute(world: &mut World, must_stay: u64) -> Result<u64> {
    let mut books: Vec<_> = world
        .markets
        .iter_mut()
        .map(|listed| Books { market: &mut listed.market, ladder: &mut listed.ladder })
        .collect();
    let paid = revenue::distribute(&mut world.fund, &mut books, Atoms(must_stay))?;
    world.insurance -= i128::from(paid.0);
    world.collateral += i128::from(paid.0);
    check(world);
    Ok(paid.0)
}

/// A layer in the first seat that pays from the first atom and earns a quarter where it is full: twice what it holds.
fn underwrite(world: &mut World, market: usize, amount: u64, seconds: i64) {
    let (now, listed) = (world.now, &mut world.markets[market].market);
    let (limit, expires_at) = (Atoms(2 * amount), now.time + seconds);
    let terms = Terms { attachment: Atoms(0), limit, premium: Bps(5_000), expires_at };
    terms.take_seat(&mut listed.layers, 0, now).unwrap();
    layer::fund(listed, 0, &mut world.fund, Atoms(amount), now).unwrap();
    world.insurance += i128::from(amount);
}

/// U of 3 in one market and of 5 in another, a cover of 20 in the first and a layer of 10 in the other: exits leave exactly what
/// covers both and backs the cover, layers or not.
#[test]
fn exits_leave_what_covers_every_market() {
    let mut world = world_with_covers(&[20 * M, 0]);
    underwrite(&mut world, 1, 10 * M, 1_000);
    open(&mut world, [0, 1], 0, 100 * M, [6 * M, 100 * M]);
    open(&mut world, [2, 3], 1, 100 * M, [6 * M, 100 * M]);
    let mut stake = staker(&mut world, 100 * M);
    world.reprice(0, usd(91.0));
    world.reprice(1, usd(89.0));
    let [first, second] = [0, 1].map(|at| world.market(at).shortfall.0);
    assert!((3 * M - M..=3 * M + M).contains(&first) && (5 * M - M..=5 * M + M).contains(&second), "{first} {second}");
    // The cover is more than U in the first market, U more than the cover in the second.
    assert_eq!(must_stay(&world, 0), Ok(20 * M + second));
    let own = world.fund.own().unwrap().0;
    let left = exit(&mut world, &mut stake, 0).unwrap();
    assert_eq!(world.fund.own().unwrap().0, 20 * M + second);
    assert_eq!(left, own - 20 * M - second);
    // The rest goes on leaving, and leaves once the markets are covered again.
    assert_eq!(exit(&mut world, &mut stake, 0), Err(Error::ExitWaits));
    let rest = stake.worth(&world.fund).unwrap().0;
    world.reprice(0, usd(100.0));
    world.reprice(1, usd(100.0));
    assert_eq!(must_stay(&world, 0), Ok(20 * M));
    let more = exit(&mut world, &mut stake, 0).unwrap();
    assert!(more > 0 && more <= rest && world.fund.own().unwrap().0 >= 20 * M);
}

fn world_with_covers(covers: &[u64]) -> World {
    let listed: Vec<MarketParams> = covers.iter().map(|cover| params(*cover)).collect();
    let mut world = World::new(&listed, 8);
    world.insure(covers.iter().sum::<u64>() + 1).unwrap();
    world.pass(1, 86_400);
    for market in 0..covers.len() {
        world.refresh(market, world.mark(market)).map(drop).unwrap();
        let _ = world.refill(market).unwrap();
    }
    world
}

/// A position a dollar under water for hours: profit unlocks where insurance covers it, and stakers leave but for that dollar.
#[test]
fn g21_a_dust_position_under_water_locks_nobody() {
    let mut world = world_with_covers(&[2 * M]);
    open(&mut world, [0, 1], 0, 10 * M, [M * 6 / 10, 10 * M]);
    open(&mut world, [2, 3], 0, 100 * M, [100 * M, 100 * M]);
    let mut stake = staker(&mut world, 50 * M);
    world.reprice(0, usd(91.0));
    let dust = world.market(0).shortfall.0;
    assert!((M / 5..M).contains(&dust), "{dust}");
    // The short takes profit, which vests.
    let _ = world.trade([3, 2], 0, Side::Long, 100 * M, world.mark(0)).unwrap();
    for _ in 0..12 {
        world.pass(9_000, 7_200);
        world.refresh(0, world.mark(0)).map(drop).unwrap();
        let _ = world.provision(0).unwrap();
    }
    assert_eq!(world.market(0).shortfall.0, dust, "nobody has resolved it");
    let unlocked = world.sync(3).unwrap().unlocked.0;
    assert!(unlocked > 2 * M, "profit is locked: {unlocked}");
    let own = world.fund.own().unwrap().0;
    let left = exit(&mut world, &mut stake, 0).unwrap();
    assert!(left >= own - 2 * M - 1 && left >= 49 * M, "{left} of {own}");
}

#[test]
fn every_market_must_be_passed_fresh_and_calm() {
    let mut world = world_with_covers(&[0, 0]);
    open(&mut world, [0, 1], 0, 100 * M, [50 * M, 50 * M]);
    let now = world.now;
    let ask = |world: &World, order: &[usize], count| {
        let markets = order.iter().map(|at| world.market(*at));
        cover::must_stay(markets, count, &exchange(0), world.now)
    };
    assert_eq!(ask(&world, &[0, 1], 2), Ok(Atoms(0)));
    for order in [&[0][..], &[1, 0], &[0, 0], &[1], &[], &[0, 1, 1]] {
        assert_eq!(ask(&world, order, 2), Err(Error::AllMarkets), "{order:?}");
    }
    assert_eq!(ask(&world, &[0, 1], 3), Err(Error::AllMarkets));
    world.markets[0].market.stance.phase = 1;
    assert_eq!(must_stay(&world, 0), Err(Error::ExitWaits));
    world.markets[0].market.stance.phase = 0;
    world.markets[0].market.grid.cursor = 1;
    assert_eq!(must_stay(&world, 0), Err(Error::ExitWaits));
    world.markets[0].market.grid.cursor = 0;
    world.pass(151, 60);
    assert_eq!(must_stay(&world, 0), Err(Error::StaleMark));
    // A settled market's mark is final; nobody asks about one where nothing is open (G22, I11).
    world.markets[0].market.settled = now.slot;
    world.markets[0].market.stance.phase = 1;
    world.markets[1].market.stance.phase = 1;
    assert_eq!(must_stay(&world, 0), Ok(0));
}

/// The target is a share of the value of all open interest, rounded up: an empty exchange has none and everyone leaves (I11).
#[test]
fn the_target_stays_while_anything_is_open() {
    let mut world = world_with_covers(&[0, 0]);
    open(&mut world, [0, 1], 0, 100 * M, [50 * M, 50 * M]);
    open(&mut world, [2, 3], 1, 10 * M + 1, [50 * M, 50 * M]);
    assert_eq!(must_stay(&world, 100), Ok(1_100_001));
    let mut stake = staker(&mut world, 50 * M);
    assert_eq!(exit(&mut world, &mut stake, 100), Ok(50 * M + 1 - 1_100_001));
    assert_eq!(exit(&mut world, &mut stake, 100), Err(Error::ExitWaits));
    let _ = world.trade([0, 1], 0, Side::Short, 100 * M, usd(100.0)).unwrap();
    let _ = world.trade([2, 3], 1, Side::Short, 10 * M + 1, usd(100.0)).unwrap();
    assert_eq!(must_stay(&world, 100), Ok(0));
    assert!(exit(&mut world, &mut stake, 100).unwrap() >= 1_099_999);
    assert_eq!(world.fund.staked, Atoms(0));
}

/// A cover stays where it is while anything is open and until its epoch is over; then it may return, and be set aside again.
#[test]
fn an_idle_cover_returns_to_the_fund() {
    let mut world = world_with_covers(&[20 * M]);
    let idle = |world: &mut World| {
        let released = cover::release_idle(&mut world.markets[0].market, &mut world.fund, world.now).unwrap();
        check(world);
        released.0
    };
    assert_eq!(idle(&mut world), 0, "the epoch has begun");
    open(&mut world, [0, 1], 0, 100 * M, [50 * M, 50 * M]);
    world.pass(100, 86_400);
    world.refresh(0, world.mark(0)).map(drop).unwrap();
    assert_eq!(idle(&mut world), 0, "it may be needed");
    let _ = world.trade([0, 1], 0, Side::Short, 100 * M, usd(100.0)).unwrap();
    assert_eq!((idle(&mut world), world.fund.covers, world.market(0).cover.amount), (20 * M, Atoms(0), Atoms(0)));
    assert_eq!(must_stay(&world, 0), Ok(0));
    assert_eq!(world.refill(0), Ok(Atoms(20 * M)), "the market has lost nothing");
    assert_eq!(must_stay(&world, 0), Ok(20 * M));
}

/// Two sides are owed 3 and 5: surplus is shared between them as they are owed, never more than they are owed or than is surplus.
#[test]
fn surplus_pays_whoever_is_owed() {
    let owed = |world: &World| {
        let sides = world.markets.iter().flat_map(|listed| &listed.market.sides);
        sides.map(|side| side.claims.outstanding.0).collect::<Vec<_>>()
    };
    let mut world = world_with_covers(&[0, 0]);
    assert_eq!(distribute(&mut world, 0), Err(Error::NothingOwed));
    open(&mut world, [0, 1], 0, 100 * M, [6 * M, 100 * M]);
    open(&mut world, [2, 3], 1, 100 * M, [6 * M, 100 * M]);
    world.reprice(0, usd(91.0));
    world.reprice(1, usd(89.0));
    world.pass(149, 60);
    for (at, who) in [(0, 0), (1, 2)] {
        let _ = world.sync(who).unwrap();
        world.refresh(at, world.mark(at)).map(drop).unwrap();
    }
    world.pass(150, 60);
    for (at, who) in [(0, 0), (1, 2)] {
        let _ = world.resolve(who, at, None).unwrap();
    }
    let before = owed(&world);
    assert!(before[1] > 2 * M && before[3] > 4 * M && before[0] == 0 && before[2] == 0, "{before:?}");
    world.insure(5 * M).unwrap();
    let mut stake = staker(&mut world, 10 * M);
    let own = world.fund.own().unwrap().0;
    assert_eq!(distribute(&mut world, own), Err(Error::NoSurplus));
    assert_eq!(distribute(&mut world, own - M), Ok(M - 1));
    let after = owed(&world);
    let (one, other) = (before[1] - after[1], before[3] - after[3]);
    assert!(
        one + other <= M && (one * before[3]).abs_diff(other * before[1]) <= before[1] + before[3],
        "{one} {other}"
    );
    // Stakers' money is never surplus; what is owed bounds it too.
    let protocol = world.fund.protocol.0;
    let all = owed(&world).iter().sum::<u64>();
    assert!(protocol < all);
    let paid = distribute(&mut world, 0).unwrap();
    assert!(paid <= protocol && paid + 2 > protocol, "{paid} of {protocol}");
    assert_eq!(stake.worth(&world.fund), Ok(Atoms(10 * M)));
    assert!(owed(&world).iter().sum::<u64>() <= all - paid);
    assert!(exit(&mut world, &mut stake, 0).unwrap() > 9 * M);
}

/// Fees leave while U is insured and the market is calm; deficits nobody bore are served first.
#[test]
fn fees_leave_a_calm_market() {
    let fees = |world: &mut World, keepers| {
        let before = (*world.market(0), world.collateral);
        let taken = revenue::collect_fees(&mut world.markets[0].market, Bps(keepers), world.now);
        match taken {
            Ok(Fees { keepers, treasury, .. }) => world.collateral -= i128::from(keepers.0 + treasury.0),
            Err(_) => *world.markets[0].market = before.0,
        }
        check(world);
        taken
    };
    let paying = MarketParams { taker_fee: Bps(5), maker_fee: Bps(2), ..params(0) };
    let mut world = World::new(&[paying], 4);
    assert_eq!(fees(&mut world, 0), Err(Error::ZeroAmount));
    for who in 0..4 {
        world.deposit(who, 200 * M).unwrap();
    }
    let _ = world.open([0, 1], 0, 100 * M, [6 * M, 100 * M]).unwrap();
    let collected = world.market(0).fees.0;
    assert_eq!(collected, 70_000);
    world.markets[0].market.stance.phase = 1;
    assert_eq!(fees(&mut world, 1_000), Err(Error::ExitWaits));
    world.markets[0].market.stance.phase = 0;
    world.pass(151, 60);
    assert_eq!(fees(&mut world, 1_000), Err(Error::ExitWaits), "nobody knows U");
    world.reprice(0, usd(80.0));
    assert!(world.market(0).shortfall.0 > 0);
    assert_eq!(fees(&mut world, 1_000), Err(Error::ExitWaits), "U is not insured");
    world.reprice(0, usd(100.0));
    assert_eq!(fees(&mut world, 1_000), Err(Error::ExitWaits), "the market was in stress just now");
    for _ in 0..4 {
        world.pass(100, 3_600);
        world.refresh(0, usd(100.0)).map(drop).unwrap();
    }
    let expected = Fees { served: Atoms(0), keepers: Atoms(7_000), treasury: Atoms(63_000) };
    assert_eq!(fees(&mut world, 1_000), Ok(expected));
    assert_eq!(fees(&mut world, 1_000), Err(Error::ZeroAmount));
    // What nobody bore comes out of them first.
    let market = &mut world.markets[0].market;
    market.fees = Atoms(50);
    market.unfunded = Atoms(30);
    market.booked += 20;
    world.collateral += 20;
    let expected = Fees { served: Atoms(30), keepers: Atoms(6), treasury: Atoms(14) };
    assert_eq!(fees(&mut world, 3_333), Ok(expected));
    assert_eq!(world.market(0).unfunded, Atoms(0));
}

/// A premium leaves while what is left insures U; an expired layer's capital too.
#[test]
fn a_layer_leaves_while_the_rest_insures() {
    let mut world = world_with_covers(&[4 * M]);
    underwrite(&mut world, 0, 25 * M, 1_000);
    open(&mut world, [0, 1], 0, 100 * M, [6 * M, 100 * M]);
    let premium = M;
    revenue::receive(&mut world.markets[0].market, &mut world.fund, Atoms(4 * premium), Bps(0)).unwrap();
    world.insurance += i128::from(4 * premium);
    check(&world);
    assert_eq!(world.market(0).layers[0].earned, Atoms(premium));
    let premium_of = |world: &World| {
        let mut copy = world.clone();
        layer::take_premium(&mut copy.markets[0].market, 0, &mut copy.fund, copy.now).map(|taken| taken.0)
    };
    world.reprice(0, usd(60.0));
    assert_eq!(premium_of(&world), Err(Error::LayerBound));
    world.reprice(0, usd(86.0));
    assert_eq!(premium_of(&world), Ok(premium), "cover and layer insure U");
    let withdrawn = |world: &World| {
        let mut copy = world.clone();
        let taken = layer::withdraw(&mut copy.markets[0].market, 0, &mut copy.fund, copy.now).map(|taken| taken.0);
        if let Ok(taken) = taken {
            copy.insurance -= i128::from(taken);
            check(&copy);
        }
        taken
    };
    assert_eq!(withdrawn(&world), Err(Error::LayerBound), "not expired");
    world.pass(100, 1_000);
    world.refresh(0, usd(86.0)).map(drop).unwrap();
    assert_eq!(withdrawn(&world), Err(Error::LayerBound), "U is more than the cover");
    world.reprice(0, usd(92.0));
    assert!(world.market(0).shortfall.0 > M, "{:?}", world.market(0).shortfall);
    assert_eq!(withdrawn(&world), Ok(26 * M), "the cover is enough");
}
