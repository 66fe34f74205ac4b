//! Parameters by name.
//!
//! Fractions (bps), slots, seconds and counts are JSON integers. What is counted in lots or atoms is a decimal string, in
//! base units or USD; a JSON integer there means lots or atoms themselves.

use breakwater_engine::clearing::state::{CollateralParams, GuardParams, WaterfallParams};
use breakwater_engine::params::BRACKETS;
use breakwater_engine::state::{Bracket, ExchangeParams, MarketParams};
use breakwater_engine::{Atoms, Bps, Lots};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::decimal::Decimal;

/// Decimals of USDC: an atom is 1e-6.
pub const USD_DECIMALS: i32 = 6;

/// Parameters by their names.
pub type ByName = BTreeMap<String, Value>;

/// Sets parameters of the exchange. Fails on a name it has not.
pub fn set_exchange(params: &mut ExchangeParams, given: &ByName) -> Result<(), String> {
    for (name, value) in given {
        match name.as_str() {
            "deposit_min" => params.deposit_min = Atoms(amount(name, value, USD_DECIMALS)?),
            "deposits_max" => params.deposits_max = Atoms(amount(name, value, USD_DECIMALS)?),
            "timelock_seconds" => params.timelock_seconds = integer(name, value)?,
            "outflow_floor" => params.outflow_floor = Atoms(amount(name, value, USD_DECIMALS)?),
            "outflow_exempt" => params.outflow_exempt = Atoms(amount(name, value, USD_DECIMALS)?),
            "exit_cooldown_seconds" => params.exit_cooldown_seconds = integer(name, value)?,
            "stake_min" => params.stake_min = Atoms(amount(name, value, USD_DECIMALS)?),
            "guard_hold_seconds" => params.guard_hold_seconds = integer(name, value)?,
            "outflow_hour" => params.outflow_hour = Bps(small(name, value)?),
            "outflow_day" => params.outflow_day = Bps(small(name, value)?),
            "outflow_guard" => params.outflow_guard = Bps(small(name, value)?),
            "drawdown_guard" => params.drawdown_guard = Bps(small(name, value)?),
            "insurance_target" => params.insurance_target = Bps(small(name, value)?),
            "staker_share" => params.staker_share = Bps(small(name, value)?),
            "keeper_share" => params.keeper_share = Bps(small(name, value)?),
            _ => return Err(format!("unknown field `{name}`")),
        }
    }
    Ok(())
}

/// The largest lot worth at most an atom, 1e-6 USD, at a price. A price that is none gets any: listing refuses it.
#[must_use]
pub fn lot_exponent(price: Decimal) -> i32 {
    let fits = |exponent: &i32| {
        let room = u32::try_from(price.decimals as i32 - exponent - USD_DECIMALS);
        room.is_ok_and(|room| 10i128.checked_pow(room).is_none_or(|most| price.mantissa <= most))
    };
    (-18..=6).rev().find(fits).unwrap_or(-18)
}

/// Sets margin brackets: upper bound, initial and maintenance fraction of each, smallest first.
pub fn set_brackets(params: &mut MarketParams, given: &[(Option<Decimal>, u32, u32)]) -> Result<(), String> {
    if given.len() > BRACKETS {
        return Err(format!("at most {BRACKETS} brackets"));
    }
    params.brackets = [Bracket::default(); BRACKETS];
    params.bracket_count = given.len() as u32;
    for (bracket, (up_to, initial, maintenance)) in params.brackets.iter_mut().zip(given) {
        let bound = up_to.map_or(Ok(0), |usd| whole("up_to_usd", usd, USD_DECIMALS))?;
        *bracket = Bracket { up_to: Atoms(bound), initial: Bps(*initial), maintenance: Bps(*maintenance) };
    }
    Ok(())
}

/// A decimal as a count of its smallest unit.
pub fn whole(name: &str, value: Decimal, decimals: i32) -> Result<u64, String> {
    let count = value.scaled_exact(decimals).ok_or_else(|| format!("`{name}` is finer than its unit"))?;
    u64::try_from(count).map_err(|_| format!("`{name}` is out of range"))
}

/// A decimal string in `10^-decimals`, or that unit itself as an integer.
fn amount(name: &str, value: &Value, decimals: i32) -> Result<u64, String> {
    match value {
        Value::String(text) => whole(name, Decimal::parse(text)?, decimals),
        other => integer(name, other),
    }
}

fn integer(name: &str, value: &Value) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| format!("`{name}` is a whole number, not {value}"))
}

fn small(name: &str, value: &Value) -> Result<u32, String> {
    u32::try_from(integer(name, value)?).map_err(|_| format!("`{name}` is out of range"))
}

/// Arms that set fields of their own names, by kind; whether there is one of a name.
macro_rules! by_name {
    ($params:ident, $name:expr, $value:expr; lots in $decimals:expr => $($lots:ident)*; atoms: $($atoms:ident)*;
     numbers: $($number:ident)*; fractions: $($fraction:ident)*; counts: $($count:ident)*) => {
        match $name {
            $(stringify!($lots) => $params.$lots = Lots(amount($name, $value, $decimals)?),)*
            $(stringify!($atoms) => $params.$atoms = Atoms(amount($name, $value, USD_DECIMALS)?),)*
            $(stringify!($number) => $params.$number = integer($name, $value)?,)*
            $(stringify!($fraction) => $params.$fraction = Bps(small($name, $value)?),)*
            $(stringify!($count) => $params.$count = small($name, $value)?,)*
            _ => return Ok(false),
        }
    };
}

/// Sets a market's parameters by the names they have in the engine. Fails on a name it has not.
pub fn set_market(params: &mut MarketParams, given: &ByName) -> Result<(), String> {
    for (name, value) in given {
        if !set_market_one(params, name, value)? {
            return Err(format!("unknown field `{name}`"));
        }
    }
    Ok(())
}

/// Sets a mint's parameters; `unit_exponent` is an integer below zero.
pub fn set_collateral(params: &mut CollateralParams, given: &ByName) -> Result<(), String> {
    if let Some(value) = given.get("unit_exponent") {
        let exponent = value.as_i64().and_then(|exponent| i32::try_from(exponent).ok());
        params.unit_exponent = exponent.ok_or_else(|| format!("`unit_exponent` is a whole number, not {value}"))?;
    }
    for (name, value) in given.iter().filter(|(name, _)| *name != "unit_exponent") {
        if name == "total_max" {
            params.total_max = amount(name, value, -params.unit_exponent)?;
        } else if !set_collateral_one(params, name, value)? {
            return Err(format!("unknown field `{name}`"));
        }
    }
    Ok(())
}

/// Sets all that a market is listed with: its parameters, its waterfall's and its guards'.
pub fn set_listing(
    (params, waterfall, guards): (&mut MarketParams, &mut WaterfallParams, &mut GuardParams),
    given: &ByName,
) -> Result<(), String> {
    for (name, value) in given {
        let found = set_market_one(params, name, value)? || set_waterfall_one(waterfall, name, value)?;
        if !found && !set_guards_one(guards, name, value)? {
            return Err(format!("unknown field `{name}`"));
        }
    }
    Ok(())
}

fn set_market_one(params: &mut MarketParams, name: &str, value: &Value) -> Result<bool, String> {
    by_name!(params, name, value;
        lots in -params.lot_exponent => step position_min open_interest_max slice_floor impact_lots_min;
        atoms: cover_grant;
        numbers: profit_vesting_seconds mark_age_slots_max price_age_seconds_max price_ahead_seconds_max observe_slots
            auction_slots slice_window_slots deleverage_after_slots check_slots cover_epoch_seconds
            funding_ema_seconds funding_period_seconds funding_gap_seconds_max halt_hold_seconds guard_hold_seconds
            grace_seconds settle_after_seconds phase_hold_seconds volatility_window_seconds;
        fractions: funding_rate_max impact_share_bps confidence_good confidence_usable divergence_good divergence_usable
            jump_per_slot band taker_fee maker_fee discount_start discount_max discount_depth penalty buffer slice
            event_share profit_counts sync_reward volatility_normal volatility_multiplier_max maintenance_rate
            stress_margin stress_fee insurance_share stress_insurance_share gauge_distance gauge_stress gauge_guard
            disagreement;
        counts: walk_max);
    Ok(true)
}

fn set_waterfall_one(params: &mut WaterfallParams, name: &str, value: &Value) -> Result<bool, String> {
    by_name!(params, name, value;
        lots in 0 =>;
        atoms: ;
        numbers: confirm_slots confirm_wide_slots distress_ttl_slots sale_slots estate_slots resolve_wait_slots
            sibling_grace_slots open_layer_slots action_age_slots;
        fractions: confirm_deviation resolve_deviation tolerance allowance_weight work_share adequacy_move keeper_share;
        counts: );
    Ok(true)
}

fn set_collateral_one(params: &mut CollateralParams, name: &str, value: &Value) -> Result<bool, String> {
    by_name!(params, name, value;
        lots in 0 =>;
        atoms: account_max;
        numbers: action_age_slots price_age_seconds_max price_ahead_seconds_max auction_slots allows_freeze;
        fractions: haircut initial_haircut confidence_max divergence_max jump_per_slot disagreement discount_start;
        counts: closed delisted);
    Ok(true)
}

fn set_guards_one(params: &mut GuardParams, name: &str, value: &Value) -> Result<bool, String> {
    by_name!(params, name, value;
        lots in 0 =>;
        atoms: ;
        numbers: flow_window_seconds settle_window_seconds;
        fractions: flow_guard volatility_guard;
        counts: );
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lot_is_worth_about_an_atom_or_less() {
        for (price, exponent) in
            [("1", -6), ("10", -7), ("220", -9), ("122000", -12), ("0.000012", -2), ("1.000001", -7)]
        {
            assert_eq!(lot_exponent(Decimal::parse(price).expect("a price")), exponent, "{price}");
        }
    }

    #[test]
    fn parameters_have_the_engines_names() {
        let given = r#"{"step":"0.01","taker_fee":7,"cover_grant":"1.5","walk_max":8,"confirm_slots":3,"tolerance":2}"#;
        let given: ByName = serde_json::from_str(given).expect("parameters");
        let mut params = MarketParams { lot_exponent: -9, ..MarketParams::bare() };
        let (mut waterfall, mut guards) = (WaterfallParams::default(), GuardParams::default());
        set_listing((&mut params, &mut waterfall, &mut guards), &given).expect("all are known");
        assert_eq!((params.step, params.taker_fee, params.cover_grant), (Lots(10_000_000), Bps(7), Atoms(1_500_000)));
        assert_eq!((waterfall.confirm_slots, waterfall.tolerance), (3, Bps(2)));
        let given: ByName = serde_json::from_str(r#"{"taker_fees":7}"#).expect("parameters");
        let unknown = Err("unknown field `taker_fees`".to_string());
        assert_eq!(set_listing((&mut params, &mut waterfall, &mut guards), &given), unknown);
        assert_eq!(set_market(&mut params, &given), unknown);
    }
}
