//! Parameters of an exchange.

use crate::state::ExchangeParams;
use core::ops::RangeInclusive;

use super::table::{table, Field};
use super::{Rule, Waits};
use crate::error::{Error, Result};

const ANY: RangeInclusive<u64> = 0..=u64::MAX;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
const USD: u64 = 1_000_000;

// A rule of the exchange bounds what has ANY here.
table! { ExchangeParams, EXCHANGE_PARAMETERS;
    // A smaller one lets dust in; a larger one keeps an owner from topping up his position.
    0 deposit_min (deposit_min) Always USD, 1..=10_000 * USD, RuleDeposits;
    // The brake on what can be lost: lower at once.
    1 deposits_max (deposits_max) Rising 1_000_000 * USD, ANY, RuleDeposits;
    // Longer at once: it only slows the authority. Never shorter than an hour, and never none.
    2 timelock_seconds (timelock_seconds) Falling HOUR, HOUR..=30 * DAY, RuleTimelock;
    // Outflow: less at once. The floor under it keeps flat money leaving within a bounded time (I10).
    3 outflow_floor (outflow_floor) Rising 10_000 * USD, 1_000 * USD..=1_000_000 * USD, RuleOutflow;
    4 outflow_exempt (outflow_exempt) Rising 100 * USD, 0..=10_000 * USD, RuleOutflow;
    // Longer holds stakers who did not agree to it, shorter lets them run before a loss.
    5 exit_cooldown_seconds (exit_cooldown_seconds) Always DAY, DAY..=30 * DAY, RuleTimelock;
    6 stake_min (stake_min) Always USD, 1..=10_000 * USD, RuleInsurance;
    7 guard_hold_seconds (guard_hold_seconds) Falling 60, 60..=DAY, RuleBreakers;
    8 outflow_hour (outflow_hour) Rising 100, 100..=5_000, RuleOutflow;
    9 outflow_day (outflow_day) Rising 100, 500..=8_000, RuleOutflow;
    // Earlier at once: a guarded exchange only refuses new risk. A share above one whole would never be reached.
    10 outflow_guard (outflow_guard) Rising 250, 1_000..=10_000, RuleOutflow;
    11 drawdown_guard (drawdown_guard) Rising 100, 100..=5_000, RuleInsurance;
    // A lower target lets insurance go, a higher one keeps stakers.
    12 insurance_target (insurance_target) Always 10, 10..=5_000, RuleInsurance;
    // Whose revenue it is.
    13 staker_share (staker_share) Always 250, 0..=10_000, RuleInsurance;
    14 keeper_share (keeper_share) Always 250, 0..=10_000, RuleInsurance;
}
