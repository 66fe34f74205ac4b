//! Stakers, underwriters and whoever moves surplus, fees and dues: what they do to a [`World`] at random.

use super::common::Rng;
use super::world::World;
use breakwater_engine::books::Books;
use breakwater_engine::layer::{self, Terms};
use breakwater_engine::units::{Atoms, Bps};
use breakwater_engine::wide::U128;
use breakwater_engine::{cover, revenue, Result};

/// One of them does something in a market.
pub fn act(world: &mut World, rng: &mut Rng, market: usize) -> Result<()> {
    let seat = rng.within(0, 3) as usize;
    let who = rng.within(0, 2) as usize;
    match rng.within(0, 9) {
        0..=1 => stake(world, who, 1_000_000 + rng.magnitude(34)),
        2 => {
            let shares = world.stakes[who].shares.get() / u128::from(rng.within(1, 3));
            world.stakes[who].request_exit(&world.fund, shares, &world.params, world.now)
        }
        3 => exit(world, who),
        4..=5 => underwrite(world, rng, (market, seat)),
        6 => {
            let listed = &mut world.markets[market].market;
            let leaves = if rng.one_in(2) {
                layer::withdraw(listed, seat, &mut world.fund, world.now)?
            } else {
                layer::take_premium(listed, seat, &mut world.fund, world.now)?
            };
            world.insurance -= i128::from(leaves.0);
            Ok(())
        }
        7 => {
            let taken = revenue::collect_fees(&mut world.markets[market].market, Bps(1_000), world.now)?;
            world.collateral -= i128::from(taken.keepers.0 + taken.treasury.0);
            Ok(())
        }
        8 => distribute(world),
        _ => {
            world.collect_due(market);
            cover::release_idle(&mut world.markets[market].market, &mut world.fund, world.now).map(drop)
        }
    }
}

fn stake(world: &mut World, who: usize, amount: u64) -> Result<()> {
    let before = world.stakes[who].worth(&world.fund)?.0;
    world.stakes[who].pay_in(&mut world.fund, Atoms(amount), &world.params)?;
    world.insurance += i128::from(amount);
    assert!(world.stakes[who].worth(&world.fund)?.0 <= before + amount);
    Ok(())
}

/// Whoever asked waits for his cool-down; what stays covers every market's cover and U.
fn exit(world: &mut World, who: usize) -> Result<()> {
    let must_stay = must_stay(world)?;
    let exit = world.stakes[who].exit(&mut world.fund, must_stay, world.now)?;
    world.insurance -= i128::from(exit.paid.0);
    assert!(exit.paid.is_zero() || world.fund.own()? >= must_stay);
    assert!(world.fund.shares != U128::ZERO || world.fund.staked.is_zero());
    Ok(())
}

/// What the fund must keep for all markets.
pub fn must_stay(world: &World) -> Result<Atoms> {
    let markets = world.markets.iter().map(|listed| &*listed.market);
    cover::must_stay(markets, world.markets.len() as u64, &world.params, world.now)
}

fn underwrite(world: &mut World, rng: &mut Rng, at: (usize, usize)) -> Result<()> {
    let (market, seat) = at;
    let (now, listed) = (world.now, &mut world.markets[market].market);
    let terms = Terms {
        attachment: Atoms(if rng.one_in(2) { 0 } else { rng.magnitude(32) }),
        limit: Atoms(1 + rng.magnitude(32)),
        premium: Bps(rng.within(0, 1_250) as u32),
        expires_at: now.time + 1 + rng.magnitude(18) as i64,
    };
    let _ = terms.take_seat(&mut listed.layers, seat, now);
    let amount = rng.within(1, listed.layers[seat].limit.0.max(1));
    layer::fund(listed, seat, &mut world.fund, Atoms(amount), now)?;
    world.insurance += i128::from(amount);
    Ok(())
}

fn distribute(world: &mut World) -> Result<()> {
    let must_stay = must_stay(world)?;
    let mut books: Vec<_> = world
        .markets
        .iter_mut()
        .map(|listed| Books { market: &mut listed.market, ladder: &mut listed.ladder })
        .collect();
    let paid = revenue::distribute(&mut world.fund, &mut books, must_stay)?;
    world.insurance -= i128::from(paid.0);
    world.collateral += i128::from(paid.0);
    assert!(world.fund.own()? >= must_stay);
    Ok(())
}
