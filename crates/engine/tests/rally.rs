//! No bound on prices blinds liquidation, up or down (A48), and a price of nothing is something to act on (A57).
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

mod common;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::breaker::Level;
use breakwater_engine::price::{Observation, Quality, Reasons};
use breakwater_engine::refresh::{refresh, RefreshReport};
use breakwater_engine::state::MarketParams;
use breakwater_engine::{Bps, Error};
use scene::M;
use world::{books_of, World};

const LONG: usize = 0;
const SHORT: usize = 1;
const KEEPER: usize = 2;
/// Seconds of the source's average, as Pyth's.
const AVERAGE: f64 = 3_600.0;

/// The narrowest bounds a market may be listed with.
fn narrowest() -> MarketParams {
    MarketParams {
        divergence_usable: Bps(90_000),
        jump_per_slot: Bps(100),
        halt_hold_seconds: 15,
        auction_slots: 2,
        ..scene::params(0)
    }
}

/// A market at 100 USD; the long and the short have a thousand USD each in it, of which the loser has `margin` left.
fn scene(params: MarketParams, margins: [u64; 2]) -> World {
    let mut world = World::new(&[params], 3);
    for who in 0..3 {
        world.deposit(who, 1_000_000 * M).unwrap();
    }
    world.insure(M).unwrap();
    let _ = world.open([LONG, SHORT], 0, 1_000 * M, margins).unwrap();
    for who in [LONG, SHORT] {
        // What is not in the position is not there to answer for it.
        let free = world.accounts[who].free.0;
        world.withdraw(who, free).unwrap();
    }
    world.add_margin(KEEPER, 0, 500_000 * M).unwrap();
    world
}

fn show(world: &mut World, price: f64, average: f64) -> RefreshReport {
    let observation = Observation {
        price: (price * 1e8) as i64,
        confidence: 0,
        ema_price: (average * 1e8) as i64,
        ema_confidence: 0,
        exponent: -8,
        publish_time: world.now.time,
    };
    let now = world.now;
    refresh(&mut books_of(&mut world.markets)[0], &observation, now).unwrap()
}

/// From 100 to 1,000, or from 100 to 10, in steps of 2 % some seconds apart: every price counts, nothing halts, and the
/// loser, bankrupt at twice or half the price, is liquidated while he is solvent, so that the winner is owed nothing.
#[test]
fn a48_tenfold_either_way_in_steps_of_two_percent_liquidates_in_time() {
    for (loser, step) in [(SHORT, 1.02), (LONG, 1.0 / 1.02)] {
        for seconds in [1, 4, 10, 60] {
            let name = format!("{step} every {seconds} seconds");
            let margins = if loser == SHORT { [2_000 * M, 1_000 * M] } else { [500 * M, 2_000 * M] };
            let mut world = scene(narrowest(), margins);
            let (mut price, mut average) = (100.0, 100.0);
            let mut liquidated_at = None;
            for _ in 0..117 {
                price *= step;
                average += (price - average) * f64::from(seconds) / AVERAGE;
                world.pass(seconds as u64 * 5 / 2, i64::from(seconds));
                let report = show(&mut world, price, average);
                assert!(report.accepted && report.quality >= Quality::Usable, "{name}: {price} {:?}", report.reasons);
                assert_eq!(report.level, Level::Open, "{name}: {price}");
                match world.liquidate(loser, 0, KEEPER, 0) {
                    Ok(report) => {
                        liquidated_at = liquidated_at.or(Some(price));
                        assert_eq!(report.deficit.0, 0, "{name}: solvent at {price}");
                    }
                    Err(error) => {
                        let waits = matches!(error, Error::NotInDistress | Error::NoPosition | Error::SliceUsed);
                        assert!(waits, "{name}: {error:?} at {price}");
                    }
                }
            }
            let moved = if loser == SHORT { price / 100.0 } else { 100.0 / price };
            assert!(moved > 10.0, "{name}: {moved}");
            let at = liquidated_at.unwrap_or_else(|| panic!("{name}: never liquidated"));
            let least = if loser == SHORT { 185.0..200.0 } else { 50.0..55.0 };
            assert!(least.contains(&at), "{name}: liquidated at {at}");
            assert_eq!(world.lots(loser, 0), 0, "{name}: all of it");
            assert!(world.equity(loser, 0) >= 0, "{name}: solvent");
            let market = world.market(0);
            assert_eq!((market.tally.resolutions, market.unfunded.0), (0, 0), "{name}");
        }
    }
}

/// A price of zero or less is taken note of: the refresh succeeds, the mark stays, the market halts for that reason,
/// clears no other, and opens when a price has been back for the hold.
#[test]
fn a57_a_price_of_nothing_halts_and_is_no_error() {
    for price in [0.0, -1.0] {
        let mut world = scene(narrowest(), [2_000 * M, 1_000 * M]);
        world.pass(10, 4);
        assert_eq!(show(&mut world, 100.0, 5.0).tripped, Reasons::DIVERGENCE);
        let before = world.market(0).mark;
        // Longer than a hold, twice: what it says of other reasons is nothing.
        for _ in 0..2 {
            world.pass(60, 24);
            let report = show(&mut world, price, price);
            assert_eq!((report.accepted, report.quality, report.reasons), (false, Quality::Bad, Reasons::NOT_POSITIVE));
            let both = Reasons::NOT_POSITIVE.and(Reasons::DIVERGENCE);
            assert_eq!((report.level, report.tripped), (Level::Halted, both));
        }
        assert_eq!(world.market(0).mark.price, before.price);
        assert_eq!(world.liquidate(SHORT, 0, KEEPER, M).err(), Some(Error::StaleMark));
        world.pass(5, 2);
        let report = show(&mut world, 100.0, 100.0);
        assert_eq!((report.accepted, report.level), (true, Level::Halted), "for its hold");
        world.pass(40, 16);
        assert_eq!(show(&mut world, 100.0, 100.0).level, Level::Open);
    }
}
