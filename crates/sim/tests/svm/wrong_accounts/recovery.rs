//! Paying back, and the queue of withdrawals.

use breakwater_engine::{Atoms, Side};
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::Venue;

use super::scene::{Scene, ALICE, BOB, CAROL};
use super::{check, row, swap, Change, NOT_THE_OWNER};
use crate::stage::USD;

#[test]
fn request_withdrawal() {
    let mut scene = Scene::new();
    let (carol, bob) = (scene.account(CAROL), scene.account(BOB));
    let instruction = scene.build().request_withdrawal(&carol, Atoms(10 * USD));
    let mut rows = scene.exchange_rows(Some("ConstraintMut"));
    rows.extend(scene.account_rows(CAROL));
    rows.extend(scene.owned(carol.owner));
    rows.extend(scene.program_rows(false));
    rows.push(swap("account of another owner", carol.account, bob.account, "Unauthorised"));
    check(&mut scene.stage, "request_withdrawal", &instruction, &rows);
}

/// Alice is bankrupt in the first market, and resolved: the shorts are owed.
fn scene_with_claims() -> Scene {
    let mut scene = Scene::new();
    scene.stage.mark(0, 7_000);
    scene.stage.confirm(1, 10_000);
    scene.stage.venue.resolve(ALICE, 0, None).expect("a resolution");
    assert!(scene.stage.venue.owed(ALICE).0 > 100 * USD);
    scene
}

#[test]
fn donate() {
    let mut scene = scene_with_claims();
    let (alice, keys, other) = (scene.account(ALICE), scene.keys(), scene.other.keys);
    let wallet = scene.token_account(keys.mint, alice.owner);
    let stranger = scene.stranger();
    let worthless = scene.other_mint();
    let another_mint = scene.token_account(worthless, alice.owner);
    let instruction = scene.build().donate((alice.owner, wallet), &scene.market(0), Side::Short, Atoms(10 * USD));
    let mut rows = scene.typed_mut("exchange", keys.exchange, "ConstraintMut");
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend(scene.collateral_rows());
    rows.extend(scene.program_rows(true));
    rows.extend([
        swap("another exchange", keys.exchange, other.exchange, "WrongExchange"),
        row("payer does not sign", Change::Unsign(alice.owner), "AccountNotSigner"),
        swap("a stranger pays with another's wallet", alice.owner, stranger, NOT_THE_OWNER),
        swap("wallet of another mint", wallet, another_mint, "WrongMint"),
        swap("wallet: the mint", wallet, keys.mint, "NotATokenAccount"),
        swap("wallet: the vault itself", wallet, keys.collateral_vault, NOT_THE_OWNER),
        row("wallet read only", Change::ReadOnly(wallet), "ConstraintMut"),
    ]);
    check(&mut scene.stage, "donate", &instruction, &rows);
}

#[test]
fn claim() {
    let mut scene = scene_with_claims();
    let bob = scene.account(BOB);
    let wallet = scene.token_account(scene.keys().mint, bob.owner);
    let gift = scene.build().donate((bob.owner, wallet), &scene.market(0), Side::Short, Atoms(10 * USD));
    scene.stage.send("", gift).expect("a gift");
    let instruction = scene.build().claim(&bob, &scene.market(0));
    let carol = scene.account(CAROL);
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.account_rows(BOB));
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend(scene.program_rows(false));
    rows.push(swap("somebody who was never there", bob.account, carol.account, "NoPosition"));
    check(&mut scene.stage, "claim", &instruction, &rows);
    scene.stage.refuses("twice", "NothingToClaim", |stage| stage.send("", instruction));
}

/// A deposit by Bob's partner in debt: the accounts and markets that are passed to serve it.
#[test]
fn a_deposit_that_serves_debts() {
    let mut scene = scene_with_claims();
    let mut alice = scene.account(ALICE);
    // A second account of hers, from which she would rather trade on.
    let second = scene.keys().account_at(ALICE, 1);
    let open = scene.build().open_account_at(&second, 1);
    scene.stage.send("", open).expect("another account");
    scene.stage.venue.accounts.push(second);
    alice.account = second.account;
    let (owing, market) = (scene.account(ALICE).account, scene.market(0));
    let mint = scene.keys().mint;
    tokens::put_wallet(&mut scene.stage.venue.chain, alice.wallet, mint, alice.owner, Atoms(10_000 * USD));
    let amount = Atoms(scene.stage.venue.owed(ALICE).0 + USD);
    let instruction = scene.build().deposit_with_debts(&alice, &[owing], &[market], amount);
    let mut rows = scene.typed("the account that owes", owing);
    // What is no margin account where one may stand is taken for a market, and there is no pair of it.
    rows.retain(|(name, ..)| name.ends_with("program"));
    rows.extend(scene.market_rows(0, Some("NotWritable")));
    rows.extend([
        swap("somebody else's account", owing, scene.account(BOB).account, "Unauthorised"),
        swap("her account elsewhere", owing, scene.other_account.account, "WrongExchange"),
        swap("the account deposited to once more", owing, alice.account, "DuplicateAccount"),
        row("the account that owes, read only", Change::ReadOnly(owing), "NotWritable"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("no market", Change::Drop(2), "DebtFirst"),
        row("nothing", Change::Drop(3), "DebtFirst"),
        row("a market twice", Change::Again(market.market, market.ladder), "DuplicateAccount"),
    ]);
    check(&mut scene.stage, "deposit", &instruction, &rows);
    assert_eq!(scene.stage.venue.owed(ALICE).0, 0);
}
