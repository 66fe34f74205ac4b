//! What comes after losses costs: premiums, fees, claims, gifts, surplus.

use breakwater_engine::layer::Terms;
use breakwater_engine::{Atoms, Bps, Lots, Side};

use super::guards::purse;
use super::stage::{Stage, BIRTH, USD};
use super::{rows_of, Measured, Row};
use crate::svm::tokens;
use crate::venue::{AccountId, Venue};

/// A market with a layer, in which somebody is liquidated and then somebody goes bankrupt.
pub fn recovery() -> Measured<Vec<Row>> {
    let mut stage = Stage::new(2)?;
    let giver = purse(&mut stage, "giver");
    let (build, markets) = (stage.venue.build, stage.venue.markets.clone());
    let now = stage.venue.now();
    let limit = Atoms(1_000 * USD);
    let terms = Terms { attachment: Atoms(0), limit, premium: Bps(1_000), expires_at: now.time + 30 * 86_400 };
    stage.venue.change_books(0, |books| terms.take_seat(&mut books.market.layers, 0, now))?;
    stage.venue.change_market(0, |listed| listed.underwriters[0] = giver.owner);
    stage.venue.chain.send(&[("fund_layer", build.fund_layer(&giver, (&markets[0], 0), limit))])?;
    let [maker, victim, careless, keeper] = scene(&mut stage)?;
    stage.venue.chain.send(&[("take_premium", build.take_premium(&giver, (&markets[0], 0)))])?;
    stage.refresh(BIRTH * 80 / 100, 3)?;
    for bankrupt in [victim, careless] {
        stage.venue.sync(bankrupt, None)?;
    }
    stage.refresh(BIRTH * 79 / 100, 25)?;
    for bankrupt in [victim, careless] {
        stage.venue.resolve(bankrupt, 0, None)?;
    }
    let gift = build.donate((giver.owner, giver.tokens), &markets[0], Side::Short, Atoms(USD));
    stage.venue.chain.send(&[("donate", gift), ("claim", build.claim(&stage.venue.accounts[maker], &markets[0]))])?;
    // What the keeper took over answers with more than its own cash.
    stage.venue.sync(keeper, None)?;
    // Surplus leaves in the normal phase: it is reached step by step, each after a while of calm.
    for _ in 0..8 {
        stage.refresh(BIRTH * 79 / 100, 3_600)?;
    }
    stage.venue.chain.send(&[("distribute_surplus", build.distribute_surplus(&markets))])?;
    Ok(rows_of(&stage, &["take_premium", "collect_fees", "donate", "claim", "distribute_surplus"]))
}

/// A maker who is short against a careless trader and one with more margin; fees are collected, the careless one is liquidated.
fn scene(stage: &mut Stage) -> Measured<[AccountId; 4]> {
    let maker = stage.maker(1, 600_000)?;
    let [victim, careless, keeper] = [40_000, 2_600, 100_000].map(|usd| stage.account(usd));
    let (victim, careless, keeper) = (victim?, careless?, keeper?);
    stage.quote(maker, 0, 2_000)?;
    stage.buy(victim, 0, 1_000, &[maker])?;
    stage.buy(careless, 0, 200, &[maker])?;
    let build = stage.venue.build;
    for at in [build.keys.treasury, build.keys.keeper_fees] {
        tokens::put_wallet(&mut stage.venue.chain, at, build.keys.mint, build.keys.authority, Atoms(0));
    }
    let collect = build.collect_fees(&stage.venue.markets[0]);
    stage.venue.chain.send(&[("collect_fees", collect)])?;
    stage.refresh(BIRTH * 962 / 1_000, 3)?;
    stage.venue.sync(careless, None)?;
    stage.venue.liquidate(careless, 0, keeper, Lots(0))?;
    Ok([maker, victim, careless, keeper])
}
