//! Other collateral: it counts at what it may be sold for, it is sold in distress, and it never stops the waterfall.

use breakwater_engine::clearing::collateral::Bought;
use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::waterfall::Declared;
use breakwater_engine::units::{Atoms, Bps, Side};
use breakwater_engine::Error as EngineError;

use crate::exchange::collateral::PAR;
use crate::stage::{equal, lots, Stage, ATOMS};

pub const INSURED: u64 = 10_000;
/// Slots of the reference in the assets' auction window.
pub const WINDOW: u64 = 200;

/// Alice is long 10 lots from 100 on a margin of 51, Bob opposite; she holds units of assets, each worth 1. Initial
/// margin is 50, maintenance 30.
pub fn alice(held: &[(usize, u64)]) -> Stage {
    let mut stage = Stage::covered(&[100], INSURED).deposits(&[("alice", 51), ("bob", 500), ("carol", 10_000)]);
    for (at, units) in held {
        stage.act(|ex| ex.deposit_collateral("alice", *at, units * ATOMS));
    }
    stage.pair(0, "alice", "bob", 10)
}

pub fn engine(error: EngineError) -> Error {
    Error::Engine(error)
}

/// Confirms what holds: the marks again, later.
pub fn confirmed(stage: Stage) -> Stage {
    stage.wait(6)
}

fn clock(stage: &Stage, at: usize) -> u64 {
    stage.ex.accounts["alice"].collateral.assets[at].auctioned_slots
}

pub fn forfeited(stage: &Stage, at: usize) -> u64 {
    stage.ex.accounts["alice"].collateral.assets[at].forfeited
}

pub fn declared(done: Declared) -> Option<[u64; 3]> {
    match done {
        Declared::Done { forfeited, .. } => Some(forfeited),
        Declared::Observed(_) => None,
    }
}

/// Waits in steps until Alice is declared, which nothing but time brings about. Returns how many slots that took.
pub fn until_declared(mut stage: Stage, mut meanwhile: impl FnMut(&mut Stage)) -> (Stage, u64) {
    let began = stage.ex.slot;
    loop {
        assert!(stage.ex.slot < began + 2 * WINDOW, "nobody declares her");
        stage = stage.wait(5);
        meanwhile(&mut stage);
        if matches!(stage.attempt(|ex| ex.declare("alice")), Ok(Declared::Done { .. })) {
            let took = stage.ex.slot - began;
            return (stage, took);
        }
    }
}

#[test]
fn a23_a_frozen_vault_holds_up_no_declaration() {
    // At 90 money is -49 and 40 units count 32: bankrupt, and declared as soon as that is confirmed, though no token
    // can move.
    let mut stage = confirmed(alice(&[(0, 40)]).mark(0, 90u64));
    let done = stage.act(|ex| ex.declare("alice"));
    assert_eq!(declared(done), Some([40 * ATOMS, 0, 0]), "all of it is insurance's, on the books");
    assert_eq!((stage.ex.holds("alice", 0), forfeited(&stage, 0)), (0, 40 * ATOMS));
    assert_eq!(stage.ex.assets.vaults[0], 40 * ATOMS, "where it was");
}

#[test]
fn a23_what_its_window_has_not_sold_counts_nothing() {
    // At 94 money is -9 and 40 units count 32: she is solvent while they may be sold.
    let stage = confirmed(alice(&[(0, 40)]).mark(0, 94u64));
    stage.stays("alice");
    let (stage, took) = until_declared(stage, |_| ());
    // From -9 + 40 (1 - discount) = 0 on: 77.5 % of 200 slots.
    assert!((150..=170).contains(&took), "{took} slots");
    assert_eq!(forfeited(&stage, 0), 40 * ATOMS);
}

#[test]
fn a23_a_unit_of_another_asset_restarts_no_clock() {
    let stage = confirmed(alice(&[(0, 40), (1, 1)]).mark(0, 94u64));
    let (_, took) = until_declared(stage, |stage| {
        let before = clock(stage, 0);
        for at in 0..3 {
            stage.refused(Error::InDistress, |ex| ex.deposit_collateral("alice", at, 2_000_000));
        }
        // A unit of another asset is bought, every time.
        let _ = stage.attempt(|ex| ex.buy_collateral("alice", 1, 1)).map(drop);
        let own = stage.attempt(|ex| ex.sync("alice"));
        own.unwrap();
        assert!(clock(stage, 0) >= before, "her clock goes back from {before}");
    });
    assert!(took <= 175, "{took} slots");
}

#[test]
fn a23_a_unit_before_each_declaration_and_resolution_holds_nothing_up() {
    let mut stage = confirmed(alice(&[(0, 40)]).mark(0, 90u64));
    stage.refused(Error::InDistress, |ex| ex.deposit_collateral("alice", 1, 2_000_000));
    let _ = stage.act(|ex| ex.declare("alice"));
    // What comes in after it is hers, and no part of what was declared.
    stage.act(|ex| ex.deposit_collateral("alice", 1, 2_000_000));
    let mut stage = stage.wait(120);
    stage.act(|ex| ex.deposit_collateral("alice", 2, 2_000_000));
    let stage = stage.resolve(0);
    assert_eq!(stage.market(0).side(Side::Long).estate.lots.0, 0, "resolved");
    assert_eq!(stage.ex.holds("alice", 1), 2_000_000);
}

#[test]
fn a23_an_asset_that_cannot_be_sold_delays_no_other() {
    // Asset 0 has a frozen vault: nobody buys it. Asset 1 cures her.
    let mut stage = confirmed(alice(&[(0, 40), (1, 40)]).mark(0, 94u64));
    let Bought::Done { amount, discount, proceeds, .. } = stage.act(|ex| ex.buy_collateral("alice", 1, 0)) else {
        panic!("her distress is confirmed");
    };
    // Six slots of 200: 1 % + 3 % of 99 %.
    assert_eq!(discount, Bps(397));
    assert!(proceeds.0 >= amount / 10_000 * 9_603, "{proceeds:?} for {amount}");
    // Maintenance of 28.2 and half of it again (the buffer) is 42.3; it needs 51.3 at 0.9603, she has 40.
    assert_eq!(amount, 40 * ATOMS);
    assert!(stage.equity("alice", 0).unwrap() > 0, "the position is above water");
    assert_eq!(clock(&stage, 0), 0, "cured: her other clock ended");
    stage.stays("alice");
}

#[test]
fn a23_as_much_is_sold_as_cures_and_a_rest_of_less_than_a_dollar() {
    let stage = confirmed(alice(&[(0, 400)]).mark(0, 94u64));
    stage.refused(engine(EngineError::TooMuch), |ex| ex.buy_collateral("alice", 0, 60 * ATOMS));
    let mut part = stage.clone();
    let _ = part.act(|ex| ex.buy_collateral("alice", 0, 10 * ATOMS));
    let mut whole = stage.clone();
    let Bought::Done { proceeds, .. } = whole.act(|ex| ex.buy_collateral("alice", 0, 0)) else { panic!() };
    // 28.2 of maintenance, half of it again, and the nine that are missing.
    equal(i128::from(proceeds.0) * 10, 513);
    whole.refused(Error::NotInDistress, |ex| ex.buy_collateral("alice", 0, 0));
    // A rest of 0.9 dollars goes along.
    let mut dust = confirmed(alice(&[(0, 20)]).mark(0, 94u64));
    let _ = dust.act(|ex| ex.buy_collateral("alice", 0, 20 * ATOMS - 900_000));
    assert_eq!(dust.ex.holds("alice", 0), 0);
}

#[test]
fn a10_collateral_is_not_sold_on_one_print() {
    let mut stage = alice(&[(0, 40)]).mark(0, 94u64);
    let done = stage.act(|ex| ex.buy_collateral("alice", 0, 0));
    assert!(matches!(done, Bought::Observed(_)), "{done:?}");
    let stage = stage.mark(0, 100u64);
    stage.refused(Error::NotInDistress, |ex| ex.buy_collateral("alice", 0, 0));
}

#[test]
fn a1_maintenance_margin_is_money_when_a_position_opens_or_money_leaves() {
    let mut stage = Stage::covered(&[100], INSURED).deposits(&[("alice", 29), ("bob", 500)]);
    stage.act(|ex| ex.deposit_collateral("alice", 0, 400 * ATOMS));
    stage.refused(Error::InsufficientMargin, |ex| ex.trade(0, "alice", "bob", lots(10u64)));
    let mut stage = stage.deposit("alice", 11u64).pair(0, "alice", "bob", 10);
    // 40 of money, of which maintenance keeps 30.
    let got = stage.act(|ex| ex.withdraw("alice", 100 * ATOMS));
    equal(i128::from(got.0), 10);
    // Initial margin of 50 keeps 20 more, of which 4/3 units count one.
    stage.refused(Error::InsufficientMargin, |ex| ex.withdraw_collateral("alice", 0, 374 * ATOMS));
    stage.act(|ex| ex.withdraw_collateral("alice", 0, 373 * ATOMS));
    // Short of half of maintenance in money she is in distress, whatever else she has.
    stage.act(|ex| ex.deposit_collateral("alice", 1, 400 * ATOMS));
    let mut stage = confirmed(stage.mark(0, 98u64));
    stage.refused(Error::NothingToTake, |ex| ex.liquidate("alice", "bob", 0, 1));
    assert!(matches!(stage.act(|ex| ex.buy_collateral("alice", 1, 0)), Bought::Done { .. }));
    stage.refused(Error::NotInDistress, |ex| ex.buy_collateral("alice", 1, 0));
}

#[test]
fn a23_insurance_sells_what_was_forfeited_for_the_owners_debt() {
    // At 88: money is -69, which is the debt; 80 units count 64.
    let mut stage = confirmed(alice(&[(0, 80)]).mark(0, 88u64));
    assert_eq!(declared(stage.act(|ex| ex.declare("alice"))), Some([80 * ATOMS, 0, 0]));
    let debt = |stage: &Stage| stage.ex.accounts["alice"].slots.iter().map(|slot| slot.debt[1].0).sum::<u64>();
    equal(i128::from(debt(&stage)), 69);
    stage.refused(engine(EngineError::InsufficientCollateral), |ex| ex.withdraw_collateral("alice", 0, ATOMS));
    stage.refused(engine(EngineError::InsufficientCollateral), |ex| ex.buy_forfeited("alice", 1, 0));
    let part = stage.act(|ex| ex.buy_forfeited("alice", 0, 30 * ATOMS));
    assert_eq!((part.discount, part.served, part.returned), (Bps(100), part.proceeds, 0));
    equal(i128::from(part.proceeds.0) * 10, 297);
    let rest = stage.act(|ex| ex.buy_forfeited("alice", 0, 0));
    equal(i128::from(rest.served.0) * 10, 393);
    assert_eq!(debt(&stage), 0);
    // 80 less 69 / 0.99.
    equal(i128::from(rest.returned) * 99, 1_020);
    stage.refused(engine(EngineError::InsufficientCollateral), |ex| ex.buy_forfeited("alice", 0, 0));
    let held = stage.ex.holds("alice", 0);
    assert_eq!(held, rest.returned);
    stage.act(|ex| ex.withdraw_collateral("alice", 0, held));
}

#[test]
fn a23_insurance_waits_for_a_price_and_not_for_a_feed_that_is_gone() {
    let mut stage = confirmed(alice(&[(0, 40)]).mark(0, 90u64));
    let _ = stage.act(|ex| ex.declare("alice"));
    let discount = |stage: &Stage| stage.ex.clone().buy_forfeited("alice", 0, ATOMS).map(|sold| sold.discount);
    assert_eq!(discount(&stage), Ok(Bps(100)));
    let stage = stage.wait(WINDOW / 2);
    assert_eq!(discount(&stage), Ok(Bps(1_050)));
    let mut stage = stage.wait(20 * WINDOW);
    assert_eq!(discount(&stage), Ok(Bps(2_000)), "the haircut, for as long as there is a price");
    stage.ex.assets.silent[0] = true;
    let stage = stage.wait(5);
    assert_eq!(discount(&stage), Err(Error::CollateralNotRefreshed));
    let stage = stage.wait(5 * WINDOW - 5);
    assert_eq!(discount(&stage), Ok(Bps(6_000)));
    let mut stage = stage.wait(5 * WINDOW);
    assert_eq!(discount(&stage), Ok(Bps(10_000)));
    // For nothing then, and the debt stands.
    let sold = stage.act(|ex| ex.buy_forfeited("alice", 0, 40 * ATOMS));
    assert_eq!(sold.proceeds, Atoms(0));
}

#[test]
fn a23_a_deposit_into_distress_cures_it_or_is_refused() {
    // At 97 money is 21 of 29.1.
    let mut stage = confirmed(alice(&[]).mark(0, 97u64));
    stage.refused(Error::InDistress, |ex| ex.deposit_collateral("alice", 0, 10 * ATOMS));
    stage.act(|ex| ex.deposit_collateral("alice", 0, 11 * ATOMS));
    assert_eq!(stage.ex.accounts["alice"].clock.distress.slot, 0, "cured");
    // What is uncertain cures nothing either: 26 units count 4.2 at a fifth, twice that while nobody refreshes, and 8.1 are missing.
    let mut old = confirmed(alice(&[(1, 26)]).mark(0, 97u64));
    old.ex.price_asset(1, PAR / 5);
    old.ex.assets.silent[1] = true;
    let old = old.wait(5);
    old.refused(Error::CollateralNotRefreshed, |ex| ex.deposit_collateral("alice", 0, 2_000_000));
    // What money is missing no collateral cures.
    let stage = confirmed(stage.mark(0, 95u64));
    stage.refused(Error::InDistress, |ex| ex.deposit_collateral("alice", 0, 1_000 * ATOMS));
}

#[test]
fn a23_a_distress_that_no_keeper_watched_sells_nothing_cheaper() {
    let mut stage = confirmed(alice(&[(0, 40)]).mark(0, 94u64));
    let before = clock(&stage, 0);
    stage.ex.assets.watched = false;
    // 500 slots without an observation: neither does the clock begin again, nor do they count.
    stage = stage.wait(100);
    assert_eq!(clock(&stage, 0), before);
    // After 1,500 it begins again: the distress may have been cured since.
    stage = stage.wait(301);
    assert_eq!(clock(&stage, 0), 0);
}

#[test]
fn a23_three_frozen_vaults_hold_up_nothing() {
    let mut stage = alice(&[(0, 15), (1, 15), (2, 15)]);
    for asset in &mut stage.ex.assets.books {
        (asset.params.closed, asset.params.delisted, asset.delisted_at) = (1, 1, 1);
    }
    let (stage, took) = until_declared(confirmed(stage.mark(0, 94u64)), |_| ());
    assert!(took <= WINDOW, "{took} slots");
    assert_eq!([0, 1, 2].map(|at| forfeited(&stage, at)), [15 * ATOMS; 3]);
}

#[test]
fn a23_a_clock_restarts_only_with_a_position_above_water() {
    // Money of a moment ends her distress, and the clock with it; but it cannot leave again without maintenance margin
    // of money.
    let mut stage = confirmed(alice(&[(0, 400)]).mark(0, 94u64)).wait(WINDOW / 2);
    assert!(clock(&stage, 0) > 400);
    stage = stage.deposit("alice", 40u64);
    assert_eq!(clock(&stage, 0), 0);
    // 31 of money, of which maintenance keeps 28.2: what ended the clock stays.
    equal(stage.withdraw("alice") * 10, 28);
    equal(stage.equity("alice", 0).unwrap() * 10, 282);
}

#[test]
fn a23_collateral_that_comes_in_cures_neither_late_nor_for_free() {
    // The asset's own clock has run half: more of the same counts as that does, until she is seen cured.
    let stage = confirmed(alice(&[(0, 40)]).mark(0, 94u64)).wait(WINDOW / 2);
    let before = clock(&stage, 0);
    stage.refused(Error::InDistress, |ex| ex.deposit_collateral("alice", 0, 1_000 * ATOMS));
    assert!(before > 0 && clock(&stage, 0) == before);
}
