//! Markets without an oracle: the last mark becomes final, positions close at it in any order, and nothing is left behind (G22,
//! F15, F22, I11). Prices are in USD, lots in millions: 1 M lots at 100 USD are worth 1 USD.
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
#[path = "common/histories.rs"]
mod histories;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/settling.rs"]
mod settling;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::books::Books;
use breakwater_engine::price::Observation;
use breakwater_engine::refresh::{self, RefreshReport};
use breakwater_engine::state::MarketParams;
use breakwater_engine::units::Bps;
use breakwater_engine::{totals, Error, Result, Side};
use check::check;
use common::Rng;
use histories::play;
use scene::{open, world, M};
use settling::{declare, empty, expire, hold, leave, nothing_is_left};
use world::{usd, World};

/// The oracle is gone at 80: a long at -10 a lot, one at +5, and shorts who won 20 less the charge. Before seven days have passed
/// nobody settles; then everyone leaves at 80, winners first, the bankrupt last, against lots nobody holds any more.
#[test]
fn g22_a_market_without_an_oracle_settles_and_empties() {
    let mut world = world(1, 6, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    open(&mut world, [2, 3], 0, 100 * M, [25 * M, 50 * M]);
    world.reprice(0, usd(80.0));
    hold(&mut world);
    world.pass(1_000_000, 6 * 86_400);
    assert_eq!(declare(&mut world, 0), Err(Error::SettleTooEarly));
    assert_eq!(leave(&mut world, 1, 0).err(), Some(Error::NotSettled));
    world.pass(300_000, 86_400);
    declare(&mut world, 0).unwrap();
    assert_eq!(declare(&mut world, 0), Err(Error::MarketSettled));
    assert_eq!(world.attempt(|world| world.refresh(0, usd(81.0))).err(), Some(Error::MarketSettled));
    assert_eq!(leave(&mut world, 4, 0).err(), Some(Error::NoPosition));
    // 100 M lots owe 10 each, 200 M bear 5 each: of 20 a short keeps 15.
    for (who, owns) in [(1, 65), (3, 65), (2, 5)] {
        let report = leave(&mut world, who, 0).unwrap();
        assert_eq!((report.lots.0, report.drawn.0), (100 * M, 0));
        // Bankruptcy prices stand on lines, a little inward of what they would be.
        assert!(report.paid.0.abs_diff(owns * M) <= M / 2, "{who}: {report:?}");
        check(&world);
    }
    assert_eq!(leave(&mut world, 0, 0).err(), Some(Error::Bankrupt));
    // No auction, and nobody left on the other side.
    let report = world.resolve(0, 0, None).unwrap();
    assert_eq!((report.lots_left.0, report.deleveraged.0, report.residue.0), (0, 0, 100 * M));
    assert_eq!((report.insured.0, report.unfunded.0), (0, 0));
    assert!(report.deficit.0.abs_diff(10 * M) <= 2 * M, "{report:?}");
    nothing_is_left(&mut world);
}

/// Neither repeating the last price nor showing one nobody may use puts the end off; a good one does, and a cluster that stood
/// still does not bring it.
#[test]
fn nobody_hurries_the_end_and_nobody_puts_it_off() {
    let mut world = world(1, 2, 0);
    world.reprice(0, usd(90.0));
    let accepted = world.market(0).mark;
    let price = i64::try_from(accepted.price.0 / 100).unwrap();
    let said = |confidence, publish_time| Observation {
        price,
        confidence,
        ema_price: price,
        ema_confidence: 0,
        exponent: -8,
        publish_time,
    };
    for day in 0..7 {
        assert_eq!(declare(&mut world, 0), Err(Error::SettleTooEarly), "day {day}");
        world.pass(216_000, 86_400);
        // The last price once more, then one as wide as itself.
        let _ = show(&mut world, &said(0, accepted.publish_time));
        let wide = said(price as u64, world.now.time);
        assert!(!show(&mut world, &wide).unwrap().accepted);
        assert_eq!(world.market(0).mark.publish_time, accepted.publish_time);
    }
    let mut other = world.clone();
    declare(&mut other, 0).unwrap();
    assert!(other.market(0).has_mark(other.now) && !other.market(0).funding_runs());
    let good = said(0, world.now.time);
    assert!(show(&mut world, &Observation { publish_time: good.publish_time + 1, ..good }).unwrap().accepted);
    assert_eq!(declare(&mut world, 0), Err(Error::SettleTooEarly));
    world.pass(1_000, 30 * 86_400);
    assert_eq!(declare(&mut world, 0), Err(Error::SettleTooEarly), "the cluster stood still");
}

fn show(world: &mut World, seen: &Observation) -> Result<RefreshReport> {
    let now = world.now;
    let listed = &mut world.markets[0];
    refresh::refresh(&mut Books { market: &mut listed.market, ladder: &mut listed.ladder }, seen, now)
}

/// Two winners of 20 have left when the cover that stood for the bankrupt goes elsewhere: their profit, not money yet, bears what is
/// lacking. It is halved, it unlocks, and they are out like anyone else (F15).
#[test]
fn f15_a_haircut_winner_is_finalised() {
    let mut world = world(1, 4, 30 * M);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    open(&mut world, [0, 2], 0, 100 * M, [10 * M, 50 * M]);
    world.reprice(0, usd(80.0));
    expire(&mut world);
    declare(&mut world, 0).unwrap();
    let _ = (leave(&mut world, 1, 0).unwrap(), leave(&mut world, 2, 0).unwrap());
    let cover = std::mem::take(&mut world.markets[0].market.cover.amount);
    world.fund.covers.0 -= cover.0;
    let report = world.resolve(0, 0, None).unwrap();
    assert_eq!((report.lots_left.0, report.insured.0, report.unfunded.0), (0, 0, 0));
    world.pass(200_000, 3 * 86_400);
    for who in [1, 2] {
        assert!(world.sync(who).unwrap().unlocked.0.abs_diff(10 * M) <= M);
    }
    nothing_is_left(&mut world);
}

/// The winners have left, open interest is residue, and a deficit is left that nobody can bear: it is named, and nobody is paid by
/// it (F22). The same with a cover: it pays, and nothing is stuck.
#[test]
fn f22_bad_debt_against_an_empty_side_ends() {
    for cover in [0, 100 * M] {
        let mut world = world(1, 4, cover);
        open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
        world.reprice(0, usd(80.0));
        let charged = 10 * M * u64::from(cover == 0);
        expire(&mut world);
        declare(&mut world, 0).unwrap();
        let won = leave(&mut world, 1, 0).unwrap();
        assert!(won.paid.0.abs_diff(70 * M - charged) <= 2 * M, "{won:?}");
        assert_eq!((world.market(0).side(Side::Short).members, world.market(0).open_interest().0), (0, 100 * M));
        let report = world.resolve(0, 0, None).unwrap();
        assert_eq!((report.residue.0, report.unfunded.0, world.market(0).open_interest().0), (100 * M, 0, 0));
        assert_eq!(report.insured.0 > 0, cover > 0, "{report:?}");
        assert!(world.accounts[0].free.0 == 0, "the last one is not paid by his own bad debt");
        nothing_is_left(&mut world);
    }
}

/// Under water in the settled market, solvent over the account: free cash pays, then what the position next door holds, down to
/// nothing, as a liquidation would have it. The other market goes on.
#[test]
fn a_solvent_owner_pays_for_his_settled_position() {
    let mut world = world(2, 4, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    open(&mut world, [0, 2], 1, 100 * M, [12 * M, 50 * M]);
    world.reprice(0, usd(80.0));
    assert!(world.equity(0, 0) < -9 * M as i128);
    expire(&mut world);
    let _ = world.refresh(1, usd(100.0)).unwrap();
    declare(&mut world, 0).unwrap();
    let report = leave(&mut world, 0, 0).unwrap();
    assert!(report.paid.0 <= 2 && report.drawn.0.abs_diff(10 * M) <= M, "{report:?}");
    assert!(world.accounts[0].slots.iter().all(|slot| slot.market != 0), "the slot is free");
    assert!((world.equity(0, 1) - 2 * M as i128).abs() <= M as i128);
    check(&world);
    // The charge comes back to the short, and what he has next door is liquidated there, as ever.
    let paid = leave(&mut world, 1, 0).unwrap().paid.0;
    assert!(paid > 59 * M && world.market(0).open_interest().is_zero(), "{paid}");
    let _ = world.refresh(1, usd(100.0)).unwrap();
    world.deposit(3, 100 * M).unwrap();
    let _ = world.liquidate(0, 1, 3, 0).unwrap();
    check(&world);
}

/// An isolated position answers alone: its owner's free cash does not pay for it, and it is resolved.
#[test]
fn an_isolated_position_is_resolved_alone() {
    let mut world = world(1, 4, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    world.isolate(0, 0, true).unwrap();
    world.deposit(0, 50 * M).unwrap();
    world.reprice(0, usd(80.0));
    expire(&mut world);
    declare(&mut world, 0).unwrap();
    assert_eq!(leave(&mut world, 0, 0).err(), Some(Error::Bankrupt));
    assert_eq!(world.resolve(0, 0, None).unwrap().lots_left.0, 0);
    let _ = leave(&mut world, 1, 0).unwrap();
    assert_eq!((world.accounts[0].free.0, world.market(0).open_interest().0), (50 * M, 0));
    nothing_is_left(&mut world);
}

/// A cover of 30 stands for what the longs lack, and one short leaves whole. Then the cover goes elsewhere, as an expired layer
/// would: who is still there is charged for all of it, and the lots of the one who left pay nothing.
#[test]
fn who_has_left_is_not_charged_again() {
    let mut world = world(1, 4, 30 * M);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 50 * M]);
    open(&mut world, [0, 2], 0, 100 * M, [10 * M, 50 * M]);
    world.reprice(0, usd(80.0));
    expire(&mut world);
    declare(&mut world, 0).unwrap();
    assert!(leave(&mut world, 1, 0).unwrap().paid.0.abs_diff(70 * M) <= 2);
    let residue = totals::residue_value(world.market(0)).unwrap();
    let cover = std::mem::take(&mut world.markets[0].market.cover.amount);
    world.fund.covers.0 -= cover.0;
    let [long, short] = world.provision(0).unwrap().charged;
    let per_lot = i128::try_from(short).unwrap() * 100 / i128::from(world.mark(0));
    assert!(long == 0 && (20..=30).contains(&per_lot), "20 of 80 a lot: {per_lot} %");
    assert!((totals::residue_value(world.market(0)).unwrap() - residue).abs() <= 2, "those who left pay nothing");
    check(&world);
    assert!(leave(&mut world, 2, 0).unwrap().paid.0.abs_diff(50 * M) <= M);
    empty(&mut world, &mut Rng::of(3));
    nothing_is_left(&mut world);
}

/// A feed that said 100 for an hour prints 60 once, which is accepted, and falls silent: that is worth the minute it counted for.
#[test]
fn a56_one_print_settles_nothing() {
    let mut world = world(1, 2, 0);
    open(&mut world, [0, 1], 0, 100 * M, [50 * M, 50 * M]);
    for _ in 0..120 {
        world.pass(75, 30);
        let _ = world.refresh(0, usd(100.0)).unwrap();
    }
    world.pass(75, 30);
    assert!(world.refresh(0, usd(60.0)).unwrap().accepted);
    let minute = i128::from(world.market(0).params.mark_age_slots_max) * 2 / 5;
    world.pass(2_000_000, 8 * 86_400);
    declare(&mut world, 0).unwrap();
    let mark = world.mark(0);
    let share = i128::from(usd(100.0) - mark) * 10_000 / i128::from(usd(40.0));
    assert!(share > 0 && share <= minute * 10_000 / 1_800, "the print is {share} bps of the settlement");
    let paid = [0, 1].map(|who| leave(&mut world, who, 0).unwrap().paid.0);
    assert!(paid.iter().all(|paid| paid.abs_diff(50 * M) < 2 * M), "{paid:?}");
    nothing_is_left(&mut world);
}

/// The average as one would write it down, over all marks of a random history: each for as long as it was fresh, of the stretch that runs
/// and the one before.
#[test]
fn a56_a_settlement_is_the_average_of_the_last_marks() {
    for seed in 0..40 {
        let mut rng = Rng::of(seed);
        let mut world = world(1, 0, 0);
        let longest = (world.market(0).params.mark_age_slots_max * 2 / 5) as i64;
        // Listed at 100 a day before the history begins.
        let mut marks = vec![(1_000_000, usd(100.0)), (world.market(0).mark.publish_time, world.mark(0))];
        for _ in 0..rng.within(0, 150) {
            let seconds = if rng.one_in(10) { rng.within(1, 4_000) } else { rng.within(1, 90) };
            world.pass(seconds * 5 / 2, seconds as i64);
            let price = world.mark(0) / 1_000 * rng.within(970, 1_030);
            if world.refresh(0, price).unwrap().accepted {
                marks.push((world.market(0).mark.publish_time, world.mark(0)));
            }
        }
        let found = world.market(0).settlement_price().unwrap();
        let expected = naive(&marks, longest);
        // Each mark rounds by less than one unit of 1e-12 atom a lot.
        assert!(expected.abs_diff(found.0) <= marks.len() as u64 + 2, "seed {seed}: {expected} {found:?}");
    }
}

fn naive(marks: &[(i64, u64)], longest: i64) -> u64 {
    let (mut since, mut stretches) = (0, vec![0]);
    for (at, pair) in marks.windows(2).enumerate() {
        if pair[1].0 - since >= 1_800 {
            since = pair[1].0;
            stretches.push(at + 1);
        }
    }
    let first = stretches[stretches.len().saturating_sub(2)];
    let counted = marks[first..].iter().zip(marks[first + 1..].iter().map(|next| next.0).chain([i64::MAX]));
    let (mut sum, mut seconds) = (0u128, 0u128);
    for ((at, price), next) in counted {
        let weight = next.saturating_sub(*at).min(longest) as u128;
        sum += u128::from(*price) * weight;
        seconds += weight;
    }
    (sum / seconds) as u64
}

const ACCOUNTS: usize = 12;

fn random_params(rng: &mut Rng) -> MarketParams {
    MarketParams { event_share: Bps(rng.within(1_000, 10_000) as u32), ..MarketParams::bare() }
}

fn act(world: &mut World, rng: &mut Rng) -> Result<()> {
    let market = rng.within(0, world.markets.len() as u64 - 1) as usize;
    let who = rng.within(0, ACCOUNTS as u64 - 1) as usize;
    let other = (who + rng.within(1, ACCOUNTS as u64 - 1) as usize) % ACCOUNTS;
    match rng.within(0, 19) {
        0..=8 => {
            let lots = M + rng.magnitude(32);
            let value = (u128::from(lots) * u128::from(world.mark(market)) / 1_000_000_000_000) as u64;
            let margins = [0, 1].map(|_| value * rng.within(700, 3_000) / 10_000 + M);
            for (who, margin) in [who, other].into_iter().zip(margins) {
                world.deposit(who, margin + M + rng.magnitude(20))?;
            }
            world.open([who, other], market, lots, margins).map(drop)
        }
        9..=13 => {
            let price = world.mark(market) / 1_000 * rng.within(850, 1_180);
            world.pass(20, 8);
            world.refresh(market, price.clamp(usd(20.0), usd(500.0))).map(drop)
        }
        14 => world.liquidate(who, market, other, 0).map(drop),
        15 => {
            scene::wait(world, 200);
            let _ = world.sync(who)?;
            scene::wait(world, 200);
            world.resolve(who, market, None).map(drop)
        }
        16 => world.isolate(who, market, true),
        17 => world.rebase(market, 4_096).map(drop),
        18 => {
            world.insure(M + rng.magnitude(28))?;
            world.pass(216_000, 86_400);
            let _ = world.refresh(market, world.mark(market))?;
            world.refill(market).map(drop)
        }
        _ => world.sync(who).map(drop),
    }
}

/// I11, F15, F22, G22: any history, then the oracles die, and everyone leaves in any order.
#[test]
fn any_history_settles_to_zero_in_any_order() {
    let found = play(200, |rng| {
        let markets: Vec<MarketParams> = (0..rng.within(1, 3)).map(|_| random_params(rng)).collect();
        let mut world = World::new(&markets, ACCOUNTS);
        for _ in 0..rng.within(20, 90) {
            let _ = world.attempt(|world| act(world, rng));
        }
        // The end may come right after a crash.
        for market in 0..markets.len() {
            let price = world.mark(market) / 1_000 * rng.within(600, 1_600);
            world.pass(20, 8);
            let _ = world.refresh(market, price);
        }
        expire(&mut world);
        for market in 0..markets.len() {
            while world.attempt(|world| world.rebase(market, 4_096)).is_ok() {}
            declare(&mut world, market).unwrap();
        }
        let [resolved, left] = empty(&mut world, rng);
        nothing_is_left(&mut world);
        let unfunded: u64 = world.markets.iter().map(|listed| listed.market.tally.unfunded.0).sum();
        [resolved, left, u64::from(unfunded > 0)]
    });
    let sum = found.iter().fold([0; 3], |sum, one| std::array::from_fn(|at| sum[at] + one[at]));
    println!("resolved {}, left {}, histories with unfunded deficits {}", sum[0], sum[1], sum[2]);
    assert!(found.len() < 100 || (sum[0] > 100 && sum[1] > 400), "the histories miss the waterfall");
}
