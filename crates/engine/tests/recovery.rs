//! Paying back: debts served first across an owner's accounts, claims collected, gifts to a side.
#![allow(
    dead_code,
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

#[path = "common/check.rs"]
mod check;
mod common;
#[path = "common/histories.rs"]
mod histories;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::state::{AccountBooks, ExchangeParams};
use breakwater_engine::units::Atoms;
use breakwater_engine::{recovery, Error, Result, Side};
use check::check;
use common::Rng;
use histories::play;
use scene::{open, wait, world, worth, M};
use world::{usd, World};

/// The first of a pair goes bankrupt in a long without insurance, at 80; the second bears it. Returns the deficit.
fn bankrupt(world: &mut World, market: usize, pair: [usize; 2], lots: u64) -> u64 {
    open(world, pair, market, lots, [lots / 10, lots * 2]);
    fall(world, market, pair[0])
}

fn fall(world: &mut World, market: usize, who: usize) -> u64 {
    world.reprice(market, usd(80.0));
    let _ = world.sync(who).unwrap();
    wait(world, 200);
    let report = world.resolve(who, market, None).unwrap();
    assert_eq!(report.insured.0, 0);
    check(world);
    report.deficit.0
}

fn debt(world: &World, who: usize, market: usize) -> [u64; 2] {
    world.accounts[who].slot(market as u64).map_or([0; 2], |slot| slot.debt.map(|debt| debt.0))
}

fn outstanding(world: &World, market: usize, side: Side) -> u64 {
    world.market(market).side(side).claims.outstanding.0
}

/// A's claims of a market whose positions are closed, paid out and collected in full.
fn collected(world: &mut World, who: usize) -> u64 {
    let before = worth(world, who);
    let _ = world.attempt(|world| world.claim(who, 0));
    (worth(world, who) - before) as u64
}

/// A side loses this much at a mark that both sides then return from: a charge by hand, which the reserve keeps for good.
fn charge(world: &mut World, side: Side, total: u64) {
    let market = &mut world.markets[0].market;
    let book = market.side_mut(side);
    let per_lot = u128::from(total) * 1_000_000_000_000 / u128::from(book.lots.0);
    let signed = i128::try_from(per_lot).unwrap();
    book.index.add(side.opposite().signed(signed).unwrap()).unwrap();
    book.claims.lose(per_lot, book.lots).unwrap();
    // What was taken from the side leaves as fees: it is not the reserve's to give back.
    market.fees = market.fees.plus(Atoms(total)).unwrap();
}

/// G9: A loses 100 and is repaid 100; B joins; both lose 50; the pool pays 100. Each loss is repaid once; A closes before the last
/// payment and keeps its claim.
#[test]
fn g9_each_loss_is_repaid_once() {
    let mut world = world(1, 4, 0);
    let (a, b) = (1, 3);
    open(&mut world, [0, a], 0, 100 * M, [60 * M, 400 * M]);
    let start = worth(&mut world, a);
    charge(&mut world, Side::Short, 100 * M);
    assert_eq!(worth(&mut world, a), start - 100 * M as i128);
    let _ = world.donate(0, Side::Short, 100 * M).unwrap();
    assert!((worth(&mut world, a) - start).abs() <= 2, "repaid");
    assert_eq!(world.attempt(|world| world.donate(0, Side::Short, 1)), Err(Error::NothingOwed));
    assert_eq!(world.attempt(|world| world.claim(a, 0)), Err(Error::NothingToClaim), "claims twice");

    open(&mut world, [2, b], 0, 100 * M, [60 * M, 400 * M]);
    let before = [a, b].map(|who| worth(&mut world, who));
    charge(&mut world, Side::Short, 100 * M);
    for (who, before) in [a, b].into_iter().zip(before) {
        assert!((worth(&mut world, who) - (before - 50 * M as i128)).abs() <= 2, "both lose 50");
    }
    let _ = world.trade([a, 0], 0, Side::Long, 100 * M, world.mark(0)).unwrap();
    assert_eq!(world.lots(a, 0), 0);
    let paid = world.donate(0, Side::Short, 120 * M).unwrap();
    assert_eq!((paid.to_claims.0, paid.to_insurance.0), (100 * M, 20 * M), "beyond what is owed: insurance");
    let due: Vec<u64> = [a, b].into_iter().map(|who| collected(&mut world, who)).collect();
    assert!(due.iter().all(|got| *got == 0), "worth collects already");
    for (who, before) in [a, b].into_iter().zip(before) {
        assert!((worth(&mut world, who) - before).abs() <= 4, "each loss is repaid once");
    }
    check(&world);
}

/// A claim is paid whoever calls for it, once, and survives the position it came from.
#[test]
fn a_closed_position_keeps_its_claim() {
    let mut world = world(1, 4, 0);
    let deficit = bankrupt(&mut world, 0, [0, 1], 100 * M);
    assert_eq!(world.lots(1, 0), 0, "deleveraged whole");
    // What provisioning held in reserve beyond the deficit has come back already.
    let _ = world.claim(1, 0).unwrap();
    let owed = outstanding(&world, 0, Side::Short);
    assert!(deficit - owed <= 2, "{owed} of {deficit}");
    assert_eq!(world.attempt(|world| world.claim(1, 0)), Err(Error::NothingToClaim));
    assert_eq!(world.attempt(|world| world.claim(2, 0)), Err(Error::NoPosition));
    assert_eq!(world.attempt(|world| world.donate(0, Side::Long, M)), Err(Error::NothingOwed));
    assert_eq!(world.attempt(|world| world.donate(0, Side::Short, 0)), Err(Error::ZeroAmount));
    let half = deficit / 2;
    let paid = world.donate(0, Side::Short, half).unwrap();
    assert_eq!((paid.to_claims.0, paid.to_insurance.0), (half, 0));
    let before = world.accounts[1].slot(0).unwrap().vesting.total().unwrap().0;
    assert!(before > 0);
    let claimed = world.claim(1, 0).unwrap().0;
    assert!(half - claimed <= 2, "{claimed} of {half}");
    assert_eq!(world.accounts[1].slot(0).unwrap().vesting.total().unwrap().0, before + claimed, "it vests");
    assert_eq!(world.attempt(|world| world.claim(1, 0)), Err(Error::NothingToClaim));
    let paid = world.donate(0, Side::Short, deficit).unwrap();
    assert!(paid.to_insurance.0 >= half - 2 && paid.to_claims.0 + paid.to_insurance.0 == deficit);
    assert!(deficit - half - world.claim(1, 0).unwrap().0 <= 2);
    assert_eq!(outstanding(&world, 0, Side::Short), 0);
    check(&world);
}

/// His next deposit serves the side that bore his deficit before it is his own; what is left is, once he owes nothing.
#[test]
fn a_deposit_serves_debts_first() {
    let mut world = world(1, 3, 0);
    let deficit = bankrupt(&mut world, 0, [0, 1], 100 * M);
    assert!(deficit > 9 * M);
    assert_eq!((debt(&world, 0, 0), world.owed[0].0), ([0, deficit], deficit));
    let _ = world.claim(1, 0).unwrap();
    let (owed, flow) = (outstanding(&world, 0, Side::Short), world.accounts[0].flow.deposited.0);
    world.deposit(0, 4 * M).unwrap();
    assert_eq!((world.accounts[0].free.0, world.owed[0].0), (0, deficit - 4 * M));
    assert_eq!(outstanding(&world, 0, Side::Short), owed - 4 * M);
    assert_eq!(world.accounts[0].flow.deposited.0, flow, "what serves a debt may not leave again");
    world.deposit(0, deficit).unwrap();
    assert_eq!((world.accounts[0].free.0, world.owed[0].0), (4 * M, 0));
    assert_eq!(world.accounts[0].flow.deposited.0, flow + 4 * M);
    assert!(world.accounts[0].find(0).is_none(), "its slot is free again");
    let claimed = world.claim(1, 0).unwrap().0;
    assert!(deficit - claimed <= 40, "{claimed} of {deficit}");
    check(&world);
}

/// Two accounts of one owner that owe in two markets; the deposit goes to a third. Nothing is left over for him before both are
/// served, whichever he passes; without any, nothing arrives.
#[test]
fn a_deposit_serves_the_debts_of_all_accounts() {
    let mut world = world(2, 6, 0);
    (world.owners[2], world.owners[4]) = (0, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 200 * M]);
    open(&mut world, [2, 3], 1, 50 * M, [5 * M, 100 * M]);
    let (first, second) = (fall(&mut world, 0, 0), fall(&mut world, 1, 2));
    assert_eq!(world.owed[0].0, first + second);
    let refused = |world: &World, accounts: &[usize], markets: &[usize], amount: u64| {
        let mut world = world.clone();
        deposit_passing(&mut world, accounts, markets, amount)
    };
    let all = first + second;
    assert_eq!(refused(&world, &[4], &[], all), Err(Error::DebtFirst), "none passed");
    assert_eq!(refused(&world, &[4, 0], &[0], first + 1), Err(Error::DebtFirst), "one passed, and an atom too much");
    assert_eq!(refused(&world, &[4, 0, 2], &[0], first + 1), Err(Error::DebtFirst), "a market missing");
    assert_eq!(refused(&world, &[4, 2], &[0, 1], second + 1), Err(Error::DebtFirst), "an account missing");
    deposit_passing(&mut world, &[4, 0], &[0], first).unwrap();
    assert_eq!((world.owed[0].0, debt(&world, 0, 0), debt(&world, 2, 1)), (second, [0, 0], [0, second]));
    world.deposit(4, second + 3 * M).unwrap();
    assert_eq!((world.owed[0].0, world.accounts[4].free.0), (0, 3 * M));
    check(&world);
}

/// A deposit to the first of these accounts with only these passed.
fn deposit_passing(world: &mut World, accounts: &[usize], markets: &[usize], amount: u64) -> Result<()> {
    let mut copies: Vec<AccountBooks> = accounts.iter().map(|at| world.accounts[*at]).collect();
    let mut parties: Vec<&mut AccountBooks> = copies.iter_mut().collect();
    let listed = world.markets.iter_mut().enumerate().filter(|(at, _)| markets.contains(at)).map(|(_, listed)| listed);
    let mut books: Vec<_> = listed
        .map(|listed| breakwater_engine::books::Books { market: &mut listed.market, ladder: &mut listed.ladder })
        .collect();
    let owner = world.owners[accounts[0]];
    let terms = (&ExchangeParams::bare(), Atoms(amount));
    let report = recovery::deposit(&mut parties, &mut books, &mut world.owed[owner], terms, world.now)?;
    assert_eq!(report.served.0 + report.free.0, amount);
    for (at, copy) in accounts.iter().zip(copies) {
        world.accounts[*at] = copy;
    }
    world.collateral += i128::from(amount);
    Ok(())
}

/// The side was repaid by others meanwhile: the debt is insurance's then, and ends all the same.
#[test]
fn a_debt_to_a_side_owed_nothing_goes_to_insurance() {
    let mut world = world(1, 3, 0);
    let deficit = bankrupt(&mut world, 0, [0, 1], 100 * M);
    let _ = world.donate(0, Side::Short, deficit).unwrap();
    let due = world.market(0).insurance_due.0;
    world.deposit(0, deficit + M).unwrap();
    assert_eq!(world.market(0).insurance_due.0, due + deficit);
    assert_eq!((world.owed[0].0, world.accounts[0].free.0), (0, M));
    check(&world);
}

/// A shortfall nobody has provisioned for yet is charged before a debt is served: the side that bears it is owed, and is paid.
#[test]
fn what_a_side_bears_by_now_is_owed_before_it_is_paid() {
    let mut world = world(1, 4, 0);
    open(&mut world, [2, 3], 0, 100 * M, [30 * M, 200 * M]);
    let deficit = bankrupt(&mut world, 0, [0, 1], 100 * M);
    let owed = outstanding(&world, 0, Side::Short);
    let _ = world.donate(0, Side::Short, owed).unwrap();
    assert_eq!(outstanding(&world, 0, Side::Short), 0);
    let mark = &mut world.markets[0].market.mark;
    (mark.price.0, mark.sequence) = (usd(50.0), mark.sequence + 1);
    let due = world.market(0).insurance_due;
    world.deposit(0, deficit).unwrap();
    assert_eq!(world.market(0).insurance_due, due, "the shorts are owed again");
    check(&world);
}

/// A debtor's claims and profit stay his: only deposits are served from, and no withdrawal is refused.
#[test]
fn nothing_but_deposits_serves() {
    let mut world = world(1, 3, 0);
    let _ = bankrupt(&mut world, 0, [0, 1], 100 * M);
    world.accounts[0].free = Atoms(5 * M);
    world.collateral += i128::from(5 * M);
    world.withdraw(0, 5 * M).unwrap();
    check(&world);
}

/// An isolated position leaves no debt.
#[test]
fn an_isolated_position_leaves_no_debt() {
    let mut world = world(1, 3, 0);
    open(&mut world, [0, 1], 0, 100 * M, [10 * M, 200 * M]);
    world.isolate(0, 0, true).unwrap();
    world.reprice(0, usd(80.0));
    let _ = world.sync(0).unwrap();
    wait(&mut world, 200);
    assert!(world.resolve(0, 0, None).unwrap().deficit.0 > 9 * M);
    assert_eq!(world.owed[0].0, 0);
    check(&world);
}

/// Sizes are refused before anything else, whatever is owed.
#[test]
fn sizes_are_checked_first() {
    let mut world = world(1, 3, 0);
    let deficit = bankrupt(&mut world, 0, [0, 1], 100 * M);
    for (amount, error) in [(0, Error::ZeroAmount), (M - 1, Error::BelowMinimum), ((1 << 62) + 1, Error::Overflow)] {
        assert_eq!(world.attempt(|world| world.deposit(0, amount)), Err(error));
    }
    // A debt smaller than the smallest deposit ends too.
    world.deposit(0, deficit - 1).unwrap();
    world.deposit(0, M).unwrap();
    assert_eq!((world.owed[0].0, world.accounts[0].free.0), (0, M - 1));
}

/// Owners with several accounts, crashes, deposits, gifts and claims: what is owed is the sum of all slots (`check`), what came
/// in is claims, insurance or free cash, and nobody is paid more than was paid in.
#[test]
fn histories_of_debts() {
    let found = play(150, |rng| {
        let mut world = world(2, 13, 0);
        for who in 0..12 {
            world.owners[who] = who / 3;
            world.deposit(who, 2 * M).unwrap();
        }
        world.deposit(12, 1 << 44).unwrap();
        let (mut served, mut claimed, mut given) = (0, 0, 0);
        for _ in 0..rng.within(40, 120) {
            let before = world.owed.iter().map(|owed| owed.0).sum::<u64>();
            let verb = rng.within(0, 9);
            match world.attempt(|world| operate(world, rng, verb)) {
                Ok(amount) if verb == 9 => claimed += amount,
                Ok(amount) if verb == 8 => given += amount,
                _ => {}
            }
            let after = world.owed.iter().map(|owed| owed.0).sum::<u64>();
            served += before.saturating_sub(after);
            check(&world);
        }
        [served, claimed, given]
    });
    let sum = found.iter().fold([0; 3], |sum, one| std::array::from_fn(|at| sum[at] + one[at]));
    println!("served {}, claimed {}, given {}", sum[0], sum[1], sum[2]);
    assert!(found.len() < 100 || sum.iter().all(|sum| *sum > 1_000 * M), "the histories miss recovery: {sum:?}");
}

fn operate(world: &mut World, rng: &mut Rng, verb: u64) -> Result<u64> {
    let (who, market) = (rng.within(0, 11) as usize, rng.within(0, 1) as usize);
    match verb {
        0..=2 => {
            let lots = M + rng.magnitude(36);
            let margin = (u128::from(lots) * u128::from(world.mark(market)) / u128::from(usd(1_000.0))) as u64;
            world.deposit(who, margin + M)?;
            let short = (who + rng.within(1, 11) as usize) % 12;
            world.deposit(short, 3 * margin + M)?;
            world.open([who, short], market, lots, [margin, 3 * margin]).map(|_| 0)
        }
        3 | 4 => {
            let by = if rng.one_in(2) { rng.within(820, 900) } else { rng.within(1_050, 1_200) };
            let price = (world.mark(market) / 1_000 * by).clamp(usd(30.0), usd(300.0));
            world.pass(20, 8);
            world.refresh(market, price).map(|_| 0)
        }
        5 | 6 => {
            (0..12).try_for_each(|who| world.sync(who).map(drop))?;
            wait(world, 200);
            for victim in 0..12 {
                let _ = world.attempt(|world| world.resolve(victim, market, None));
                let against = Some((victim + 1) % 12);
                let _ = world.attempt(|world| world.resolve(victim, market, against));
                let _ = world.attempt(|world| world.liquidate(victim, market, 12, 0));
            }
            Ok(0)
        }
        7 => world.deposit(who, M + rng.magnitude(36)).map(|()| 0),
        8 => {
            let side = Side::BOTH[usize::from(rng.one_in(2))];
            let paid = world.donate(market, side, 1 + rng.magnitude(33))?;
            Ok(paid.to_claims.0 + paid.to_insurance.0)
        }
        _ => world.claim(who, market).map(|paid| paid.0),
    }
}
