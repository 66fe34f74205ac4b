//! Reducing is always possible, not only permitted (I9). Prices are in USD, lots in millions: 1 M lots at 100 USD are worth
//! 1 USD, margins are 5 % initial and 3 % maintenance, fees 5 and 2 bps where there are any.
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
#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use breakwater_engine::books::{Books, View};
use breakwater_engine::permission::{permit_quote, Conditions, PauseBits};
use breakwater_engine::price::Quality;
use breakwater_engine::state::{MarketParams, QuoteBooks};
use breakwater_engine::trade::{self, Maker, Markets, Order, TradeReport};
use breakwater_engine::units::{Atoms, Bps, Lots, Price};
use breakwater_engine::{collateral, Error, Result, Side};
use check::check;
use scene::{open, params, world, worth, M};
use world::{books_of, usd, World};

/// 1,000 USD long against a short, at 97.5: the long has 35 where 48.75 are initial and 29.25 maintenance margin.
fn between_margins() -> World {
    let mut world = world(1, 3, 1_000 * M);
    open(&mut world, [0, 1], 0, 1_000 * M, [60 * M, 300 * M]);
    world.reprice(0, usd(97.5));
    world
}

/// What an account has comes to this, up to four atoms that entering and leaving lines rounds down.
fn assert_worth(world: &mut World, who: usize, expected: u64) {
    let (expected, found) = (i128::from(expected), worth(world, who));
    assert!((expected - 4..=expected).contains(&found), "{found}, not {expected}");
}

fn sell(lots: u64) -> Order {
    Order { side: Side::Short, lots: Lots(lots), limit: Price(1), reduce_only: false, min_fill: Lots(0) }
}

fn buy(lots: u64) -> Order {
    Order { side: Side::Long, limit: Price(usd(1_000.0)), ..sell(lots) }
}

#[test]
fn a47_a_quote_that_only_reduces_needs_no_initial_margin() {
    let mut world = between_margins();
    for (side, lots) in [(Side::Short, 1_100 * M), (Side::Long, 100 * M)] {
        let refused = world.attempt(|world| world.quote(0, 0, side, lots, usd(97.5)));
        assert_eq!(refused.err(), Some(Error::InsufficientMargin), "{side:?} {lots}");
    }
    let offer = world.quote(0, 0, Side::Short, 1_000 * M, usd(97.5)).unwrap();
    let report = world.take([1, 0], 0, buy(1_000 * M), offer).unwrap();
    assert_eq!((report.filled, world.lots(0, 0), world.lots(1, 0)), (Lots(1_000 * M), 0, 0));
    assert_worth(&mut world, 0, 35 * M);
    check(&world);
}

#[test]
fn a47_a_quote_that_only_reduces_outlives_the_check_of_the_account_and_never_opens() {
    let mut world = between_margins();
    let offer = world.quote(0, 0, Side::Short, 1_000 * M, usd(97.5)).unwrap();
    // Half of it is closed elsewhere: the other half is all that may still fill.
    let _ = world.trade([0, 1], 0, Side::Short, 500 * M, usd(97.5)).unwrap();
    let slots = world.market(0).params.check_slots;
    world.pass(slots + 1, 20);
    let report = world.take([1, 0], 0, buy(500 * M), offer).unwrap();
    assert_eq!((report.filled, world.lots(0, 0)), (Lots(500 * M), 0));
    world.deposit(2, 1_000 * M).unwrap();
    assert_eq!(world.attempt(|world| world.take([2, 0], 0, buy(500 * M), offer)).err(), Some(Error::NothingFilled));
    check(&world);
}

#[test]
fn a47_an_ordinary_quote_dies_with_the_check_of_the_account() {
    let mut world = between_margins();
    let bid = world.quote(1, 0, Side::Long, 500 * M, usd(97.5)).unwrap();
    let slots = world.market(0).params.check_slots;
    world.pass(slots + 1, 20);
    assert_eq!(world.attempt(|world| world.take([0, 1], 0, sell(500 * M), bid)).err(), Some(Error::QuoteNotLive));
}

#[test]
fn a47_a_quote_that_only_reduces_passes_where_a_reducing_order_does() {
    let world = between_margins();
    let offer = world.clone().quote(0, 0, Side::Short, 1_000 * M, usd(97.5)).unwrap();
    let plain = QuoteBooks { reduce_only: 0, ..offer };
    let larger = |lots| {
        let mut quote = plain;
        quote.asks[0].size = Lots(lots);
        quote
    };
    let usable = Conditions { quality: Quality::Usable, ..Conditions::CLEAR };
    let quoting_paused = Conditions { paused: PauseBits::QUOTING, ..usable };
    let reducing_paused = Conditions { paused: PauseBits::TRADE_REDUCE, ..usable };
    let bad = Conditions { quality: Quality::Bad, ..Conditions::CLEAR };
    let flagged = QuoteBooks { reduce_only: 1, ..larger(1_100 * M) };
    for (quote, now, comes_to) in [
        (plain, Conditions::CLEAR, Ok(0)),
        (plain, usable, Ok(1)),
        (plain, quoting_paused, Ok(1)),
        (flagged, usable, Ok(1)),
        (larger(1_100 * M), usable, Err(Error::PriceQuality)),
        (larger(1_100 * M), quoting_paused, Err(Error::Paused)),
        (plain, reducing_paused, Err(Error::Paused)),
        (plain, bad, Err(Error::PriceQuality)),
    ] {
        let mut quote = quote;
        let passed = permit_quote(&mut quote, &now, 0, &world.accounts[0]).map(|()| quote.reduce_only);
        assert_eq!(passed, comes_to, "{now:?}");
    }
}

/// Both reduce at a mark that nobody may open at: neither is asked for initial margin, each keeps what the mark says.
#[test]
fn a47_two_below_initial_margin_close_against_each_other() {
    let mut world = world(1, 2, 1_000 * M);
    open(&mut world, [0, 1], 0, 1_000 * M, [75 * M, 50 * M]);
    world.reprice(0, usd(101.5));
    let report = world.trade([1, 0], 0, Side::Long, 1_000 * M, usd(101.5)).unwrap();
    assert_eq!((report.filled.0, world.lots(0, 0), world.lots(1, 0)), (1_000 * M, 0, 0));
    assert_worth(&mut world, 0, 90 * M);
    assert_worth(&mut world, 1, 35 * M);
    check(&world);
}

#[test]
fn a47_health_may_not_fall() {
    let mut world = between_margins();
    world.reprice(0, usd(94.5));
    // 5 of 945 left: two per cent below the mark costs 9 on half of it.
    assert_eq!(
        world.attempt(|world| world.trade([0, 1], 0, Side::Short, 500 * M, usd(92.7))).err(),
        Some(Error::HealthFalls)
    );
    let _ = world.trade([0, 1], 0, Side::Short, 500 * M, usd(94.5)).unwrap();
    check(&world);
}

/// A long of 1,000 USD at 94.1 with a few atoms more or less than 1 left, beside a maker, with fees.
fn nearly_nothing_left(left: u64) -> World {
    let fees = MarketParams { taker_fee: Bps(5), maker_fee: Bps(2), ..params(1_000 * M) };
    let mut world = World::new(&[fees], 3);
    world.insure(10_000 * M).unwrap();
    world.pass(1, 86_400);
    world.refresh(0, usd(100.0)).map(drop).unwrap();
    let _ = world.refill(0).unwrap();
    for who in [1, 2] {
        world.deposit(who, 1_000 * M).unwrap();
        world.add_margin(who, 0, 500 * M).unwrap();
    }
    // Opening costs 5 bps of 1,000: half a dollar.
    world.deposit(0, 59 * M + left + M / 2).unwrap();
    let _ = world.trade([0, 1], 0, Side::Long, 1_000 * M, usd(100.0)).unwrap();
    world.reprice(0, usd(94.1));
    world
}

/// The taker's fee on 941 would be 0.4705, a maker's 0.1882.
#[test]
fn a50_a_fee_takes_at_most_what_is_left_and_the_position_closes() {
    for (left, taker_pays, maker_pays) in [(M, 470_500, 188_200), (300_000, 300_000, 188_200), (1_000, 1_000, 1_000)] {
        let mut world = nearly_nothing_left(left);
        let report = world.attempt(|world| world.trade([0, 1], 0, Side::Short, 1_000 * M, usd(94.1))).unwrap();
        assert!(report.taker_fee.0.abs_diff(taker_pays) <= 1 && world.lots(0, 0) == 0, "{left}: {report:?}");
        assert_worth(&mut world, 0, left - taker_pays);
        check(&world);

        let mut world = nearly_nothing_left(left);
        let report = world.attempt(|world| world.trade([1, 0], 0, Side::Long, 1_000 * M, usd(94.1))).unwrap();
        assert!(report.maker_fees.0.abs_diff(maker_pays) <= 1 && world.lots(0, 0) == 0, "{left}: {report:?}");
        assert_worth(&mut world, 0, left - maker_pays);
        check(&world);
    }
}

/// Of a fifth that leaves, a fee takes at most a fifth of what is left, a few atoms less for rounding: else it would forbid
/// what lowers risk.
#[test]
fn a50_a_fee_leaves_a_part_its_share() {
    for taker in [true, false] {
        let mut world = nearly_nothing_left(1_000);
        let traded = if taker {
            world.trade([0, 1], 0, Side::Short, 200 * M, usd(94.1))
        } else {
            world.trade([1, 0], 0, Side::Long, 200 * M, usd(94.1))
        };
        let report = traded.unwrap();
        let fee = if taker { report.taker_fee } else { report.maker_fees };
        assert!((190..=200).contains(&fee.0), "{fee:?}");
        assert_eq!(world.lots(0, 0), i64::try_from(800 * M).unwrap());
        check(&world);
    }
}

/// A long in two markets with 10 free: at 92 and 108 the first leg is at -30, the second at +130, the account at +110.
fn a_losing_leg() -> World {
    a_losing_leg_with(1_000 * M)
}

fn a_losing_leg_with(cover: u64) -> World {
    let mut world = world(2, 4, cover);
    world.deposit(0, 110 * M).unwrap();
    world.deposit(1, 2_000 * M).unwrap();
    for market in [0, 1] {
        world.add_margin(1, market, 500 * M).unwrap();
        let _ = world.open([0, 1], market, 1_000 * M, [50 * M, 0]).unwrap();
    }
    world.reprice(0, usd(92.0));
    world.reprice(1, usd(108.0));
    world.refresh(0, usd(92.0)).map(drop).unwrap();
    world
}

#[test]
fn a51_siblings_pay_what_a_closing_leg_lacks() {
    for synced in [false, true] {
        let mut world = a_losing_leg();
        if synced {
            let _ = world.sync(0).unwrap();
        }
        let report = world.trade([0, 1], 0, Side::Short, 1_000 * M, usd(92.0)).unwrap();
        assert_eq!((report.filled.0, world.lots(0, 0)), (1_000 * M, 0));
        // 30 were lacking: the 10 that were free, and 20 of the other leg's 130. A sync moves the 36 above its initial margin.
        let leaves_free = if synced { 16 * M } else { 0 };
        assert!(world.accounts[0].free.0.abs_diff(leaves_free) <= 4, "{:?}", world.accounts[0].free);
        assert_worth(&mut world, 0, 110 * M);
        check(&world);
    }
}

/// Nothing is above initial margin: all the sibling has pays, because the account needs less without the leg.
#[test]
fn a51_a_sibling_pays_below_its_initial_margin() {
    let mut world = a_losing_leg();
    world.reprice(1, usd(104.5));
    world.reprice(0, usd(91.0));
    world.refresh(1, usd(104.5)).map(drop).unwrap();
    // 10 - 40 + 95 = 65, where both need 27.3 + 31.35 and the second alone 31.35.
    let _ = world.trade([0, 1], 0, Side::Short, 1_000 * M, usd(91.0)).unwrap();
    assert_worth(&mut world, 0, 65 * M);
    check(&world);
}

/// An order through zero closes the leg the same way before it opens, and asks for initial margin afterwards.
#[test]
fn a51_an_order_through_zero_closes_its_leg_first() {
    let mut world = a_losing_leg();
    world.deposit(0, 100 * M).unwrap();
    let report = world.trade([0, 1], 0, Side::Short, 2_000 * M, usd(92.0)).unwrap();
    assert_eq!((report.filled.0, world.lots(0, 0)), (2_000 * M, -i64::try_from(1_000 * M).unwrap()));
    assert_worth(&mut world, 0, 210 * M);
    check(&world);
}

/// A trade of account 0 against the bid of account 1, with the second market to look at only.
fn with_the_sibling_to_look_at(world: &mut World, lots: u64) -> Result<TradeReport> {
    let mut bid = world.quote(1, 0, Side::Long, lots, usd(92.0))?;
    let (mut ours, mut theirs) = (world.accounts[0], world.accounts[1]);
    let mut books = books_of(&mut world.markets);
    let (traded, rest) = books.split_first_mut().unwrap();
    let others: Vec<View<'_>> = rest.iter().map(Books::view).collect();
    let markets = Markets { traded, siblings: &mut [], others: &others };
    let maker = Maker { account: &mut theirs, quote: &mut bid };
    trade::trade(&mut ours, markets, &mut [maker], sell(lots), world.now)
}

#[test]
fn a51_what_is_only_looked_at_does_not_pay() {
    let mut world = a_losing_leg();
    let refused = with_the_sibling_to_look_at(&mut world.clone(), 1_000 * M);
    assert_eq!(refused.err(), Some(Error::LegUnderwater));
    // With 21 more that are free nothing of the sibling is needed.
    world.deposit(0, 21 * M).unwrap();
    assert!(with_the_sibling_to_look_at(&mut world, 1_000 * M).is_ok());
}

/// Without a cover the shorts were charged for the leg the moment it was under water.
#[test]
fn a51_what_others_were_charged_for_the_leg_returns_at_once() {
    let mut world = a_losing_leg_with(0);
    // In whole atoms.
    let reserve = |world: &World| world.market(0).side(Side::Short).reserve.get() / 1_000_000_000_000;
    assert!(reserve(&world) > 0);
    let _ = world.trade([0, 1], 0, Side::Short, 1_000 * M, usd(92.0)).unwrap();
    assert_eq!(reserve(&world), 0);
    assert_worth(&mut world, 0, 110 * M);
    assert_worth(&mut world, 1, 2_000 * M);
    check(&world);
}

/// The second market is shown only: 30 are lacking, 30.30 free, and a fee of 0.46 takes the 0.30 left of them.
#[test]
fn a50_a_fee_takes_no_more_than_was_passed() {
    let mut world = a_losing_leg();
    world.markets[0].market.params.taker_fee = Bps(5);
    world.deposit(0, 20 * M + 300_000).unwrap();
    let report = with_the_sibling_to_look_at(&mut world, 1_000 * M).unwrap();
    assert!((299_990..=300_000).contains(&report.taker_fee.0), "{report:?}");
}

#[test]
fn a51_a_sibling_without_a_usable_mark_is_left_alone() {
    let mut world = a_losing_leg();
    let age = world.market(1).params.mark_age_slots_max;
    world.pass(age + 1, 30);
    world.refresh(0, usd(92.0)).map(drop).unwrap();
    let refused = world.attempt(|world| world.trade([0, 1], 0, Side::Short, 1_000 * M, usd(92.0)));
    // Its gain counts as nothing meanwhile: what is left is bankrupt.
    assert_eq!(refused.err(), Some(Error::Bankrupt));
}

#[test]
fn a51_an_account_that_is_bankrupt_as_a_whole_does_not_close() {
    let mut world = a_losing_leg();
    world.reprice(1, usd(94.0));
    world.refresh(0, usd(92.0)).map(drop).unwrap();
    // 10 - 30 - 10: nothing is left.
    let refused = world.attempt(|world| world.trade([0, 1], 0, Side::Short, 1_000 * M, usd(92.0)));
    assert_eq!(refused.err(), Some(Error::Bankrupt));
}

#[test]
fn a51_an_isolated_leg_draws_on_nothing() {
    let mut world = a_losing_leg();
    for market in [0, 1] {
        world.reprice(market, usd(100.0));
    }
    world.refresh(0, usd(100.0)).map(drop).unwrap();
    world.add_margin(0, 0, 5 * M).unwrap();
    world.isolate(0, 0, true).unwrap();
    world.reprice(0, usd(94.0));
    world.refresh(1, usd(100.0)).map(drop).unwrap();
    let refused = world.attempt(|world| world.trade([0, 1], 0, Side::Short, 1_000 * M, usd(94.0)));
    assert_eq!(refused.err(), Some(Error::Bankrupt));
}

fn cure_max(world: &World, who: usize) -> Atoms {
    collateral::cure_max(&world.accounts[who], world.views().into_iter(), world.now).unwrap()
}

/// 1,000 USD long with 60 inside: enough at 100, 48.75 are needed at 97.5, and at 92 it lacks 66, and an
/// atom of rounding, where 46 are needed.
#[test]
fn a53_a_deposit_that_restores_is_bounded_by_what_positions_need() {
    let mut world = between_margins();
    assert_eq!(
        [cure_max(&world, 0), cure_max(&world, 1), cure_max(&world, 2)],
        [Atoms(48_750_000), Atoms::ZERO, Atoms::ZERO]
    );
    world.reprice(0, usd(92.0));
    assert_eq!(cure_max(&world, 0), Atoms(66 * M + 1));
    world.deposit(0, 66 * M + 1).unwrap();
    assert_eq!(cure_max(&world, 0), Atoms::ZERO);
}

#[test]
fn a53_an_isolated_position_counts_by_itself() {
    let mut world = a_losing_leg();
    for market in [0, 1] {
        world.reprice(market, usd(100.0));
    }
    world.refresh(0, usd(100.0)).map(drop).unwrap();
    world.add_margin(0, 0, 5 * M).unwrap();
    world.isolate(0, 0, true).unwrap();
    assert_eq!(cure_max(&world, 0), Atoms::ZERO);
    world.reprice(0, usd(98.0));
    world.refresh(1, usd(100.0)).map(drop).unwrap();
    assert_eq!(cure_max(&world, 0), Atoms(49 * M));
}
