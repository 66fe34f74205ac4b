//! Parameters of an exchange and of a market. Each rule of `validate` has its own error.

mod rules;

use crate::units::{Atoms, Bps, Lots};

/// A size bracket: marginal fractions apply to the notional between the previous bound and `up_to`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bracket {
    /// Upper bound of the bracket's notional; the last bracket's is ignored (unbounded).
    pub up_to: Atoms,
    /// Initial margin fraction.
    pub initial: Bps,
    /// Maintenance margin fraction.
    pub maintenance: Bps,
}

/// Size brackets at most.
pub const BRACKETS: usize = 4;

/// What a market is listed with.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketParams {
    /// Margin brackets by notional; the first `bracket_count` count.
    pub brackets: [Bracket; BRACKETS],
    /// Orders come in multiples of this.
    pub step: Lots,
    /// A position's smallest size, so that filling the ladder's records has a price.
    pub position_min: Lots,
    /// Open interest at most.
    pub open_interest_max: Lots,
    /// Slice of a position one liquidation window may take, at least this many lots.
    pub slice_floor: Lots,
    /// Cover granted at listing (refill ceiling of the first epoch).
    pub cover_grant: Atoms,
    /// Seconds fresh profit takes to unlock.
    pub maturing_seconds: u64,
    /// Slots a mark may be old before actions that need one are refused.
    pub mark_age_slots_max: u64,
    /// Seconds a published price may be old.
    pub price_age_seconds_max: u64,
    /// Seconds a published price may be ahead of the clock.
    pub price_ahead_seconds_max: u64,
    /// Slots after the last observation within which distress must be observed again.
    pub observe_slots: u64,
    /// Slots over which the auction's discount rises to its largest.
    pub auction_slots: u64,
    /// Slots of one liquidation slice window.
    pub slice_window_slots: u64,
    /// Slots in distress after which a solvent account without takers may be deleveraged; 0: never.
    pub deleverage_after_slots: u64,
    /// Slots a quote stays live after a whole-account check.
    pub check_slots: u64,
    /// Seconds between cover refills.
    pub cover_epoch_seconds: u64,
    /// Seconds of the premium's moving average.
    pub funding_ema_seconds: u64,
    /// Seconds over which the whole premium is paid.
    pub funding_period_seconds: u64,
    /// Seconds of funding accrued at most at once.
    pub funding_gap_seconds_max: u64,
    /// Seconds a reason that halted must have cleared before the market goes on; 0: such reasons are not kept.
    pub halt_hold_seconds: u64,
    /// Seconds a reason that guarded must have cleared before the market opens; 0: such reasons are not kept.
    pub guard_hold_seconds: u64,
    /// Seconds liquidation waits after a halt or a pause, so that owners can act first.
    pub grace_seconds: u64,
    /// Seconds without an accepted mark after which anyone may settle the market.
    pub settle_after_seconds: u64,
    /// Seconds of calm before a phase steps down.
    pub phase_hold_seconds: u64,
    /// Seconds of the moving average of squared returns.
    pub volatility_window_seconds: u64,
    /// Largest funding rate, of the mark per funding period.
    pub funding_rate_max: Bps,
    /// Confidence over price for a good price, at most.
    pub confidence_good: Bps,
    /// Confidence over price for a usable price, at most.
    pub confidence_usable: Bps,
    /// Spot against EMA for a good price, at most.
    pub divergence_good: Bps,
    /// Spot against EMA for a usable price, at most.
    pub divergence_usable: Bps,
    /// Move of the accepted mark per slot, at most.
    pub jump_per_slot: Bps,
    /// Fills at most this far from the mark.
    pub band: Bps,
    /// Taker fee.
    pub taker_fee: Bps,
    /// Maker fee.
    pub maker_fee: Bps,
    /// Auction discount at its start.
    pub discount_start: Bps,
    /// Auction discount at most.
    pub discount_max: Bps,
    /// Discount added per unit of shortfall over maintenance.
    pub discount_depth: Bps,
    /// Liquidation penalty that goes to insurance.
    pub penalty: Bps,
    /// A liquidation restores maintenance plus this fraction of it.
    pub buffer: Bps,
    /// Share of a position one window may take.
    pub slice: Bps,
    /// Share of the cover one event may use.
    pub event_share: Bps,
    /// Share of unrealised profit that counts towards initial margin.
    pub profit_counts: Bps,
    /// 10^exponent of the base asset in a lot (negative).
    pub lot_exponent: i32,
    /// How many brackets count.
    pub bracket_count: u32,
    /// Ladder lines and pools one deleveraging walks at most.
    pub walk_max: u32,
    /// Fraction of the released notional a `sync` that frees a record is paid, from the position synced.
    pub sync_reward: Bps,
    /// Standard deviation of returns over an hour at which margins are the brackets' own.
    pub volatility_normal: Bps,
    /// Volatility raises margins to at most this multiple; one whole: never.
    pub volatility_multiplier_max: Bps,
    /// What the maintenance multiplier moves by in an hour, at most.
    pub maintenance_rate: Bps,
    /// Margins in the stressed phase, as a multiple.
    pub stress_margin: Bps,
    /// Trading fees in the stressed phase, as a multiple.
    pub stress_fee: Bps,
    /// Share of trading fees that goes to insurance.
    pub insurance_share: Bps,
    /// The same in the stressed phase.
    pub stress_insurance_share: Bps,
    /// How far from the mark the cascade gauge looks: less than an opening's margin is away, else every new position counts.
    pub gauge_distance: Bps,
    /// Share of open interest within that distance of bankruptcy from which the market is stressed.
    pub gauge_stress: Bps,
    /// The same share from which the market is guarded; above one whole: never.
    pub gauge_guard: Bps,
    /// Two good sources farther apart than this disagree.
    pub disagreement: Bps,
}

/// What holds for the whole exchange.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExchangeParams {
    /// A deposit's smallest amount.
    pub deposit_min: Atoms,
    /// Collateral the exchange accepts at most.
    pub deposits_max: Atoms,
    /// Seconds a change that loosens anything waits; zero only on networks for tests.
    pub timelock_seconds: u64,
    /// What may leave in an hour, and ten times of it in a day, however small the vault is.
    pub outflow_floor: Atoms,
    /// What an account may take out in a day without being counted.
    pub outflow_exempt: Atoms,
    /// Seconds a staker waits between asking for his exit and leaving; slashable meanwhile.
    pub exit_cooldown_seconds: u64,
    /// A stake's smallest amount.
    pub stake_min: Atoms,
    /// Seconds a reason that guarded the exchange must have cleared before it opens; 0: such reasons are not kept.
    pub guard_hold_seconds: u64,
    /// Share of the vault that may leave in an hour.
    pub outflow_hour: Bps,
    /// Share of the vault that may leave in a day.
    pub outflow_day: Bps,
    /// Share of either window's allowance that guards the exchange once it is used.
    pub outflow_guard: Bps,
    /// Fall of the insurance fund within a day that guards the exchange.
    pub drawdown_guard: Bps,
    /// What the insurance fund should hold, of the value of all open interest.
    pub insurance_target: Bps,
    /// Share of insurance revenue that belongs to stakers.
    pub staker_share: Bps,
    /// Share of protocol fees that goes to the keeper-fee address; the rest is the treasury's.
    pub keeper_share: Bps,
    /// Padding to whole words.
    pub reserved: u32,
}

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
            cover_grant: Atoms(50_000 * USD),
            maturing_seconds: DAY,
            mark_age_slots_max: MINUTE_SLOTS,
            price_age_seconds_max: 60,
            price_ahead_seconds_max: 10,
            observe_slots: 10 * MINUTE_SLOTS,
            auction_slots: MINUTE_SLOTS,
            slice_window_slots: 25,
            deleverage_after_slots: 60 * MINUTE_SLOTS,
            check_slots: 50,
            cover_epoch_seconds: DAY,
            funding_ema_seconds: HOUR,
            funding_period_seconds: 8 * HOUR,
            funding_gap_seconds_max: HOUR,
            halt_hold_seconds: 15,
            guard_hold_seconds: 300,
            grace_seconds: 30,
            settle_after_seconds: 7 * DAY,
            phase_hold_seconds: HOUR,
            volatility_window_seconds: HOUR,
            funding_rate_max: Bps(100),
            confidence_good: Bps(100),
            confidence_usable: Bps(1_000),
            divergence_good: Bps(2_000),
            divergence_usable: Bps(9_000),
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
