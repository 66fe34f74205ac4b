//! Instructions of makers and takers.

use breakwater_engine::trade::Order;
use breakwater_engine::Lots;
use breakwater_sim::venue::Venue;

use super::scene::{Scene, ALICE, BOB, CAROL};
use super::{check, row, swap, Change, NO_PRIVILEGE};
use crate::stage::USD;

#[test]
fn set_quote() {
    let mut scene = Scene::new();
    let (alice, bob) = (scene.account(ALICE), scene.account(BOB));
    let (market, second) = (scene.market(0), scene.market(1));
    // More than she holds: it would open.
    let quote = scene.stage.ask(0, 5_010, 10);
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
    // Who is no maker, or has no quote, is passed over (N4): here there is nobody else.
    let gone = scene.typed("maker", maker.account).into_iter().chain(scene.typed("quote", theirs));
    rows.extend(gone.map(|(name, change, _)| (name, change, "NothingFilled")));
    // The market is open to change: as a maker it is a duplicate.
    rows.retain(|(name, ..)| name != "maker of another type");
    rows.extend([
        swap("account of another owner", alice.account, bob.account, "Unauthorised"),
        swap("maker of another exchange", maker.account, foreign, "WrongExchange"),
        swap("maker: the market", maker.account, market.market, "DuplicateAccount"),
        row("maker read only", Change::ReadOnly(maker.account), "NotWritable"),
        row("quote read only", Change::ReadOnly(theirs), "NotWritable"),
        swap("the taker is the maker", maker.account, alice.account, "NothingFilled"),
        swap("quote of another maker", theirs, carol.quote(&market), "WrongQuote"),
        swap("quote of another market", theirs, maker.quote(&second), "WrongMarket"),
        // What is left at the end is taken for the maker: the other market, read only.
        row("a maker missing", Change::Drop(2), "NothingFilled"),
        row("a quote missing", Change::Drop(1), "AccountsNotInPairs"),
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
    scene.stage.refuses("a maker takes his own quote", "NothingFilled", |stage| stage.send("", own));
}

/// What became of the others' accounts since the order was signed is no matter of the taker: who is gone, or is he himself, is
/// passed over, in whatever order makers are passed.
#[test]
fn n4_makers_who_are_gone_are_passed_over() {
    let mut scene = Scene::new();
    let asks = |scene: &mut Scene, above| scene.stage.maker(0, 1_000, above);
    let [gone, other, last] = [10, 20, 30].map(|above| asks(&mut scene, above));
    let (keys, market) = (scene.account(gone), scene.market(0));
    let own = scene.stage.ask(0, 100, 5);
    scene.stage.venue.quote(CAROL, 0, &own).expect("a quote");
    let cancel = scene.build().cancel_quote(&keys, &market);
    scene.stage.send("cancel_quote", cancel).expect("a quote taken back");
    let order = Order { min_fill: Lots(1_500 * USD), ..scene.stage.buy(0, 1_500) };
    for makers in [[gone, CAROL, other, last], [last, other, CAROL, gone]] {
        let mut stage = scene.stage.clone();
        stage.venue.trade(CAROL, 0, order, &makers).expect("the others fill");
        let held = |who: usize| stage.venue.account(who).slot(0).map_or(0, |slot| slot.position.size().0);
        assert_eq!([gone, CAROL, other, last].map(held), [0, 1_500 * USD, 1_000 * USD, 500 * USD]);
    }
    // Then his account too: of the maker nothing is left.
    let margin = scene.stage.venue.account(gone).slot(0).expect("a slot").position.spare;
    scene.stage.venue.allocate(gone, 0, -(margin.0 as i64)).expect("his margin");
    let free = scene.stage.venue.account(gone).free;
    scene.stage.venue.withdraw(gone, free).expect("his money");
    let close = scene.build().close_account(&keys);
    scene.stage.send("close_account", close).expect("an account closed");
    scene.stage.venue.trade(CAROL, 0, order, &[gone, other, last]).expect("the others fill");
}
