//! The auction, and the waterfall that waits for it.

use breakwater_engine::permission::PauseBits;
use breakwater_engine::{Atoms, Lots};
use breakwater_sim::svm::pledge::KindKeys;
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::{AccountId, Venue};

use super::flow::stage;
use super::{auction, conserved, deposit, give, list, owned, pledge, reprice, value, withdraw, TOKEN};
use crate::stage::{none, Stage, USD};

/// A trader's USDC outside.
fn wallet(stage: &Stage, who: AccountId) -> u64 {
    tokens::balance(&stage.venue.chain, &stage.venue.accounts[who].wallet).0
}

fn fund(stage: &mut Stage, who: AccountId, amount: u64) {
    let (keys, mint) = (stage.venue.accounts[who], stage.venue.build.keys.mint);
    tokens::put_wallet(&mut stage.venue.chain, keys.wallet, mint, keys.owner, Atoms(amount));
}

/// Lets slots pass with both marks alive, Alice observed on the way.
fn wait(stage: &mut Stage, kind: &KindKeys, slots: u64, cents: i64) {
    for _ in 0..slots.div_ceil(100) {
        stage.wait(100);
        reprice(stage, kind, cents);
        value(stage, 0, &[*kind]);
        stage.venue.sync(0, None).expect("a sync");
    }
}

#[test]
fn a_sale_cures_and_everyone_gets_what_the_event_says() {
    let (mut stage, kind, [alice, _, carol]) = stage();
    fund(&mut stage, carol, 1_000 * USD);
    stage.mark(0, 9_500);
    stage.refuses("healthy", "NotInDistress", |stage| auction(stage, alice, carol, &kind, 0));
    stage.mark(0, 9_380);
    reprice(&mut stage, &kind, 10_000);
    value(&mut stage, alice, &[kind]);
    stage.refuses("liquidated first", "CollateralFirst", |stage| stage.venue.liquidate(alice, 0, carol, Lots(0)));
    stage.refuses("all", "TooMuch", |stage| auction(stage, alice, carol, &kind, 2 * TOKEN));
    let (before, paid) = (owned(&stage, carol, &kind), wallet(&stage, carol));
    auction(&mut stage, alice, carol, &kind, 0).expect("a sale");
    let (bought, paid) = (owned(&stage, carol, &kind) - before, paid - wallet(&stage, carol));
    // (28.14 + 10 % + 2.5) / 99 USD a token.
    assert!(bought.abs_diff(338_000_000) < 3_000_000, "{bought}");
    assert_eq!(paid, (bought * 99).div_ceil(1_000), "99 USD a token, rounded up");
    assert_eq!(pledge(&stage, alice).amounts[0], 2 * TOKEN - bought);
    conserved(&stage, &kind, 0);
    stage.refuses("cured", "NotInDistress", |stage| auction(stage, alice, carol, &kind, 1));
    // The valuation was renewed with it.
    stage.venue.sync(alice, None).expect("a sync");
    println!("auction_collateral: {}", stage.units("auction_collateral"));
}

#[test]
fn what_remains_is_what_the_waterfall_sees() {
    let (mut stage, kind, [alice, _, carol]) = stage();
    stage.venue.fund(Atoms(10_000 * USD)).expect("insurance");
    fund(&mut stage, carol, 1_000 * USD);
    reprice(&mut stage, &kind, 10_000);
    stage.mark(0, 6_000);
    value(&mut stage, alice, &[kind]);
    stage.venue.sync(alice, None).expect("a sync");
    wait(&mut stage, &kind, 200, 10_000);
    stage.refuses("resolved first", "CollateralFirst", |stage| stage.venue.resolve(alice, 0, None));
    stage.refuses("liquidated first", "CollateralFirst", |stage| stage.venue.liquidate(alice, 0, carol, Lots(0)));
    let paid = wallet(&stage, carol);
    auction(&mut stage, alice, carol, &kind, 0).expect("a sale");
    let paid = paid - wallet(&stage, carol);
    assert!(!pledge(&stage, alice).is_held() && paid > 150 * USD, "{paid}");
    stage.venue.resolve(alice, 0, None).expect("a resolution");
    let deficit = stage.venue.ledger().records[0].deficit;
    // -340.5 of money less what the collateral brought.
    assert!(deficit.abs_diff(340_500_000 - paid) < 100, "{deficit}, {paid}");
    conserved(&stage, &kind, 0);
}

#[test]
fn f8_a_pause_of_liquidation_does_not_hold_up_a_bankruptcy() {
    for (cents, error) in [(9_380, Some("Paused")), (6_000, None)] {
        let (mut stage, kind, [alice, _, carol]) = stage();
        fund(&mut stage, carol, 1_000 * USD);
        stage.mark(0, cents);
        reprice(&mut stage, &kind, 10_000);
        let pause = stage.venue.build.set_pause_bits(None, PauseBits::LIQUIDATION.0);
        stage.send("", pause).expect("a pause");
        match error {
            Some(error) => stage.refuses("solvent", error, |stage| auction(stage, alice, carol, &kind, 0)),
            None => auction(&mut stage, alice, carol, &kind, 0).expect("bankrupt: the resolution waits for it"),
        }
        let freeze = stage.venue.build.set_pause_bits(None, PauseBits::FREEZE.0);
        stage.send("", freeze).expect("a freeze");
        stage.mark(0, cents - 1_000);
        stage.refuses("frozen", if cents > 9_000 { "Paused" } else { "InsufficientCollateral" }, |stage| {
            auction(stage, alice, carol, &kind, 0)
        });
    }
}

#[test]
fn g8_a_silent_feed_ends_with_a_sale_all_the_same() {
    let (mut stage, kind, [alice, _, carol]) = stage();
    fund(&mut stage, carol, 1_000 * USD);
    stage.mark(0, 9_380);
    value(&mut stage, alice, &[kind]);
    stage.venue.sync(alice, None).expect("a sync");
    stage.wait(160);
    value(&mut stage, alice, &[kind]);
    assert_eq!((pledge(&stage, alice).initial.0, pledge(&stage, alice).maintenance.0), (0, 160 * USD));
    stage.refuses("within the haircut", "StaleMark", |stage| auction(stage, alice, carol, &kind, 0));
    stage.wait(60);
    auction(&mut stage, alice, carol, &kind, 0).expect("beyond the haircut");
    conserved(&stage, &kind, 0);
}

#[test]
fn f24_the_first_kind_with_a_price_goes_first() {
    let (mut stage, first, [alice, _, carol]) = stage();
    let second = list(&mut stage, 1);
    give(&mut stage, alice, &second, 5 * TOKEN);
    give(&mut stage, carol, &second, 0);
    fund(&mut stage, carol, 1_000 * USD);
    deposit(&mut stage, alice, &second, TOKEN).expect("a deposit");
    stage.mark(0, 9_380);
    let build = stage.venue.build;
    let (victim, buyer, market) = (stage.venue.accounts[alice], stage.venue.accounts[carol], stage.venue.markets[0]);
    let buy = |kind, other| build.auction_collateral((&victim, &buyer), &kind, (&[other], &[market]), TOKEN / 100);
    stage.refuses("the second", "CollateralFirst", |stage| stage.send("", buy(second, first)));
    let mut alone = buy(first, second);
    alone.accounts.remove(alone.accounts.len() - 3);
    // The market stands where the kind should.
    stage.refuses("without the other", "WrongAccountType", |stage| stage.send("", alone));
    stage.send("auction_collateral", buy(first, second)).expect("the first");
    let around: (&[KindKeys], _) = (&[second], &stage.venue.markets[..1]);
    let out = build.withdraw_collateral(&victim, &first, around, 1);
    stage.mark(0, 9_900);
    reprice(&mut stage, &first, 10_000);
    reprice(&mut stage, &second, 10_000);
    stage.send("withdraw_collateral", out).expect("a withdrawal with another kind");
    conserved(&stage, &first, 0);
    conserved(&stage, &second, 0);
}

#[test]
fn compute_units() {
    let mut faults = Vec::new();
    for positions in 1..=8 {
        let mut stage = Stage::with_markets(positions);
        let (alice, bob, carol) = (stage.trader(600), stage.trader(1_000_000), stage.trader(100_000));
        let kinds = [0, 1, 2].map(|index| list(&mut stage, index));
        fund(&mut stage, carol, 100_000 * USD);
        for kind in &kinds {
            give(&mut stage, alice, kind, 100 * TOKEN);
            give(&mut stage, carol, kind, 0);
            deposit(&mut stage, alice, kind, 10 * TOKEN).expect("a deposit");
        }
        value(&mut stage, alice, &kinds);
        stage.pair(0, alice, bob, 10_000);
        for market in 1..positions {
            stage.venue.deposit(alice, Atoms(10 * USD)).expect("a deposit");
            stage.pair(market, alice, bob, 100);
        }
        let (all, build) = (stage.venue.markets.clone(), stage.venue.build);
        let keys = stage.venue.accounts[alice];
        let out = build.withdraw_collateral(&keys, &kinds[2], (&kinds[..2], &all), TOKEN);
        stage.send("withdraw_collateral", out).expect("a withdrawal");
        stage.mark(0, 9_200);
        for kind in &kinds {
            reprice(&mut stage, kind, 10_000);
        }
        value(&mut stage, alice, &kinds);
        let parties = (&keys, &stage.venue.accounts[carol]);
        let sale = build.auction_collateral(parties, &kinds[0], (&kinds[1..], &all), 0);
        stage.send("auction_collateral", sale).expect("a sale");
        let more = positions as u64 - 1;
        for (name, limit) in [
            ("refresh_collateral", 12_000),
            ("deposit_collateral", 14_000),
            ("value_collateral", 14_000),
            ("withdraw_collateral", 20_000 + 3_000 * more),
            ("auction_collateral", 45_000 + 6_000 * more),
        ] {
            let units = stage.units(name);
            println!("{name}, {positions} positions: {units} of {limit}");
            if units == 0 || units > limit {
                faults.push(format!("{name}, {positions} positions: {units} of {limit}"));
            }
        }
    }
    none(faults);
}

#[test]
fn it_is_taken_out_once_the_position_is_closed() {
    let (mut stage, kind, [alice, bob, _]) = stage();
    stage.mark(0, 9_900);
    value(&mut stage, alice, &[kind]);
    stage.cross(0, bob, alice, 1_000).expect("closed against Bob");
    withdraw(&mut stage, alice, &kind, 1, 2 * TOKEN).expect("all of it");
    assert_eq!(owned(&stage, alice, &kind), 5 * TOKEN);
    conserved(&stage, &kind, 0);
}
