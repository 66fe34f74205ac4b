//! What other collateral costs: listed, pledged, valued, withdrawn, sold in distress, taken back.

use breakwater_engine::state::CollateralParams;
use breakwater_engine::Atoms;

use super::stage::{params, Stage, BIRTH, USD};
use super::{rows_of, Measured, Row};
use crate::svm::pledge::KindKeys;
use crate::svm::{decode, pyth, tokens};
use crate::venue::Venue;

/// A whole token of a mint with nine decimals, worth what the markets' asset is.
const TOKEN: u64 = 1_000_000_000;

/// Every instruction about other collateral, with one kind and one position.
pub fn pledge() -> Measured<Vec<Row>> {
    let mut stage = Stage::new(1)?;
    let kind = list(&mut stage, 0)?;
    let build = stage.venue.build;
    let maker = stage.maker(1, 100_000)?;
    let (trader, buyer) = (stage.account(480)?, stage.account(10_000)?);
    for who in [trader, buyer] {
        let keys = stage.venue.accounts[who];
        tokens::put_wallet(&mut stage.venue.chain, keys.tokens(&kind), kind.mint, keys.owner, Atoms(10 * TOKEN));
    }
    let [keys, rich] = [trader, buyer].map(|who| stage.venue.accounts[who]);
    tokens::put_wallet(&mut stage.venue.chain, rich.wallet, build.keys.mint, rich.owner, Atoms(10_000 * USD));
    stage.venue.chain.send(&[("refresh_collateral", build.refresh_collateral(&kind))])?;
    stage.venue.chain.send(&[("deposit_collateral", build.deposit_collateral(&keys, &kind, 3 * TOKEN))])?;
    stage.quote(maker, 0, 100)?;
    stage.venue.chain.send(&[("value_collateral", build.value_collateral(&keys, &[kind]))])?;
    stage.buy(trader, 0, 20, &[maker])?;
    let around = (&[][..], &stage.venue.markets.clone()[..]);
    stage.venue.chain.send(&[("withdraw_collateral", build.withdraw_collateral(&keys, &kind, around, TOKEN / 100))])?;
    stage.refresh(BIRTH * 86 / 100, 3)?;
    say(&mut stage, &kind);
    stage.venue.chain.send(&[("refresh_collateral", build.refresh_collateral(&kind))])?;
    stage.venue.chain.send(&[("value_collateral", build.value_collateral(&keys, &[kind]))])?;
    let sale = build.auction_collateral((&keys, &rich), &kind, around, 0);
    stage.venue.chain.send(&[("auction_collateral", sale)])?;
    take_back(&mut stage)?;
    let names = [
        "list_collateral",
        "refresh_collateral",
        "deposit_collateral",
        "value_collateral",
        "withdraw_collateral",
        "auction_collateral",
        "cancel_collateral",
        "cancel_listing",
    ];
    Ok(rows_of(&stage, &names))
}

/// A kind and a market that wait for their timelock are taken back.
fn take_back(stage: &mut Stage) -> Measured<()> {
    stage.venue.change_exchange(|exchange| exchange.params.timelock_seconds = 86_400);
    let kind = list(stage, 1)?;
    let first = stage.seen();
    let market = stage.venue.list(&params(), &first)?;
    let (build, listed) = (stage.venue.build, stage.venue.markets[market]);
    stage.venue.chain.send(&[
        ("cancel_collateral", build.cancel_collateral(build.keys.authority, &kind)),
        ("cancel_listing", build.cancel_listing(build.keys.authority, &listed)),
    ])
}

/// Lists the next kind; it is open a second later unless it waits.
fn list(stage: &mut Stage, index: u8) -> Measured<KindKeys> {
    let build = stage.venue.build;
    let kind = build.keys.kind(index);
    let payer = stage.venue.chain.payer();
    tokens::put_mint_of(&mut stage.venue.chain, kind.mint, payer, 9);
    say(stage, &kind);
    let params = decode::mirrored(&CollateralParams::standard());
    stage.venue.chain.give_lamports(build.keys.authority);
    stage.venue.chain.send(&[("list_collateral", build.list_collateral(&kind, params))])?;
    stage.venue.advance(1, 1);
    say(stage, &kind);
    Ok(kind)
}

/// A kind's feed shows what the markets' feeds show.
fn say(stage: &mut Stage, kind: &KindKeys) {
    let now = stage.venue.now();
    let seen = stage.seen();
    stage.venue.chain.put_data(kind.price, pyth::RECEIVER, pyth::update(kind.feed, &seen, now.slot));
}
