//! The waterfall against its own naive sums (`reference/waterfall.py`): what a crash charges is `(U - cover) / OI` per lot for
//! everyone on the other side, whoever is resolved first and in however many pieces.
//!
//! Dust: each piece's payers round up to the atom, so the cover pays at most an atom more per piece, and a charge differs by at most
//! that over the open interest.
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
#[path = "common/world.rs"]
mod world;

use breakwater_engine::books::Books;
use breakwater_engine::state::MarketParams;
use breakwater_engine::units::{Atoms, Bps};
use breakwater_engine::{Lots, Side};
use common::Rng;
use histories::play;
use world::World;

const USD: u64 = 1_000_000;
const PICO: u128 = 1_000_000_000_000;

fn params() -> MarketParams {
    MarketParams {
        taker_fee: Bps(0),
        funding_rate_max: Bps(0),
        maker_fee: Bps(0),
        event_share: Bps(10_000),
        deleverage_after_slots: 0,
        ..MarketParams::bare()
    }
}

/// Pairs of a long and a short; longs at 6 to 30 % margin, shorts at 10 to 60 %.
fn market(rng: &mut Rng, insurance: u64) -> World {
    let pairs = rng.within(3, 12) as usize;
    let mut world = World::new(&[MarketParams { cover_grant: Atoms(insurance), ..params() }], 2 * pairs);
    world.insure(insurance.max(1)).unwrap();
    world.pass(1, 86_400);
    world.refresh(0, world.mark(0)).map(drop).unwrap();
    let _ = world.refill(0).unwrap();
    for pair in 0..pairs {
        let lots = USD * rng.within(1, 500);
        let margins = [lots * rng.within(60, 300) / 1_000, lots * rng.within(100, 600) / 1_000];
        for (who, margin) in [2 * pair, 2 * pair + 1].into_iter().zip(margins) {
            world.deposit(who, margin + USD).unwrap();
        }
        let _ = world.open([2 * pair, 2 * pair + 1], 0, lots, margins).unwrap();
    }
    world
}

/// Longs whose key is above the mark, in the order of their accounts.
fn bankrupt(world: &World) -> Vec<usize> {
    (0..world.accounts.len()).filter(|who| world.lots(*who, 0) > 0 && world.equity(*who, 0) < 0).collect()
}

/// Resolves a piece of a position the way `resolve` does, but only so many lots.
fn piece(world: &mut World, who: usize, lots: u64) {
    let (now, mut account) = (world.now, world.accounts[who]);
    let debt = account.debt().unwrap();
    let listed = &mut world.markets[0];
    let mut books = Books { market: &mut listed.market, ladder: &mut listed.ladder };
    let _ = books.begin(now).unwrap();
    let _ = books.catch_up(&mut account).unwrap();
    let open_interest = books.market.open_interest();
    let walked = books.side_at(Side::Short).unwrap().deleverage(Lots(lots), 24).unwrap();
    let parts = books
        .close_bankrupt(&mut account, walked.closed, (walked.closed, open_interest), &mut world.fund, now)
        .unwrap();
    assert_eq!(parts.deficit.0, parts.insured.0 + parts.absorbed.0 + parts.socialised.0 + parts.unfunded.0, "I3");
    let _ = books.provision().unwrap();
    world.accounts[who] = account;
    world.note_debt(who, debt).unwrap();
    world.collateral += i128::from(parts.insured.0);
    world.insurance -= i128::from(parts.insured.0);
}

/// A crash resolved in some order and in pieces; what shorts were charged per lot, what insurance is left, what nobody bore.
fn crash(seed: u64, order: u64, pieces: u64) -> (u128, i128, u64) {
    let rng = &mut Rng::of(seed);
    let insurance = [0, 0, 50 * USD, 500 * USD][rng.within(0, 3) as usize];
    let mut world = market(rng, insurance);
    let price = world.mark(0) / 1_000 * rng.within(720, 940);
    world.reprice(0, price);
    let uncovered = expected_charge(&world, insurance);
    let charged = world.market(0).side(Side::Short).claims.now.loss.get();
    assert_eq!(charged, uncovered, "everyone is charged at the mark, before anyone is resolved");
    let mut victims = bankrupt(&world);
    let shuffle = &mut Rng::of(order);
    for at in (1..victims.len()).rev() {
        victims.swap(at, shuffle.within(0, at as u64) as usize);
    }
    for who in victims {
        for _ in 0..pieces {
            let left = world.lots(who, 0).unsigned_abs();
            if left > 0 {
                piece(&mut world, who, left.div_ceil(pieces));
                check::check(&world);
            }
        }
        let left = world.lots(who, 0).unsigned_abs();
        if left > 0 {
            piece(&mut world, who, left);
        }
    }
    (world.market(0).side(Side::Short).claims.now.loss.get(), world.insurance, world.market(0).unfunded.0)
}

/// `max(0, U - cover) / OI`, rounded up, from positions alone: U counts keys, not spare.
fn expected_charge(world: &World, insurance: u64) -> u128 {
    let view = world.view(0);
    let mut shortfall = 0u128;
    for account in &world.accounts {
        let slot = account.slot(0).unwrap();
        let equity = view.standing(slot).unwrap().equity.0 - slot.position.spare.cash().0;
        // The charge itself moved shorts' equity only.
        if slot.position.lots > 0 && equity < 0 {
            shortfall += equity.unsigned_abs();
        }
    }
    let lots = u128::from(world.market(0).open_interest().0);
    shortfall.saturating_sub(u128::from(insurance) * PICO).div_ceil(lots)
}

/// I6, G1: any order, any pieces: the same charge, the same insurance, nothing unfunded.
#[test]
fn order_and_pieces_change_nothing() {
    let found = play(150, |rng| {
        let seed = rng.next();
        let (charged, insurance, unfunded) = crash(seed, 0, 1);
        for (order, pieces) in [(1, 1), (2, 1), (0, 7), (3, 13)] {
            let (other, left, nobody) = crash(seed, order, pieces);
            // A piece costs the cover at most an atom, and a charge at most that per lot.
            let dust = 12 * u128::from(pieces);
            assert!(other.abs_diff(charged) <= dust * PICO / u128::from(USD), "{charged} and {other}");
            assert!((left - insurance).abs() <= dust as i128, "{insurance} and {left}");
            assert_eq!((unfunded, nobody), (0, 0));
        }
        charged
    });
    let with = found.iter().filter(|charged| **charged > 0).count();
    println!("{} crashes, {with} with a charge", found.len());
    assert!(found.len() < 100 || with > 20);
}

/// I6: over any stretch that begins when a lot may open, the charges to it are at most the favourable moves of the mark (all fills are at the mark, so
/// there is no funding) and a step of the grid: U counts keys, which a touch snaps inward by up to 1/128 of the price; what that
/// charges beyond the truth is in the positions' spare and returns as claims when they are resolved.
#[test]
fn charges_never_exceed_favourable_moves() {
    let found = play(200, |rng| {
        let mut world = market(rng, 50 * USD);
        // Of all stretches that end now the one in which charges exceed moves by most: nobody opens on a side while the other is
        // uninsured, so no stretch begins there.
        let mut excess = [0i128; 2];
        let (mut charged, mut high) = ([0u128; 2], world.mark(0));
        for _ in 0..rng.within(5, 40) {
            let before = world.mark(0);
            let provision = world.provision(0).unwrap();
            for (side, excess) in Side::BOTH.into_iter().zip(&mut excess) {
                if provision.may_open(side) {
                    *excess = (*excess).max(0);
                }
            }
            world.reprice(0, (before / 1_000 * rng.within(850, 1_150)).clamp(world::usd(30.0), world::usd(300.0)));
            for _ in 0..rng.within(0, 4) {
                let who = rng.within(0, world.accounts.len() as u64 - 1) as usize;
                let _ = world.attempt(|world| world.resolve(who, 0, None));
                world.pass(40, 16);
                world.refresh(0, world.mark(0)).map(drop).unwrap();
            }
            check::check(&world);
            // Keys stand where prices have been.
            high = high.max(world.mark(0));
            let moved = i128::from(world.mark(0)) - i128::from(before);
            for (at, favourable) in [moved.max(0), (-moved).max(0)].into_iter().enumerate() {
                let now = world.market(0).sides[at].claims.now.loss.get();
                excess[at] += (now - charged[at]) as i128 - favourable;
                charged[at] = now;
                let step = i128::from(high) / 128;
                assert!(excess[at] <= step, "side {at}: charged {} more than the mark moved its way", excess[at]);
            }
        }
        charged[0] + charged[1]
    });
    println!("{} histories, {} with a charge", found.len(), found.iter().filter(|charged| **charged > 0).count());
}
