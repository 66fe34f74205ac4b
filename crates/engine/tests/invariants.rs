//! Random histories over every verb, with everything that must be true checked after each, ending with a drain: everyone
//! leaves, and the books hold only what is named (I1 to I12 as far as the engine reaches).
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
#[path = "common/drain.rs"]
mod drain;
#[path = "common/histories.rs"]
mod histories;
#[path = "common/insurers.rs"]
mod insurers;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::market::LAYERS;
use breakwater_engine::state::MarketParams;
use breakwater_engine::units::{Atoms, Bps, Lots};
use breakwater_engine::wide::U128;
use breakwater_engine::{cover, layer, Error, Result, Side};
use common::Rng;
use histories::play;
use world::World;

const ACCOUNTS: usize = 14;
/// A rich account that liquidates; it leaves with the closers.
const KEEPER: usize = ACCOUNTS;
const USD: u64 = 1_000_000;

fn params(rng: &mut Rng) -> MarketParams {
    MarketParams {
        deleverage_after_slots: if rng.one_in(2) { 0 } else { 400 },
        event_share: Bps(rng.within(2_000, 10_000) as u32),
        profit_vesting_seconds: 3_600 * rng.within(1, 24),
        open_interest_max: Lots(200_000 * USD),
        ..if rng.one_in(4) { MarketParams::standard() } else { MarketParams::bare() }
    }
}

fn open(world: &mut World, rng: &mut Rng, market: usize, pair: [usize; 2]) -> Result<()> {
    let lots = USD + rng.magnitude(33);
    let value = u128::from(lots) * u128::from(world.mark(market)) / 1_000_000_000_000;
    let margins = [0, 1].map(|_| {
        let most = if rng.one_in(3) { 6_000 } else { 1_200 };
        (value * u128::from(rng.within(760, most)) / 10_000) as u64
    });
    for (who, margin) in pair.into_iter().zip(margins) {
        world.deposit(who, margin + USD + rng.within(0, margin / 50))?;
    }
    world.open(pair, market, lots, margins).map(drop)
}

fn trade(world: &mut World, rng: &mut Rng, market: usize, pair: [usize; 2]) -> Result<()> {
    let side = Side::BOTH[usize::from(rng.one_in(2))];
    let held = world.lots(pair[0], market).unsigned_abs();
    let lots = if rng.one_in(2) && held > 0 { held } else { USD + rng.magnitude(32) };
    let away = world.mark(market) / 10_000 * rng.within(0, 150);
    let price = if side == Side::Long { world.mark(market) + away } else { world.mark(market) - away };
    world.trade(pair, market, side, lots, price).map(drop)
}

fn move_price(world: &mut World, rng: &mut Rng, market: usize) -> Result<()> {
    let mark = world.mark(market);
    let by = if rng.one_in(5) { rng.within(700, 1_250) } else { rng.within(975, 1_027) };
    let price = (mark / 1_000 * by).clamp(world::usd(20.0), world::usd(500.0));
    world.pass(rng.within(5, 30), rng.within(2, 12) as i64);
    world.refresh(market, price).map(drop)
}

/// Everyone is observed, and again after the longest auction.
fn let_auctions_run_out(world: &mut World) -> Result<()> {
    (0..ACCOUNTS).try_for_each(|who| world.sync(who).map(drop))?;
    world.pass(160, 64);
    (0..world.markets.len()).try_for_each(|market| world.refresh(market, world.mark(market)).map(drop))
}

/// Tries everyone, from `first` on, as a keeper would.
fn hunt(world: &mut World, first: usize, verb: impl Fn(&mut World, usize) -> Result<()>) -> Result<()> {
    let mut result = Ok(());
    for victim in (0..ACCOUNTS).map(|at| (first + at) % ACCOUNTS) {
        result = world.attempt(|world| verb(world, victim));
        if result.is_ok() {
            break;
        }
    }
    result
}

fn operate(world: &mut World, rng: &mut Rng) -> Result<()> {
    let market = rng.within(0, world.markets.len() as u64 - 1) as usize;
    let who = rng.within(0, ACCOUNTS as u64 - 1) as usize;
    let other = (who + rng.within(1, ACCOUNTS as u64 - 1) as usize) % ACCOUNTS;
    let op = rng.within(0, 107);
    if std::env::var_os("BREAKWATER_SEED").is_some() {
        println!("verb {op}: market {market}, {who} and {other}");
    }
    match op {
        0..=19 => open(world, rng, market, [who, other]),
        20..=33 => trade(world, rng, market, [who, other]),
        34..=53 => move_price(world, rng, market),
        54..=62 => {
            let lots = if rng.one_in(2) { 0 } else { USD };
            hunt(world, who, |world, victim| world.liquidate(victim, market, KEEPER, lots).map(drop))
        }
        63..=72 => {
            let against = if rng.one_in(4) { Some(other) } else { None };
            if rng.one_in(2) {
                let_auctions_run_out(world)?;
            }
            hunt(world, who, |world, victim| {
                world.resolve(victim, market, against.filter(|at| *at != victim)).map(drop)
            })
        }
        73..=78 => world.sync(who).map(drop),
        79..=82 => world.withdraw(who, 1 + rng.within(0, world.accounts[who].free.0)),
        83..=85 => world.add_margin(who, market, 1 + rng.magnitude(28)),
        86..=88 => world.take_margin(who, market, 1 + rng.magnitude(28)),
        89 => world.isolate(who, market, rng.one_in(2)),
        90..=91 => world.insure(1 + rng.magnitude(30)),
        92 => world.refill(market).map(drop),
        100..=107 => insurers::act(world, rng, market),
        93..=94 => world.rebase(market, rng.within(1, 3_000) as u32).map(drop),
        _ => {
            let hours = rng.within(0, 5) as i64;
            world.pass(hours as u64 * 9_000 + 100, hours * 3_600 + 40);
            (0..world.markets.len()).try_for_each(|market| world.refresh(market, world.mark(market)).map(drop))
        }
    }
}

/// Stakers and underwriters leave an exchange where nothing is open; what is left is the protocol's (I11).
fn everyone_else_leaves(world: &mut World) {
    world.pass(100_000, 100 * 86_400);
    for market in 0..world.markets.len() {
        let listed = &mut world.markets[market].market;
        let _ = cover::release_idle(listed, &mut world.fund, world.now).unwrap();
        for seat in 0..LAYERS {
            match layer::withdraw(&mut world.markets[market].market, seat, &mut world.fund, world.now) {
                Ok(leaves) => world.insurance -= i128::from(leaves.0),
                Err(error) => assert_eq!(error, Error::LayerFull, "a layer cannot leave"),
            }
        }
    }
    let must_stay = insurers::must_stay(world).unwrap();
    for who in 0..world.stakes.len() {
        let shares = world.stakes[who].shares.get();
        let mut stake = world.stakes[who];
        if stake.request_exit(&world.fund, shares, &world.params, world.now).is_err() {
            continue;
        }
        let cooled = stake.leaves_at - world.now.time;
        world.pass(1, cooled);
        let exit = stake.exit(&mut world.fund, must_stay, world.now).unwrap();
        assert_eq!(stake.shares, U128::ZERO, "a stake cannot leave whole");
        world.insurance -= i128::from(exit.paid.0);
        world.stakes[who] = stake;
    }
    check::check(world);
    assert_eq!((world.fund.staked, world.fund.layers, world.fund.covers), (Atoms(0), Atoms(0), Atoms(0)));
}

/// Reports' parts sum to their wholes where the verbs return them: `Tally` is what they added up to (I3).
fn history(rng: &mut Rng) -> [u64; 6] {
    let markets: Vec<MarketParams> = (0..rng.within(1, 2)).map(|_| params(rng)).collect();
    let mut world = World::new(&markets, ACCOUNTS + 3);
    world.params.exit_cooldown_seconds = 3_600;
    let (mut done, mut refused) = (0, 0);
    world.deposit(KEEPER, 1 << 42).unwrap();
    for who in 0..ACCOUNTS {
        world.deposit(who, 2 * USD).unwrap();
    }
    for _ in 0..rng.within(60, 160) {
        match world.attempt(|world| operate(world, rng)) {
            Ok(()) => done += 1,
            Err(error) => {
                refused += 1;
                let fault =
                    matches!(error, breakwater_engine::Error::NotConserved | breakwater_engine::Error::Overflow);
                assert!(!fault, "{error:?} is the program's fault");
            }
        }
        check::check(&world);
    }
    let tally = world.markets.iter().fold([0; 4], |sum, listed| {
        let tally = &listed.market.tally;
        [
            sum[0] + tally.partial_liquidations,
            sum[1] + tally.resolutions,
            sum[2] + tally.socialised.0,
            sum[3] + tally.unfunded.0,
        ]
    });
    drain::drain(&mut world);
    everyone_else_leaves(&mut world);
    [done, refused, tally[0], tally[1], tally[2], tally[3]]
}

#[test]
fn histories_conserve_and_drain() {
    let found = play(300, history);
    let sum = found.iter().fold([0; 6], |sum, one| std::array::from_fn(|at| sum[at] + one[at]));
    println!(
        "done {}, refused {}, liquidations {}, resolutions {}, socialised {}, unfunded {}",
        sum[0], sum[1], sum[2], sum[3], sum[4], sum[5]
    );
    assert!(found.len() < 100 || (sum[2] > 100 && sum[3] > 100 && sum[4] > 0), "the histories miss the waterfall");
}
