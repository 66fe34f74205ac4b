//! Instructions of the exchange and of accounts as such.

use anchor_lang::system_program;
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::decode;
use breakwater_sim::svm::instructions::{Build, INSTRUCTIONS};
use breakwater_sim::svm::keys::{ladder_of, ExchangeKeys, MarketKeys};
use breakwater_sim::venue::Venue;

use super::scene::{Scene, ALICE, BOB};
use super::{check, row, swap, Change, IN_USE, NO_PRIVILEGE};
use crate::stage::{said, BIRTH, LADDER};

#[test]
fn initialise_exchange() {
    let mut scene = Scene::new();
    let keys = ExchangeKeys::of(2);
    let build = Build { keys, ..scene.build() };
    keys.prepare(&mut scene.stage.venue.chain);
    let instruction = build.initialise_exchange(decode::exchange_params(&ExchangeParams::bare()));
    let (first, stranger) = (scene.keys(), scene.stranger());
    let forged_mint = scene.copy_owned(keys.mint, breakwater::ID);
    let forged_fees = scene.copy_owned(keys.treasury, breakwater::ID);
    let closed_fees = scene.token_account(keys.mint, stranger);
    let mut unopened = scene.stage.venue.chain.data(&closed_fees).to_vec();
    unopened[108] = 0;
    scene.stage.venue.chain.put_data(closed_fees, spl_token::ID, unopened);
    let worthless = address("other mint", 0);
    let other_fees = scene.token_account(worthless, stranger);
    let own = scene.token_account(keys.mint, keys.vault_authority);
    let fees = [("treasury", keys.treasury), ("keepers' fees", keys.keeper_fees)];
    let mut rows = scene.program_rows(false);
    rows.extend([
        row("authority does not sign", Change::Unsign(keys.authority), "AccountNotSigner"),
        row("authority read only", Change::ReadOnly(keys.authority), NO_PRIVILEGE),
        swap("exchange of another id", keys.exchange, first.exchange, "ConstraintSeeds"),
        swap("insurance of another exchange", keys.insurance, first.insurance, "ConstraintSeeds"),
        swap("ledger of another exchange", keys.ledger, first.ledger, "ConstraintSeeds"),
        swap("collateral vault: the insurance vault", keys.collateral_vault, keys.insurance_vault, "ConstraintSeeds"),
        swap("insurance vault of another exchange", keys.insurance_vault, first.insurance_vault, "ConstraintSeeds"),
        swap("vault authority: a stranger", keys.vault_authority, stranger, "ConstraintSeeds"),
        swap("mint: a vault", keys.mint, first.collateral_vault, "InvalidAccountData"),
        swap("mint of another program", keys.mint, forged_mint, "AccountOwnedByWrongProgram"),
        swap("token program", spl_token::ID, breakwater::ID, "InvalidProgramId"),
        swap("system program", system_program::ID, spl_token::ID, "InvalidProgramId"),
        row("exchange read only", Change::ReadOnly(keys.exchange), NO_PRIVILEGE),
        row("insurance read only", Change::ReadOnly(keys.insurance), NO_PRIVILEGE),
        row("ledger read only", Change::ReadOnly(keys.ledger), NO_PRIVILEGE),
        row("collateral vault read only", Change::ReadOnly(keys.collateral_vault), NO_PRIVILEGE),
        row("insurance vault read only", Change::ReadOnly(keys.insurance_vault), NO_PRIVILEGE),
    ]);
    for (name, at) in fees {
        rows.extend([
            swap(&format!("{name}: a mint"), at, keys.mint, "NotATokenAccount"),
            swap(&format!("{name}: of another program"), at, forged_fees, "NotATokenAccount"),
            swap(&format!("{name}: never opened"), at, closed_fees, "NotATokenAccount"),
            swap(&format!("{name}: not there"), at, stranger, "NotATokenAccount"),
            swap(&format!("{name}: of another mint"), at, other_fees, "WrongMint"),
            swap(&format!("{name}: the exchange's own vault"), at, keys.collateral_vault, "WrongTreasury"),
            swap(&format!("{name}: the exchange's own"), at, own, "WrongTreasury"),
        ]);
    }
    check(&mut scene.stage, "initialise_exchange", &instruction, &rows);
    scene.stage.refuses("twice", IN_USE, |stage| stage.send("", instruction));
}

#[test]
fn a_mint_without_six_decimals() {
    let mut scene = Scene::new();
    let keys = ExchangeKeys { mint: address("nine decimals", 0), ..ExchangeKeys::of(2) };
    let mut data = scene.stage.venue.chain.data(&scene.keys().mint).to_vec();
    data[44] = 9;
    scene.stage.venue.chain.put_data(keys.mint, spl_token::ID, data);
    keys.prepare(&mut scene.stage.venue.chain);
    let build = Build { keys, ..scene.build() };
    let instruction = build.initialise_exchange(decode::exchange_params(&ExchangeParams::bare()));
    scene.stage.refuses("nine decimals", "WrongMint", |stage| stage.send("", instruction));
}

#[test]
fn list_market() {
    let mut scene = Scene::new();
    let (keys, other) = (scene.keys(), scene.other.keys);
    let market = keys.market(2);
    scene.stage.venue.chain.put_data(market.ladder, breakwater::ID, vec![0; LADDER]);
    let first = said(BIRTH, scene.stage.venue.now().time);
    scene.stage.venue.post(&market, &first);
    let params = decode::market_params(&MarketParams::bare());
    let instruction = scene.build().list_market(2, &market, params);
    let stranger = scene.stranger();
    let short = scene.token_account(keys.mint, stranger);
    scene.stage.venue.chain.put_data(short, breakwater::ID, vec![0; LADDER - 8]);
    let forged = scene.copy_owned(market.ladder, spl_token::ID);
    let forged_price = scene.copy_owned(market.price, breakwater::ID);
    let closed = scene.closed();
    let spare = [keys.market(3), other.market(2)].map(|keys| keys.ladder);
    for ladder in spare {
        scene.stage.venue.chain.put_data(ladder, breakwater::ID, vec![0; LADDER]);
    }
    let mut rows = scene.program_rows(false);
    rows.extend([
        swap("a28: a ladder created for another market", market.ladder, spare[0], "LadderElsewhere"),
        swap("a28: a ladder created for another exchange", market.ladder, spare[1], "LadderElsewhere"),
        swap("another base", market.ladder_base, keys.market(3).ladder_base, "LadderElsewhere"),
        row("authority does not sign", Change::Unsign(keys.authority), "AccountNotSigner"),
        row("authority read only", Change::ReadOnly(keys.authority), NO_PRIVILEGE),
        swap("a stranger signs", keys.authority, stranger, "Unauthorised"),
        swap("another exchange's authority signs", keys.authority, other.authority, "Unauthorised"),
        swap("another exchange", keys.exchange, other.exchange, "ConstraintSeeds"),
        row("exchange read only", Change::ReadOnly(keys.exchange), "ConstraintMut"),
        swap("market of another number", market.market, scene.market(0).market, "ConstraintSeeds"),
        row("market read only", Change::ReadOnly(market.market), NO_PRIVILEGE),
        swap("ladder in use", market.ladder, scene.market(0).ladder, "ConstraintZero"),
        swap("ladder too small", market.ladder, short, "LadderElsewhere"),
        swap("ladder of another program", market.ladder, forged, "AccountOwnedByWrongProgram"),
        swap("ladder not created", market.ladder, closed, "AccountDidNotDeserialize"),
        row("ladder read only", Change::ReadOnly(market.ladder), "ConstraintMut"),
        swap("price of another feed", market.price, scene.market(0).price, "WrongFeed"),
        swap("price of another program", market.price, forged_price, "WrongOracleOwner"),
        swap("the sysvar: the exchange", INSTRUCTIONS, keys.exchange, "WrongInstructionsSysvar"),
        swap("system program", system_program::ID, spl_token::ID, "InvalidProgramId"),
    ]);
    check(&mut scene.stage, "list_market", &instruction, &rows);
}

#[test]
fn list_market_with_another_number() {
    let mut scene = Scene::new();
    let params = decode::market_params(&MarketParams::bare());
    for index in [1u16, 3] {
        let mut market = scene.keys().market(index);
        market.ladder_base = address("spare ladder", 0);
        market.ladder = ladder_of(&market.ladder_base, &market.market);
        scene.stage.venue.chain.put_data(market.ladder, breakwater::ID, vec![0; LADDER]);
        let first = said(BIRTH, scene.stage.venue.now().time);
        scene.stage.venue.post(&market, &first);
        let instruction = scene.build().list_market(index, &market, params);
        // A number in use has an account at its address: the system program refuses to create it again.
        let error = if index == 1 { IN_USE } else { "WrongIndex" };
        scene.stage.refuses("another number", error, |stage| stage.send("", instruction));
    }
}

#[test]
fn open_account() {
    let mut scene = Scene::new();
    let account = scene.keys().account(7);
    scene.stage.venue.chain.give_lamports(account.owner);
    let instruction = scene.build().open_account(&account);
    let (keys, alice, stranger) = (scene.keys(), scene.account(ALICE), scene.stranger());
    let mut rows = scene.program_rows(false);
    rows.extend([
        row("owner does not sign", Change::Unsign(account.owner), "AccountNotSigner"),
        row("owner read only", Change::ReadOnly(account.owner), NO_PRIVILEGE),
        swap("another owner's address", account.owner, stranger, "ConstraintSeeds"),
        swap("account of another", account.account, alice.account, "ConstraintSeeds"),
        row("account read only", Change::ReadOnly(account.account), NO_PRIVILEGE),
        swap("trader of another", account.trader, alice.trader, "ConstraintSeeds"),
        row("trader read only", Change::ReadOnly(account.trader), NO_PRIVILEGE),
        // The address is derived from the exchange: a wrong one shows there first.
        swap("another exchange", keys.exchange, scene.other.keys.exchange, "ConstraintSeeds"),
        swap("system program", system_program::ID, spl_token::ID, "InvalidProgramId"),
    ]);
    check(&mut scene.stage, "open_account", &instruction, &rows);
    scene.stage.refuses("twice", IN_USE, |stage| stage.send("", instruction));
}

#[test]
fn close_account() {
    let mut scene = Scene::new();
    let empty = scene.stage.venue.open().expect("an account");
    let (account, bob) = (scene.account(empty), scene.account(BOB));
    let instruction = scene.build().close_account(&account);
    let mut rows = scene.exchange_rows(None);
    rows.extend(scene.account_rows(empty));
    rows.extend(scene.owned(account.owner));
    rows.extend(scene.program_rows(false));
    rows.extend([
        row("owner read only", Change::ReadOnly(account.owner), "ConstraintMut"),
        swap("account of another owner", account.account, bob.account, "Unauthorised"),
    ]);
    check(&mut scene.stage, "close_account", &instruction, &rows);
    let again = scene.build().deposit(&account, breakwater_engine::Atoms(1_000_000));
    scene.stage.refuses("a closed account", "AccountClosed", |stage| stage.send("", again));
}

#[test]
fn set_pause_bits() {
    for market in [None, Some(0)] {
        let mut scene = Scene::new();
        let (keys, other) = (scene.keys(), scene.other.keys);
        let paused = market.map(|at| scene.market(at));
        let instruction = scene.build().set_pause_bits(paused.as_ref(), 4);
        let stranger = scene.stranger();
        let mut rows = scene.typed_mut("exchange", keys.exchange, "ConstraintMut");
        rows.extend(scene.program_rows(false));
        rows.extend([
            row("authority does not sign", Change::Unsign(keys.authority), "AccountNotSigner"),
            swap("the sysvar: the exchange", INSTRUCTIONS, keys.exchange, "WrongInstructionsSysvar"),
            swap("a stranger signs", keys.authority, stranger, "Unauthorised"),
            swap("another exchange's authority signs", keys.authority, other.authority, "Unauthorised"),
            swap("another exchange", keys.exchange, other.exchange, "Unauthorised"),
        ]);
        if let Some(paused) = paused {
            rows.extend(scene.typed_mut("market", paused.market, "ConstraintMut"));
            rows.push(swap("market of another exchange", paused.market, scene.other_market.market, "WrongExchange"));
        }
        check(&mut scene.stage, "set_pause_bits", &instruction, &rows);
    }
}

/// A ladder that waits for its listing, paid for by somebody else, is taken by no other listing: not of a rogue exchange's under the
/// same number, nor of another market of the same exchange.
#[test]
fn a28_a_ladder_made_beforehand_is_taken_by_its_own_listing_only() {
    let mut scene = Scene::new();
    let (keys, rogue) = (scene.keys(), scene.other.keys);
    let (market, params) = (keys.market(2), decode::market_params(&MarketParams::bare()));
    let first = said(BIRTH, scene.stage.venue.now().time);
    let theirs = MarketKeys { ladder: market.ladder, ladder_base: market.ladder_base, ..rogue.market(1) };
    for keys in [&market, &theirs] {
        scene.stage.venue.post(keys, &first);
    }
    let own = scene.build().list_market(2, &market, params);
    scene.stage.venue.chain.put_data(market.ladder, breakwater::ID, vec![0; LADDER - 8]);
    scene.stage.refuses("too small", "AccountDidNotDeserialize", |stage| stage.send("", own.clone()));
    scene.stage.venue.chain.put_data(market.ladder, breakwater::ID, vec![0; LADDER]);
    let taken = scene.other.list_market(1, &theirs, params);
    scene.stage.refuses("a rogue exchange's listing", "LadderElsewhere", |stage| stage.send("", taken));
    scene.stage.send("", own).expect("its own listing");
}
