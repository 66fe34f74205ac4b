//! Random histories with other collateral whose prices crash: no insurance while any is left, nothing lost, everything leaves.
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
#[path = "common/pledges.rs"]
mod pledges;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::Side;
use common::Rng;
use histories::play;
use pledges::{params, Pledges, TOKEN, USD};
use scene::M;
use world::usd;

/// One random step; says whether insurance moved.
fn step(stage: &mut Pledges, rng: &mut Rng, accounts: usize) {
    let who = rng.within(0, accounts as u64 - 1) as usize;
    let at = rng.within(0, 2) as usize;
    let held = stage.world.accounts[who].pledge.is_held();
    let isolated = |stage: &Pledges| stage.world.accounts[who].slot(0).is_ok_and(|slot| slot.position.isolated != 0);
    let alone = isolated(stage);
    let insurance = stage.world.insurance;
    match rng.within(0, 11) {
        0 => {
            stage.world.pass(rng.within(1, 30), rng.within(1, 12) as i64);
            let by = if rng.one_in(4) { rng.within(700, 1_250) } else { rng.within(970, 1_030) };
            let price = (stage.world.mark(0) / 1_000 * by).clamp(usd(20.0), usd(400.0));
            let _ = stage.attempt(|stage| stage.world.refresh(0, price).map(drop));
        }
        1 => {
            let by = if rng.one_in(3) { rng.within(200, 1_300) } else { rng.within(950, 1_050) };
            let cents = stage.kinds[at].mark.price.0 / 10_000_000 * by / 1_000;
            stage.price(at, cents.clamp(10, 100_000));
        }
        2 => stage.confirm(),
        3 => drop(stage.attempt(|stage| stage.deposit(who, at, rng.within(1, 3 * TOKEN)))),
        4 => drop(stage.attempt(|stage| stage.withdraw(who, at, rng.within(1, 3 * TOKEN)))),
        5 => {
            let other = (who + rng.within(1, accounts as u64 - 1) as usize) % accounts;
            let _ = stage.attempt(|stage| {
                let lots = M * rng.within(1, 2_000);
                let margin = lots / 1_000 * rng.within(52, 300);
                for party in [who, other] {
                    stage.value(party);
                    stage.world.deposit(party, margin + USD)?;
                }
                stage.world.open([who, other], 0, lots, [margin, margin]).map(drop)
            });
        }
        6 | 7 => drop(stage.sell(who, at, if rng.one_in(3) { rng.within(1, TOKEN) } else { 0 })),
        8 => drop(stage.liquidate(who, 0, accounts, 0)),
        9 => drop(stage.resolve(who, 0, None)),
        10 => drop(stage.sync(who)),
        _ => {
            stage.value(who);
            let free = stage.world.accounts[who].free.0;
            let _ = stage.attempt(|stage| stage.world.withdraw(who, rng.within(1, free.max(1))));
        }
    }
    assert!(stage.world.insurance >= insurance || !held || alone, "insurance paid while collateral was left");
    stage.check();
}

#[test]
fn insurance_never_pays_while_collateral_is_left() {
    let found = play(150, |rng| {
        const ACCOUNTS: usize = 6;
        let mut world = scene::world(1, ACCOUNTS + 1, 500 * USD);
        world.deposit(ACCOUNTS, 1_000_000 * USD).unwrap();
        let mut stage = Pledges::new(world, &params());
        for _ in 0..250 {
            step(&mut stage, rng, ACCOUNTS);
        }
        drain(&mut stage, ACCOUNTS);
        stage.world.market(0).tally.insured.0
    });
    assert!(found.iter().filter(|insured| **insured > 0).count() > found.len() / 10, "insurance paid now and then");
}

/// I11: whatever happened, and though every feed of a collateral is silent from here on, all of it leaves: sold in distress,
/// or taken out once the positions are closed.
fn drain(stage: &mut Pledges, accounts: usize) {
    for _ in 0..60 {
        stage.world.pass(100, 40);
        stage.confirm_markets();
        for who in 0..accounts {
            let _ = stage.sync(who);
            for at in 0..3 {
                let _ = stage.sell(who, at, 0);
            }
            let _ = stage.liquidate(who, 0, accounts, 0);
            let _ = stage.resolve(who, 0, None);
            let _ = close(stage, who, accounts);
            for at in 0..3 {
                let held = stage.world.accounts[who].pledge.amounts[at];
                let _ = stage.attempt(|stage| stage.withdraw(who, at, held));
            }
        }
    }
    stage.check();
    assert_eq!(stage.vaults, [0; 3], "collateral that nothing moves");
}

/// Closes a position against the keeper at the mark, or against whoever stands opposite.
fn close(stage: &mut Pledges, who: usize, keeper: usize) -> breakwater_engine::Result<()> {
    let lots = stage.world.lots(who, 0);
    if lots == 0 {
        return Ok(());
    }
    let side = if lots > 0 { Side::Short } else { Side::Long };
    stage.value(who);
    stage.attempt(|stage| {
        let mark = stage.world.mark(0);
        let value = lots.unsigned_abs() / 1_000 * (mark / 1_000_000_000);
        stage.world.deposit(keeper, value.max(USD))?;
        stage.world.add_margin(keeper, 0, value.max(1))?;
        stage.world.trade([who, keeper], 0, side, lots.unsigned_abs(), mark).map(drop)
    })
}
