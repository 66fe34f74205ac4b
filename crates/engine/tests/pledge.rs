//! Other collateral: what it counts, when it does not, and what it is accepted with.
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
#[path = "common/pledges.rs"]
mod pledges;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::pledge::VALUATION_SLOTS;
use breakwater_engine::price::Quality;
use breakwater_engine::state::{CollateralBooks, CollateralParams};
use breakwater_engine::units::{Atoms, Bps, Price, PRICE_MAX};
use breakwater_engine::{Error, Side};
use common::Rng;
use pledges::{capped, counted, params, refused, said, Pledges, TOKEN, USD};
use scene::M;
use world::usd;

/// Long, with 51 USD in a position of 1,000; its counterpart; a keeper.
const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

/// Alice stands at her initial margin, and has put up some of the first kind.
fn stage(amount: u64) -> Pledges {
    let mut world = scene::world(1, 3, 10 * USD);
    world.deposit(CAROL, 10_000 * USD).unwrap();
    scene::open(&mut world, [ALICE, BOB], 0, 1_000 * M, [51 * USD, 500 * USD]);
    let mut pledges = Pledges::new(world, &params());
    if amount > 0 {
        pledges.deposit(ALICE, 0, amount).unwrap();
    }
    pledges
}

#[test]
fn valuation() {
    // Amount, cents, haircut, cap: what counts for initial and for maintenance margin. A unit at 100 USD is a tenth of an atom.
    let rows = [
        (0, 10_000, 2_000, u64::MAX, 0),
        (1, 10_000, 2_000, u64::MAX, 0),
        (9, 10_000, 2_000, u64::MAX, 0),
        (10, 10_000, 2_000, u64::MAX, 0),
        (20, 10_000, 2_000, u64::MAX, 1),
        (29, 10_000, 2_000, u64::MAX, 1),
        (TOKEN, 10_000, 2_000, u64::MAX, 80 * USD),
        (TOKEN, 12_345, 2_000, u64::MAX, 98_760_000),
        (TOKEN, 10_000, 10_000, u64::MAX, 0),
        (TOKEN, 10_000, 200, u64::MAX, 98 * USD),
        (TOKEN, 10_000, 2_000, 100 * USD, 80 * USD),
        (TOKEN, 10_000, 2_000, 50 * USD, 40 * USD),
        (1_000 * TOKEN, 10_000, 2_000, 50 * USD, 40 * USD),
        (u64::MAX, 10_000, 2_000, 50 * USD, 40 * USD),
        (u64::MAX, 99_999_900, 2_000, 50 * USD, 40 * USD),
    ];
    for (amount, cents, haircut, cap, expected) in rows {
        let params = CollateralParams { haircut: Bps(haircut), account_max: Atoms(cap), ..params() };
        let mut kind = CollateralBooks { params, ..CollateralBooks::default() };
        kind.mark.price = Price(cents * 10_000_000);
        assert_eq!(kind.counted(amount, kind.mark.price), Ok(Atoms(expected)), "{amount} at {cents}");
        assert_eq!(counted(&kind, amount), expected, "the definition");
    }
}

#[test]
fn what_counts_is_the_definition_rounded_down() {
    let mut rng = Rng::seeded(31);
    for _ in 0..200_000 {
        let mut kind = CollateralBooks::default();
        kind.params.haircut = Bps(rng.within(0, 10_000) as u32);
        kind.params.account_max = Atoms(rng.magnitude(56));
        kind.mark.price = Price(rng.magnitude(60));
        let (one, other) = (rng.magnitude(60), rng.magnitude(60));
        let [one, other, both] = [one, other, one + other].map(|amount| {
            let found = kind.counted(amount, kind.mark.price).unwrap().0;
            assert_eq!(found, counted(&kind, amount));
            found
        });
        // Splitting an amount gains nothing but by a second account's cap.
        assert!(both >= one.max(other) && one + other <= both + 2 || both == counted(&kind, u64::MAX));
    }
}

#[test]
fn initial_margin_takes_the_cautious_price_and_only_a_good_young_mark() {
    let mut stage = stage(TOKEN);
    assert_eq!(stage.value(ALICE), [80 * USD, 80 * USD]);
    stage.world.pass(1, 1);
    let mut seen = said(10_000, stage.world.now.time);
    seen.confidence = 100_000_000; // 1 USD
    seen.ema_price -= 1_000_000_000; // 90 USD
    assert!(stage.kinds[0].refresh(Some(&seen), stage.world.now).unwrap().accepted);
    assert_eq!(stage.value(ALICE), [71_200_000, 80 * USD], "(90 - 1) less a fifth");

    // Refused for its confidence: the old mark stays, and nobody borrows on it.
    stage.world.pass(1, 1);
    let mut wide = said(9_000, stage.world.now.time);
    wide.confidence = 90_000_000 * 2 + 90_000_001;
    assert_eq!(stage.kinds[0].refresh(Some(&wide), stage.world.now).unwrap().quality, Quality::Bad);
    assert_eq!(stage.value(ALICE), [0, 80 * USD]);

    stage.world.pass(1, 1);
    stage.price(0, 9_000);
    assert_eq!(stage.value(ALICE), [72 * USD, 72 * USD]);
    let age = stage.kinds[0].params.mark_age_slots_max;
    stage.world.pass(age, 60);
    assert_eq!(stage.value(ALICE), [72 * USD, 72 * USD], "as old as allowed");
    stage.world.pass(1, 1);
    assert_eq!(stage.value(ALICE), [0, 72 * USD], "an outage of its feed puts nobody in distress");
}

#[test]
fn an_old_valuation_is_asked_for_again() {
    let mut stage = stage(TOKEN);
    refused(stage.world.attempt(|world| world.sync(ALICE)), Error::CollateralUnvalued);
    stage.value(ALICE);
    stage.world.pass(VALUATION_SLOTS, 3);
    stage.confirm_markets();
    stage.world.attempt(|world| world.sync(ALICE)).map(drop).unwrap();
    stage.world.pass(1, 1);
    stage.confirm_markets();
    refused(stage.world.attempt(|world| world.sync(ALICE)), Error::CollateralUnvalued);
    refused(stage.world.attempt(|world| world.withdraw(ALICE, 1)), Error::InsufficientFreeCash);
    stage.world.deposit(ALICE, USD).unwrap();
    refused(stage.world.attempt(|world| world.withdraw(ALICE, USD)), Error::CollateralUnvalued);
    refused(stage.world.attempt(|world| world.liquidate(ALICE, 0, CAROL, 0)), Error::CollateralUnvalued);
    refused(stage.world.attempt(|world| world.resolve(ALICE, 0, None)), Error::CollateralUnvalued);
    let mark = stage.world.mark(0);
    refused(stage.world.attempt(|world| world.quote(ALICE, 0, Side::Long, M, mark)), Error::CollateralUnvalued);
    refused(stage.world.attempt(|world| world.trade([ALICE, BOB], 0, Side::Long, M, mark)), Error::CollateralUnvalued);
    // More collateral: the old valuation, without it, would understate the account.
    stage.value(ALICE);
    stage.deposit(ALICE, 1, 1).unwrap();
    refused(stage.world.attempt(|world| world.sync(ALICE)), Error::CollateralUnvalued);
    stage.sync(ALICE).unwrap();
    stage.check();
}

#[test]
fn it_keeps_an_account_out_of_distress_but_pays_nothing() {
    let mut stage = stage(TOKEN);
    stage.world.reprice(0, usd(95.9));
    assert_eq!(stage.equity(ALICE), [90 * i128::from(USD) - 1, 10 * i128::from(USD) - 1]);
    refused(stage.liquidate(ALICE, 0, CAROL, 0), Error::NotInDistress);
    refused(stage.sell(ALICE, 0, 0), Error::NotInDistress);
    // A tenth of a token: 8 USD beside half a dollar of money, below the 28.49 of maintenance.
    stage.price(0, 1_000);
    stage.world.reprice(0, usd(94.95));
    let [equity, money] = stage.equity(ALICE);
    assert!(money > 0 && money < 500_000 && equity > money);
    let report = stage.liquidate(ALICE, 0, CAROL, 0).unwrap();
    assert_eq!(report.from_insurance, Atoms(0), "no cover pays while there is collateral");
    // At most the share of the money that maintenance freed.
    let able = i128::from(report.lots.0) * money / i128::from(1_000 * M);
    let paid = i128::from(report.discount_by_victim.0 + report.to_insurance.0);
    assert!(paid > 0 && paid <= able + 2, "{paid} of {able}");
    stage.check();
}

#[test]
fn an_account_whose_money_is_used_up_is_in_distress_however_rich() {
    let mut stage = stage(1_000 * TOKEN);
    stage.world.reprice(0, usd(95.0));
    refused(stage.sell(ALICE, 0, 0), Error::NotInDistress);
    stage.world.reprice(0, usd(94.8));
    let [equity, money] = stage.equity(ALICE);
    assert!(money < 0 && equity > 79_000 * i128::from(USD));
    refused(stage.liquidate(ALICE, 0, CAROL, 0), Error::CollateralFirst);
    let sold = stage.sell(ALICE, 0, 0).unwrap();
    // (28.44 + 10 % of it + 1) / 0.99 of 100 USD.
    assert!(sold.amount.abs_diff(326_000_000) < 1_000_000, "{sold:?}");
    assert_eq!(sold.discount, Bps(100));
    let [_, money] = stage.equity(ALICE);
    assert!(money.abs_diff(31_284_000) < 1_000, "{money}");
    assert_eq!(stage.world.accounts[ALICE].clock.since, 0, "cured");
    refused(stage.sell(ALICE, 0, 0), Error::NotInDistress);
    stage.check();
}

#[test]
fn nobody_borrows_money_on_it() {
    let mut stage = stage(1_000 * TOKEN);
    stage.world.deposit(ALICE, 40 * USD).unwrap();
    stage.world.reprice(0, usd(93.9));
    stage.value(ALICE);
    // Free 40, position -10: taking 30 would leave no money behind it.
    refused(stage.world.attempt(|world| world.withdraw(ALICE, 30 * USD)), Error::InsufficientMargin);
    stage.world.attempt(|world| world.withdraw(ALICE, 29 * USD)).unwrap();
    stage.check();
}

#[test]
fn isolated_positions_answer_with_their_own_cash() {
    let mut stage = stage(0);
    stage.world.deposit(ALICE, USD).unwrap();
    stage.world.add_margin(ALICE, 0, USD).unwrap();
    stage.world.isolate(ALICE, 0, true).unwrap();
    stage.deposit(ALICE, 0, 1_000 * TOKEN).unwrap();
    stage.world.reprice(0, usd(97.0));
    stage.liquidate(ALICE, 0, CAROL, 10 * M).map(drop).unwrap();
    stage.world.reprice(0, usd(90.0));
    refused(stage.sell(ALICE, 0, 0), Error::NotInDistress);
    stage.sync(ALICE).unwrap();
    stage.world.pass(150, 60);
    stage.confirm_markets();
    let report = stage.resolve(ALICE, 0, None).unwrap();
    assert!(report.insured.0 > 0, "{report:?}");
    assert_eq!(stage.world.accounts[ALICE].pledge.amounts[0], 1_000 * TOKEN);
    stage.check();
}

#[test]
fn deposits() {
    let mut stage = stage(0);
    refused(stage.deposit(ALICE, 0, 0), Error::ZeroAmount);
    let most = stage.kinds[0].params.total_max;
    refused(stage.deposit(ALICE, 0, most + 1), Error::CollateralCap);
    refused(stage.deposit(ALICE, 0, u64::MAX), Error::CollateralCap);
    stage.deposit(ALICE, 0, most - 1).unwrap();
    refused(stage.deposit(CAROL, 0, 2), Error::CollateralCap);
    stage.deposit(CAROL, 0, 1).unwrap();
    refused(stage.deposit(CAROL, 0, 1), Error::CollateralCap);
    stage.world.accounts[CAROL].swept = 1;
    refused(stage.deposit(CAROL, 1, 1), Error::Bankrupt);
    stage.world.accounts[CAROL].swept = 0;
    stage.check();
}

#[test]
fn f3_nobody_answers_a_fall_with_what_has_fallen() {
    let mut stage = stage(0);
    stage.world.pass(stage.kinds[0].params.mark_age_slots_max + 1, 60);
    refused(stage.deposit(ALICE, 0, TOKEN), Error::PriceQuality);
    stage.confirm();
    stage.world.pass(1, 1);
    // The feed falls by more than the slots since explain: the mark stays at 100 USD and is no longer good.
    let fallen = said(100, stage.world.now.time);
    assert_eq!(stage.kinds[0].refresh(Some(&fallen), stage.world.now).unwrap().quality, Quality::Bad);
    refused(stage.deposit(ALICE, 0, TOKEN), Error::PriceQuality);
}

#[test]
fn f3_the_caps_bound_what_a_worthless_kind_can_cost() {
    let mut world = scene::world(1, 3, 10 * USD);
    scene::open(&mut world, [ALICE, BOB], 0, 1_000 * M, [51 * USD, 500 * USD]);
    let mut stage = Pledges::new(world, &capped(200 * USD));
    stage.deposit(ALICE, 0, 900_000 * TOKEN).unwrap();
    assert_eq!(stage.value(ALICE), [160 * USD, 160 * USD], "90 million USD by its feed");
}

#[test]
fn withdrawals() {
    let mut stage = stage(10 * TOKEN);
    refused(stage.withdraw(ALICE, 0, 0), Error::ZeroAmount);
    refused(stage.withdraw(ALICE, 0, 10 * TOKEN + 1), Error::InsufficientCollateral);
    refused(stage.withdraw(ALICE, 1, 1), Error::InsufficientCollateral);
    refused(stage.withdraw(CAROL, 0, 1), Error::InsufficientCollateral);
    stage.world.accounts[ALICE].swept = 1;
    refused(stage.withdraw(ALICE, 0, 1), Error::Bankrupt);
    stage.world.accounts[ALICE].swept = 0;
    // At 98: 29 of money beyond rounding, 49 needed, 19 USD are needed of the collateral: a quarter of a token.
    stage.world.reprice(0, usd(98.0));
    stage.withdraw(ALICE, 0, 9 * TOKEN).unwrap();
    refused(stage.withdraw(ALICE, 0, TOKEN - TOKEN / 5), Error::InsufficientMargin);
    stage.withdraw(ALICE, 0, TOKEN - TOKEN / 4).unwrap();
    // On an old mark it counts nothing: what is left cannot be missed.
    stage.world.pass(151, 1);
    stage.confirm_markets();
    refused(stage.withdraw(ALICE, 0, 1), Error::InsufficientMargin);
    stage.check();
}

#[test]
fn without_positions_it_leaves_without_price_or_market() {
    let mut stage = stage(0);
    stage.deposit(CAROL, 2, 5 * TOKEN).unwrap();
    stage.world.pass(78_840_000, 31_536_000);
    stage.withdraw(CAROL, 2, 5 * TOKEN).unwrap();
    assert!(!stage.world.accounts[CAROL].pledge.is_held());
    stage.check();
}

#[test]
fn rules() {
    let birth = Price(100_000_000_000);
    let good = CollateralParams::standard();
    assert_eq!(good.validate(birth), Ok(()));
    type Change = fn(&mut CollateralParams);
    let rows: &[(&str, Change, bool)] = &[
        ("no cap", |p| p.total_max = 0, false),
        ("the least cap", |p| p.total_max = 1, true),
        ("the largest worth", |p| p.total_max = (1 << 56) * 10, true),
        ("beyond it", |p| p.total_max = (1 << 56) * 10 + 10, false),
        ("nothing counts in an account", |p| p.account_max = Atoms(0), false),
        ("an atom counts", |p| p.account_max = Atoms(1), true),
        ("the most that counts", |p| p.account_max = Atoms(1 << 56), true),
        ("more", |p| p.account_max = Atoms((1 << 56) + 1), false),
        ("a mark of this slot", |p| p.mark_age_slots_max = 0, false),
        ("a mark of ten minutes", |p| p.mark_age_slots_max = 1_500, true),
        ("older", |p| p.mark_age_slots_max = 1_501, false),
        ("a price of this second", |p| p.price_age_seconds_max = 0, false),
        ("a price of ten minutes", |p| p.price_age_seconds_max = 600, true),
        ("older", |p| p.price_age_seconds_max = 601, false),
        ("a minute ahead", |p| p.price_ahead_seconds_max = 60, true),
        ("more", |p| p.price_ahead_seconds_max = 61, false),
        ("the shortest auction", |p| p.auction_slots = 75, true),
        ("shorter", |p| p.auction_slots = 74, false),
        ("the longest", |p| p.auction_slots = 216_000, true),
        ("longer", |p| p.auction_slots = 216_001, false),
        ("a small haircut", |p| (p.haircut, p.discount_start) = (Bps(200), Bps(199)), true),
        ("smaller", |p| (p.haircut, p.discount_start) = (Bps(199), Bps(1)), false),
        ("all of it", |p| p.haircut = Bps(10_000), true),
        ("more than all", |p| p.haircut = Bps(10_001), false),
        ("no discount", |p| p.discount_start = Bps(0), false),
        ("a discount at the haircut", |p| p.discount_start = p.haircut, false),
        ("just below it", |p| p.discount_start = Bps(p.haircut.0 - 1), true),
        ("no confidence", |p| p.confidence_max = Bps(0), false),
        ("the widest", |p| p.confidence_max = Bps(2_000), true),
        ("wider", |p| p.confidence_max = Bps(2_001), false),
        ("no divergence", |p| p.divergence_max = Bps(0), false),
        ("the farthest", |p| p.divergence_max = Bps(90_000), true),
        ("farther", |p| p.divergence_max = Bps(90_001), false),
        ("a jump too small for an honest move", |p| p.jump_per_slot = Bps(99), false),
        ("the smallest", |p| p.jump_per_slot = Bps(100), true),
        ("the largest", |p| p.jump_per_slot = Bps(9_999), true),
        ("any jump", |p| p.jump_per_slot = Bps(10_000), false),
        ("nine decimals", |p| p.unit_exponent = -9, true),
        ("ten", |p| p.unit_exponent = -10, false),
        ("none", |p| p.unit_exponent = 0, true),
        ("tens of the asset", |p| p.unit_exponent = 1, false),
    ];
    for (name, change, holds) in rows {
        let mut changed = good;
        change(&mut changed);
        let expected = if *holds { Ok(()) } else { Err(Error::RuleCollateral) };
        assert_eq!(changed.validate(birth), expected, "{name}");
    }
    let small = CollateralParams { total_max: 1_000, ..good };
    for (birth, holds) in [(999, false), (1_000, true), (PRICE_MAX / 1_000, true), (PRICE_MAX / 1_000 + 1, false)] {
        assert_eq!(small.validate(Price(birth)).is_ok(), holds, "birth {birth}");
    }
}

#[test]
fn listing() {
    let now = breakwater_engine::units::Now { slot: 1_000, time: 1_000_000 };
    let mut kind = CollateralBooks::default();
    let list = |kind: &mut CollateralBooks, change: fn(&mut breakwater_engine::price::Observation)| {
        let mut first = said(10_000, now.time);
        change(&mut first);
        kind.list(&params(), &first, now)
    };
    refused(list(&mut kind, |seen| seen.price = 0), Error::PriceNotPositive);
    refused(list(&mut kind, |seen| seen.exponent = -13), Error::PriceExponent);
    refused(list(&mut kind, |seen| seen.price = 1), Error::RuleCollateral);
    refused(list(&mut kind, |seen| seen.publish_time += 11), Error::PriceFromFuture);
    refused(list(&mut kind, |seen| seen.publish_time -= 61), Error::PriceQuality);
    refused(list(&mut kind, |seen| seen.confidence = 300_000_000), Error::PriceQuality);
    list(&mut kind, |_| ()).unwrap();
    assert_eq!((kind.mark.price, kind.mark.sequence), (Price(100_000_000_000), 1));
}

/// An update older than the last shown, the last one repeated, one of the future, one that is no price of the feed, and a source
/// that says nothing: no error, and no change; a newer one counts.
#[test]
fn a21_collateral_whose_source_says_nothing_keeps_its_mark() {
    let now = breakwater_engine::units::Now { slot: 1_000, time: 1_000_000 };
    let mut kind = CollateralBooks::default();
    kind.list(&params(), &said(10_000, now.time), now).unwrap();
    let before = kind;
    let beyond = breakwater_engine::price::Observation { exponent: 7, ..said(9_999, now.time + 1) };
    let silent = [said(9_999, now.time - 1), said(9_999, now.time), said(9_999, now.time + 11), beyond];
    for published in silent.iter().map(Some).chain([None]) {
        let report = kind.refresh(published, now).unwrap();
        assert_eq!((report.accepted, kind), (false, before), "{published:?}");
    }
    assert!(kind.refresh(Some(&said(9_999, now.time + 1)), now).unwrap().accepted);
}

/// A silent feed of other collateral forbids no cure: what only reduces is compared without it, before and after.
#[test]
fn a47_reducing_asks_for_no_valuation_of_other_collateral() {
    let mut stage = stage(TOKEN);
    let mark = stage.world.mark(0);
    let offer = stage.world.quote(ALICE, 0, Side::Short, 400 * M, mark).unwrap();
    assert_eq!(offer.reduce_only, 1);
    let _ = stage.world.trade([ALICE, BOB], 0, Side::Short, 400 * M, mark).unwrap();
    let _ = stage.world.trade([BOB, ALICE], 0, Side::Long, 600 * M, mark).unwrap();
    assert_eq!((stage.world.lots(ALICE, 0), stage.world.lots(BOB, 0)), (0, 0));
    stage.check();
}
