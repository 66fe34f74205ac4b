//! The auction of other collateral: who may be sold, which kind, how much and at what price; and that insurance comes after it.
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
#[path = "common/pledges.rs"]
mod pledges;
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::state::CollateralParams;
use breakwater_engine::units::{Atoms, Bps};
use breakwater_engine::Error;
use common::Rng;
use histories::play;
use pledges::{counted, params, refused, Pledges, TOKEN, USD};
use scene::M;
use world::usd;

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

/// Alice is long 1,000 USD on a margin of 51 and has put up two tokens of each of these kinds; the mark falls to 94.8.
fn fallen(kinds: &[usize]) -> Pledges {
    let mut world = scene::world(1, 4, 100 * USD);
    world.deposit(CAROL, 10_000 * USD).unwrap();
    scene::open(&mut world, [ALICE, BOB], 0, 1_000 * M, [51 * USD, 500 * USD]);
    let mut stage = Pledges::new(world, &params());
    for at in kinds {
        stage.deposit(ALICE, *at, 2 * TOKEN).unwrap();
    }
    stage.world.reprice(0, usd(94.8));
    stage
}

/// Lets slots pass; every mark is confirmed, and Alice's distress is observed on the way.
fn wait(stage: &mut Pledges, slots: u64) {
    let end = stage.world.now.slot + slots;
    while stage.world.now.slot < end {
        let step = (end - stage.world.now.slot).min(100);
        stage.world.pass(step, step as i64 * 2 / 5 + 1);
        stage.confirm();
        let _ = stage.sync(ALICE);
    }
}

/// Lets slots pass without a price of any kind of collateral.
fn wait_in_the_dark(stage: &mut Pledges, slots: u64) {
    let end = stage.world.now.slot + slots;
    while stage.world.now.slot < end {
        let step = (end - stage.world.now.slot).min(100);
        stage.world.pass(step, step as i64 * 2 / 5 + 1);
        stage.confirm_markets();
        let _ = stage.sync(ALICE);
    }
}

#[test]
fn f24_the_kind_that_is_sold_is_not_the_buyers_choice() {
    let mut stage = fallen(&[1, 2]);
    refused(stage.sell(ALICE, 2, 0), Error::CollateralFirst);
    refused(stage.sell(ALICE, 0, 0), Error::InsufficientCollateral);
    stage.sell(ALICE, 1, 1_000).map(drop).unwrap();
    refused(stage.sell(ALICE, 2, 1_000), Error::CollateralFirst);
    // The first kind's feed is silent: the next one with a price goes first.
    stage.kinds[1].mark.quality = 0;
    refused(stage.sell(ALICE, 1, 1_000), Error::CollateralFirst);
    stage.sell(ALICE, 2, 1_000).map(drop).unwrap();
    // Both are: the first again, once the discount is beyond the haircut.
    stage.kinds[2].mark.quality = 0;
    refused(stage.sell(ALICE, 2, 1_000), Error::CollateralFirst);
    refused(stage.sell(ALICE, 1, 1_000), Error::StaleMark);
    stage.check();
}

#[test]
fn nothing_of_a_healthy_account_is_sold() {
    let mut stage = fallen(&[0]);
    stage.world.deposit(ALICE, 40 * USD).unwrap();
    refused(stage.sell(ALICE, 0, 0), Error::NotInDistress);
    refused(stage.sell(CAROL, 0, 0), Error::NotInDistress);
    let before = stage.world.accounts[ALICE];
    refused(stage.sell(ALICE, 0, 1), Error::NotInDistress);
    assert_eq!(stage.world.accounts[ALICE], before);
    // Nor with positions and no collateral at all.
    stage.world.reprice(0, usd(90.0));
    refused(stage.sell(BOB, 0, 0), Error::NotInDistress);
}

#[test]
fn as_much_as_cures_and_no_more() {
    let mut stage = fallen(&[]);
    stage.price(0, 1_000);
    stage.deposit(ALICE, 0, 3_600_000_000).unwrap();
    // 28.44 of maintenance, a tenth of it and the one that is lacking, at 9.90 a token.
    refused(stage.sell(ALICE, 0, 3_262_000_000), Error::TooMuch);
    refused(stage.sell(ALICE, 0, u64::MAX), Error::TooMuch);
    let part = stage.sell(ALICE, 0, TOKEN / 10).unwrap();
    assert_eq!((part.amount, part.proceeds), (TOKEN / 10, Atoms(990_000)));
    let rest = stage.sell(ALICE, 0, 0).unwrap();
    assert!(rest.amount.abs_diff(3_161_000_000) < 1_000_000, "{rest:?}");
    refused(stage.sell(ALICE, 0, 1), Error::NotInDistress);
    stage.check();
}

#[test]
fn what_would_be_left_as_dust_goes_along() {
    let mut stage = fallen(&[]);
    stage.deposit(ALICE, 0, TOKEN / 3).unwrap();
    let sold = stage.sell(ALICE, 0, 0).unwrap();
    assert_eq!(sold.amount, TOKEN / 3, "seven thousandths of a token would be left: 70 cents");
    // But nobody takes all by asking for more than is needed.
    let mut stage = fallen(&[]);
    stage.deposit(ALICE, 0, TOKEN / 3 + TOKEN / 50).unwrap();
    refused(stage.sell(ALICE, 0, TOKEN / 3 + TOKEN / 50), Error::TooMuch);
    let sold = stage.sell(ALICE, 0, 0).unwrap();
    assert!(sold.amount < TOKEN / 3, "{sold:?}");
    stage.check();
}

#[test]
fn the_price_falls_with_the_clock_and_ends_at_nothing() {
    let mut stage = fallen(&[0]);
    stage.sync(ALICE).unwrap();
    for (slots, discount) in [(0, 100), (100, 1_090), (400, 5_050), (499, 9_990), (1, 10_000), (5_000, 10_000)] {
        wait(&mut stage, slots);
        let sold = stage.clone().sell(ALICE, 0, 1_000).unwrap();
        assert_eq!(sold.discount, Bps(discount));
        let worth = if discount <= 2_000 { 1_000 / 10 * (10_000 - u64::from(discount)) } else { 0 };
        let price = (1_000u64 * (10_000 - u64::from(discount))).div_ceil(100_000);
        assert_eq!(sold.proceeds.0, price.max(worth.div_ceil(100_000)), "{discount}");
    }
    // For nothing, then: nobody waits for a buyer for ever.
    let sold = stage.sell(ALICE, 0, 0).unwrap();
    assert_eq!((sold.amount, sold.proceeds), (2 * TOKEN, Atoms(0)));
    stage.check();
}

#[test]
fn i8_within_the_haircut_the_buyer_pays_what_it_counted() {
    let mut stage = fallen(&[0]);
    stage.sync(ALICE).unwrap();
    wait(&mut stage, 192);
    let before = stage.value(ALICE);
    // 88 hundredths of an atom at a fifth off; but two atoms less count.
    let sold = stage.sell(ALICE, 0, 11).unwrap();
    assert_eq!((sold.discount, sold.proceeds), (Bps(2_000), Atoms(2)));
    assert_eq!(stage.value(ALICE)[1], before[1] - 2);
    stage.check();
}

#[test]
fn without_money_nothing_moves_by_the_order_of_slots() {
    let mut world = scene::world(2, 3, 100 * USD);
    scene::open(&mut world, [ALICE, BOB], 0, 1_000 * M, [51 * USD, 500 * USD]);
    scene::open(&mut world, [ALICE, CAROL], 1, 1_000 * M, [70 * USD, 500 * USD]);
    let mut stage = Pledges::new(world, &params());
    stage.deposit(ALICE, 0, 10 * TOKEN).unwrap();
    // -149 in the first, 70 in the second, of which 20 above its initial margin.
    stage.world.reprice(0, usd(80.0));
    stage.confirm_markets();
    stage.value(ALICE);
    let report = stage.world.sync(ALICE).unwrap();
    assert_eq!(report.topped_up, Atoms(0), "what is left is shared by shortfall");
    let sold = stage.sell(ALICE, 0, 0).unwrap();
    assert!(sold.topped_up.0 > sold.proceeds.0 / 2, "{sold:?}");
    stage.check();
}

#[test]
fn what_comes_into_a_late_distress_is_sold_from_the_start() {
    let mut stage = fallen(&[]);
    stage.sync(ALICE).unwrap();
    wait(&mut stage, 2_000);
    stage.deposit(ALICE, 0, TOKEN / 10).unwrap();
    assert_eq!(stage.sell(ALICE, 0, 1_000).unwrap().discount, Bps(100));
    stage.check();
}

#[test]
fn g8_a_silent_feed_delays_the_sale_and_ends_it_all_the_same() {
    let mut stage = fallen(&[0]);
    stage.sync(ALICE).unwrap();
    wait_in_the_dark(&mut stage, 190);
    let [_, worth] = stage.value(ALICE);
    assert_eq!(worth, 160 * USD, "it still counts");
    refused(stage.sell(ALICE, 0, 0), Error::StaleMark);
    refused(stage.liquidate(ALICE, 0, CAROL, 0), Error::CollateralFirst);
    wait_in_the_dark(&mut stage, 12);
    let sold = stage.sell(ALICE, 0, 0).unwrap();
    assert!(sold.discount >= Bps(2_000) && sold.proceeds.0 > 30 * USD, "{sold:?}");
    stage.check();
}

#[test]
fn insurance_waits_until_all_is_sold() {
    let mut stage = fallen(&[0]);
    stage.world.reprice(0, usd(60.0));
    let [equity, _] = stage.equity(ALICE);
    assert!(equity < 0, "bankrupt by its worth");
    stage.sync(ALICE).unwrap();
    wait(&mut stage, 160);
    refused(stage.liquidate(ALICE, 0, CAROL, 0), Error::CollateralFirst);
    refused(stage.resolve(ALICE, 0, None), Error::CollateralFirst);
    let sold = stage.sell(ALICE, 0, 0).unwrap();
    assert!(sold.bankrupt && sold.amount == 2 * TOKEN);
    let deficit = 1_000 * USD * 40 / 100 - 51 * USD - sold.proceeds.0;
    let report = stage.resolve(ALICE, 0, None).unwrap();
    assert!(report.deficit.0.abs_diff(deficit) < 10, "the debt that remains: {report:?}, {deficit}");
    assert_eq!(report.swept.0, sold.proceeds.0);
    assert!(report.insured.0 > 0);
    stage.check();
}

#[test]
fn an_account_to_close_against_is_sold_first_too() {
    let dave = 3;
    let mut stage = fallen(&[]);
    stage.world.insure(1_000 * USD).unwrap();
    stage.world.markets[0].market.cover.amount = Atoms(1_000 * USD);
    stage.world.fund.covers = Atoms(1_000 * USD);
    stage.world.reprice(0, usd(80.0));
    scene::open(&mut stage.world, [CAROL, dave], 0, 100 * M, [50 * USD, 6 * USD]);
    stage.deposit(dave, 1, 1_000).unwrap();
    // Alice is under water below 94.90, Dave above 86.
    stage.world.reprice(0, usd(90.0));
    for _ in 0..2 {
        for who in [ALICE, dave] {
            stage.sync(who).unwrap();
        }
        wait(&mut stage, 80);
    }
    assert!(stage.world.equity(ALICE, 0) < 0 && stage.world.equity(dave, 0) < 0);
    stage.value(dave);
    refused(stage.resolve(ALICE, 0, Some(dave)), Error::CollateralFirst);
    stage.sell(dave, 1, 0).map(drop).unwrap();
    assert_eq!(stage.world.accounts[dave].pledge.amounts, [0; 3]);
    stage.world.resolve(dave, 0, None).map(drop).unwrap();
    stage.check();
}

#[test]
fn a_swept_bankruptcy_takes_no_more_collateral() {
    let mut stage = fallen(&[]);
    stage.world.reprice(0, usd(80.0));
    stage.sync(ALICE).unwrap();
    wait(&mut stage, 160);
    let mut swept = stage.clone();
    swept.world.accounts[ALICE].swept = 1;
    refused(swept.deposit(ALICE, 0, TOKEN), Error::Bankrupt);
    // Before the sweep it rescues: the account is no longer bankrupt.
    stage.deposit(ALICE, 0, 10 * TOKEN).unwrap();
    refused(stage.resolve(ALICE, 0, None), Error::NotBankrupt);
    stage.sell(ALICE, 0, 0).map(drop).unwrap();
    refused(stage.resolve(ALICE, 0, None), Error::NotBankrupt);
    stage.check();
}

/// The sale from its definition, in numbers wide enough for everything: discount, most, proceeds.
fn naive(kind: &breakwater_engine::state::CollateralBooks, elapsed: u64, held: u64, need: u64) -> (u32, u64, u64) {
    let params = &kind.params;
    let start = u128::from(params.discount_start.0);
    let ripe = u128::from(elapsed.min(params.auction_slots));
    let discount = start + (10_000 - start) * ripe / u128::from(params.auction_slots);
    let price = u128::from(kind.mark.price.0) * (10_000 - discount);
    let cures = if price == 0 { u128::MAX } else { (u128::from(need) * 10_u128.pow(16)).div_ceil(price) };
    let mut amount = cures.min(u128::from(held)).max(1);
    let rest = (u128::from(held) - amount) * u128::from(kind.mark.price.0) / 10_u128.pow(12);
    if rest < 1_000_000 {
        amount = u128::from(held);
    }
    let mut proceeds = (amount * price).div_ceil(10_u128.pow(16));
    if discount <= u128::from(params.haircut.0) {
        let before = counted(kind, held);
        proceeds = proceeds.max(u128::from(before - counted(kind, held - amount as u64)));
    }
    (discount as u32, amount as u64, proceeds as u64)
}

#[test]
fn the_sale_is_its_definition_and_pieces_cost_no_less() {
    let _ = play(300, |rng| {
        let kind = CollateralParams {
            haircut: Bps(rng.within(1_000, 9_000) as u32),
            discount_start: Bps(rng.within(1, 900) as u32),
            auction_slots: rng.within(100, 2_000),
            account_max: Atoms(USD * rng.within(50, 2_000)),
            ..params()
        };
        let mut world = scene::world(1, 3, 100 * USD);
        scene::open(&mut world, [ALICE, BOB], 0, 1_000 * M, [51 * USD, 500 * USD]);
        let mut stage = Pledges::new(world, &kind);
        stage.deposit(ALICE, 0, rng.within(1, 10 * TOKEN)).unwrap();
        stage.price(0, rng.within(100, 20_000));
        stage.world.reprice(0, usd(rng.within(600, 948) as f64 / 10.0));
        stage.sync(ALICE).unwrap();
        wait(&mut stage, rng.within(0, 600));
        let [equity, money] = stage.equity(ALICE);
        let health = breakwater_engine::health::cross(
            &stage.world.accounts[ALICE],
            stage.world.views().into_iter(),
            stage.world.now,
        );
        let maintenance = health.unwrap().maintenance.0;
        let target = i128::from(maintenance + (maintenance * 1_000).div_ceil(10_000));
        let need = (target - money).try_into().unwrap_or(0);
        let elapsed = stage.world.now.slot - stage.world.accounts[ALICE].clock.since;
        let held = stage.world.accounts[ALICE].pledge.amounts[0];
        let expected = naive(&stage.kinds[0], elapsed, held, need);

        let mut pieces = stage.clone();
        let sold = stage.sell(ALICE, 0, 0).unwrap();
        let found = (sold.discount.0, sold.amount, sold.proceeds.0);
        // Money is exact to 1e-12 atom, the reference's to the atom: an atom of need.
        let slack = 20_000_000_000_000 / stage.kinds[0].mark.price.0 + 2;
        assert_eq!(found.0, expected.0);
        assert!(found.1.abs_diff(expected.1) <= slack && found.2.abs_diff(expected.2) <= 2, "{found:?} {expected:?}");
        let after = stage.equity(ALICE);
        if sold.discount <= kind.haircut {
            assert!(after[0] >= equity - 2, "I8: {equity} to {after:?}, {sold:?}");
        }
        assert!(after[1] >= money - 2, "money never falls");
        stage.check();

        let (mut paid, mut amount) = (0, 0);
        for _ in 0..5 {
            let wanted = rng.within(1, (sold.amount / 3).max(1));
            let Ok(piece) = pieces.sell(ALICE, 0, wanted) else { break };
            paid += piece.proceeds.0;
            amount += piece.amount;
        }
        if let Ok(piece) = pieces.sell(ALICE, 0, 0) {
            paid += piece.proceeds.0;
            amount += piece.amount;
        }
        // As many units in pieces cost no less.
        let whole = u128::from(sold.proceeds.0) * u128::from(amount) / u128::from(sold.amount.max(1));
        assert!(u128::from(paid) + 6 >= whole, "{paid} for {amount} in pieces, {sold:?} at once");
        pieces.check();
    });
}
