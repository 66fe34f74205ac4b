//! Parameters of a market.

use crate::state::MarketParams;
use core::ops::RangeInclusive;

use super::table::{table, Field};
use super::{Rule, Waits};
use crate::error::{Error, Result};

const ANY: RangeInclusive<u64> = 0..=u64::MAX;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// A dollar in atoms, and about its worth in lots.
const USD: u64 = 1_000_000;
/// An hour and two days of slots.
const HOUR_SLOTS: u64 = 9_000;
const SLOTS_MAX: u64 = 432_000;

// A listing rule bounds what has ANY here.
table! { MarketParams, MARKET_PARAMETERS;
    // Margins. A higher initial fraction asks more of who opens, at once; maintenance decides who is liquidated, and a
    // bound of notional moves both: either way they wait.
    0 bracket_0_up_to (brackets[0].up_to) Always 10_000 * USD, ANY, RuleBracketsRise;
    1 bracket_0_initial (brackets[0].initial) Falling 50, ANY, RuleInitialAboveMaintenance;
    2 bracket_0_maintenance (brackets[0].maintenance) Always 25, ANY, RuleInitialAboveMaintenance;
    3 bracket_1_up_to (brackets[1].up_to) Always 10_000 * USD, ANY, RuleBracketsRise;
    4 bracket_1_initial (brackets[1].initial) Falling 50, ANY, RuleInitialAboveMaintenance;
    5 bracket_1_maintenance (brackets[1].maintenance) Always 25, ANY, RuleInitialAboveMaintenance;
    6 bracket_2_up_to (brackets[2].up_to) Always 10_000 * USD, ANY, RuleBracketsRise;
    7 bracket_2_initial (brackets[2].initial) Falling 50, ANY, RuleInitialAboveMaintenance;
    8 bracket_2_maintenance (brackets[2].maintenance) Always 25, ANY, RuleInitialAboveMaintenance;
    9 bracket_3_up_to (brackets[3].up_to) Always 10_000 * USD, ANY, RuleBracketsRise;
    10 bracket_3_initial (brackets[3].initial) Falling 50, ANY, RuleInitialAboveMaintenance;
    11 bracket_3_maintenance (brackets[3].maintenance) Always 25, ANY, RuleInitialAboveMaintenance;
    // A bracket more or fewer is more than a step for large positions; two equal ones are one.
    12 bracket_count (bracket_count) Fixed 0, ANY, RuleBracketsRise;
    // What lots are, and what they come in: positions were opened in them.
    13 lot_exponent (lot_exponent) Fixed 0, ANY, RuleLotValue;
    14 step (step) Fixed 0, ANY, RuleStep;
    15 position_min (position_min) Always USD, ANY, RuleStep;
    16 open_interest_max (open_interest_max) Rising 100_000 * USD, ANY, RuleOpenInterest;
    // Fresh profit: slower, and less of it counted, at once.
    17 profit_vesting_seconds (profit_vesting_seconds) Falling HOUR, ANY, RuleVesting;
    18 profit_counts (profit_counts) Rising 250, 0..=9_000, RuleVesting;
    // What makes a price good is asked of new risk only; what makes it usable decides who can still leave.
    19 mark_age_slots_max (mark_age_slots_max) Always 25, ANY, RulePriceBounds;
    20 price_age_seconds_max (price_age_seconds_max) Always 10, ANY, RulePriceBounds;
    21 price_ahead_seconds_max (price_ahead_seconds_max) Always 5, ANY, RulePriceBounds;
    22 confidence_good (confidence_good) Rising 25, ANY, RulePriceBounds;
    23 confidence_usable (confidence_usable) Always 50, ANY, RulePriceBounds;
    24 divergence_good (divergence_good) Rising 100, ANY, RulePriceBounds;
    25 divergence_usable (divergence_usable) Always 250, ANY, RulePriceBounds;
    26 jump_per_slot (jump_per_slot) Always 50, 100..=5_000, RulePriceBounds;
    27 disagreement (disagreement) Rising 25, 10..=1_000, RuleBreakers;
    28 band (band) Always 25, ANY, RuleBand;
    // Funding takes from one side what it gives the other.
    29 funding_ema_seconds (funding_ema_seconds) Always 10 * MINUTE, ANY, RuleFunding;
    30 funding_period_seconds (funding_period_seconds) Always HOUR, ANY, RuleFunding;
    31 funding_gap_seconds_max (funding_gap_seconds_max) Always 10 * MINUTE, ANY, RuleFunding;
    32 funding_rate_max (funding_rate_max) Always 10, ANY, RuleFunding;
    // Fees cost who holds; lower ones make trading with oneself cheaper.
    33 taker_fee (taker_fee) Always 2, ANY, RuleFees;
    34 maker_fee (maker_fee) Always 2, ANY, RuleFees;
    35 sync_reward (sync_reward) Always 1, ANY, RuleSyncReward;
    // Liquidation: what one takes from its victim another leaves to be socialised.
    36 observe_slots (observe_slots) Always 150, ANY, RuleAuction;
    37 auction_slots (auction_slots) Always 25, ANY, RuleAuction;
    38 slice_window_slots (slice_window_slots) Always 10, ANY, RuleAuction;
    39 slice_floor (slice_floor) Always 1_000 * USD, ANY, RuleAuction;
    40 slice (slice) Always 250, 250..=5_000, RuleAuction;
    41 discount_start (discount_start) Always 10, ANY, RuleAuction;
    42 discount_max (discount_max) Always 25, ANY, RuleAuction;
    43 discount_depth (discount_depth) Always 25, ANY, RuleAuction;
    44 penalty (penalty) Always 10, 1..=10_000, RulePenaltyBelowMaintenance;
    45 buffer (buffer) Always 250, ANY, RuleAuction;
    46 deleverage_after_slots (deleverage_after_slots) Always HOUR_SLOTS, 1..=SLOTS_MAX, RuleAuction;
    // Longer lets a quote live on an older check.
    47 check_slots (check_slots) Rising 10, ANY, RuleAuction;
    // How much of its insurance an event may use: more can be extracted, less leaves more to be socialised.
    48 event_share (event_share) Always 100, 100..=5_000, RuleCover;
    49 cover_epoch_seconds (cover_epoch_seconds) Always HOUR, ANY, RuleCover;
    // Paid in at listing.
    50 cover_grant (cover_grant) Fixed 0, ANY, RuleCover;
    51 walk_max (walk_max) Always 4, ANY, RuleWalk;
    // Volatility and phase raise requirements and fees; both ways wait.
    52 volatility_window_seconds (volatility_window_seconds) Always 10 * MINUTE, 5 * MINUTE..=DAY, RuleVolatility;
    53 volatility_normal (volatility_normal) Always 10, 10..=500, RuleVolatility;
    54 volatility_multiplier_max (volatility_multiplier_max) Always 1_000, 11_000..=40_000, RuleMultiples;
    55 maintenance_rate (maintenance_rate) Always 250, 250..=10_000, RuleVolatility;
    56 stress_margin (stress_margin) Always 500, 10_500..=30_000, RuleMultiples;
    57 stress_fee (stress_fee) Always 500, 10_500..=50_000, RuleMultiples;
    58 phase_hold_seconds (phase_hold_seconds) Falling 5 * MINUTE, 5 * MINUTE..=DAY, RuleBreakers;
    59 gauge_distance (gauge_distance) Always 50, 100..=2_000, RuleBreakers;
    60 gauge_stress (gauge_stress) Always 250, 250..=8_000, RuleBreakers;
    // Earlier at once: a guarded market only refuses new risk.
    61 gauge_guard (gauge_guard) Rising 250, 500..=9_000, RuleBreakers;
    // More for insurance comes out of the protocol's fees.
    62 insurance_share (insurance_share) Falling 250, 500..=10_000, RuleInsurance;
    63 stress_insurance_share (stress_insurance_share) Falling 250, 1_000..=10_000, RuleInsurance;
    // A halt and the grace after it stop liquidation, a guard only new risk.
    64 halt_hold_seconds (halt_hold_seconds) Always 5, 1..=HOUR, RuleBreakers;
    65 guard_hold_seconds (guard_hold_seconds) Falling MINUTE, MINUTE..=DAY, RuleBreakers;
    66 grace_seconds (grace_seconds) Always 10, 1..=HOUR, RuleBreakers;
    67 settle_after_seconds (settle_after_seconds) Always DAY, DAY..=30 * DAY, RuleBreakers;
    // How many lots move the premium: fewer make it follow trades sooner, more make moving it dearer.
    68 impact_share_bps (impact_share_bps) Always 250, ANY, RuleImpact;
    69 impact_lots_min (impact_lots_min) Always 1_000 * USD, ANY, RuleImpact;
}
