//! Instructions of other collateral.

use anchor_lang::system_program;
use breakwater_engine::Atoms;
use breakwater_sim::svm::instructions::INSTRUCTIONS;
use breakwater_sim::svm::pledge::KindKeys;
use breakwater_sim::svm::{decode, tokens};
use breakwater_sim::venue::Venue;

use super::scene::{Scene, ALICE, BOB, CAROL};
use super::{check, row, swap, Change, Row, IN_USE, NOT_THE_OWNER, NO_PRIVILEGE};
use crate::pledge::{deposit, give, list, params, post, prepare, reprice, TOKEN};
use crate::stage::{SILENT, USD};

/// Two kinds of which Alice holds two tokens each; the other exchange's first kind.
struct Kinds {
    scene: Scene,
    first: KindKeys,
    second: KindKeys,
    foreign: KindKeys,
}

impl Kinds {
    fn new() -> Kinds {
        let mut scene = Scene::new();
        let [first, second] = [0, 1].map(|index| list(&mut scene.stage, index));
        for kind in [first, second] {
            for who in [ALICE, BOB, CAROL] {
                give(&mut scene.stage, who, &kind, 10 * TOKEN);
            }
            deposit(&mut scene.stage, ALICE, &kind, 2 * TOKEN).expect("a deposit");
        }
        let foreign = scene.other.keys.kind(0);
        post(&mut scene.stage, &foreign, 10_000);
        let built = scene.other.list_collateral(&foreign, decode::mirrored(&params()));
        scene.stage.send("", built).expect("the other exchange's kind");
        Kinds { scene, first, second, foreign }
    }

    /// The first kind's account.
    fn kind_rows(&mut self, other: &'static str) -> Vec<Row> {
        let key = self.first.collateral;
        let mut rows = self.scene.typed_mut("collateral", key, "ConstraintMut");
        let copy = self.scene.copy(key);
        rows.extend([
            swap("collateral of another exchange", key, self.foreign.collateral, "WrongExchange"),
            swap("a copy of the collateral", key, copy, "WrongCollateral"),
            swap("collateral of another kind", key, self.second.collateral, other),
        ]);
        rows
    }

    /// Its vault.
    fn vault_rows(&mut self) -> Vec<Row> {
        let (vault, keys) = (self.first.vault, self.scene.keys());
        let of_authority = self.scene.token_account(self.first.mint, keys.vault_authority);
        vec![
            swap("vault of another kind", vault, self.second.vault, "WrongVault"),
            swap("vault of another exchange", vault, self.foreign.vault, "WrongVault"),
            swap("vault: another token account of the authority", vault, of_authority, "WrongVault"),
            swap("vault: where USDC lies", vault, keys.insurance_vault, "WrongVault"),
            row("vault read only", Change::ReadOnly(vault), "ConstraintMut"),
        ]
    }

    /// A trader's tokens of the first kind.
    fn token_rows(&mut self, of: usize) -> Vec<Row> {
        let account = self.scene.account(of);
        let key = account.tokens(&self.first);
        let usdc = self.scene.token_account(self.scene.keys().mint, account.owner);
        let (closed, forged) = (self.scene.closed(), self.scene.copy_owned(key, breakwater::ID));
        vec![
            swap("tokens: USDC", key, usdc, "WrongMint"),
            swap("tokens of another kind", key, account.tokens(&self.second), "WrongMint"),
            swap("tokens closed", key, closed, "NotATokenAccount"),
            swap("tokens of another program", key, forged, "NotATokenAccount"),
            swap("tokens: the mint", key, self.first.mint, "NotATokenAccount"),
            row("tokens read only", Change::ReadOnly(key), "ConstraintMut"),
        ]
    }

    /// The second kind, where it is only looked at.
    fn other_rows(&mut self) -> Vec<Row> {
        let key = self.second.collateral;
        let mut rows = self.scene.typed("the other kind", key);
        rows.extend([
            swap("the other kind is this one", key, self.first.collateral, "DuplicateAccount"),
            swap("the other kind of another exchange", key, self.foreign.collateral, "WrongExchange"),
        ]);
        rows
    }
}

#[test]
fn list_collateral() {
    let mut scene = Scene::new();
    let kind = prepare(&mut scene.stage, 0);
    let instruction = scene.build().list_collateral(&kind, decode::mirrored(&params()));
    let (keys, other) = (scene.keys(), scene.other.keys);
    let stranger = scene.stranger();
    let forged_mint = scene.copy_owned(kind.mint, breakwater::ID);
    let forged_price = scene.copy_owned(kind.price, breakwater::ID);
    let mut rows = scene.program_rows(true);
    rows.extend([
        row("authority does not sign", Change::Unsign(keys.authority), "AccountNotSigner"),
        row("authority read only", Change::ReadOnly(keys.authority), NO_PRIVILEGE),
        swap("a stranger signs", keys.authority, stranger, "Unauthorised"),
        swap("another exchange", keys.exchange, other.exchange, "ConstraintSeeds"),
        row("exchange read only", Change::ReadOnly(keys.exchange), "ConstraintMut"),
        swap("collateral of another exchange", kind.collateral, other.kind(0).collateral, "ConstraintSeeds"),
        swap("collateral of another number", kind.collateral, keys.kind(1).collateral, "ConstraintSeeds"),
        row("collateral read only", Change::ReadOnly(kind.collateral), NO_PRIVILEGE),
        swap("mint of another program", kind.mint, forged_mint, "AccountOwnedByWrongProgram"),
        swap("mint: a vault", kind.mint, keys.collateral_vault, "InvalidAccountData"),
        swap("mint: USDC", kind.mint, keys.mint, "WrongMint"),
        swap("vault of another kind", kind.vault, keys.kind(1).vault, "ConstraintSeeds"),
        row("vault read only", Change::ReadOnly(kind.vault), NO_PRIVILEGE),
        swap("vault authority: a stranger", keys.vault_authority, stranger, "WrongVaultAuthority"),
        swap("price of another program", kind.price, forged_price, "WrongOracleOwner"),
        swap("price of another feed", kind.price, scene.market(0).price, "WrongFeed"),
        swap("the sysvar: the exchange", INSTRUCTIONS, keys.exchange, "WrongInstructionsSysvar"),
        swap("system program", system_program::ID, spl_token::ID, "InvalidProgramId"),
    ]);
    check(&mut scene.stage, "list_collateral", &instruction, &rows);
    scene.stage.refuses("twice", IN_USE, |stage| stage.send("", instruction));
}

#[test]
fn refresh_collateral() {
    let mut kinds = Kinds::new();
    kinds.scene.stage.venue.advance(10, 4);
    for kind in [kinds.first, kinds.second] {
        post(&mut kinds.scene.stage, &kind, 10_000);
    }
    let instruction = kinds.scene.build().refresh_collateral(&kinds.first);
    let mut rows = kinds.scene.exchange_rows(None);
    rows.extend(kinds.kind_rows("WrongFeed"));
    rows.extend(kinds.scene.program_rows(false));
    let price = kinds.first.price;
    let forged = kinds.scene.copy_owned(price, breakwater::ID);
    rows.extend([
        swap("price of another program", price, forged, SILENT),
        swap("price of another kind", price, kinds.second.price, "WrongFeed"),
        swap("price of a market", price, kinds.scene.market(0).price, "WrongFeed"),
    ]);
    check(&mut kinds.scene.stage, "refresh_collateral", &instruction, &rows);
}

#[test]
fn cancel_collateral() {
    let mut kinds = Kinds::new();
    let keys = kinds.scene.keys();
    // Not open yet.
    let mut state = super::super::pledge::kind_state(&kinds.scene.stage, &kinds.first);
    state.opens_at = i64::MAX - 1;
    let bytes = decode::bytes(&*state);
    kinds.scene.stage.venue.chain.put_data(kinds.first.collateral, breakwater::ID, bytes);
    let instruction = kinds.scene.build().cancel_collateral(keys.guardian, &kinds.first);
    let stranger = kinds.scene.stranger();
    let mut rows = kinds.scene.typed("exchange", keys.exchange);
    rows.extend(kinds.kind_rows("ProposalClosed"));
    rows.extend(kinds.scene.program_rows(false));
    rows.push(swap("the sysvar: the exchange", INSTRUCTIONS, keys.exchange, "WrongInstructionsSysvar"));
    rows.extend([
        row("nobody signs", Change::Unsign(keys.guardian), "AccountNotSigner"),
        swap("a stranger signs", keys.guardian, stranger, "Unauthorised"),
        swap("another exchange", keys.exchange, kinds.scene.other.keys.exchange, "Unauthorised"),
    ]);
    check(&mut kinds.scene.stage, "cancel_collateral", &instruction, &rows);
}

#[test]
fn deposit_collateral() {
    let mut kinds = Kinds::new();
    let (alice, bob) = (kinds.scene.account(ALICE), kinds.scene.account(BOB));
    let instruction = kinds.scene.build().deposit_collateral(&alice, &kinds.first, TOKEN);
    let mut rows = kinds.scene.exchange_rows(None);
    rows.extend(kinds.scene.account_rows(ALICE));
    rows.extend(kinds.scene.owned(alice.owner));
    rows.extend(kinds.kind_rows("WrongVault"));
    rows.extend(kinds.vault_rows());
    rows.extend(kinds.token_rows(ALICE));
    rows.extend(kinds.scene.program_rows(true));
    rows.extend([
        swap("account of another owner", alice.account, bob.account, "Unauthorised"),
        swap("tokens of another owner", alice.tokens(&kinds.first), bob.tokens(&kinds.first), NOT_THE_OWNER),
        swap("tokens: the vault itself", alice.tokens(&kinds.first), kinds.first.vault, NOT_THE_OWNER),
    ]);
    check(&mut kinds.scene.stage, "deposit_collateral", &instruction, &rows);
}

#[test]
fn withdraw_collateral() {
    let mut kinds = Kinds::new();
    let (alice, bob) = (kinds.scene.account(ALICE), kinds.scene.account(BOB));
    let markets = [kinds.scene.market(0), kinds.scene.market(1)];
    let around = (&[kinds.second][..], &markets[..]);
    let instruction = kinds.scene.build().withdraw_collateral(&alice, &kinds.first, around, TOKEN);
    let mut rows = kinds.scene.exchange_rows(None);
    rows.extend(kinds.scene.account_rows(ALICE));
    rows.extend(kinds.scene.owned(alice.owner));
    rows.extend(kinds.kind_rows("WrongVault"));
    rows.extend(kinds.vault_rows());
    rows.extend(kinds.token_rows(ALICE));
    rows.extend(kinds.other_rows());
    rows.extend(kinds.scene.authority_rows());
    rows.extend(kinds.scene.market_rows(0, None));
    rows.extend(kinds.scene.program_rows(true));
    rows.extend([
        swap("account of another owner", alice.account, bob.account, "Unauthorised"),
        row("a market missing", Change::Drop(2), "MarketMissing"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("everything missing", Change::Drop(5), "WrongCollateral"),
        row("a market twice", Change::Again(markets[0].market, markets[0].ladder), "DuplicateAccount"),
    ]);
    check(&mut kinds.scene.stage, "withdraw_collateral", &instruction, &rows);
}

#[test]
fn value_collateral() {
    let mut kinds = Kinds::new();
    let alice = kinds.scene.account(ALICE);
    let held = [kinds.first, kinds.second];
    let instruction = kinds.scene.build().value_collateral(&alice, &held);
    let mut rows = kinds.scene.exchange_rows(None);
    rows.extend(kinds.scene.account_rows(ALICE));
    rows.extend(kinds.other_rows());
    rows.extend(kinds.scene.program_rows(false));
    rows.extend([
        row("a kind missing", Change::Drop(1), "WrongCollateral"),
        row("both kinds missing", Change::Drop(2), "WrongCollateral"),
        row("both twice", Change::Again(kinds.first.collateral, kinds.second.collateral), "DuplicateAccount"),
    ]);
    check(&mut kinds.scene.stage, "value_collateral", &instruction, &rows);
}

#[test]
fn auction_collateral() {
    let mut kinds = Kinds::new();
    let (alice, bob, carol) = (kinds.scene.account(ALICE), kinds.scene.account(BOB), kinds.scene.account(CAROL));
    let mint = kinds.scene.keys().mint;
    for keys in [bob, carol] {
        tokens::put_wallet(&mut kinds.scene.stage.venue.chain, keys.wallet, mint, keys.owner, Atoms(10_000 * USD));
    }
    // Both positions have lost what Alice had.
    for market in [0, 1] {
        kinds.scene.stage.mark(market, 8_900);
    }
    kinds.scene.stage.confirm(0, 8_900);
    for kind in [kinds.first, kinds.second] {
        reprice(&mut kinds.scene.stage, &kind, 10_000);
    }
    let markets = [kinds.scene.market(0), kinds.scene.market(1)];
    let around = (&[kinds.second][..], &markets[..]);
    let instruction = kinds.scene.build().auction_collateral((&alice, &carol), &kinds.first, around, TOKEN);
    let mut rows = kinds.scene.exchange_rows(Some("ConstraintMut"));
    rows.extend(kinds.scene.account_rows(ALICE));
    rows.extend(kinds.kind_rows("WrongVault"));
    rows.extend(kinds.vault_rows());
    rows.extend(kinds.token_rows(CAROL));
    rows.extend(kinds.other_rows());
    rows.extend(kinds.scene.collateral_rows());
    rows.extend(kinds.scene.authority_rows());
    rows.extend(kinds.scene.market_rows(0, Some("NotWritable")));
    rows.extend(kinds.scene.program_rows(true));
    let worthless = kinds.scene.other_mint();
    let another_mint = kinds.scene.token_account(worthless, carol.owner);
    rows.extend([
        row("buyer does not sign", Change::Unsign(carol.owner), "AccountNotSigner"),
        swap("another pays", carol.wallet, bob.wallet, NOT_THE_OWNER),
        swap("paid in another mint", carol.wallet, another_mint, "WrongMint"),
        swap("paid from the vault", carol.wallet, kinds.scene.keys().collateral_vault, NOT_THE_OWNER),
        swap("into the vault itself", carol.tokens(&kinds.first), kinds.first.vault, "DuplicateAccount"),
        swap("an account in no distress", alice.account, bob.account, "AccountsNotInPairs"),
        row("a market missing", Change::Drop(2), "MarketMissing"),
        row("half a pair", Change::Drop(1), "AccountsNotInPairs"),
        row("everything missing", Change::Drop(5), "WrongCollateral"),
        row("a market twice", Change::Again(markets[0].market, markets[0].ladder), "DuplicateAccount"),
    ]);
    check(&mut kinds.scene.stage, "auction_collateral", &instruction, &rows);
}
