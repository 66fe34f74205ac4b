//! Other collateral on the compiled program: a mint of nine decimals at 100 USD.

mod flow;
mod listing;
mod sale;

use breakwater::state::Collateral;
use breakwater_engine::state::{CollateralParams, Pledge};
use breakwater_engine::units::Bps;
use breakwater_engine::Atoms;
use breakwater_sim::svm::pledge::KindKeys;
use breakwater_sim::svm::{decode, pyth, tokens};
use breakwater_sim::venue::{AccountId, Outcome, Venue};

use crate::stage::{said, Stage};

/// One whole token.
pub const TOKEN: u64 = 1_000_000_000;

/// A haircut of a fifth; sold from 1 % off to nothing in a thousand slots.
pub fn params() -> CollateralParams {
    CollateralParams {
        haircut: Bps(2_000),
        discount_start: Bps(100),
        auction_slots: 1_000,
        ..CollateralParams::standard()
    }
}

/// What a kind's feed says now, cents.
pub fn post(stage: &mut Stage, kind: &KindKeys, cents: i64) {
    let now = stage.venue.now();
    let update = pyth::update(kind.feed, &said(cents, now.time), now.slot);
    stage.venue.chain.put_data(kind.price, pyth::RECEIVER, update);
}

/// A mint and a price for the next kind; not listed yet.
pub fn prepare(stage: &mut Stage, index: u8) -> KindKeys {
    let kind = stage.venue.build.keys.kind(index);
    let payer = stage.venue.chain.payer();
    tokens::put_mint_of(&mut stage.venue.chain, kind.mint, payer, 9);
    post(stage, &kind, 10_000);
    kind
}

/// Lists the next kind.
pub fn list(stage: &mut Stage, index: u8) -> KindKeys {
    let kind = prepare(stage, index);
    let built = stage.venue.build.list_collateral(&kind, decode::mirrored(&params()));
    stage.send("list_collateral", built).expect("a kind");
    kind
}

/// A new price of a kind, accepted.
pub fn reprice(stage: &mut Stage, kind: &KindKeys, cents: i64) {
    post(stage, kind, cents);
    let built = stage.venue.build.refresh_collateral(kind);
    stage.send("refresh_collateral", built).expect("a refresh");
}

/// Tokens for a trader.
pub fn give(stage: &mut Stage, account: AccountId, kind: &KindKeys, amount: u64) {
    let keys = stage.venue.accounts[account];
    tokens::put_wallet(&mut stage.venue.chain, keys.tokens(kind), kind.mint, keys.owner, Atoms(amount));
}

/// Tokens a trader has outside.
pub fn owned(stage: &Stage, account: AccountId, kind: &KindKeys) -> u64 {
    tokens::balance(&stage.venue.chain, &stage.venue.accounts[account].tokens(kind)).0
}

/// Pays in.
pub fn deposit(stage: &mut Stage, account: AccountId, kind: &KindKeys, amount: u64) -> Outcome {
    let built = stage.venue.build.deposit_collateral(&stage.venue.accounts[account], kind, amount);
    stage.send("deposit_collateral", built)
}

/// Takes out; the account has no other kind and stands in the first markets.
pub fn withdraw(stage: &mut Stage, account: AccountId, kind: &KindKeys, markets: usize, amount: u64) -> Outcome {
    let around = (&[][..], &stage.venue.markets[..markets]);
    let built = stage.venue.build.withdraw_collateral(&stage.venue.accounts[account], kind, around, amount);
    stage.send("withdraw_collateral", built)
}

/// Values an account.
pub fn value(stage: &mut Stage, account: AccountId, held: &[KindKeys]) {
    let built = stage.venue.build.value_collateral(&stage.venue.accounts[account], held);
    stage.send("value_collateral", built).expect("a valuation");
}

/// Buys of an account that has no other kind and stands in the first market.
pub fn auction(stage: &mut Stage, victim: AccountId, buyer: AccountId, kind: &KindKeys, amount: u64) -> Outcome {
    let parties = (&stage.venue.accounts[victim], &stage.venue.accounts[buyer]);
    let around = (&[][..], &stage.venue.markets[..1]);
    let built = stage.venue.build.auction_collateral(parties, kind, around, amount);
    stage.send("auction_collateral", built)
}

/// An account's other collateral.
pub fn pledge(stage: &Stage, account: AccountId) -> Pledge {
    stage.venue.account(account).pledge
}

/// A kind's account.
pub fn kind_state(stage: &Stage, kind: &KindKeys) -> Box<Collateral> {
    decode::state(stage.venue.chain.data(&kind.collateral))
}

/// Every unit of a kind is in an account, in its books and in its vault; so many more were sent there unasked.
pub fn conserved(stage: &Stage, kind: &KindKeys, gifts: u64) {
    let held: u64 = (0..stage.venue.accounts.len()).map(|at| pledge(stage, at).amounts[usize::from(kind.index)]).sum();
    assert_eq!(held, kind_state(stage, kind).books.booked, "accounts and books");
    assert_eq!(held + gifts, tokens::balance(&stage.venue.chain, &kind.vault).0, "books and vault");
    stage.conserved("USDC");
}
