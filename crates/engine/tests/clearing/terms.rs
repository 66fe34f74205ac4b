//! What an exchange is built with, as the engine's parameters.

use std::collections::BTreeMap;

use breakwater_engine::clearing::state::{FundParams, WaterfallParams};
use breakwater_engine::state::{Bracket, ExchangeParams, MarketParams};
use breakwater_engine::units::{Atoms, Lots};
use breakwater_engine::Bps;

/// Engine slots to a slot of the reference: so that publish times in whole seconds tell its slots apart.
pub const SLOTS: u64 = 5;
/// What the exchange is built with.
#[derive(Clone, Debug)]
pub struct Terms {
    pub prices: Vec<u64>,
    pub cover: u64,
    pub common: u64,
    pub initial: u32,
    pub maintenance: u32,
    /// Beyond maintenance, in bps of the notional.
    pub buffer: u32,
    pub discount_start: u32,
    pub discount: u32,
    pub penalty: u32,
    pub tolerance: u32,
    pub resolve_deviation: u32,
    pub weight: u32,
    pub slice: u32,
    pub slice_floor: u64,
    pub slots: BTreeMap<String, u64>,
}

impl Terms {
    /// Margins of a tenth and a twentieth, every wait 40 slots, nothing insured.
    pub fn uninsured(prices: Vec<u64>) -> Terms {
        let names =
            ["profit_vesting", "auction", "deleverage", "slice_window", "confirm", "confirm_far", "distress_ttl"];
        let more = ["sale", "estate", "resolve_wait", "sibling_grace", "open_layer"];
        let slots = names.iter().chain(&more).map(|name| (format!("{name}_slots"), 40)).collect();
        Terms {
            prices,
            cover: 0,
            common: 0,
            initial: 1_000,
            maintenance: 500,
            buffer: 100,
            discount_start: 10,
            discount: 200,
            penalty: 20,
            tolerance: 1,
            resolve_deviation: 500,
            weight: 0,
            slice: 2_000,
            slice_floor: 1,
            slots,
        }
    }
}

/// Those a market has today.
pub fn params(terms: &Terms) -> MarketParams {
    let mut params = MarketParams {
        bracket_count: 1,
        step: Lots(1),
        profit_vesting_seconds: terms.slots["profit_vesting_slots"],
        cover_epoch_seconds: terms.slots.get("cover_epoch_slots").copied().unwrap_or(0),
        auction_slots: terms.slots["auction_slots"] * SLOTS,
        deleverage_after_slots: terms.slots["deleverage_slots"] * SLOTS,
        slice_window_slots: terms.slots["slice_window_slots"] * SLOTS,
        slice: Bps(terms.slice),
        slice_floor: Lots(terms.slice_floor),
        discount_start: Bps(terms.discount_start),
        discount_max: Bps(terms.discount),
        penalty: Bps(terms.penalty),
        buffer: Bps(terms.buffer * 10_000 / terms.maintenance),
        profit_counts: Bps(10_000),
        band: Bps(2_000),
        open_interest_max: Lots(u64::MAX),
        check_slots: 1_000,
        ..MarketParams::default()
    };
    params.brackets[0] = Bracket { up_to: Atoms(0), initial: Bps(terms.initial), maintenance: Bps(terms.maintenance) };
    params
}

/// Those its waterfall has.
pub fn waterfall(terms: &Terms) -> WaterfallParams {
    let slots = |name: &str| terms.slots[name] * SLOTS;
    WaterfallParams {
        confirm_slots: slots("confirm_slots"),
        confirm_wide_slots: slots("confirm_far_slots"),
        distress_ttl_slots: slots("distress_ttl_slots"),
        sale_slots: slots("sale_slots"),
        estate_slots: slots("estate_slots"),
        resolve_wait_slots: slots("resolve_wait_slots"),
        sibling_grace_slots: slots("sibling_grace_slots"),
        open_layer_slots: slots("open_layer_slots"),
        action_age_slots: u64::MAX,
        confirm_deviation: Bps(500),
        resolve_deviation: Bps(terms.resolve_deviation),
        tolerance: Bps(terms.tolerance),
        allowance_weight: Bps(terms.weight),
        work_share: Bps(2),
        adequacy_move: Bps(0),
        keeper_share: Bps(2_000),
        reserved: 0,
        page_reward: Atoms(0),
    }
}

/// Seconds over which income is paid out: a slot of the reference is a second.
pub const INCOME_SECONDS: u64 = 1_000;
/// Slots of a window of reports.
pub const REPORT_SLOTS: u64 = 5 * SLOTS;
/// Seconds between asking for an exit and leaving.
pub const COOLDOWN_SECONDS: u64 = 100;

/// Those the fund has. An epoch begins where the verb says so.
pub fn fund_params() -> FundParams {
    FundParams { epoch_seconds: u64::MAX, income_seconds: INCOME_SECONDS, report_slots: REPORT_SLOTS }
}

/// Those of the exchange that its stakers have.
pub fn exchange_params() -> ExchangeParams {
    ExchangeParams { exit_cooldown_seconds: COOLDOWN_SECONDS, stake_min: Atoms(1), ..ExchangeParams::default() }
}
