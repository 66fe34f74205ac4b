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
    /// Padding to whole words.
    pub reserved: u32,
}

/// What holds for the whole exchange.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExchangeParams {
    /// A deposit's smallest amount.
    pub deposit_min: Atoms,
    /// Collateral the exchange accepts at most.
    pub deposits_max: Atoms,
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
            reserved: 0,
        }
    }
}

impl ExchangeParams {
    /// Defaults: deposits from one USD, a billion USD in all.
    #[must_use]
    pub const fn standard() -> ExchangeParams {
        ExchangeParams { deposit_min: Atoms(USD), deposits_max: Atoms(1_000_000_000 * USD) }
    }
}

/// A dollar in atoms, and its worth in lots of about an atom.
const USD: u64 = 1_000_000;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// A minute of 400 ms slots.
const MINUTE_SLOTS: u64 = 150;

const fn bracket(up_to: u64, initial: u32, maintenance: u32) -> Bracket {
    Bracket { up_to: Atoms(up_to), initial: Bps(initial), maintenance: Bps(maintenance) }
}
