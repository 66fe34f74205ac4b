//! Instructions of makers and takers.

use breakwater_sim::venue::Venue;

use super::scene::{Scene, ALICE, BOB, CAROL};
use super::{check, row, swap, Change, NO_PRIVILEGE};

#[test]
fn set_quote() {
    let mut scene = Scene::new();
    let (alice, bob) = (scene.account(ALICE), scene.account(BOB));
    let (market, second) = (scene.market(0), scene.market(1));
    let quote = scene.stage.ask(0, 10, 10);
    let instruction = scene.build().set_quote(&alice, (&market, &[second]), &quote);
    let own = alice.quote(&market);
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.account_rows(ALICE).into_iter().filter(|(_, change, _)| matches!(change, Change::ReadOnly(_))));
    rows.extend(scene.program_rows(false));
    rows.extend([
        row("owner does not sign", Change::Unsign(alice.owner), "AccountNotSigner"),
        swap("another trader signs", alice.owner, bob.owner, "Unauthorised"),
        row("owner read only", Change::ReadOnly(alice.owner), NO_PRIVILEGE),
        // The quote's address is derived from account and market: whatever else is wrong with those shows there first.
        swap("account of another owner", alice.account, bob.account, "ConstraintSeeds"),
        swap("quote of another market", own, alice.quote(&second), "ConstraintSeeds"),
        swap("quote of another maker", own, bob.quote(&market), "ConstraintSeeds"),
        row("quote read only", Change::ReadOnly(own), NO_PRIVILEGE),
        swap("market of another exchange", market.market, scene.other_market.market, "ConstraintSeeds"),
        swap("ladder of another market", market.ladder, second.ladder, "WrongLadder"),
        swap("system program", anchor_lang::system_program::ID, spl_token::ID, "InvalidProgramId"),
        row("the other market missing", Change::Drop(2), "MarketMissing"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        swap("the other market twice", second.market, market.market, "WrongLadder"),
        row("the market again", Change::Again(market.market, market.ladder), "DuplicateAccount"),
    ]);
    check(&mut scene.stage, "set_quote", &instruction, &rows);
}

#[test]
fn cancel_quote() {
    let mut scene = Scene::new();
    let (alice, bob) = (scene.account(ALICE), scene.account(BOB));
    let market = scene.market(0);
    for account in [ALICE, BOB] {
        let quote = scene.stage.ask(0, 10, 10);
        scene.stage.venue.quote(account, 0, &quote).expect("a quote");
    }
    let instruction = scene.build().cancel_quote(&alice, &market);
    let own = alice.quote(&market);
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.account_rows(ALICE));
    rows.extend(scene.owned(alice.owner));
    rows.extend(scene.typed_mut("quote", own, "ConstraintMut"));
    rows.extend(scene.program_rows(false));
    rows.extend([
        row("owner read only", Change::ReadOnly(alice.owner), "ConstraintMut"),
        swap("account of another owner", alice.account, bob.account, "Unauthorised"),
        swap("quote of another maker", own, bob.quote(&market), "WrongQuote"),
        swap("quote: the account itself", own, alice.account, "DuplicateAccount"),
    ]);
    // Not "of another type" once more: the account is open already.
    rows.retain(|(name, ..)| name != "quote of another type");
    check(&mut scene.stage, "cancel_quote", &instruction, &rows);
}

#[test]
fn trade() {
    let mut scene = Scene::new();
    let maker = scene.stage.maker(0, 1_000, 10);
    let quote = scene.stage.ask(1, 100, 10);
    scene.stage.venue.quote(maker, 1, &quote).expect("a quote");
    let quote = scene.stage.ask(0, 100, 20);
    scene.stage.venue.quote(CAROL, 0, &quote).expect("a quote");
    scene.stage.venue.quote(ALICE, 0, &quote).expect("a quote");
    let order = scene.stage.buy(0, 10);
    let instruction = scene.stage.venue.take(ALICE, 0, &order, &[maker]);
    let (alice, bob, carol, maker) =
        (scene.account(ALICE), scene.account(BOB), scene.account(CAROL), scene.account(maker));
    let (market, second) = (scene.market(0), scene.market(1));
    let theirs = maker.quote(&market);
    let foreign = scene.other_account.account;
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.account_rows(ALICE));
    rows.extend(scene.owned(alice.owner));
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend(scene.program_rows(false));
    rows.extend(scene.typed_mut("maker", maker.account, "NotWritable"));
    rows.extend(scene.typed_mut("quote", theirs, "NotWritable"));
    // The market is open to change: as a maker it is a duplicate.
    rows.retain(|(name, ..)| name != "maker of another type");
    rows.extend([
        swap("account of another owner", alice.account, bob.account, "Unauthorised"),
        swap("maker of another exchange", maker.account, foreign, "WrongExchange"),
        swap("maker: the market", maker.account, market.market, "DuplicateAccount"),
        swap("the taker is the maker", maker.account, alice.account, "DuplicateAccount"),
        swap("quote of another maker", theirs, carol.quote(&market), "WrongQuote"),
        swap("quote of another market", theirs, maker.quote(&second), "WrongMarket"),
        // What is left at the end is taken for the maker: the other market, read only.
        row("a maker missing", Change::Drop(2), "NotWritable"),
        row("a quote missing", Change::Drop(1), "NotWritable"),
        // One maker was announced, so the first pair is taken for a market.
        row("the maker twice", Change::Again(maker.account, theirs), "DuplicateAccount"),
        swap("the other market twice", second.market, market.market, "DuplicateAccount"),
        swap("the other market of another exchange", second.market, scene.other_market.market, "WrongExchange"),
        swap("the other ladder", second.ladder, scene.other_market.ladder, "WrongLadder"),
    ]);
    check(&mut scene.stage, "trade", &instruction, &rows);
}

#[test]
fn the_same_maker_twice() {
    let mut scene = Scene::new();
    let maker = scene.stage.maker(0, 1_000, 10);
    let order = scene.stage.buy(0, 10);
    let twice = scene.stage.venue.take(CAROL, 0, &order, &[maker, maker]);
    scene.stage.refuses("the same maker twice", "DuplicateAccount", |stage| stage.send("", twice));
    let own = scene.stage.venue.take(maker, 0, &order, &[maker]);
    scene.stage.refuses("a maker takes his own quote", "DuplicateAccount", |stage| stage.send("", own));
}
