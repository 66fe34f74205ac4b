//! Instructions anyone may send for a market or an account.

use breakwater_sim::venue::Venue;

use super::scene::{Scene, ALICE, BOB, CAROL};
use super::{check, row, swap, Change};
use crate::stage::{said, BIRTH, SILENT};

#[test]
fn refresh_market() {
    let mut scene = Scene::new();
    scene.stage.venue.advance(1, 1);
    let observation = said(BIRTH, scene.stage.venue.now().time);
    for market in [scene.market(0), scene.market(1)] {
        scene.stage.venue.post(&market, &observation);
    }
    let market = scene.market(0);
    let instruction = scene.build().refresh_market(&market);
    let forged = scene.copy_owned(market.price, breakwater::ID);
    let push = scene.copy_owned(market.price, breakwater_sim::svm::pyth::PUSH_ORACLE);
    let (closed, bob) = (scene.closed(), scene.account(BOB));
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend(scene.program_rows(false));
    rows.extend([
        swap("price of another feed", market.price, scene.market(1).price, "WrongFeed"),
        swap("price of another program", market.price, forged, SILENT),
        swap("pull price owned by the push oracle", market.price, push, SILENT),
        swap("price closed", market.price, closed, SILENT),
        swap("price: a margin account", market.price, bob.account, SILENT),
    ]);
    check(&mut scene.stage, "refresh_market", &instruction, &rows);
}

#[test]
fn sync_position() {
    let mut scene = Scene::new();
    let markets = [scene.market(0), scene.market(1)];
    let (alice, carol) = (scene.account(ALICE), scene.account(CAROL));
    let instruction = scene.build().sync_position(&alice, Some(&carol), &markets);
    let foreign = scene.other_account.account;
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.account_rows(ALICE));
    rows.extend(scene.typed_mut("payee", carol.account, "ConstraintMut"));
    rows.extend(scene.market_rows(0, Some("NotWritable")));
    rows.extend(scene.program_rows(false));
    rows.extend([
        swap("payee of another exchange", carol.account, foreign, "WrongExchange"),
        swap("the account is its payee", carol.account, alice.account, "DuplicateAccount"),
        row("a market missing", Change::Drop(2), "MarketMissing"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("a market twice", Change::Again(markets[0].market, markets[0].ladder), "DuplicateAccount"),
    ]);
    check(&mut scene.stage, "sync_position", &instruction, &rows);
}

#[test]
fn rebase() {
    let mut scene = Scene::new();
    // Ten octaves are below the mark at birth: a tenth of it is out of the middle ones.
    scene.stage.venue.advance(20, 8);
    scene.stage.mark(0, 10_000 / 10);
    let market = scene.market(0);
    let instruction = scene.build().rebase(&market, 64);
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend(scene.program_rows(false));
    check(&mut scene.stage, "rebase", &instruction, &rows);
}
