//! Every parameter: its number, what waits, its step, its bounds; and that proposals do not add up (F3).
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has found something"
)]

#[path = "common/mod.rs"]
mod common;

use breakwater_engine::change::{LayerOffer, Rule, Waits, EXCHANGE_PARAMETERS, MARKET_PARAMETERS};
use breakwater_engine::market::{Layer, Market};
use breakwater_engine::params::{Bracket, BRACKETS};
use breakwater_engine::units::{Now, ATOMS_MAX, PICO};
use breakwater_engine::{Atoms, Bps, Error, ExchangeParams, Lots, MarketParams, Price};
use common::Rng;

const MARK: Price = Price(PICO);

/// Frozen: a number means the same parameter for as long as there are proposals. Append only.
const MARKET: [&str; 68] = [
    "bracket_0_up_to",
    "bracket_0_initial",
    "bracket_0_maintenance",
    "bracket_1_up_to",
    "bracket_1_initial",
    "bracket_1_maintenance",
    "bracket_2_up_to",
    "bracket_2_initial",
    "bracket_2_maintenance",
    "bracket_3_up_to",
    "bracket_3_initial",
    "bracket_3_maintenance",
    "bracket_count",
    "lot_exponent",
    "step",
    "position_min",
    "open_interest_max",
    "maturing_seconds",
    "profit_counts",
    "mark_age_slots_max",
    "price_age_seconds_max",
    "price_ahead_seconds_max",
    "confidence_good",
    "confidence_usable",
    "divergence_good",
    "divergence_usable",
    "jump_per_slot",
    "disagreement",
    "band",
    "funding_ema_seconds",
    "funding_period_seconds",
    "funding_gap_seconds_max",
    "funding_rate_max",
    "taker_fee",
    "maker_fee",
    "sync_reward",
    "observe_slots",
    "auction_slots",
    "slice_window_slots",
    "slice_floor",
    "slice",
    "discount_start",
    "discount_max",
    "discount_depth",
    "penalty",
    "buffer",
    "deleverage_after_slots",
    "check_slots",
    "event_share",
    "cover_epoch_seconds",
    "cover_grant",
    "walk_max",
    "volatility_window_seconds",
    "volatility_normal",
    "volatility_multiplier_max",
    "maintenance_rate",
    "stress_margin",
    "stress_fee",
    "phase_hold_seconds",
    "gauge_distance",
    "gauge_stress",
    "gauge_guard",
    "insurance_share",
    "stress_insurance_share",
    "halt_hold_seconds",
    "guard_hold_seconds",
    "grace_seconds",
    "settle_after_seconds",
];

const EXCHANGE: [&str; 15] = [
    "deposit_min",
    "deposits_max",
    "timelock_seconds",
    "outflow_floor",
    "outflow_exempt",
    "exit_cooldown_seconds",
    "stake_min",
    "guard_hold_seconds",
    "outflow_hour",
    "outflow_day",
    "outflow_guard",
    "drawdown_guard",
    "insurance_target",
    "staker_share",
    "keeper_share",
];

/// What tightens at once; everything else waits whichever way it goes. A reader of `change/market.rs` and
/// `change/exchange.rs` finds the reasons there.
const AT_ONCE_UP: [&str; 13] = [
    "bracket_0_initial",
    "bracket_1_initial",
    "bracket_2_initial",
    "bracket_3_initial",
    "maturing_seconds",
    "phase_hold_seconds",
    "insurance_share",
    "stress_insurance_share",
    "guard_hold_seconds",
    // The exchange's.
    "timelock_seconds",
    "guard_hold_seconds",
    "",
    "",
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
const NEVER_CHANGE: [&str; 5] = ["bracket_count", "lot_exponent", "step", "cover_grant", ""];

fn rules() -> Vec<Rule> {
    let market = MARKET_PARAMETERS.iter().map(|number| MarketParams::rule(*number).unwrap());
    market.chain(EXCHANGE_PARAMETERS.iter().map(|number| ExchangeParams::rule(*number).unwrap())).collect()
}

#[test]
fn numbers_are_frozen() {
    let names = |numbers: &[u16], rule: fn(u16) -> breakwater_engine::Result<Rule>| {
        assert!(numbers.iter().zip(0u16..).all(|(number, place)| *number == place), "numbers in order, none missing");
        numbers.iter().map(|number| rule(*number).unwrap().name).collect::<Vec<_>>()
    };
    assert_eq!(names(MARKET_PARAMETERS, MarketParams::rule), MARKET);
    assert_eq!(names(EXCHANGE_PARAMETERS, ExchangeParams::rule), EXCHANGE);
    for (number, unknown) in [(68, 15), (u16::MAX, u16::MAX)] {
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
        maturing_seconds: 7,
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
    };
    assert!(MARKET_PARAMETERS.iter().all(|number| all.parameter(*number) == Ok(7)));
    // As many numbers as fields: three of each bracket, and the 56 others above.
    assert_eq!(MARKET_PARAMETERS.len(), 3 * BRACKETS + 56);
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
    assert!(moved >= 68 - 5, "{moved}");
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

/// Applies whatever is permitted that brings a parameter nearer to `goal` until nothing is.
fn drive_market(number: u16, goal: u64, mut params: MarketParams) -> u64 {
    for _ in 0..2_000 {
        let from = params.parameter(number).unwrap();
        let reach = MarketParams::rule(number).unwrap().step_max(from);
        let mut step = reach.min(from.abs_diff(goal));
        let mut moved = false;
        while step > 0 && !moved {
            let to = if goal > from { from.saturating_add(step) } else { from.saturating_sub(step) };
            let mut next = params;
            if next.change(number, to, MARK).is_ok() {
                params = next;
                moved = true;
            }
            step /= 2;
        }
        if !moved {
            break;
        }
    }
    params.parameter(number).unwrap()
}

fn drive_exchange(number: u16, goal: u64) -> u64 {
    let mut params = ExchangeParams::standard();
    for _ in 0..2_000 {
        let from = params.parameter(number).unwrap();
        let mut step = ExchangeParams::rule(number).unwrap().step_max(from).min(from.abs_diff(goal));
        let before = params;
        while step > 0 && params == before {
            let to = if goal > from { from.saturating_add(step) } else { from.saturating_sub(step) };
            let mut next = params;
            if next.change(number, to).is_ok() {
                params = next;
            }
            step /= 2;
        }
        if params == before {
            break;
        }
    }
    params.parameter(number).unwrap()
}

fn number_of(names: &[&str], name: &str) -> u16 {
    u16::try_from(names.iter().position(|other| *other == name).unwrap()).unwrap()
}

/// A parameter, the value it is driven towards, what holds where it ends.
type Throttle = (&'static str, u64, fn(u64) -> bool);

/// However patiently, no throttle is led to a value that means "off".
#[test]
fn f3_no_sequence_of_changes_switches_a_throttle_off() {
    let market: [Throttle; 21] = [
        ("maturing_seconds", 0, |end| end >= 3_600),
        ("profit_counts", u64::MAX, |end| end <= 9_000),
        ("price_age_seconds_max", u64::MAX, |end| end <= 600),
        ("mark_age_slots_max", u64::MAX, |end| end <= 1_500),
        ("confidence_usable", u64::MAX, |end| end <= 2_000),
        ("jump_per_slot", u64::MAX, |end| end <= 5_000),
        ("disagreement", u64::MAX, |end| end <= 1_000),
        ("band", u64::MAX, |end| end <= 2_000),
        ("slice", u64::MAX, |end| end <= 5_000),
        ("event_share", u64::MAX, |end| end <= 5_000),
        ("deleverage_after_slots", 0, |end| end > 0),
        ("volatility_normal", u64::MAX, |end| end <= 500),
        ("volatility_multiplier_max", 0, |end| end >= 11_000),
        ("maintenance_rate", 0, |end| end >= 250),
        ("stress_margin", 0, |end| end >= 10_500),
        ("gauge_distance", 0, |end| end >= 100),
        ("gauge_stress", u64::MAX, |end| end <= 8_000),
        ("gauge_guard", u64::MAX, |end| end <= 9_000),
        ("halt_hold_seconds", 0, |end| end > 0),
        ("guard_hold_seconds", 0, |end| end >= 60),
        ("grace_seconds", 0, |end| end > 0),
    ];
    for (name, off, holds) in market {
        let end = drive_market(number_of(&MARKET, name), off, MarketParams::standard());
        assert!(holds(end), "{name} was led to {end}");
    }
    let exchange: [Throttle; 9] = [
        ("timelock_seconds", 0, |end| end >= 3_600),
        ("deposits_max", u64::MAX, |end| end <= 1 << 56),
        ("outflow_floor", u64::MAX, |end| end <= 1_000_000_000_000),
        ("outflow_exempt", u64::MAX, |end| end <= 10_000_000_000),
        ("outflow_hour", u64::MAX, |end| end <= 5_000),
        ("outflow_day", u64::MAX, |end| end <= 8_000),
        ("outflow_guard", u64::MAX, |end| end <= 10_000),
        ("drawdown_guard", u64::MAX, |end| end <= 5_000),
        ("guard_hold_seconds", 0, |end| end >= 60),
    ];
    for (name, off, holds) in exchange {
        let end = drive_exchange(number_of(&EXCHANGE, name), off);
        assert!(holds(end), "{name} was led to {end}");
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
        ("maturing_seconds", 86_400 + 3_600, Ok(false)),
        ("divergence_usable", 6_999, Err(Error::RulePriceBounds)),
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

/// A proposal as the program keeps it.
#[derive(Clone, Copy)]
struct Proposal {
    from: u64,
    to: u64,
    ready: u64,
}

/// What an authority could try with one parameter: queue, execute in any order, tighten in between, for many timelocks. The
/// loosest value there ever was moves by one step a timelock at most.
#[test]
fn f3_proposals_do_not_add_up() {
    const LOCK: u64 = 48;
    let mut rng = Rng::seeded(3);
    let loosening: Vec<Rule> =
        rules().into_iter().filter(|rule| matches!(rule.waits, Waits::Rising | Waits::Falling)).collect();
    let mut executed = 0u32;
    for rule in loosening {
        let rises = rule.waits == Waits::Rising;
        let looser = |one: u64, other: u64| if rises { one.max(other) } else { one.min(other) };
        let mut value = (*rule.band.start()).max(1) * 2;
        let (mut queue, mut loosest): (Vec<Proposal>, Vec<u64>) = (Vec::new(), vec![value]);
        for hour in 0..LOCK * 12 {
            for _ in 0..4 {
                let span = rule.step_max(value);
                let step = 1 + below(&mut rng, span);
                let to = if below(&mut rng, 2) == 0 { value.saturating_add(step) } else { value.saturating_sub(step) };
                match below(&mut rng, 3) {
                    // Tighten, or propose where that is refused.
                    0 => match rule.judge(value, to) {
                        Ok(false) => value = to,
                        Ok(true) => queue.push(Proposal { from: value, to, ready: hour + LOCK }),
                        Err(_) => {}
                    },
                    1 if !queue.is_empty() => {
                        let at = below(&mut rng, queue.len() as u64) as usize;
                        let proposal = queue[at];
                        if hour >= proposal.ready && proposal.from == value {
                            assert!(rule.judge(value, proposal.to).is_ok());
                            value = proposal.to;
                            queue.swap_remove(at);
                            executed += 1;
                        }
                    }
                    // Where one queued step starts, the next may go on.
                    _ => {
                        if let Some(back) = queue.iter().find(|proposal| proposal.to == value).map(|found| found.from) {
                            if rule.judge(value, back) == Ok(false) {
                                value = back;
                            }
                        }
                    }
                }
            }
            let ever = looser(value, *loosest.last().unwrap());
            loosest.push(ever);
            let then = loosest[loosest.len().saturating_sub(1 + LOCK as usize)];
            let step = rule.step_max(then);
            assert!(ever.abs_diff(then) <= step, "{}: {then} to {ever} within a timelock", rule.name);
        }
    }
    assert!(executed > 50, "{executed} proposals executed: the test tried nothing");
}

#[test]
fn layers_are_offered_within_terms() {
    let now = Now { slot: 1, time: 1_760_000_000 };
    let soon = 1_760_000_000 + 86_400;
    let good = [1_000_000, 5, 500, soon];
    let rows = [
        ("as it should be", good, 0, Ok(())),
        ("the last seat", good, 3, Ok(())),
        ("a seat there is not", good, 4, Err(Error::LayerTerms)),
        ("a seat beyond all", good, u64::MAX, Err(Error::LayerTerms)),
        ("no limit", [0, 5, 500, soon], 0, Err(Error::LayerTerms)),
        ("the largest", [ATOMS_MAX, ATOMS_MAX, 5_000, soon], 0, Ok(())),
        ("a limit beyond atoms", [ATOMS_MAX + 1, 5, 500, soon], 0, Err(Error::LayerTerms)),
        ("attached beyond atoms", [1, ATOMS_MAX + 1, 500, soon], 0, Err(Error::LayerTerms)),
        ("more than half the revenue", [1, 5, 5_001, soon], 0, Err(Error::LayerTerms)),
        ("a premium that is none", [1, 5, 1 << 32, soon], 0, Err(Error::LayerTerms)),
        ("less than a day", [1, 5, 500, soon - 1], 0, Err(Error::LayerTerms)),
        ("over already", [1, 5, 500, 0], 0, Err(Error::LayerTerms)),
        ("more than a year", [1, 5, 500, soon + 366 * 86_400], 0, Err(Error::LayerTerms)),
        ("for ever", [1, 5, 500, u64::MAX], 0, Err(Error::LayerTerms)),
    ];
    for (name, numbers, seat, expected) in rows {
        let mut market = Market::default();
        let outcome =
            LayerOffer::from_numbers(numbers).and_then(|offer| offer.take_seat(&mut market.layers, seat, now));
        assert_eq!(outcome, expected, "{name}");
    }
    let taken = Layer { limit: Atoms(1), expires_at: now.time + 1, ..Layer::default() };
    let seats = [
        ("offered", taken, Err(Error::LayerTaken)),
        ("run out, never funded", Layer { expires_at: now.time, ..taken }, Ok(())),
        ("run out with capital", Layer { expires_at: now.time, amount: Atoms(1), ..taken }, Err(Error::LayerTaken)),
        ("run out with premium", Layer { expires_at: now.time, earned: Atoms(1), ..taken }, Err(Error::LayerTaken)),
    ];
    for (name, layer, expected) in seats {
        let mut market = Market::default();
        market.layers[0] = layer;
        assert_eq!(LayerOffer::from_numbers(good).unwrap().take_seat(&mut market.layers, 0, now), expected, "{name}");
    }
}

fn below(rng: &mut Rng, most: u64) -> u64 {
    rng.within(0, most - 1)
}
