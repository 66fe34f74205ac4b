//! Paying back, on the compiled program: debts before deposits, claims once, gifts to a side.

use anchor_lang::solana_program::instruction::AccountMeta;
use breakwater_engine::{Atoms, Side};
use breakwater_sim::svm::tokens;
use breakwater_sim::venue::{AccountId, Outcome, Venue};

use crate::stage::{Stage, BIRTH, USD};

/// A long of 1,000 USD with 51 of margin that falls by a fifth without insurance: the shorts bear what it lacks.
fn debtor(stage: &mut Stage, market: usize, short: AccountId) -> AccountId {
    let long = stage.trader(51);
    fall(stage, market, [long, short]);
    long
}

fn fall(stage: &mut Stage, market: usize, pair: [AccountId; 2]) {
    let [long, short] = pair;
    stage.pair(market, long, short, 1_000);
    stage.mark(market, 8_000);
    stage.venue.resolve(long, market, None).expect("a resolution");
}

/// Another account of an owner.
fn another(stage: &mut Stage, of: AccountId, index: u16) -> AccountId {
    let keys = stage.venue.build.keys.account_at(of, index);
    let open = stage.venue.build.open_account_at(&keys, index);
    stage.send("open_account", open).expect("another account");
    stage.venue.accounts.push(keys);
    stage.venue.accounts.len() - 1
}

/// What all accounts of an owner owe, slot by slot.
fn debts(stage: &Stage, owner: AccountId) -> u64 {
    let key = stage.venue.accounts[owner].owner;
    let own = stage.venue.accounts.iter().enumerate().filter(|(_, keys)| keys.owner == key);
    own.map(|(at, _)| stage.venue.account(at).debt().expect("a sum").0).sum()
}

fn donate(stage: &mut Stage, market: usize, side: Side, amount: u64) -> Outcome {
    let (keys, payer) = (stage.venue.build.keys, stage.venue.chain.payer());
    let wallet = breakwater_sim::svm::chain::address("giver", 0);
    tokens::put_wallet(&mut stage.venue.chain, wallet, keys.mint, payer, Atoms(amount));
    let built = stage.venue.build.donate((payer, wallet), &stage.venue.markets[market], side, Atoms(amount));
    stage.send("donate", built)
}

/// What a claim pays an account.
fn claim(stage: &mut Stage, who: AccountId, market: usize) -> Result<u64, String> {
    let vesting =
        |stage: &Stage| stage.venue.account(who).slot(market as u64).map_or(0, |slot| slot.vesting.total().unwrap().0);
    let before = vesting(stage);
    let built = stage.venue.build.claim(&stage.venue.accounts[who], &stage.venue.markets[market]);
    stage.send("claim", built).map_err(|refusal| refusal.0)?;
    Ok(vesting(stage) - before)
}

/// A side is charged this much, once and for all: it leaves as fees.
fn charge(stage: &mut Stage, side: Side, total: u64) {
    let charged = stage.venue.change_books(0, |books| {
        let market = &mut *books.market;
        let book = market.side_mut(side);
        let per_lot = u128::from(total) * 1_000_000_000_000 / u128::from(book.lots.0);
        book.index.add(side.opposite().signed(per_lot as i128)?)?;
        book.claims.lose(per_lot, book.lots)?;
        market.fees = market.fees.plus(Atoms(total))?;
        Ok(())
    });
    charged.expect("a charge");
    stage.conserved("after a charge");
}

/// G9: A loses 100 and is repaid 100; B joins; both lose 50; the pool pays 100. A has closed by then and keeps his claim.
#[test]
fn g9_each_loss_is_repaid_once() {
    let mut stage = Stage::with_markets(1);
    let [long, a, other, b] = [(); 4].map(|()| stage.trader(10_000));
    stage.pair(0, long, a, 1_000);
    charge(&mut stage, Side::Short, 100 * USD);
    donate(&mut stage, 0, Side::Short, 100 * USD).expect("a gift");
    let first = claim(&mut stage, a, 0).expect("a claim");
    assert!(100 * USD - first <= 2, "{first}");
    stage.refuses("twice", "NothingToClaim", |stage| {
        let built = stage.venue.build.claim(&stage.venue.accounts[a], &stage.venue.markets[0]);
        stage.send("", built)
    });
    stage.pair(0, other, b, 1_000);
    charge(&mut stage, Side::Short, 100 * USD);
    stage.venue.allocate(long, 0, 500 * USD as i64).expect("margin");
    stage.cross(0, a, long, 1_000).expect("A closes");
    donate(&mut stage, 0, Side::Short, 120 * USD).expect("a gift");
    let due = stage.venue.books(0).market.insurance_due.0;
    assert!(due.abs_diff(20 * USD) <= 2, "what exceeds the claims is insurance: {due}");
    for who in [a, b] {
        let got = claim(&mut stage, who, 0).expect("a claim");
        assert!(50 * USD - got <= 3, "{got}");
    }
    let (keys, payer) = (stage.venue.build.keys, stage.venue.chain.payer());
    let wallet = breakwater_sim::svm::chain::address("giver", 0);
    tokens::put_wallet(&mut stage.venue.chain, wallet, keys.mint, payer, Atoms(USD));
    stage.refuses("more than is owed", "NothingOwed", |stage| {
        let built = stage.venue.build.donate((payer, wallet), &stage.venue.markets[0], Side::Short, Atoms(1));
        stage.send("", built)
    });
    stage.conserved("after all of it");
}

#[test]
fn a_deposit_serves_the_debts_of_all_accounts_first() {
    let mut stage = Stage::with_markets(2);
    let short = stage.trader(100_000);
    let first = stage.trader(51);
    let second = another(&mut stage, first, 1);
    let third = another(&mut stage, first, 2);
    stage.venue.deposit(second, Atoms(51 * USD)).expect("a deposit");
    stage.pair(1, second, short, 1_000);
    fall(&mut stage, 0, [first, short]);
    stage.mark(1, 8_000);
    stage.venue.resolve(second, 1, None).expect("a resolution");
    let owed = stage.venue.owed(first).0;
    assert!(owed > 290 * USD && owed == debts(&stage, first), "{owed}");

    // Nothing passed, and something would be left for him: refused.
    let keys = stage.venue.accounts[third];
    tokens::put_wallet(&mut stage.venue.chain, keys.wallet, stage.venue.build.keys.mint, keys.owner, Atoms(owed * 2));
    let alone = stage.venue.build.deposit(&keys, Atoms(owed + USD));
    stage.refuses("nothing passed", "DebtFirst", |stage| stage.send("", alone));
    let part = stage.venue.deposit_serving(third, Atoms(100 * USD));
    stage.send("", part).expect("a part");
    assert_eq!((stage.venue.owed(first).0, stage.venue.account(third).free.0), (owed - 100 * USD, 0));
    stage.conserved("after a part");
    let rest = stage.venue.deposit_serving(third, Atoms(owed - 95 * USD));
    stage.send("", rest).expect("the rest");
    assert_eq!((stage.venue.owed(first).0, debts(&stage, first)), (0, 0));
    assert_eq!(stage.venue.account(third).free.0, 5 * USD);
    assert!(claim(&mut stage, short, 0).expect("a claim") > 100 * USD);
    stage.conserved("after the rest");
    // Accounts without debts close.
    let close = stage.venue.build.close_account(&stage.venue.accounts[first]);
    stage.send("", close).expect("a closed account");
}

/// An account that owes stays open until it has been served.
#[test]
fn a_debtor_does_not_close() {
    let mut stage = Stage::with_markets(1);
    let short = stage.trader(10_000);
    let long = debtor(&mut stage, 0, short);
    let built = stage.venue.build.close_account(&stage.venue.accounts[long]);
    stage.refuses("owing", "AccountNotEmpty", |stage| stage.send("", built.clone()));
    let owed = stage.venue.owed(long);
    stage.venue.deposit(long, owed).expect("a deposit");
    stage.send("", built).expect("a closed account");
}

/// Insurance behind the market: without it nobody could open while there is a shortfall.
fn cover(stage: &mut Stage) {
    stage.venue.fund(Atoms(1_000_000 * USD)).expect("insurance");
    let (mut skim, keys) = (stage.venue.build.skim(), stage.venue.markets[0]);
    skim.accounts.extend([keys.market, keys.ladder].map(|key| AccountMeta::new(key, false)));
    stage.send("", skim).expect("a skim");
}

/// Both accounts are one owner's: his record is passed once and gets both debts.
#[test]
fn two_bankrupt_accounts_of_one_owner_share_a_record() {
    for same in [true, false] {
        let mut stage = Stage::with_markets(1);
        cover(&mut stage);
        let (long, rich_short) = (stage.trader(51), stage.trader(10_000));
        stage.pair(0, long, rich_short, 1_000);
        stage.mark(0, 8_000);
        let rich_long = stage.trader(10_000);
        let short = if same { another(&mut stage, long, 1) } else { stage.venue.open().expect("an account") };
        stage.venue.deposit(short, Atoms(42 * USD)).expect("a deposit");
        stage.venue.allocate(rich_long, 0, 2_000 * USD as i64).expect("margin");
        let order = breakwater_engine::trade::Order {
            side: Side::Short,
            lots: breakwater_engine::Lots(1_000 * USD),
            limit: stage.venue.mark(0),
            reduce_only: false,
            min_fill: breakwater_engine::Lots(0),
        };
        let cross = breakwater_sim::venue::Cross { maker: rich_long, taker: short, order };
        stage.venue.cross(0, &cross).expect("a trade");
        stage.mark(0, 9_000);
        stage.cross(0, rich_short, rich_long, 1_000).expect("the rich leave");
        for who in [short, long] {
            stage.venue.sync(who, None).expect("a sync");
        }
        stage.wait(151);
        // Each is swept once; then they close against each other.
        for who in [short, long] {
            stage.venue.resolve(who, 0, None).expect("a sweep");
        }
        let keys = [long, short].map(|who| stage.venue.accounts[who]);
        check_records(&mut stage, keys, same);
        stage.venue.resolve(long, 0, Some(short)).expect("a resolution");
        let owed = [long, short].map(|who| stage.venue.account(who).debt().expect("a sum").0);
        assert!(owed.iter().all(|owed| *owed > 0), "{owed:?}");
        let of = [long, short].map(|who| stage.venue.owed(who).0);
        assert_eq!(of, if same { [owed[0] + owed[1]; 2] } else { owed });
        stage.conserved("after it");
        stage.mark(0, BIRTH);
    }
}

/// The other owner's record: missing, passed where there is none, somebody else's.
fn check_records(stage: &mut Stage, keys: [breakwater_sim::svm::keys::AccountKeys; 2], same: bool) {
    let market = stage.venue.markets[0];
    let [long, short] = keys;
    let built = stage.venue.build.resolve_bankruptcy(&long, Some(&short), (&market, &[]));
    // The optional record stands after the first owner's.
    let at = 1 + built.accounts.iter().position(|meta| meta.pubkey == long.trader).expect("a record");
    let stranger = stage.venue.accounts[1].trader;
    let wrong = [
        (breakwater::ID, if same { None } else { Some("WrongTrader") }),
        (long.trader, Some("DuplicateAccount")),
        (stranger, Some("WrongTrader")),
    ];
    for (record, error) in wrong {
        let mut changed = built.clone();
        changed.accounts[at].pubkey = record;
        changed.accounts[at].is_writable = record != breakwater::ID;
        if let Some(error) = error {
            stage.refuses("another record", error, |stage| stage.send("", changed));
        }
    }
    let mut alone = stage.venue.build.resolve_bankruptcy(&long, None, (&market, &[]));
    alone.accounts[at].pubkey = stranger;
    alone.accounts[at].is_writable = true;
    stage.refuses("a record of nobody", "WrongTrader", |stage| stage.send("", alone));
}
