//! Histories of everything that happens to insurance, at random.

use std::collections::BTreeMap;

use breakwater_engine::clearing::error::{Error, Result};
use breakwater_engine::clearing::insurance::{Exposure, LayerTerms};
use breakwater_engine::units::{Atoms, Bps};
use breakwater_engine::Error as Below;

use crate::common::Rng;
use crate::histories::play;
use crate::world::{World, MARKETS, STAKERS};

const VERBS: [&str; 16] = [
    "stake",
    "request",
    "unstake",
    "donate",
    "fund cover",
    "income",
    "fees",
    "penalty",
    "unfunded",
    "deficit",
    "refill",
    "release",
    "lay",
    "leave",
    "weigh",
    "report",
];

/// Money, shares, covers, layers and reports add up after every verb; covers, premiums and stakers never take more than
/// what came in; every verb succeeds now and then.
#[test]
fn i17_insurance_adds_up_whatever_happens() {
    let found = play(120, |rng: &mut Rng| {
        let mut world = World::new();
        let mut done: BTreeMap<&str, u64> = BTreeMap::new();
        for _ in 0..500 {
            world.accrue();
            let (mut after, verb) = (world.clone(), VERBS[rng.within(0, VERBS.len() as u64 - 1) as usize]);
            match act(&mut after, rng, verb) {
                Ok(()) => {
                    after.check();
                    world = after;
                    *done.entry(verb).or_default() += 1;
                }
                Err(Error::Engine(fault @ (Below::NotConserved | Below::Overflow))) => panic!("{verb}: {fault:?}"),
                Err(_) => {}
            }
            let long = rng.one_in(20);
            let slots = if long { rng.within(0, 400_000) } else { rng.within(0, 20) };
            world.now.slot += slots;
            world.now.time += (slots * 2 / 5) as i64;
        }
        done
    });
    for verb in VERBS {
        let times: u64 = found.iter().map(|done| done.get(verb).unwrap_or(&0)).sum();
        println!("  {verb:12} {times}");
        assert!(times >= found.len() as u64 / 2, "{verb} succeeds {times} times in {} histories", found.len());
    }
}

fn act(world: &mut World, rng: &mut Rng, verb: &str) -> Result<()> {
    let (who, at) = (rng.within(0, STAKERS as u64 - 1) as usize, rng.within(0, MARKETS as u64 - 1) as usize);
    let (amount, now) = (rng.magnitude(34), world.now);
    match verb {
        "stake" => world.stake(who, amount),
        "request" => {
            let mut stake = world.stakes[who];
            let shares = stake.shares.get() / u128::from(rng.within(1, 3));
            world.fund.request_unstake(&mut stake, shares, &world.params, now)?;
            world.stakes[who] = stake;
            // Whoever asks waits.
            world.now.time += rng.within(80_000, 90_000) as i64;
            world.accrue();
            Ok(())
        }
        "unstake" => leave(world, rng, who),
        "donate" => {
            world.fund.donate(Atoms(amount), now)?;
            world.insurance += i128::from(amount);
            Ok(())
        }
        "fund cover" => {
            world.markets[at].fund_cover(&mut world.fund, Atoms(amount), now)?;
            world.insurance += i128::from(amount);
            Ok(())
        }
        "income" => income(world, at, amount),
        "fees" => fees(world, rng, at, amount),
        "penalty" => {
            world.collateral += i128::from(amount);
            world.markets[at].book_in(Atoms(amount))?;
            Ok(world.markets[at].collect_penalty(Atoms(amount))?)
        }
        "unfunded" => {
            let market = &mut world.markets[at];
            market.unfunded = market.unfunded.plus(Atoms(amount))?;
            market.vesting.total = market.vesting.total.plus(Atoms(amount))?;
            Ok(())
        }
        "deficit" => deficit(world, rng, at, amount),
        "refill" => {
            let added = world.markets[at].refill_cover(&mut world.fund, now)?;
            world.taken[at] += u128::from(added.0);
            if added.is_zero() {
                Err(Below::ZeroAmount.into())
            } else {
                Ok(())
            }
        }
        "release" => {
            let released = world.markets[at].release_idle_cover(&mut world.fund, now)?;
            // What is released may be set aside again.
            world.reached[at] += u128::from(released.0);
            if released.is_zero() {
                Err(Below::ZeroAmount.into())
            } else {
                Ok(())
            }
        }
        "lay" => lay(world, rng, at),
        "leave" => {
            let (seat, fund) = (rng.within(0, 3) as usize, &mut world.fund);
            let market = &mut world.markets[at];
            let withdraws = rng.one_in(2);
            let out = if withdraws {
                market.withdraw_layer(fund, seat, now)?
            } else {
                market.collect_premium(fund, seat, now)?
            };
            world.insurance -= i128::from(out.0);
            Ok(())
        }
        "weigh" => Ok(world.markets[at].set_allowance_weight(&mut world.fund, Bps(rng.within(0, 3_333) as u32))?),
        _ => report(world, rng, at),
    }
}

fn leave(world: &mut World, rng: &mut Rng, who: usize) -> Result<()> {
    if !rng.one_in(4) {
        for at in 0..MARKETS {
            report(world, rng, at)?;
        }
    }
    world.unstake(who).map(drop)
}

fn report(world: &mut World, rng: &mut Rng, at: usize) -> Result<()> {
    let bits = if rng.one_in(4) { 34 } else { 12 };
    let shortfall = Atoms(rng.magnitude(bits));
    let exposure =
        Exposure { shortfall, uncovered: Atoms(rng.within(0, shortfall.0)), value: Atoms(rng.magnitude(30)) };
    Ok(world.markets[at].report(&mut world.fund, &exposure, world.now)?)
}

fn income(world: &mut World, at: usize, amount: u64) -> Result<()> {
    let market = &mut world.markets[at];
    market.book_in(Atoms(amount))?;
    market.insurance_due = market.insurance_due.plus(Atoms(amount))?;
    let income = market.collect_income(&mut world.fund, &world.params, world.now)?;
    let moved = i128::from(income.to_transfer()?.0);
    world.collateral += i128::from(amount) - moved;
    world.insurance += moved;
    world.reached[at] += u128::from(income.income.0);
    world.taken[at] += u128::from(income.premiums.0) + u128::from(income.stakers.0);
    Ok(())
}

fn fees(world: &mut World, rng: &mut Rng, at: usize, amount: u64) -> Result<()> {
    let market = &mut world.markets[at];
    market.book_in(Atoms(amount))?;
    market.collect_fee(Atoms(amount))?;
    let before = market.fees;
    let fees = market.collect_fees_while(rng.one_in(2))?;
    world.collateral += i128::from(amount) - i128::from(fees.treasury.0);
    assert_eq!(fees.served.plus(fees.treasury)?, before.minus(market.fees)?, "I3: the parts of fees");
    Ok(())
}

/// Insurance pays a deficit; what it pays becomes somebody's vesting profit.
fn deficit(world: &mut World, rng: &mut Rng, at: usize, amount: u64) -> Result<()> {
    // Premiums first: they leave the common fund.
    let _ = world.markets[at].draw(&mut world.fund, Atoms::ZERO, false, world.now)?;
    let (before, common) = (world.fund, world.fund.common()?);
    let others: Vec<Atoms> = world.markets.iter().map(|market| market.payable_allowance(&before).unwrap()).collect();
    let market = &mut world.markets[at];
    if rng.one_in(2) {
        market.pin_layers(world.now.slot);
    }
    let drawn = market.draw(&mut world.fund, Atoms(amount), rng.one_in(2), world.now)?;
    let last = if rng.one_in(4) {
        market.draw_last_resort(&mut world.fund, Atoms(amount).minus(drawn.total()?)?)?
    } else {
        Atoms::ZERO
    };
    market.layers.iter_mut().for_each(|layer| layer.pinned = 0);
    let paid = drawn.total()?.plus(last)?;
    market.vesting.total = market.vesting.total.plus(paid)?;
    let moved = i128::from(drawn.to_transfer()?.plus(last)?.0);
    world.insurance -= moved;
    world.collateral += moved;
    world.follow(&before);
    assert!(drawn.allowance <= common);
    for (other, had) in others.iter().enumerate().filter(|(other, _)| *other != at) {
        let has = world.markets[other].payable_allowance(&world.fund)?;
        assert!(has.0 + 1 >= had.0, "A66: {other} could draw {had:?}, and {has:?} since {at} drew");
    }
    Ok(())
}

fn lay(world: &mut World, rng: &mut Rng, at: usize) -> Result<()> {
    let (seat, now) = (rng.within(0, 3) as usize, world.now);
    let terms = LayerTerms {
        attachment: Atoms(if rng.one_in(2) { 0 } else { rng.magnitude(32) }),
        limit: Atoms(1 + rng.magnitude(32)),
        premium: Bps(rng.within(0, 1_250) as u32),
        until: now.slot + 1 + rng.magnitude(20),
    };
    let market = &mut world.markets[at];
    let _ = market.offer_layer(seat, &terms, now.slot);
    let amount = Atoms(rng.within(1, market.layers[seat].limit.0.max(1)));
    market.fund_layer(&mut world.fund, seat, amount, now)?;
    world.insurance += i128::from(amount.0);
    Ok(())
}
