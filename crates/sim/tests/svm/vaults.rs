//! Both vaults: gifts stop nothing (G12), what is credited is what moved (F13), flat money leaves whatever happens (I10).

use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use breakwater_engine::permission::PauseBits;
use breakwater_engine::{Atoms, Lots};
use breakwater_sim::audit::audit;
use breakwater_sim::svm::chain::address;
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::{AccountId, Venue};
use solana_pubkey::Pubkey;

use crate::stage::{Stage, USD};

/// The token program's `Transfer`.
fn transfer(from: Pubkey, to: Pubkey, owner: Pubkey, amount: u64) -> Instruction {
    let mut data = vec![3];
    data.extend(amount.to_le_bytes());
    let accounts =
        vec![AccountMeta::new(from, false), AccountMeta::new(to, false), AccountMeta::new_readonly(owner, true)];
    Instruction { program_id: spl_token::ID, accounts, data }
}

/// An atom for each vault, from a trader's wallet.
fn gift(stage: &mut Stage, from: AccountId) {
    let (keys, own) = (stage.venue.build.keys, stage.venue.accounts[from]);
    tokens::put_wallet(&mut stage.venue.chain, own.wallet, keys.mint, own.owner, Atoms(2));
    for vault in [keys.collateral_vault, keys.insurance_vault] {
        stage.send("", transfer(own.wallet, vault, own.owner, 1)).expect("a transfer");
    }
}

/// A skim of some markets.
fn skim(stage: &mut Stage, markets: usize) {
    let mut built = stage.venue.build.skim();
    let keys = stage.venue.markets[..markets].iter().flat_map(|keys| [keys.market, keys.ladder]);
    built.accounts.extend(keys.map(|key| AccountMeta::new(key, false)));
    stage.send("skim", built).expect("a skim");
}

/// Alice and Dave long against Bob, Carol rich; insurance behind the market.
fn common() -> (Stage, [AccountId; 4]) {
    let mut stage = Stage::with_markets(1);
    let people = [stage.trader(300), stage.trader(100_000), stage.trader(50_000), stage.trader(400)];
    let [alice, bob, _, dave] = people;
    for long in [alice, dave] {
        stage.pair(0, long, bob, 5_000);
    }
    (stage, people)
}

#[test]
fn g12_a_gift_stops_nothing_and_is_skimmed() {
    let (mut stage, [alice, bob, carol, dave]) = common();
    stage.venue.fund(Atoms(1_000 * USD)).expect("insurance");
    gift(&mut stage, carol);
    let venue = &mut stage.venue;
    venue.deposit(carol, Atoms(USD)).expect("deposit");
    venue.withdraw(carol, Atoms(2 * USD)).expect("withdraw");
    venue.allocate(bob, 0, USD as i64).expect("allocate_margin");
    venue.fund(Atoms(USD)).expect("fund_insurance");
    stage.cross(0, carol, bob, 10).expect("trade");
    stage.mark(0, 9_600);
    stage.venue.liquidate(alice, 0, carol, Lots(0)).expect("liquidate");
    stage.mark(0, 9_100);
    stage.venue.sync(dave, None).expect("sync_position");
    stage.wait(151);
    stage.venue.resolve(dave, 0, None).expect("resolve_bankruptcy");

    let state = stage.venue.state();
    let sum = audit(&state).classes.sum() / 1_000_000_000_000;
    assert_eq!(i128::from(state.collateral_vault.0), sum + 1, "the gift is in no class");
    assert_eq!(state.insurance_vault.0, state.fund.booked.0 + 1, "the gift is in no class");
    skim(&mut stage, 1);
    stage.conserved("after the skim");
}

#[test]
fn a_skim_books_exactly_what_was_found() {
    let (mut stage, [_, _, carol, _]) = common();
    let before = stage.venue.state();
    for found in [2, 0] {
        if found > 0 {
            gift(&mut stage, carol);
        }
        let booked = stage.venue.state().fund.booked.0;
        skim(&mut stage, 0);
        assert_eq!(stage.venue.state().fund.booked.0, booked + found);
        assert_eq!(stage.venue.state().collateral_vault, before.collateral_vault);
        stage.conserved("after a skim");
    }
}

#[test]
fn f13_what_is_credited_is_what_moved() {
    let (mut stage, [_, _, carol, _]) = common();
    let wallet = stage.venue.accounts[carol].wallet;
    for amount in [1_000_000, 1_000_001, 123_456_789] {
        let before = (stage.venue.state(), stage.venue.account(carol).free.0);
        stage.venue.deposit(carol, Atoms(amount)).expect("a deposit");
        let after = (stage.venue.state(), stage.venue.account(carol).free.0);
        assert_eq!(after.1 - before.1, amount);
        assert_eq!(after.0.collateral_vault.0 - before.0.collateral_vault.0, amount);
        let held = tokens::balance(&stage.venue.chain, &wallet).0;
        stage.venue.withdraw(carol, Atoms(amount)).expect("a withdrawal");
        assert_eq!(tokens::balance(&stage.venue.chain, &wallet).0 - held, amount);
        assert_eq!(stage.venue.state().collateral_vault, before.0.collateral_vault);
        stage.conserved("after a withdrawal");
    }
}

/// Token accounts of the same mint and the same authority, made up by anyone: money neither enters nor leaves through them.
#[test]
fn f17_another_token_account_of_the_authority_is_no_vault() {
    let (mut stage, [_, _, carol, _]) = common();
    let keys = stage.venue.build.keys;
    let false_vault = address("false vault", 0);
    tokens::put_wallet(&mut stage.venue.chain, false_vault, keys.mint, keys.vault_authority, Atoms(1_000 * USD));
    let account = stage.venue.accounts[carol];
    let instructions =
        [stage.venue.build.deposit(&account, Atoms(USD)), stage.venue.build.withdraw(&account, &[], Atoms(USD))];
    for mut built in instructions {
        let at = built.accounts.iter().position(|meta| meta.pubkey == keys.collateral_vault).expect("the vault");
        built.accounts[at].pubkey = false_vault;
        stage.refuses("a false vault", "WrongVault", |stage| stage.send("", built));
    }
    assert_eq!(tokens::balance(&stage.venue.chain, &false_vault), Atoms(1_000 * USD));
}

#[test]
fn nobody_deposits_what_he_does_not_have() {
    let (mut stage, [_, _, carol, _]) = common();
    let keys = stage.venue.accounts[carol];
    let built = stage.venue.build.deposit(&keys, Atoms(USD));
    tokens::put_wallet(&mut stage.venue.chain, keys.wallet, stage.venue.build.keys.mint, keys.owner, Atoms(USD - 1));
    // The token program's own words: insufficient funds.
    stage.refuses("an atom short", "InstructionError(1, Custom(1))", |stage| stage.send("", built));
}

#[test]
fn a_withdrawal_into_the_vault_itself_is_refused() {
    let (mut stage, [_, _, carol, _]) = common();
    let vault = stage.venue.build.keys.collateral_vault;
    let mut built = stage.venue.build.withdraw(&stage.venue.accounts[carol], &[], Atoms(USD));
    let at = built.accounts.iter().position(|meta| meta.pubkey == stage.venue.accounts[carol].wallet).expect("to");
    built.accounts[at].pubkey = vault;
    stage.refuses("into the vault itself", "DuplicateAccount", |stage| stage.send("", built));
}

#[test]
fn flat_money_leaves_without_feed_keeper_or_governance() {
    let (mut stage, [_, _, carol, _]) = common();
    let all_but_freeze = PauseBits::ALL.0 & !PauseBits::FREEZE.0;
    let pauses = [(None, all_but_freeze), (Some(stage.venue.markets[0]), all_but_freeze & PauseBits::OF_MARKETS.0)]
        .map(|(at, bits)| stage.venue.build.set_pause_bits(at.as_ref(), bits));
    // A year without a price.
    stage.venue.advance(78_840_000, 31_536_000);
    for pause in pauses {
        stage.send("set_pause_bits", pause).expect("a pause");
    }
    let free = stage.venue.account(carol).free;
    stage.venue.withdraw(carol, free).expect("a withdrawal");
    assert_eq!(stage.venue.account(carol).free, Atoms(0));
    let close = stage.venue.build.close_account(&stage.venue.accounts[carol]);
    stage.send("close_account", close).expect("a closed account");
}

#[test]
fn a_freeze_holds_flat_money_until_it_is_lifted() {
    let (mut stage, [_, bob, carol, _]) = common();
    let freeze = stage.venue.build.set_pause_bits(None, PauseBits::FREEZE.0);
    stage.send("set_pause_bits", freeze).expect("a freeze");
    stage.refuses("frozen", "Paused", |stage| stage.venue.withdraw(carol, Atoms(USD)));
    // Not even that keeps anyone from adding margin.
    stage.venue.allocate(bob, 0, USD as i64).expect("margin");
    let lift = stage.venue.build.set_pause_bits(None, 0);
    stage.send("set_pause_bits", lift).expect("lifted");
    stage.venue.withdraw(carol, Atoms(USD)).expect("a withdrawal");
    stage.conserved("after a freeze");
}
