//! Other collateral against naive references: what it counts, how its clocks run, what a sale in pieces brings, in
//! which order; and how its parameters may change.
//!
//! `BREAKWATER_HISTORIES=1000` plays as many, `BREAKWATER_SEED=n` one.
#![allow(
    dead_code,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    reason = "a test that panics has found something"
)]

#[path = "clearing/check.rs"]
mod check;
mod common;
#[path = "clearing/exchange.rs"]
mod exchange;
#[path = "common/histories.rs"]
mod histories;
#[path = "clearing/attacks/stage.rs"]
mod stage;

use breakwater_engine::change::Waits;
use breakwater_engine::clearing::collateral::{Bought, COLLATERAL_PARAMETERS};
use breakwater_engine::clearing::margin::AUCTION_GAP_SLOTS;
use breakwater_engine::clearing::state::{CollateralAsset, CollateralHolding, CollateralHoldings, CollateralParams};
use breakwater_engine::units::{Atoms, Bps, Now, Price};
use breakwater_engine::Error;
use common::Rng;
use exchange::collateral::{asset_params, first, said, PAR};
use histories::play;
use stage::{Stage, ATOMS};

/// Observations of an account, as a list: the clock is the sum of the gaps that an observation holds, since the last
/// cure and since the last gap in which nobody looked at all.
fn naive_clock(seen: &[(u64, bool)], ttl: u64) -> u64 {
    let mut since = 0;
    for at in 0..seen.len() {
        let goes_on = at > 0 && seen[at].1 && seen[at - 1].1;
        let is_new = !goes_on || seen[at].0 - seen[at - 1].0 > AUCTION_GAP_SLOTS;
        since = if is_new { at } else { since };
    }
    let gaps = seen[since..].windows(2).map(|pair| pair[1].0 - pair[0].0);
    gaps.filter(|gap| *gap <= ttl).sum()
}

#[test]
fn a_clock_is_the_sum_of_what_was_observed() {
    let ran = play(2_000, |rng| {
        let holding = CollateralHolding { amount: 1, ..CollateralHolding::default() };
        let mut holdings = CollateralHoldings { assets: [holding; 3], ..CollateralHoldings::default() };
        holdings.assets[2].amount = 0;
        let (ttl, mut slot, mut seen) = (rng.within(5, 200), 1 + rng.magnitude(20), Vec::new());
        let mut longest = 0;
        for _ in 0..40 {
            slot += rng.magnitude(12);
            let distress = !rng.one_in(12);
            seen.push((slot, distress));
            holdings.observe(distress, ttl, slot);
            assert_eq!(holdings.assets[0].auctioned_slots, naive_clock(&seen, ttl), "{seen:?}");
            assert_eq!(holdings.assets[1].auctioned_slots, holdings.assets[0].auctioned_slots);
            assert_eq!(holdings.assets[2].auctioned_slots, 0, "of nothing");
            longest = longest.max(holdings.assets[0].auctioned_slots);
        }
        longest
    });
    assert!(ran.iter().filter(|longest| **longest > 0).count() > ran.len() / 2);
}

#[test]
fn i7_observing_often_is_observing_once() {
    let holding = CollateralHolding { amount: 1, ..CollateralHolding::default() };
    let new = || CollateralHoldings { assets: [holding; 3], ..CollateralHoldings::default() };
    let (mut often, mut once) = (new(), new());
    for slot in 100..=200 {
        for _ in 0..3 {
            often.observe(true, 150, slot);
        }
    }
    once.observe(true, 150, 100);
    once.observe(true, 150, 200);
    assert_eq!(often, once);
    assert_eq!(once.assets[0].auctioned_slots, 100);
}

/// Alice in confirmed distress, with a random lot of three assets.
fn distressed(rng: &mut Rng) -> Stage {
    let mut stage = Stage::covered(&[100], 10_000).deposits(&[("alice", 51), ("bob", 500), ("carol", 10_000)]);
    for at in 0..3 {
        let amount = ATOMS / 8 + rng.within(0, 60 * ATOMS);
        stage.act(|ex| ex.deposit_collateral("alice", at, amount));
        let price = rng.within(PAR / 2, 2 * PAR);
        stage.act(|ex| {
            ex.price_asset(at, price);
            Ok(())
        });
    }
    let stage = stage.pair(0, "alice", "bob", 10u64).mark_in(1, 0, rng.within(93, 95));
    let waits = rng.within(6, 150);
    (0..waits).fold(stage, |stage, _| stage.wait(1))
}

/// Units, what they cost, and the discount.
fn buy(stage: &mut Stage, at: usize, wanted: u64) -> Option<(u64, u64, Bps)> {
    match stage.attempt(|ex| ex.buy_collateral("alice", at, wanted)) {
        Ok(Bought::Done { amount, proceeds, discount, .. }) => Some((amount, proceeds.0, discount)),
        _ => None,
    }
}

#[test]
fn a_sale_in_pieces_is_never_cheaper() {
    let sold = play(60, |rng| {
        let stage = distressed(rng);
        let (mut whole, mut pieces) = (stage.clone(), stage);
        let Some((amount, proceeds, _)) = buy(&mut whole, 0, 0) else { return 0u32 };
        let (mut left, mut paid, mut count) = (amount, 0, 0u64);
        while left > 0 && count < 8 {
            let wanted = if count == 7 { left } else { rng.within(1, left) };
            let Some((taken, price, _)) = buy(&mut pieces, 0, wanted) else { break };
            (left, paid, count) = (left.saturating_sub(taken), paid + price, count + 1);
        }
        if left == 0 {
            assert!(paid >= proceeds && paid <= proceeds + 2 * count, "{paid} in {count} pieces, {proceeds} at once");
        }
        u32::from(left == 0)
    });
    assert!(sold.iter().sum::<u32>() > 15, "some are sold whole in pieces: {sold:?}");
}

#[test]
fn no_order_of_sales_changes_a_price() {
    let sold = play(60, |rng| {
        let stage = distressed(rng);
        let prices = |order: [usize; 3]| {
            let mut stage = stage.clone();
            order.into_iter().filter_map(|at| buy(&mut stage, at, 0)).map(|sold| sold.2).collect::<Vec<Bps>>()
        };
        let orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2]].map(prices);
        let all: Vec<Bps> = orders.into_iter().flatten().collect();
        assert!(all.iter().all(|discount| *discount == all[0]), "{all:?}");
        u32::from(!all.is_empty())
    });
    assert!(sold.iter().sum::<u32>() > 30, "most are in distress");
}

#[test]
fn what_it_counts_is_the_definition() {
    play(2_000, |rng| {
        let now = Now { slot: 10_000, time: 4_000 };
        let mut asset = CollateralAsset::default();
        let haircut = rng.within(200, 10_000) as u32;
        let params = CollateralParams {
            haircut: Bps(haircut),
            initial_haircut: Bps(rng.within(u64::from(haircut), 10_000) as u32),
            account_max: Atoms(1 + rng.magnitude(50)),
            total_max: 1 << 44,
            discount_start: Bps(100),
            ..asset_params()
        };
        asset.list(&params, true, &first(said(rng.within(PAR / 900, 1_000 * PAR), now.time)), now).unwrap();
        asset.mark.ema = Price(asset.mark.price.0 / 1_000 * rng.within(900, 1_100));
        asset.mark.confidence = Price(asset.mark.price.0 / 1_000 * rng.within(0, 20));
        let auctioned_slots = if rng.one_in(2) { 0 } else { rng.within(0, 1_200) };
        let amount = rng.magnitude(54);
        let mut account = breakwater_engine::clearing::state::AccountBooks::default();
        account.collateral.assets[1] = CollateralHolding { amount, auctioned_slots, ..CollateralHolding::default() };
        breakwater_engine::clearing::collateral::value(&mut account, &[None, Some(&asset), None], now).unwrap();
        let discount = if auctioned_slots == 0 { 0 } else { 100 + 9_900 * auctioned_slots.min(1_000) / 1_000 };
        let counts = |price: u64, haircut: Bps| {
            let value = u128::from(amount) * u128::from(price) / 1_000_000_000_000;
            let off = u64::from(haircut.0).max(discount);
            (value.min(u128::from(params.account_max.0)) * u128::from(10_000 - off) / 10_000) as u64
        };
        let cautious = asset.mark.price.min(asset.mark.ema).0.saturating_sub(asset.mark.confidence.0);
        assert_eq!(account.collateral.maintenance.0, counts(asset.mark.price.0, params.haircut));
        assert_eq!(account.collateral.initial.0, counts(cautious, params.initial_haircut));
    });
}

/// Every parameter at both ends of its band.
#[test]
fn a24_every_parameter_changes_by_its_rule() {
    let now = Now { slot: 10_000, time: 4_000 };
    let mut asset = CollateralAsset::default();
    asset.list(&asset_params(), true, &first(said(PAR, now.time)), now).unwrap();
    assert_eq!(asset.change(COLLATERAL_PARAMETERS.len() as u16, 1, now), Err(Error::UnknownParameter));
    for number in COLLATERAL_PARAMETERS.iter().copied() {
        let rule = CollateralParams::rule(number).unwrap();
        let from = asset.params.parameter(number).unwrap();
        assert_eq!(asset.clone().change(number, from, now), Err(Error::NothingChanges), "{}", rule.name);
        let step = rule.step_max(from);
        if rule.waits == Waits::Fixed {
            assert_eq!(asset.clone().change(number, from ^ 1, now), Err(Error::StepTooLarge), "{}", rule.name);
            continue;
        }
        assert_eq!(asset.clone().change(number, from + step + 1, now), Err(Error::StepTooLarge), "{}", rule.name);
        for (to, waits) in [
            (from.saturating_sub(step.min(from)), !matches!(rule.waits, Waits::Rising)),
            (from.saturating_add(step), !matches!(rule.waits, Waits::Falling)),
        ] {
            match asset.clone().change(number, to, now) {
                Ok(change) => assert_eq!((change.from, change.waits), (from, waits), "{}", rule.name),
                Err(error) => {
                    let bounded = !rule.band.contains(&to) || rule.name.contains("haircut") || to == from;
                    assert!(bounded, "{} to {to}: {error:?}", rule.name);
                }
            }
        }
    }
}

#[test]
fn a24_haircuts_stay_in_order() {
    let now = Now { slot: 10_000, time: 4_000 };
    let mut asset = CollateralAsset::default();
    asset.list(&asset_params(), true, &first(said(PAR, now.time)), now).unwrap();
    let number = |name: &str| {
        *COLLATERAL_PARAMETERS.iter().find(|at| CollateralParams::rule(**at).unwrap().name == name).unwrap()
    };
    let (haircut, initial, start) = (number("haircut"), number("initial_haircut"), number("discount_start"));
    // 20 % and 25 %, sold from 1 %.
    let before = asset;
    assert_eq!(asset.change(initial, 1_999, now), Err(Error::RuleCollateral));
    assert_eq!(asset, before, "I12");
    let _ = asset.change(haircut, 2_500, now).unwrap();
    assert_eq!(asset.change(haircut, 2_501, now), Err(Error::RuleCollateral));
    assert_eq!(asset.change(start, 0, now), Err(Error::StepTooLarge));
    // What is bound to zero within a week says so from the moment it is executed.
    let _ = asset.change(number("delisted"), 1, now).unwrap();
    assert_eq!(asset.delisted_at, now.time);
    let _ = asset.change(number("delisted"), 0, now).unwrap();
    assert_eq!(asset.delisted_at, 0);
}

type Breaks = fn(&mut CollateralParams);

#[test]
fn every_part_of_the_listing_rule_is_asked() {
    let good = asset_params();
    let birth = Price(1_000_000_000_000);
    good.validate(birth).unwrap();
    CollateralParams::recommended().validate(Price(100_000_000_000)).unwrap();
    let broken: [(&str, Breaks); 18] = [
        ("no units", |params| params.total_max = 0),
        ("worth more than all money", |params| params.total_max = (1 << 56) + 1),
        ("no cap", |params| params.account_max = Atoms(0)),
        ("a cap beyond all money", |params| params.account_max = Atoms((1 << 56) + 1)),
        ("an old mark", |params| params.action_age_slots = 151),
        ("a mark of this slot only", |params| params.action_age_slots = 2),
        ("an old price", |params| params.price_age_seconds_max = 601),
        ("a price of the future", |params| params.price_ahead_seconds_max = 61),
        ("a short window", |params| params.auction_slots = 74),
        ("a long window", |params| params.auction_slots = 216_001),
        ("half a flag", |params| params.allows_freeze = 2),
        ("no haircut", |params| params.haircut = Bps(199)),
        ("opening counts more", |params| params.initial_haircut = Bps(1_999)),
        ("a first discount beyond the haircut", |params| params.discount_start = Bps(2_000)),
        ("ten decimals", |params| params.unit_exponent = -10),
        ("any confidence", |params| params.confidence_max = Bps(2_001)),
        ("any jump", |params| params.jump_per_slot = Bps(10_000)),
        ("any disagreement", |params| params.disagreement = Bps(1_001)),
    ];
    for (what, broke) in broken {
        let mut params = good;
        broke(&mut params);
        assert_eq!(params.validate(birth), Err(Error::RuleCollateral), "{what}");
    }
    for (what, birth) in [("too coarse", Price(1 << 51)), ("too fine", Price(999))] {
        let params = CollateralParams { total_max: 1, ..good };
        assert_eq!(params.validate(birth), Err(Error::RuleCollateral), "{what}");
    }
    for closed in [CollateralParams { closed: 1, ..good }, CollateralParams { delisted: 1, ..good }] {
        assert_eq!(closed.validate(birth), Err(Error::RuleCollateral));
    }
}
