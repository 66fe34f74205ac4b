//! Instructions of stakers and underwriters; surplus and fees.

use anchor_lang::system_program;
use breakwater_engine::Atoms;
use breakwater_sim::svm::insurance::Wallet;
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::Venue;

use super::scene::{Scene, ALICE, BOB};
use super::{check, row, swap, Change, Row, NOT_THE_OWNER, NO_PRIVILEGE};
use crate::insurance::{days, held, month, offer, request_all, stake, underwrite, wallet};
use crate::stage::{Stage, USD};

/// The fund's account and what could be mistaken for it.
fn fund_rows(scene: &mut Scene, read_only: bool) -> Vec<Row> {
    let (keys, other) = (scene.keys(), scene.other.keys);
    let copy = scene.copy(keys.insurance);
    let mut rows = vec![
        swap("insurance of another exchange", keys.insurance, other.insurance, "WrongInsurance"),
        swap("a copy of the insurance", keys.insurance, copy, "WrongInsurance"),
    ];
    if read_only {
        rows.push(row("insurance read only", Change::ReadOnly(keys.insurance), "ConstraintMut"));
    }
    rows
}

/// A token account to be paid from or to.
fn token_rows(scene: &mut Scene, wallet: &Wallet) -> Vec<Row> {
    let worthless = scene.other_mint();
    let another_mint = scene.token_account(worthless, wallet.owner);
    vec![
        swap("wallet of another mint", wallet.tokens, another_mint, "WrongMint"),
        swap("wallet: the mint", wallet.tokens, scene.keys().mint, "NotATokenAccount"),
        row("wallet read only", Change::ReadOnly(wallet.tokens), "ConstraintMut"),
    ]
}

/// The market without its ladder: closed, of another type or program, of the other exchange.
fn market_rows(scene: &mut Scene) -> Vec<Row> {
    let (market, foreign) = (scene.market(0).market, scene.other_market.market);
    let mut rows = scene.typed_mut("market", market, "ConstraintMut");
    rows.push(swap("market of another exchange", market, foreign, "WrongExchange"));
    rows
}

/// A scene where somebody has staked and another has funded a layer of the first market.
fn scene() -> (Scene, Wallet, Wallet) {
    let mut scene = Scene::new();
    let stage = &mut scene.stage;
    let (saver, underwriter) = (wallet(stage, 0, 60_000), wallet(stage, 1, 2_000));
    stake(stage, &saver, 50_000);
    let now = stage.venue.now();
    offer(stage, 0, 1, &underwriter, month(now));
    underwrite(stage, 1, &underwriter, 500).expect("capital");
    (scene, saver, underwriter)
}

#[test]
fn stakes() {
    let (mut scene, saver, _) = scene();
    let instruction = scene.build().stake(&saver, Atoms(USD));
    let (keys, other, stranger) = (scene.keys(), scene.other.keys, scene.stranger());
    let at = scene.build().stake_of(&saver.owner);
    let mut rows = scene.insurance_rows();
    rows.extend(fund_rows(&mut scene, true));
    rows.extend(token_rows(&mut scene, &saver));
    rows.extend(scene.program_rows(true));
    let foreign = scene.copy(at);
    rows.extend([
        row("owner does not sign", Change::Unsign(saver.owner), "AccountNotSigner"),
        row("owner read only", Change::ReadOnly(saver.owner), "ConstraintMut"),
        // The address is derived from the exchange and the owner: a wrong one shows there first.
        swap("another owner", saver.owner, stranger, "ConstraintSeeds"),
        swap("another exchange", keys.exchange, other.exchange, "ConstraintSeeds"),
        swap("a stake elsewhere", at, foreign, "ConstraintSeeds"),
        row("stake read only", Change::ReadOnly(at), "ConstraintMut"),
        swap("system program", system_program::ID, spl_token::ID, "InvalidProgramId"),
    ]);
    check(&mut scene.stage, "stake", &instruction, &rows);
    // The first one is created: whoever pays for that must sign for it.
    let newcomer = wallet(&mut scene.stage, 7, 100);
    let first = scene.build().stake(&newcomer, Atoms(10 * USD));
    let someone = Wallet { tokens: saver.tokens, ..newcomer };
    let stolen = scene.build().stake(&someone, Atoms(10 * USD));
    scene.stage.refuses("another's tokens", NOT_THE_OWNER, |stage| stage.send("", stolen));
    let mut unpaid = first.clone();
    unpaid.accounts[0].is_writable = false;
    scene.stage.refuses("the payer read only", NO_PRIVILEGE, |stage| stage.send("", unpaid));
    scene.stage.send("stake", first).expect("a first stake");
}

#[test]
fn exits_are_requested() {
    let (mut scene, saver, _) = scene();
    let shares = held(&scene.stage, &saver).shares.get();
    let instruction = scene.build().request_exit(saver.owner, shares);
    let (keys, other, stranger) = (scene.keys(), scene.other.keys, scene.stranger());
    let at = scene.build().stake_of(&saver.owner);
    let mut rows = scene.typed("exchange", keys.exchange);
    rows.extend(scene.typed_mut("stake", at, "ConstraintMut"));
    rows.extend(fund_rows(&mut scene, false));
    rows.extend(scene.program_rows(false));
    rows.extend([
        row("owner does not sign", Change::Unsign(saver.owner), "AccountNotSigner"),
        swap("a stranger signs", saver.owner, stranger, "WrongStake"),
        swap("another exchange", keys.exchange, other.exchange, "WrongInsurance"),
    ]);
    check(&mut scene.stage, "request_exit", &instruction, &rows);
}

#[test]
fn stakes_leave() {
    let (mut scene, saver, _) = scene();
    request_all(&mut scene.stage, &saver);
    days(&mut scene.stage, 7);
    let markets = scene.stage.venue.markets.clone();
    let instruction = scene.build().exit_stake(&saver, &markets);
    let (keys, other, stranger) = (scene.keys(), scene.other.keys, scene.stranger());
    let at = scene.build().stake_of(&saver.owner);
    let foreign = scene.other_market.market;
    let mut rows = scene.typed("exchange", keys.exchange);
    rows.extend(scene.typed_mut("stake", at, "ConstraintMut"));
    rows.extend(scene.insurance_rows());
    rows.extend(scene.authority_rows());
    rows.extend(fund_rows(&mut scene, true));
    rows.extend(token_rows(&mut scene, &saver));
    rows.extend(scene.program_rows(true));
    rows.extend(scene.typed("market", markets[1].market));
    rows.extend([
        row("owner does not sign", Change::Unsign(saver.owner), "AccountNotSigner"),
        row("owner read only", Change::ReadOnly(saver.owner), "ConstraintMut"),
        swap("a stranger signs", saver.owner, stranger, "WrongStake"),
        swap("another exchange", keys.exchange, other.exchange, "WrongStake"),
        swap("into the vault itself", saver.tokens, keys.insurance_vault, "DuplicateAccount"),
        swap("a market of another exchange", markets[0].market, foreign, "WrongExchange"),
        row("a market missing", Change::Drop(1), "AllMarkets"),
        row("markets twice", Change::Again(markets[0].market, markets[1].market), "AllMarkets"),
        swap("one market in the other's place", markets[0].market, markets[1].market, "AllMarkets"),
    ]);
    check(&mut scene.stage, "exit_stake", &instruction, &rows);
}

/// What the instructions of an underwriter share.
fn underwriter_rows(scene: &mut Scene, wallet: &Wallet) -> Vec<Row> {
    let (keys, other, stranger) = (scene.keys(), scene.other.keys, scene.stranger());
    let market = scene.market(0).market;
    let second = scene.market(1).market;
    let mut rows = scene.typed("exchange", keys.exchange);
    rows.extend(market_rows(scene));
    rows.extend(scene.insurance_rows());
    rows.extend(fund_rows(scene, true));
    rows.extend(token_rows(scene, wallet));
    rows.extend(scene.program_rows(true));
    rows.extend([
        row("underwriter does not sign", Change::Unsign(wallet.owner), "AccountNotSigner"),
        swap("a stranger signs", wallet.owner, stranger, "WrongUnderwriter"),
        swap("another exchange", keys.exchange, other.exchange, "WrongExchange"),
        swap("a market where the seat is free", market, second, "WrongUnderwriter"),
    ]);
    rows
}

#[test]
fn layers_are_funded() {
    let (mut scene, saver, underwriter) = scene();
    let market = scene.market(0);
    let instruction = scene.build().fund_layer(&underwriter, (&market, 1), Atoms(USD));
    let mut rows = underwriter_rows(&mut scene, &underwriter);
    rows.push(swap("another's tokens", underwriter.tokens, saver.tokens, NOT_THE_OWNER));
    check(&mut scene.stage, "fund_layer", &instruction, &rows);
    for seat in [0, 4, 255] {
        let built = scene.build().fund_layer(&underwriter, (&market, seat), Atoms(USD));
        scene.stage.refuses("another seat", "WrongUnderwriter", |stage| stage.send("", built));
    }
}

#[test]
fn layers_leave() {
    let (mut scene, _, underwriter) = scene();
    let keys = scene.keys();
    // Premium, as a penalty would bring it.
    let dues = scene.stage.venue.change_books(0, |books| {
        books.market.insurance_due = Atoms(1_000 * USD);
        books.market.book_in(Atoms(1_000 * USD))
    });
    dues.expect("dues");
    scene.stage.venue.fill_collateral(Atoms(1_000 * USD));
    crate::insurance::skim(&mut scene.stage);
    let market = scene.market(0);
    let premium = scene.build().take_premium(&underwriter, (&market, 1));
    let withdraw = scene.build().withdraw_layer(&underwriter, (&market, 1));
    for (name, instruction) in [("take_premium", premium), ("withdraw_layer", withdraw)] {
        if name == "withdraw_layer" {
            days(&mut scene.stage, 31);
        }
        let mut rows = underwriter_rows(&mut scene, &underwriter);
        rows.extend(scene.authority_rows());
        rows.push(swap("into the vault itself", underwriter.tokens, keys.insurance_vault, "DuplicateAccount"));
        check(&mut scene.stage, name, &instruction, &rows);
    }
    scene.stage.refuses("a seat that is free again", "WrongUnderwriter", |stage| underwrite(stage, 1, &underwriter, 1));
}

#[test]
fn surplus_and_fees_leave() {
    let mut scene = Scene::new();
    let (keys, other) = (scene.keys(), scene.other.keys);
    let (market, second) = (scene.market(0), scene.market(1));
    charge(&mut scene.stage);
    scene.stage.venue.fund(Atoms(10 * USD)).expect("insurance");
    let instruction = scene.build().distribute_surplus(&[market, second]);
    let mut rows = scene.typed_mut("exchange", keys.exchange, "ConstraintMut");
    rows.extend(scene.collateral_rows());
    rows.extend(scene.insurance_rows());
    rows.extend(scene.authority_rows());
    rows.extend(scene.program_rows(true));
    rows.extend(fund_rows(&mut scene, true));
    rows.extend(scene.market_rows(0, Some("NotWritable")));
    rows.extend([
        swap("another exchange", keys.exchange, other.exchange, "WrongVault"),
        row("a market missing", Change::Drop(2), "AllMarkets"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("a market twice", Change::Again(market.market, market.ladder), "DuplicateAccount"),
    ]);
    check(&mut scene.stage, "distribute_surplus", &instruction, &rows);

    for at in [keys.treasury, keys.keeper_fees] {
        tokens::put_wallet(&mut scene.stage.venue.chain, at, keys.mint, keys.authority, Atoms(0));
    }
    let instruction = scene.build().collect_fees(&market);
    let mut rows = scene.typed_mut("exchange", keys.exchange, "ConstraintMut");
    rows.extend(scene.market_rows(0, Some("ConstraintMut")));
    rows.extend(scene.collateral_rows());
    rows.extend(scene.authority_rows());
    rows.extend(scene.program_rows(true));
    let own = scene.account(ALICE).wallet;
    rows.extend([
        swap("another exchange", keys.exchange, other.exchange, "WrongTreasury"),
        swap("treasury: a trader's wallet", keys.treasury, own, "WrongTreasury"),
        swap("treasury: the keepers'", keys.treasury, keys.keeper_fees, "WrongTreasury"),
        swap("keeper fees: a trader's wallet", keys.keeper_fees, own, "WrongTreasury"),
        row("treasury read only", Change::ReadOnly(keys.treasury), "ConstraintMut"),
        row("keeper fees read only", Change::ReadOnly(keys.keeper_fees), "ConstraintMut"),
    ]);
    check(&mut scene.stage, "collect_fees", &instruction, &rows);
}

/// Bob is charged for Alice, who is resolved.
fn charge(stage: &mut Stage) {
    for market in [0, 1] {
        stage.mark(market, 8_800);
    }
    stage.venue.sync(ALICE, None).expect("a sync");
    stage.wait(151);
    for market in [0, 1] {
        stage.venue.resolve(ALICE, market, None).expect("a resolution");
    }
    stage.venue.sync(BOB, None).expect("a sync");
}
