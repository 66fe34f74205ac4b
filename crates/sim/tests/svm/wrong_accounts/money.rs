//! Instructions that move a trader's own money.

use breakwater_engine::Atoms;
use breakwater_sim::svm::tokens;

use super::scene::{Scene, ALICE, BOB, CAROL};
use super::{check, row, swap, Change, Row, NOT_THE_OWNER};
use crate::stage::USD;

/// What is wrong with a trader's own token account.
fn wallet_rows(scene: &mut Scene, of: usize, frozen: &'static str) -> Vec<Row> {
    let (wallet, owner) = (scene.account(of).wallet, scene.account(of).owner);
    let worthless = scene.other_mint();
    let another_mint = scene.token_account(worthless, owner);
    let (closed, mint) = (scene.closed(), scene.keys().mint);
    let forged = scene.copy_owned(wallet, breakwater::ID);
    vec![
        swap("wallet of another mint", wallet, another_mint, "WrongMint"),
        swap("wallet closed", wallet, closed, "NotATokenAccount"),
        swap("wallet: the mint itself", wallet, mint, "NotATokenAccount"),
        swap("wallet of another program", wallet, forged, "NotATokenAccount"),
        row("wallet read only", Change::ReadOnly(wallet), frozen),
    ]
}

#[test]
fn deposit() {
    let mut scene = Scene::new();
    let instruction = scene.build().deposit(&scene.account(ALICE), Atoms(10 * USD));
    let (alice, bob) = (scene.account(ALICE), scene.account(BOB));
    let mint = scene.keys().mint;
    for of in [alice, bob] {
        tokens::put_wallet(&mut scene.stage.venue.chain, of.wallet, mint, of.owner, Atoms(20 * USD));
    }
    let mut rows = scene.exchange_rows(Some("ConstraintMut"));
    rows.extend(scene.account_rows(ALICE));
    rows.extend(scene.owned(alice.owner));
    rows.extend(scene.trader_rows(ALICE, BOB));
    rows.extend(scene.collateral_rows());
    rows.extend(wallet_rows(&mut scene, ALICE, "ConstraintMut"));
    rows.extend(scene.program_rows(true));
    rows.extend([
        swap("account of another owner", alice.account, bob.account, "Unauthorised"),
        swap("wallet: the vault itself", alice.wallet, scene.keys().collateral_vault, NOT_THE_OWNER),
        swap("wallet of another owner", alice.wallet, bob.wallet, NOT_THE_OWNER),
    ]);
    check(&mut scene.stage, "deposit", &instruction, &rows);
}

#[test]
fn withdraw() {
    let mut scene = Scene::new();
    let (carol, bob) = (scene.account(CAROL), scene.account(BOB));
    let instruction = scene.build().withdraw(&carol, &[], Atoms(10 * USD));
    let mut rows = scene.exchange_rows(Some("ConstraintMut"));
    rows.extend(scene.account_rows(CAROL));
    rows.extend(scene.owned(carol.owner));
    rows.extend(scene.collateral_rows());
    rows.extend(scene.authority_rows());
    rows.extend(wallet_rows(&mut scene, CAROL, "ConstraintMut"));
    rows.extend(scene.program_rows(true));
    rows.push(swap("account of another owner", carol.account, bob.account, "Unauthorised"));
    check(&mut scene.stage, "withdraw", &instruction, &rows);
}

#[test]
fn withdraw_with_positions() {
    let mut scene = Scene::new();
    let markets = [scene.market(0), scene.market(1)];
    let instruction = scene.build().withdraw(&scene.account(ALICE), &markets, Atoms(10 * USD));
    let mut rows = scene.market_rows(0, Some("NotWritable"));
    rows.extend([
        row("a market missing", Change::Drop(2), "MarketMissing"),
        row("both markets missing", Change::Drop(4), "MarketMissing"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("a market twice", Change::Again(markets[0].market, markets[0].ladder), "DuplicateAccount"),
        swap("the second market is the first", markets[1].market, markets[0].market, "DuplicateAccount"),
    ]);
    check(&mut scene.stage, "withdraw", &instruction, &rows);
}

#[test]
fn allocate_margin() {
    for amount in [USD as i64, -(USD as i64)] {
        let mut scene = Scene::new();
        let (alice, bob) = (scene.account(ALICE), scene.account(BOB));
        scene.stage.send("", scene.build().allocate_margin(&alice, &scene.market(0), 10 * USD as i64)).expect("margin");
        let instruction = scene.build().allocate_margin(&alice, &scene.market(0), amount);
        let mut rows = scene.exchange_rows(None);
        rows.extend(scene.account_rows(ALICE));
        rows.extend(scene.owned(alice.owner));
        rows.extend(scene.market_rows(0, Some("ConstraintMut")));
        rows.extend(scene.program_rows(false));
        rows.push(swap("account of another owner", alice.account, bob.account, "Unauthorised"));
        check(&mut scene.stage, "allocate_margin", &instruction, &rows);
    }
}

#[test]
fn fund_insurance() {
    let mut scene = Scene::new();
    let alice = scene.account(ALICE);
    let wallet = scene.token_account(scene.keys().mint, alice.owner);
    let instruction = scene.build().fund_insurance(alice.owner, wallet, Atoms(10 * USD));
    let (keys, other) = (scene.keys(), scene.other.keys);
    let stranger = scene.stranger();
    let worthless = scene.other_mint();
    let another_mint = scene.token_account(worthless, alice.owner);
    let copy = scene.copy(keys.insurance);
    let mut rows = scene.typed("exchange", keys.exchange);
    rows.extend(scene.insurance_rows());
    rows.extend(scene.program_rows(true));
    rows.extend([
        row("payer does not sign", Change::Unsign(alice.owner), "AccountNotSigner"),
        swap("a stranger pays with another's wallet", alice.owner, stranger, NOT_THE_OWNER),
        swap("another exchange", keys.exchange, other.exchange, "WrongVault"),
        swap("insurance of another exchange", keys.insurance, other.insurance, "WrongInsurance"),
        swap("a copy of the insurance", keys.insurance, copy, "WrongInsurance"),
        row("insurance read only", Change::ReadOnly(keys.insurance), "ConstraintMut"),
        swap("wallet of another mint", wallet, another_mint, "WrongMint"),
        swap("wallet: the mint", wallet, keys.mint, "NotATokenAccount"),
        row("wallet read only", Change::ReadOnly(wallet), "ConstraintMut"),
    ]);
    check(&mut scene.stage, "fund_insurance", &instruction, &rows);
}

#[test]
fn skim() {
    let mut scene = Scene::new();
    let (keys, other, market) = (scene.keys(), scene.other.keys, scene.market(0));
    let mut instruction = scene.build().skim();
    let writable = |key| anchor_lang::solana_program::instruction::AccountMeta::new(key, false);
    instruction.accounts.extend([writable(market.market), writable(market.ladder)]);
    let copy = scene.copy(keys.insurance);
    let mut rows = scene.typed_mut("exchange", keys.exchange, "ConstraintMut");
    rows.extend(scene.collateral_rows());
    rows.extend(scene.insurance_rows());
    rows.extend(scene.authority_rows());
    rows.extend(scene.program_rows(true));
    rows.extend(scene.market_rows(0, Some("NotWritable")));
    rows.extend([
        swap("another exchange", keys.exchange, other.exchange, "WrongVault"),
        swap("insurance of another exchange", keys.insurance, other.insurance, "WrongInsurance"),
        swap("a copy of the insurance", keys.insurance, copy, "WrongInsurance"),
        row("insurance read only", Change::ReadOnly(keys.insurance), "ConstraintMut"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("a market twice", Change::Again(market.market, market.ladder), "DuplicateAccount"),
    ]);
    check(&mut scene.stage, "skim", &instruction, &rows);
}

#[test]
fn isolate_position() {
    let mut scene = Scene::new();
    let (alice, bob) = (scene.account(ALICE), scene.account(BOB));
    let (market, second) = (scene.market(0), scene.market(1));
    // Opened with its initial margin to the atom, of which the ladder keeps a fraction.
    scene.stage.send("", scene.build().allocate_margin(&alice, &market, USD as i64)).expect("margin");
    let instruction = scene.build().isolate_position(&alice, (&market, &[second]), true);
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.account_rows(ALICE));
    rows.extend(scene.owned(alice.owner));
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend(scene.program_rows(false));
    rows.extend([
        swap("account of another owner", alice.account, bob.account, "Unauthorised"),
        row("the other market missing", Change::Drop(2), "MarketMissing"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("a market twice", Change::Again(market.market, market.ladder), "DuplicateAccount"),
        row("the other ladder read only", Change::ReadOnly(second.ladder), "NotWritable"),
    ]);
    check(&mut scene.stage, "isolate_position", &instruction, &rows);
}
