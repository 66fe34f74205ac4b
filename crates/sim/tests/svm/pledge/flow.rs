//! In and out.

use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use breakwater_engine::permission::PauseBits;
use breakwater_engine::{Atoms, Lots};
use breakwater_sim::svm::pledge::KindKeys;
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::{AccountId, Venue};

use super::{auction, conserved, deposit, give, list, owned, pledge, reprice, value, withdraw, TOKEN};
use crate::stage::{Stage, USD};

/// Alice long 1,000 USD with 60 of money and two tokens, Bob short, Carol rich.
pub fn stage() -> (Stage, KindKeys, [AccountId; 3]) {
    let mut stage = Stage::with_markets(1);
    let people = [stage.trader(60), stage.trader(100_000), stage.trader(50_000)];
    let kind = list(&mut stage, 0);
    for who in people {
        give(&mut stage, who, &kind, 5 * TOKEN);
    }
    deposit(&mut stage, people[0], &kind, 2 * TOKEN).expect("a deposit");
    value(&mut stage, people[0], &[kind]);
    stage.pair(0, people[0], people[1], 1_000);
    (stage, kind, people)
}

#[test]
fn what_is_credited_is_what_moved() {
    let (mut stage, kind, [alice, _, carol]) = stage();
    for (who, amount) in [(alice, 1), (carol, TOKEN), (carol, 123_456_789)] {
        let (held, outside) = (pledge(&stage, who).amounts[0], owned(&stage, who, &kind));
        deposit(&mut stage, who, &kind, amount).expect("a deposit");
        assert_eq!(pledge(&stage, who).amounts, [held + amount, 0, 0]);
        assert_eq!(owned(&stage, who, &kind), outside - amount);
        conserved(&stage, &kind, 0);
    }
    stage.refuses("nothing", "ZeroAmount", |stage| deposit(stage, carol, &kind, 0));
    withdraw(&mut stage, carol, &kind, 0, TOKEN + 123_456_789).expect("flat: no market, no price");
    assert_eq!(owned(&stage, carol, &kind), 5 * TOKEN);
    stage.refuses("again", "InsufficientCollateral", |stage| withdraw(stage, carol, &kind, 0, 1));
    conserved(&stage, &kind, 0);
}

#[test]
fn a_gift_to_its_vault_stops_nothing() {
    let (mut stage, kind, [alice, _, carol]) = stage();
    let keys = stage.venue.accounts[carol];
    let mut data = vec![3];
    data.extend(7u64.to_le_bytes());
    let accounts = vec![
        AccountMeta::new(keys.tokens(&kind), false),
        AccountMeta::new(kind.vault, false),
        AccountMeta::new_readonly(keys.owner, true),
    ];
    stage.send("", Instruction { program_id: spl_token::ID, accounts, data }).expect("a gift");
    deposit(&mut stage, carol, &kind, TOKEN).expect("a deposit");
    conserved(&stage, &kind, 7);
    withdraw(&mut stage, carol, &kind, 0, TOKEN).expect("a withdrawal");
    let (mint, keys) = (stage.venue.build.keys.mint, stage.venue.accounts[carol]);
    tokens::put_wallet(&mut stage.venue.chain, keys.wallet, mint, keys.owner, Atoms(1_000 * USD));
    stage.mark(0, 9_400);
    auction(&mut stage, alice, carol, &kind, 0).expect("a sale");
    conserved(&stage, &kind, 7);
    // What nobody holds nobody takes out.
    stage.refuses("the gift", "InsufficientCollateral", |stage| withdraw(stage, carol, &kind, 0, 7));
}

#[test]
fn into_the_vault_itself_nothing_is_withdrawn() {
    let (mut stage, kind, [_, _, carol]) = stage();
    deposit(&mut stage, carol, &kind, TOKEN).expect("a deposit");
    let keys = stage.venue.accounts[carol];
    let mut built = stage.venue.build.withdraw_collateral(&keys, &kind, (&[], &[]), TOKEN);
    let at = built.accounts.iter().position(|meta| meta.pubkey == keys.tokens(&kind)).expect("to");
    built.accounts[at].pubkey = kind.vault;
    stage.refuses("into itself", "DuplicateAccount", |stage| stage.send("", built));
}

#[test]
fn it_leaves_as_long_as_initial_margin_stays() {
    let (mut stage, kind, [alice, _, carol]) = stage();
    stage.mark(0, 9_800);
    reprice(&mut stage, &kind, 10_000);
    // Money 39.5 of 49: 9.5 are needed, 0.12 tokens.
    stage.refuses("too much", "InsufficientMargin", |stage| withdraw(stage, alice, &kind, 1, 2 * TOKEN - TOKEN / 10));
    stage.refuses("without its market", "MarketMissing", |stage| withdraw(stage, alice, &kind, 0, TOKEN));
    withdraw(&mut stage, alice, &kind, 1, TOKEN).expect("a withdrawal");
    conserved(&stage, &kind, 0);
    let frozen = stage.venue.build.set_pause_bits(None, PauseBits::WITHDRAWALS.0);
    deposit(&mut stage, carol, &kind, TOKEN).expect("a deposit");
    stage.send("", frozen).expect("a pause");
    stage.refuses("paused", "Paused", |stage| withdraw(stage, alice, &kind, 1, 1));
    withdraw(&mut stage, carol, &kind, 0, TOKEN).expect("no pause holds what backs nothing");
    let freeze = stage.venue.build.set_pause_bits(None, PauseBits::FREEZE.0 | PauseBits::DEPOSITS.0);
    stage.send("", freeze).expect("a freeze");
    stage.refuses("frozen", "Paused", |stage| withdraw(stage, alice, &kind, 1, 1));
    stage.refuses("deposits frozen", "Paused", |stage| deposit(stage, alice, &kind, 1));
}

#[test]
fn an_account_that_holds_some_is_not_closed() {
    let (mut stage, kind, [_, _, carol]) = stage();
    deposit(&mut stage, carol, &kind, 1).expect("a deposit");
    let free = stage.venue.account(carol).free;
    stage.venue.withdraw(carol, free).expect("all its money");
    let close = stage.venue.build.close_account(&stage.venue.accounts[carol]);
    stage.refuses("one unit left", "AccountNotEmpty", |stage| stage.send("", close.clone()));
    withdraw(&mut stage, carol, &kind, 0, 1).expect("a withdrawal");
    stage.send("close_account", close).expect("closed");
}

#[test]
fn an_old_valuation_serves_nobody() {
    let (mut stage, kind, [alice, _, carol]) = stage();
    stage.mark(0, 9_500);
    for (what, attempt) in [
        (
            "liquidate",
            (|stage, alice, carol| stage.venue.liquidate(alice, 0, carol, Lots(0))) as fn(&mut Stage, _, _) -> _,
        ),
        ("resolve", |stage, alice, _| stage.venue.resolve(alice, 0, None)),
        ("sync", |stage, alice, _| stage.venue.sync(alice, None)),
        ("withdraw", |stage, alice, _| stage.venue.withdraw(alice, Atoms(1))),
    ] {
        stage.refuses(what, "CollateralUnvalued", |stage| attempt(stage, alice, carol));
    }
    let none = stage.venue.build.value_collateral(&stage.venue.accounts[alice], &[]);
    stage.refuses("valued without its kind", "WrongCollateral", |stage| stage.send("", none));
    value(&mut stage, alice, &[kind]);
    stage.venue.withdraw(alice, Atoms(USD)).expect("initial margin stays by it");
    stage.venue.sync(alice, None).expect("valued");
    stage.refuses("healthy by it", "NotInDistress", |stage| stage.venue.liquidate(alice, 0, carol, Lots(0)));
    stage.conserved("at the end");
}
