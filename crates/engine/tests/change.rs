//! Every parameter: its number, what waits, its step, its bounds.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has found something"
)]

#[path = "common/parameters.rs"]
mod parameters;

use breakwater_engine::change::{Rule, Waits, EXCHANGE_PARAMETERS, MARKET_PARAMETERS};
use breakwater_engine::params::BRACKETS;
use breakwater_engine::state::{Bracket, ExchangeParams, MarketParams};
use breakwater_engine::units::PICO;
use breakwater_engine::{Atoms, Bps, Error, Lots, Price};
use parameters::{number_of, rules, EXCHANGE, MARKET};

const MARK: Price = Price(PICO);

/// What tightens at once; everything else waits whichever way it goes. A reader of `change/market.rs` and
/// `change/exchange.rs` finds the reasons there.
const AT_ONCE_UP: [&str; 11] = [
    "bracket_0_initial",
    "bracket_1_initial",
    "bracket_2_initial",
    "bracket_3_initial",
    "profit_vesting_seconds",
    "phase_hold_seconds",
    "insurance_share",
    "stress_insurance_share",
    "guard_hold_seconds",
    // The exchange's.
    "timelock_seconds",
    "guard_hold_seconds",
];
const AT_ONCE_DOWN: [&str; 14] = [
    "open_interest_max",
    "profit_counts",
    "confidence_good",
    "divergence_good",
    "disagreement",
    "check_slots",
    "gauge_guard",
    // The exchange's.
    "deposits_max",
    "outflow_floor",
    "outflow_exempt",
    "outflow_hour",
    "outflow_day",
    "outflow_guard",
    "drawdown_guard",
];
const NEVER_CHANGE: [&str; 4] = ["bracket_count", "lot_exponent", "step", "cover_grant"];

#[test]
fn numbers_are_frozen() {
    let names = |numbers: &[u16], rule: fn(u16) -> breakwater_engine::Result<Rule>| {
        assert!(numbers.iter().zip(0u16..).all(|(number, place)| *number == place), "numbers in order, none missing");
        numbers.iter().map(|number| rule(*number).unwrap().name).collect::<Vec<_>>()
    };
    assert_eq!(names(MARKET_PARAMETERS, MarketParams::rule), MARKET);
    assert_eq!(names(EXCHANGE_PARAMETERS, ExchangeParams::rule), EXCHANGE);
    for (number, unknown) in [(70, 15), (u16::MAX, u16::MAX)] {
        assert_eq!(MarketParams::standard().change(number, 1, MARK), Err(Error::UnknownParameter));
        assert_eq!(ExchangeParams::standard().change(unknown, 1), Err(Error::UnknownParameter));
    }
}

#[test]
fn what_waits() {
    for rule in rules() {
        let expected = if NEVER_CHANGE.contains(&rule.name) {
            Waits::Fixed
        } else if AT_ONCE_UP.contains(&rule.name) {
            Waits::Falling
        } else if AT_ONCE_DOWN.contains(&rule.name) {
            Waits::Rising
        } else {
            Waits::Always
        };
        assert_eq!(rule.waits, expected, "{}", rule.name);
    }
}

/// A literal without `..`: a field the table does not reach keeps its zero, and a new field does not compile.
#[test]
fn every_field_is_a_parameter() {
    let seven = Bps(7);
    let bracket = Bracket { up_to: Atoms(7), initial: seven, maintenance: seven };
    let all = MarketParams {
        brackets: [bracket; BRACKETS],
        step: Lots(7),
        position_min: Lots(7),
        open_interest_max: Lots(7),
        slice_floor: Lots(7),
        cover_grant: Atoms(7),
        profit_vesting_seconds: 7,
        mark_age_slots_max: 7,
        price_age_seconds_max: 7,
        price_ahead_seconds_max: 7,
        observe_slots: 7,
        auction_slots: 7,
        slice_window_slots: 7,
        deleverage_after_slots: 7,
        check_slots: 7,
        cover_epoch_seconds: 7,
        funding_ema_seconds: 7,
        funding_period_seconds: 7,
        funding_gap_seconds_max: 7,
        halt_hold_seconds: 7,
        guard_hold_seconds: 7,
        grace_seconds: 7,
        settle_after_seconds: 7,
        phase_hold_seconds: 7,
        volatility_window_seconds: 7,
        funding_rate_max: seven,
        confidence_good: seven,
        confidence_usable: seven,
        divergence_good: seven,
        divergence_usable: seven,
        jump_per_slot: seven,
        band: seven,
        taker_fee: seven,
        maker_fee: seven,
        discount_start: seven,
        discount_max: seven,
        discount_depth: seven,
        penalty: seven,
        buffer: seven,
        slice: seven,
        event_share: seven,
        profit_counts: seven,
        lot_exponent: 7,
        bracket_count: 7,
        walk_max: 7,
        sync_reward: seven,
        volatility_normal: seven,
        volatility_multiplier_max: seven,
        maintenance_rate: seven,
        stress_margin: seven,
        stress_fee: seven,
        insurance_share: seven,
        stress_insurance_share: seven,
        gauge_distance: seven,
        gauge_stress: seven,
        gauge_guard: seven,
        disagreement: seven,
        impact_lots_min: Lots(7),
        impact_share_bps: seven,
        reserved: 7,
    };
    assert!(MARKET_PARAMETERS.iter().all(|number| all.parameter(*number) == Ok(7)));
    // As many numbers as fields: three of each bracket, and the 58 others above, but for the padding.
    assert_eq!(MARKET_PARAMETERS.len(), 3 * BRACKETS + 58);
    let exchange = ExchangeParams {
        deposit_min: Atoms(7),
        deposits_max: Atoms(7),
        timelock_seconds: 7,
        outflow_floor: Atoms(7),
        outflow_exempt: Atoms(7),
        exit_cooldown_seconds: 7,
        stake_min: Atoms(7),
        guard_hold_seconds: 7,
        outflow_hour: seven,
        outflow_day: seven,
        outflow_guard: seven,
        drawdown_guard: seven,
        insurance_target: seven,
        staker_share: seven,
        keeper_share: seven,
        reserved: 7,
    };
    assert!(EXCHANGE_PARAMETERS.iter().all(|number| exchange.parameter(*number) == Ok(7)));
    assert_eq!(EXCHANGE_PARAMETERS.len(), 15, "all but the padding");
}

/// Each number is a field of its own: one change moves one number and nothing else.
#[test]
fn numbers_do_not_overlap() {
    let before = MarketParams::standard();
    let mut moved = 0;
    for number in MARKET_PARAMETERS {
        let rule = MarketParams::rule(*number).unwrap();
        let from = before.parameter(*number).unwrap();
        let step = rule.step_max(from).min(from / 100 + 1);
        for to in [from + step, from.saturating_sub(step)] {
            let mut params = before;
            if params.change(*number, to, MARK).is_err() {
                continue;
            }
            moved += 1;
            for other in MARKET_PARAMETERS {
                let expected = if other == number { to } else { before.parameter(*other).unwrap() };
                assert_eq!(params.parameter(*other), Ok(expected), "{number} moved {other}");
            }
        }
    }
    // All but the four that never change and the unbounded bracket's bound, at least one way.
    assert!(moved >= 70 - 5, "{moved}");
}

#[test]
fn a_step_is_a_quarter_or_the_least() {
    let rule = MarketParams::rule(33).unwrap();
    assert_eq!((rule.name, rule.step), ("taker_fee", 2));
    let rows =
        [(5, 7, Ok(true)), (5, 8, Err(Error::StepTooLarge)), (40, 50, Ok(true)), (40, 51, Err(Error::StepTooLarge))];
    for (from, to, expected) in rows {
        assert_eq!(rule.judge(from, to), expected, "{from} to {to}");
        assert_eq!(rule.judge(to, to), Err(Error::NothingChanges));
    }
    assert_eq!(rule.judge(40, 30), Ok(true));
    assert_eq!(rule.judge(40, 29), Err(Error::StepTooLarge));
    for fixed in rules().iter().filter(|rule| rule.waits == Waits::Fixed) {
        assert_eq!(fixed.judge(100, 101), Err(Error::StepTooLarge), "{}", fixed.name);
    }
    for rule in rules().iter().filter(|rule| rule.waits != Waits::Fixed) {
        assert!(rule.step > 0, "{} could not leave zero", rule.name);
    }
}

#[test]
fn bands() {
    let rule = MarketParams::rule(61).unwrap();
    assert_eq!((rule.name, rule.band.clone()), ("gauge_guard", 500..=9_000));
    let rows = [
        ("to the end", 8_000, 9_000, Ok(true)),
        ("past it", 8_000, 9_001, Err(Error::RuleBreakers)),
        ("towards it from outside", 20_000, 15_000, Ok(false)),
        ("away from it", 15_000, 15_001, Err(Error::RuleBreakers)),
        ("to the lower end", 600, 500, Ok(false)),
        ("below it", 600, 499, Err(Error::RuleBreakers)),
        ("towards it from below", 100, 101, Ok(true)),
        ("away from it below", 100, 99, Err(Error::RuleBreakers)),
        ("across it", 400, 9_001, Err(Error::StepTooLarge)),
    ];
    for (name, from, to, expected) in rows {
        assert_eq!(rule.judge(from, to), expected, "{name}");
    }
}

#[test]
fn the_rules_of_listing_hold_after_a_change() {
    let rows = [
        // 200 + 50 + 5 of 300 leave 44.
        ("penalty", 60, Ok(true)),
        ("taker_fee", 1, Err(Error::StepTooLarge)),
        ("maker_fee", 4, Ok(true)),
        ("bracket_0_maintenance", 251, Err(Error::RulePenaltyBelowMaintenance)),
        ("bracket_1_maintenance", 300, Ok(true)),
        ("bracket_0_initial", 625, Ok(false)),
        ("bracket_0_initial", 450, Ok(true)),
        ("profit_vesting_seconds", 86_400 + 3_600, Ok(false)),
        ("divergence_usable", 89_999, Err(Error::RulePriceBounds)),
        ("walk_max", 30, Ok(true)),
    ];
    for (name, to, expected) in rows {
        let mut params = MarketParams::standard();
        let outcome = params.change(number_of(&MARKET, name), to, MARK).map(|change| change.waits);
        assert_eq!(outcome, expected, "{name} to {to}");
    }
}

/// A market listed at an atom a lot, two hundred times dearer and a thousand times cheaper since.
#[test]
fn a_market_whose_price_moved_can_still_be_changed() {
    for mark in [Price(PICO * 200), Price(PICO / 1_000)] {
        assert!(MarketParams::standard().validate(mark).is_err(), "it could not be listed now");
        let mut params = MarketParams::standard();
        assert!(params.change(number_of(&MARKET, "penalty"), 55, mark).is_ok());
        let mut smaller = MarketParams::standard();
        assert!(smaller.change(number_of(&MARKET, "open_interest_max"), 40_000_000_000_000, mark).is_ok());
    }
    let (cap, least) = (number_of(&MARKET, "open_interest_max"), number_of(&MARKET, "position_min"));
    let mut params = MarketParams { open_interest_max: Lots(1 << 50), ..MarketParams::standard() };
    let more = (1 << 50) + (1 << 48);
    assert!(params.change(cap, more, MARK).is_ok());
    let mut params = MarketParams { open_interest_max: Lots(1 << 50), ..MarketParams::standard() };
    assert_eq!(params.change(cap, more, Price(PICO * 200)), Err(Error::RuleOpenInterest));
    let mut params = MarketParams::standard();
    assert_eq!(params.change(least, 900_000, Price(PICO / 1_000)), Err(Error::RuleStep));
    assert!(MarketParams::standard().change(least, 900_000, MARK).is_ok());
}
