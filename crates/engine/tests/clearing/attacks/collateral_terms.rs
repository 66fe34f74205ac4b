//! Terms of other collateral: who lists, closes and delists it, its sources, and what asks for nothing of it.

use breakwater_engine::clearing::error::Error;
use breakwater_engine::clearing::state::{CollateralAsset, CollateralParams};
use breakwater_engine::price::Observation;
use breakwater_engine::source::Observed;
use breakwater_engine::units::Now;
use breakwater_engine::Error as EngineError;

use crate::collateral::{alice, confirmed, declared, engine};
use crate::exchange::collateral::{asset_params, first, said, PAR};
use crate::stage::{equal, Stage, ATOMS};

#[test]
fn a23_debts_paid_in_money_release_what_was_forfeited() {
    let mut stage = confirmed(alice(&[(0, 40)]).mark(0, 90u64));
    let _ = stage.act(|ex| ex.declare("alice"));
    assert_eq!(stage.act(|ex| ex.release_forfeited("alice", 0)), 0, "nothing while she owes");
    let mut stage = stage.deposit("alice", 50u64);
    assert_eq!(stage.clone().act(|ex| ex.release_forfeited("alice", 0)), 40 * ATOMS);
    stage.refused(engine(EngineError::NothingOwed), |ex| ex.buy_forfeited("alice", 0, 0));
    stage.act(|ex| ex.withdraw_collateral("alice", 0, 40 * ATOMS));
}

#[test]
fn f3_deposits_are_refused_for_a_reason_each() {
    let mut stage = Stage::new(&[100]).deposits(&[("alice", 51)]);
    let of = |error| engine(error);
    stage.refused(of(EngineError::ZeroAmount), |ex| ex.deposit_collateral("alice", 0, 0));
    stage.refused(of(EngineError::BelowMinimum), |ex| ex.deposit_collateral("alice", 0, 999_999));
    stage.refused(of(EngineError::CollateralCap), |ex| {
        ex.assets.books[0].params.total_max = 10 * ATOMS;
        ex.deposit_collateral("alice", 0, 10 * ATOMS + 1)
    });
    stage.refused(Error::CollateralClosed, |ex| {
        ex.assets.books[0].params.closed = 1;
        ex.deposit_collateral("alice", 0, ATOMS)
    });
    stage.ex.assets.silent[0] = true;
    let stage = stage.wait(5);
    stage.refused(of(EngineError::PriceQuality), |ex| ex.deposit_collateral("alice", 0, ATOMS));
}

#[test]
fn i10_without_positions_collateral_leaves_without_a_price() {
    let mut stage = Stage::new(&[100]).deposits(&[("alice", 51)]);
    stage.act(|ex| ex.deposit_collateral("alice", 0, 40 * ATOMS));
    stage.ex.assets.silent = [true; 3];
    stage.ex.assets.valued = false;
    let mut stage = stage.wait(5_000);
    stage.act(|ex| ex.withdraw_collateral("alice", 0, 40 * ATOMS));
}

#[test]
fn a24_listed_collateral_is_closed_at_once_and_delisted_within_a_week() {
    let mut stage = alice(&[(0, 100)]);
    let now = stage.ex.asset_now();
    let asset = &mut stage.ex.assets.books[0];
    let number = |name: &str| (0..17).find(|at| CollateralParams::rule(*at).unwrap().name == name).unwrap();
    assert!(!asset.change(number("closed"), 1, now).unwrap().waits, "no deposits, at once");
    assert!(asset.change(number("closed"), 0, now).unwrap().waits, "deposits again, after the timelock");
    assert!(!asset.change(number("initial_haircut"), 5_000, now).unwrap().waits, "nothing new on it, at once");
    assert!(asset.change(number("haircut"), 2_500, now).unwrap().waits, "what others hold, after the timelock");
    assert_eq!(asset.change(number("haircut"), 4_000, now), Err(EngineError::StepTooLarge));
    assert!(asset.change(number("delisted"), 1, now).unwrap().waits);
    equal(stage.ex.worth("alice").unwrap(), 51 + 75);
    // Half of what is left is gone after half a week: 75 % less 37.5 %.
    let mut stage = stage.wait(151_200);
    equal(stage.ex.worth("alice").unwrap() * 2, 2 * 51 + 75);
    let mut stage = stage.wait(151_200);
    equal(stage.ex.worth("alice").unwrap(), 51);
    stage.refused(Error::CollateralClosed, |ex| ex.deposit_collateral("alice", 0, ATOMS));
    // Her money keeps initial margin by itself: all of it leaves, and the seat is free.
    assert!(!stage.ex.assets.books[0].is_removable());
    stage.act(|ex| ex.withdraw_collateral("alice", 0, 100 * ATOMS));
    assert!(stage.ex.assets.books[0].is_removable());
}

#[test]
fn a21_two_sources_disagree_or_replace_each_other() {
    let stage = Stage::new(&[100]).wait(10);
    let now = stage.ex.asset_now();
    let mut asset = stage.ex.assets.books[0];
    let second = |price| Some(said(price, now.time));
    // Apart: nothing is opened on it.
    let both = |one: u64, other: u64| Observed { first: Some(said(one, now.time)), second: second(other) };
    let mut apart = asset;
    apart.mark.publish_time -= 1;
    apart.mark.seen_at -= 1;
    let _ = apart.refresh(&both(PAR, PAR + PAR / 20), now).unwrap();
    assert!(!apart.is_priced(now));
    let mut close = asset;
    close.mark.publish_time -= 1;
    close.mark.seen_at -= 1;
    let _ = close.refresh(&both(PAR, PAR + PAR / 100), now).unwrap();
    assert!(close.is_priced(now));
    // The first gone for a minute: the second is the mark, and nothing is opened on it.
    let later = Now { slot: now.slot + 500, time: now.time + 200 };
    let other = Observation { publish_time: later.time, ..said(PAR / 2, 0) };
    let report = asset.refresh(&Observed { first: None, second: Some(other) }, later).unwrap();
    assert!(report.accepted && !asset.is_priced(later));
    assert_eq!(asset.mark.price.0, 500_000_000_000);
    // Neither: nothing changes, and it is no error.
    let before = asset;
    let _ = asset.refresh(&Observed::default(), later).unwrap();
    assert_eq!(asset, before);
}

#[test]
fn a23_a_mint_with_a_freeze_authority_is_listed_knowingly() {
    let now = Stage::new(&[100]).ex.asset_now();
    let mut asset = CollateralAsset::default();
    let strict = CollateralParams { allows_freeze: 0, ..asset_params() };
    assert_eq!(asset.list(&strict, true, &first(said(PAR, now.time)), now), Err(Error::FreezeAuthority));
    asset.list(&strict, false, &first(said(PAR, now.time)), now).unwrap();
    asset.list(&asset_params(), true, &first(said(PAR, now.time)), now).unwrap();
    // Both sources are good, or it is not listed.
    let bad = Observation { confidence: PAR / 10, ..said(PAR, now.time) };
    let both = Observed { first: Some(said(PAR, now.time)), second: Some(bad) };
    assert_eq!(asset.list(&strict, false, &both, now), Err(engine(EngineError::PriceQuality)));
    let apart = Observed { second: Some(said(2 * PAR, now.time)), ..both };
    assert_eq!(asset.list(&strict, false, &apart, now), Err(engine(EngineError::PriceQuality)));
}

#[test]
fn an_isolated_position_is_backed_by_its_own_margin_only() {
    let mut stage = alice(&[(0, 400)]);
    stage.act(|ex| ex.isolate("alice", 0));
    let mut stage = confirmed(stage.mark(0, 94u64));
    stage.refused(Error::NotInDistress, |ex| ex.buy_collateral("alice", 0, 0));
    let done = stage.act(|ex| ex.declare_isolated("alice", 0));
    assert_eq!(declared(done), Some([0; 3]));
    stage.act(|ex| ex.withdraw_collateral("alice", 0, 400 * ATOMS));
}
