//! Parameters of an exchange and of a market. Each rule of `validate` has its own error.

pub mod logarithm;
mod rules;

use crate::state::{Bracket, ExchangeParams, MarketParams};
use crate::units::{Atoms, Bps, Lots};

/// Size brackets at most.
pub const BRACKETS: usize = 4;

// Parameters have as many.
const _: fn(&MarketParams) -> &[Bracket; BRACKETS] = |params| &params.brackets;

impl MarketParams {
    /// The brackets that count, smallest notional first; none when the count is beyond [`BRACKETS`], which listing refuses.
    #[must_use]
    pub fn counted(&self) -> &[Bracket] {
        usize::try_from(self.bracket_count).ok().and_then(|count| self.brackets.get(..count)).unwrap_or(&[])
    }

    /// Defaults for a liquid market whose lots are worth about an atom (1e-6 USD) and a cluster with 400 ms slots. Passes
    /// `validate` at a birth price of one atom per lot.
    #[must_use]
    pub const fn standard() -> MarketParams {
        MarketParams {
            brackets: [
                bracket(50_000 * USD, 500, 300),
                bracket(250_000 * USD, 750, 400),
                bracket(1_000_000 * USD, 1_000, 600),
                bracket(0, 2_000, 1_200),
            ],
            step: Lots(1),
            position_min: Lots(USD),
            open_interest_max: Lots(50_000_000 * USD),
            slice_floor: Lots(5_000 * USD),
            impact_lots_min: Lots(10_000 * USD),
            cover_grant: Atoms(50_000 * USD),
            profit_vesting_seconds: DAY,
            mark_age_slots_max: MINUTE_SLOTS,
            price_age_seconds_max: 60,
            price_ahead_seconds_max: 10,
            observe_slots: 10 * MINUTE_SLOTS,
            auction_slots: MINUTE_SLOTS,
            slice_window_slots: 25,
            deleverage_after_slots: 60 * MINUTE_SLOTS,
            check_slots: 50,
            cover_epoch_seconds: DAY,
            funding_ema_seconds: HOUR / 2,
            funding_period_seconds: 8 * HOUR,
            funding_gap_seconds_max: HOUR,
            halt_hold_seconds: 15,
            guard_hold_seconds: 300,
            grace_seconds: 30,
            settle_after_seconds: 7 * DAY,
            phase_hold_seconds: HOUR,
            volatility_window_seconds: HOUR,
            funding_rate_max: Bps(25),
            impact_share_bps: WHOLE,
            confidence_good: Bps(100),
            confidence_usable: Bps(1_000),
            divergence_good: Bps(2_000),
            divergence_usable: Bps(90_000),
            jump_per_slot: Bps(1_000),
            band: Bps(200),
            taker_fee: Bps(5),
            maker_fee: Bps(2),
            discount_start: Bps(25),
            discount_max: Bps(200),
            discount_depth: Bps(100),
            penalty: Bps(50),
            buffer: Bps(1_000),
            slice: Bps(2_000),
            event_share: Bps(2_500),
            profit_counts: Bps(5_000),
            lot_exponent: -8,
            bracket_count: 4,
            walk_max: 24,
            sync_reward: Bps(1),
            volatility_normal: Bps(100),
            volatility_multiplier_max: Bps(20_000),
            maintenance_rate: Bps(2_500),
            stress_margin: Bps(12_500),
            stress_fee: Bps(15_000),
            insurance_share: Bps(2_000),
            stress_insurance_share: Bps(6_000),
            gauge_distance: Bps(250),
            gauge_stress: Bps(2_000),
            gauge_guard: Bps(4_000),
            disagreement: Bps(200),
            reserved: 0,
        }
    }

    /// The same with everything that reacts before a failure at the value that never does: the waterfall alone.
    #[must_use]
    pub const fn bare() -> MarketParams {
        MarketParams {
            halt_hold_seconds: 0,
            guard_hold_seconds: 0,
            grace_seconds: 0,
            volatility_multiplier_max: WHOLE,
            stress_margin: WHOLE,
            stress_fee: WHOLE,
            insurance_share: Bps(0),
            stress_insurance_share: Bps(0),
            gauge_stress: NEVER,
            gauge_guard: NEVER,
            ..MarketParams::standard()
        }
    }
}

impl ExchangeParams {
    /// Defaults: deposits from one USD, a billion USD in all, two days of timelock, a tenth of the vault an hour and a third
    /// a day.
    #[must_use]
    pub const fn standard() -> ExchangeParams {
        ExchangeParams {
            deposit_min: Atoms(USD),
            deposits_max: Atoms(1_000_000_000 * USD),
            timelock_seconds: 2 * DAY,
            outflow_floor: Atoms(100_000 * USD),
            outflow_exempt: Atoms(1_000 * USD),
            exit_cooldown_seconds: 7 * DAY,
            stake_min: Atoms(USD),
            guard_hold_seconds: HOUR,
            outflow_hour: Bps(1_000),
            outflow_day: Bps(3_333),
            outflow_guard: Bps(7_500),
            drawdown_guard: Bps(2_000),
            insurance_target: Bps(100),
            staker_share: Bps(5_000),
            keeper_share: Bps(1_000),
            reserved: 0,
        }
    }

    /// The same without a timelock, a bound on outflow or a breaker: for what is tested alone.
    #[must_use]
    pub const fn bare() -> ExchangeParams {
        ExchangeParams {
            timelock_seconds: 0,
            outflow_floor: Atoms(1 << 56),
            guard_hold_seconds: 0,
            outflow_guard: NEVER,
            drawdown_guard: NEVER,
            ..ExchangeParams::standard()
        }
    }
}

/// A multiple that changes nothing.
const WHOLE: Bps = Bps(10_000);
/// A share nothing reaches.
const NEVER: Bps = Bps(20_000);
/// A dollar in atoms, and its worth in lots of about an atom.
const USD: u64 = 1_000_000;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// A minute of 400 ms slots.
const MINUTE_SLOTS: u64 = 150;

const fn bracket(up_to: u64, initial: u32, maintenance: u32) -> Bracket {
    Bracket { up_to: Atoms(up_to), initial: Bps(initial), maintenance: Bps(maintenance) }
}
