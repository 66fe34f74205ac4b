//! What an exchange and its markets begin with.

use breakwater_engine::clearing::state::{CollateralParams, GuardParams, WaterfallParams};
use breakwater_engine::state::{ExchangeParams, MarketParams};
use breakwater_engine::{Atoms, Bps};

use super::op::{CollateralOp, ExchangeOp, MarketOp, Preset};
use crate::decimal::Decimal;
use crate::named;

/// The exchange's parameters. Nothing waits for a timelock unless the script names one: a day lists its markets and trades.
pub fn exchange(given: &ExchangeOp) -> Result<ExchangeParams, String> {
    let mut params = match given.preset {
        Preset::Recommended => ExchangeParams { timelock_seconds: 0, ..ExchangeParams::standard() },
        Preset::WithoutGuards => ExchangeParams::bare(),
    };
    named::set_exchange(&mut params, &given.parameters.by_name)?;
    Ok(params)
}

/// A market's parameters; `first` is its first price.
pub fn market(
    given: &MarketOp,
    preset: Preset,
    first: Option<Decimal>,
) -> Result<(MarketParams, WaterfallParams, GuardParams), String> {
    let (mut params, mut waterfall, mut guards) = match preset {
        Preset::Recommended => (MarketParams::standard(), WATERFALL, GuardParams::recommended()),
        Preset::WithoutGuards => (
            MarketParams::bare(),
            WaterfallParams { adequacy_move: Bps(0), keeper_share: Bps(0), ..WATERFALL },
            GuardParams::without_guards(),
        ),
    };
    params.lot_exponent = given.lot_exponent.unwrap_or_else(|| first.map_or(params.lot_exponent, named::lot_exponent));
    if let Some(brackets) = &given.brackets {
        let brackets: Vec<_> = brackets.iter().map(|of| (of.up_to_usd, of.imf_bps, of.mmf_bps)).collect();
        named::set_brackets(&mut params, &brackets)?;
    }
    named::set_listing((&mut params, &mut waterfall, &mut guards), &given.parameters.by_name)?;
    Ok((params, waterfall, guards))
}

/// A mint's parameters.
pub fn collateral(given: &CollateralOp) -> Result<CollateralParams, String> {
    let mut params = CollateralParams::recommended();
    named::set_collateral(&mut params, &given.parameters.by_name)?;
    Ok(params)
}

/// The waterfall's recommended parameters: slots of 400 ms.
const WATERFALL: WaterfallParams = WaterfallParams {
    page_reward: Atoms(0),
    confirm_slots: 5,
    confirm_wide_slots: 25,
    distress_ttl_slots: 1_500,
    sale_slots: 150,
    estate_slots: 10,
    resolve_wait_slots: 50,
    sibling_grace_slots: 150,
    open_layer_slots: 150,
    action_age_slots: 10,
    confirm_deviation: Bps(500),
    resolve_deviation: Bps(200),
    tolerance: Bps(1),
    allowance_weight: Bps(2_500),
    work_share: Bps(2),
    adequacy_move: Bps(1_000),
    keeper_share: Bps(1_000),
    reserved: 0,
};
