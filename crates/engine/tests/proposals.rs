//! What nobody reaches by changing parameters again and again (F3), and a layer's terms as a proposal holds them.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has found something"
)]

mod common;
#[path = "common/parameters.rs"]
mod parameters;

use breakwater_engine::change::{Rule, Waits};
use breakwater_engine::layer::Terms;
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_engine::units::PICO;
use breakwater_engine::{Atoms, Bps, Error, Price};
use common::Rng;
use parameters::{number_of, rules, EXCHANGE, MARKET};

const MARK: Price = Price(PICO);

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

/// A parameter, the value it is driven towards, what holds where it ends.
type Throttle = (&'static str, u64, fn(u64) -> bool);

/// However patiently, no throttle is led to a value that means "off".
#[test]
fn f3_no_sequence_of_changes_switches_a_throttle_off() {
    let market: [Throttle; 21] = [
        ("profit_vesting_seconds", 0, |end| end >= 3_600),
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
fn terms_of_a_layer_are_four_numbers() {
    let terms = Terms { attachment: Atoms(5), limit: Atoms(7), premium: Bps(500), expires_at: 9 };
    assert_eq!(Terms::from_numbers([7, 5, 500, 9]), Ok(terms));
    for numbers in [[7, 5, 1 << 32, 9], [7, 5, 500, u64::MAX]] {
        assert_eq!(Terms::from_numbers(numbers), Err(Error::LayerTerms));
    }
}

fn below(rng: &mut Rng, most: u64) -> u64 {
    rng.within(0, most - 1)
}
