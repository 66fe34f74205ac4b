//! Tiers 1 to 4.

use breakwater_engine::{Atoms, Lots};
use breakwater_sim::venue::{AccountId, Venue};

use super::scene::{Scene, ALICE, BOB, CAROL};
use super::{check, row, swap, Change, Row};
use crate::stage::USD;

/// What both instructions have in common: fund, vaults, authority, the pairs at the end.
fn common(scene: &mut Scene) -> Vec<Row> {
    let (keys, other) = (scene.keys(), scene.other.keys);
    let (market, second) = (scene.market(0), scene.market(1));
    let copy = scene.copy(keys.insurance);
    let mut rows = scene.typed_mut("exchange", keys.exchange, "ConstraintMut");
    rows.extend(scene.collateral_rows());
    rows.extend(scene.insurance_rows());
    rows.extend(scene.authority_rows());
    rows.extend(scene.program_rows(true));
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend([
        swap("insurance of another exchange", keys.insurance, other.insurance, "WrongInsurance"),
        swap("a copy of the insurance", keys.insurance, copy, "WrongInsurance"),
        row("insurance read only", Change::ReadOnly(keys.insurance), "ConstraintMut"),
        row("the other market missing", Change::Drop(2), "MarketMissing"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("a market twice", Change::Again(market.market, market.ladder), "DuplicateAccount"),
        swap("the other market of another exchange", second.market, scene.other_market.market, "WrongExchange"),
        swap("the other ladder", second.ladder, scene.other_market.ladder, "WrongLadder"),
        row("the other market read only", Change::ReadOnly(second.market), "NotWritable"),
        row("the other ladder read only", Change::ReadOnly(second.ladder), "NotWritable"),
    ]);
    rows
}

/// Alice at a price.
fn scene_at(cents: i64) -> Scene {
    let mut scene = Scene::new();
    scene.stage.mark(0, cents);
    scene.stage.confirm(1, 10_000);
    scene
}

#[test]
fn liquidate() {
    let mut scene = scene_at(8_500);
    let second = scene.market(1);
    let (alice, bob, carol) = (scene.account(ALICE), scene.account(BOB), scene.account(CAROL));
    let instruction = scene.build().liquidate((&alice, &carol), (&scene.market(0), &[second]), Lots(0));
    let foreign = scene.other_account.account;
    let exchange = scene.keys().exchange;
    let mut rows = common(&mut scene);
    rows.extend(scene.account_rows(ALICE));
    rows.extend(scene.trader_rows(ALICE, CAROL));
    rows.extend(scene.typed_mut("liquidator", carol.account, "ConstraintMut"));
    rows.extend(scene.owned(carol.owner));
    rows.extend([
        swap("another exchange", exchange, scene.other.keys.exchange, "WrongExchange"),
        swap("liquidator of another exchange", carol.account, foreign, "WrongExchange"),
        swap("liquidator of another owner", carol.account, bob.account, "Unauthorised"),
        swap("the victim liquidates himself", alice.account, carol.account, "DuplicateAccount"),
        swap("another owner's account", alice.account, bob.account, "WrongTrader"),
    ]);
    let healthy = scene.build().liquidate((&bob, &carol), (&scene.market(0), &[second]), Lots(0));
    scene.stage.refuses("a healthy account", "NotInDistress", |stage| stage.send("", healthy));
    check(&mut scene.stage, "liquidate", &instruction, &rows);
}

/// An account short in the first market, without anything else.
fn short_seller(scene: &mut Scene) -> AccountId {
    let dave = scene.stage.trader(600);
    scene.stage.venue.allocate(BOB, 0, 1_000 * USD as i64).expect("margin");
    scene.stage.venue.allocate(dave, 0, 500 * USD as i64).expect("margin");
    scene.stage.cross(0, BOB, dave, 1_000).expect("a trade");
    let free = scene.stage.venue.account(dave).free;
    scene.stage.venue.withdraw(dave, free).expect("a withdrawal");
    dave
}

#[test]
fn resolve_bankruptcy() {
    let mut scene = Scene::new();
    let dave = short_seller(&mut scene);
    scene.stage.venue.deposit(BOB, Atoms(100_000 * USD)).expect("a deposit");
    scene.stage.mark(0, 8_000);
    scene.stage.confirm(1, 10_000);
    let (alice, dave) = (scene.account(ALICE), scene.account(dave));
    let (keys, second, foreign) = (scene.keys(), scene.market(1), scene.other_account.account);
    let copy = scene.copy(keys.ledger);
    let instruction = scene.build().resolve_bankruptcy(&alice, None, (&scene.market(0), &[second]));
    let mut rows = common(&mut scene);
    rows.extend(scene.account_rows(ALICE));
    rows.extend(scene.trader_rows(ALICE, CAROL));
    rows.extend([
        swap("another exchange", keys.exchange, scene.other.keys.exchange, "WrongVault"),
        swap("ledger of another exchange", keys.ledger, scene.other.keys.ledger, "WrongLedger"),
        swap("a copy of the ledger", keys.ledger, copy, "WrongLedger"),
        swap("ledger: the insurance", keys.ledger, keys.insurance, "WrongLedger"),
        row("ledger read only", Change::ReadOnly(keys.ledger), "ConstraintMut"),
        swap("another owner's account", alice.account, dave.account, "WrongTrader"),
    ]);
    let carol = scene.account(CAROL);
    for (name, of, error) in [("a healthy account", carol, "NoPosition"), ("a solvent account", dave, "NotBankrupt")] {
        let built = scene.build().resolve_bankruptcy(&of, None, (&scene.market(0), &[second]));
        scene.stage.refuses(name, error, |stage| stage.send("", built));
    }
    // The account to close against stands where the program's own address says that there is none: its second mention.
    let against = scene.build().resolve_bankruptcy(&alice, Some(&dave), (&scene.market(0), &[second]));
    let swapped = |to| {
        let mut built = against.clone();
        let at = built.accounts.iter().position(|meta| meta.pubkey == dave.account).expect("dave");
        built.accounts[at].pubkey = to;
        built
    };
    for (name, to, error) in [
        ("against the account itself", alice.account, "DuplicateAccount"),
        ("against an account of another exchange", foreign, "WrongExchange"),
        ("against a market", scene.market(1).market, "WrongAccountType"),
        ("against nothing", scene.closed(), "AccountClosed"),
        ("against somebody else's account", carol.account, "WrongTrader"),
    ] {
        let built = swapped(to);
        scene.stage.refuses(name, error, |stage| stage.send("", built));
    }
    let flat = scene.build().resolve_bankruptcy(&alice, Some(&carol), (&scene.market(0), &[second]));
    scene.stage.refuses("against somebody without a position", "NoPosition", |stage| stage.send("", flat));
    scene.stage.refuses("against a solvent account", "NotBankrupt", |stage| stage.send("", against));
    check(&mut scene.stage, "resolve_bankruptcy", &instruction, &rows);
}
