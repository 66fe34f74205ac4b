//! Changes of an asset's parameters: through the same rules as a market's and the exchange's (A24).
//!
//! What only refuses new risk happens at once: fewer units, a younger mark, a larger haircut for opening and
//! withdrawing, no deposits. What costs those who hold it waits for the timelock: their haircut, their cap, its
//! grading, its delisting.

use super::params::{
    ACTION_AGE_SLOTS, AUCTION_SLOTS, CONFIDENCE, DISAGREEMENT, DIVERGENCE, FLAG, HAIRCUT, JUMP_PER_SLOT,
    PRICE_AGE_SECONDS, PRICE_AHEAD_SECONDS, WORTH_MAX,
};
use crate::change::table::{table, Field};
use crate::change::{Change, Rule, Waits};
use crate::clearing::state::{CollateralAsset, CollateralParams};
use crate::error::{Error, Result};
use crate::units::Now;

/// A dollar.
const USD: u64 = 1_000_000;

table! { CollateralParams, COLLATERAL_PARAMETERS;
    // Less at once: it only refuses deposits.
    0 total_max (total_max) Rising 1, 1..=u64::MAX, RuleCollateral;
    // Less counts for those who hold it.
    1 account_max (account_max) Always 10_000 * USD, 1..=WORTH_MAX, RuleCollateral;
    2 action_age_slots (action_age_slots) Rising 5, ACTION_AGE_SLOTS, RuleCollateral;
    3 price_age_seconds_max (price_age_seconds_max) Always 10, PRICE_AGE_SECONDS, RuleCollateral;
    4 price_ahead_seconds_max (price_ahead_seconds_max) Always 5, PRICE_AHEAD_SECONDS, RuleCollateral;
    5 auction_slots (auction_slots) Always 75, AUCTION_SLOTS, RuleCollateral;
    6 haircut (haircut) Always 250, HAIRCUT, RuleCollateral;
    // More at once: it asks more of who opens or withdraws, and of nobody else.
    7 initial_haircut (initial_haircut) Falling 2_500, HAIRCUT, RuleCollateral;
    8 confidence_max (confidence_max) Always 50, CONFIDENCE, RuleCollateral;
    9 divergence_max (divergence_max) Always 250, DIVERGENCE, RuleCollateral;
    10 jump_per_slot (jump_per_slot) Always 50, JUMP_PER_SLOT, RuleCollateral;
    11 disagreement (disagreement) Rising 25, DISAGREEMENT, RuleCollateral;
    12 discount_start (discount_start) Always 25, 1..=10_000, RuleCollateral;
    // What the mint is.
    13 unit_exponent (unit_exponent) Fixed 0, 0..=u64::MAX, RuleCollateral;
    14 allows_freeze (allows_freeze) Fixed 0, FLAG, RuleCollateral;
    // Closed at once, opened again after the timelock.
    15 closed (closed) Falling 1, FLAG, RuleCollateral;
    16 delisted (delisted) Always 1, FLAG, RuleCollateral;
}

impl CollateralParams {
    /// A parameter's value; signed ones as their two's complement. `UnknownParameter` where there is none of the
    /// number.
    pub fn parameter(&self, number: u16) -> Result<u64> {
        get(self, number)
    }

    /// How a parameter may change.
    pub fn rule(number: u16) -> Result<Rule> {
        rule(number)
    }
}

impl CollateralAsset {
    /// Changes a parameter. Delisting begins to take effect now: what the asset counts for distress falls to nothing
    /// within a week. Refuses, in this order, with `UnknownParameter`, what [`Rule::judge`] refuses with, and
    /// `RuleCollateral`.
    pub fn change(&mut self, number: u16, to: u64, now: Now) -> Result<Change> {
        let from = self.params.parameter(number)?;
        let waits = rule(number)?.judge(from, to)?;
        let mut params = self.params;
        set(&mut params, number, to)?;
        params.validate_standing()?;
        if params.delisted != self.params.delisted {
            self.delisted_at = if params.delisted == 0 { 0 } else { now.time.max(1) };
        }
        self.params = params;
        Ok(Change { from, waits })
    }
}
