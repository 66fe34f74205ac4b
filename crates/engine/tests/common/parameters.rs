//! Parameters by their numbers.

use breakwater_engine::change::{Rule, EXCHANGE_PARAMETERS, MARKET_PARAMETERS};
use breakwater_engine::state::{ExchangeParams, MarketParams};

/// Frozen: a number means the same parameter for as long as there are proposals. Append only.
pub const MARKET: [&str; 70] = [
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
    "profit_vesting_seconds",
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
    "impact_share_bps",
    "impact_lots_min",
];

/// The exchange's.
pub const EXCHANGE: [&str; 15] = [
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

/// Every parameter's rule.
pub fn rules() -> Vec<Rule> {
    let market = MARKET_PARAMETERS.iter().map(|number| MarketParams::rule(*number).unwrap());
    market.chain(EXCHANGE_PARAMETERS.iter().map(|number| ExchangeParams::rule(*number).unwrap())).collect()
}

/// A parameter's number.
pub fn number_of(names: &[&str], name: &str) -> u16 {
    u16::try_from(names.iter().position(|other| *other == name).unwrap()).unwrap()
}
