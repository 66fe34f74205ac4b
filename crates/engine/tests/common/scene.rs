//! What the counterexamples are set up with: markets without fees, a cover that may all be used, positions at exact margins.

use super::world::World;
use breakwater_engine::state::MarketParams;
use breakwater_engine::units::{Atoms, Bps};

/// A million: lots, and atoms in a dollar.
pub const M: u64 = 1_000_000;

pub fn params(cover: u64) -> MarketParams {
    MarketParams {
        taker_fee: Bps(0),
        maker_fee: Bps(0),
        // Without fees nothing keeps the premium honest.
        funding_rate_max: Bps(0),
        cover_grant: Atoms(cover),
        event_share: Bps(10_000),
        deleverage_after_slots: 0,
        ..MarketParams::bare()
    }
}

/// Markets with a cover each, accounts without money.
pub fn world(markets: usize, accounts: usize, cover: u64) -> World {
    let mut world = World::new(&vec![params(cover); markets], accounts);
    world.insure(cover * markets as u64 + 1).unwrap();
    world.pass(1, 86_400);
    for market in 0..markets {
        world.refresh(market, world.mark(market)).map(drop).unwrap();
        let _ = world.refill(market).unwrap();
    }
    world
}

/// A long and a short with exactly these margins.
pub fn open(world: &mut World, pair: [usize; 2], market: usize, lots: u64, margins: [u64; 2]) {
    for (who, margin) in pair.into_iter().zip(margins) {
        world.deposit(who, margin.max(M)).unwrap();
    }
    let _ = world.open(pair, market, lots, margins).unwrap();
    for (who, margin) in pair.into_iter().zip(margins) {
        let rest = M.saturating_sub(margin);
        assert!(rest == 0 || world.withdraw(who, rest).is_ok());
    }
}

/// Confirms the mark after the auction's window.
pub fn wait(world: &mut World, slots: u64) {
    for _ in 0..slots.div_ceil(100) {
        world.pass(100, 40);
        (0..world.markets.len()).for_each(|market| world.refresh(market, world.mark(market)).map(drop).unwrap());
    }
}

/// Everything an account has, its claims collected.
pub fn worth(world: &mut World, who: usize) -> i128 {
    let _ = world.sync(who).unwrap();
    let positions: i128 = (0..world.markets.len()).map(|market| world.equity(who, market)).sum();
    let vesting: u64 = world.accounts[who].slots.iter().map(|slot| slot.vesting.total().unwrap().0).sum();
    positions + i128::from(vesting) + i128::from(world.accounts[who].free.0)
}
