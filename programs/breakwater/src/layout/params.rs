//! Parameters.

use super::mirror;
use anchor_lang::prelude::*;
use breakwater_engine::params;

mirror! {
    /// A size bracket: marginal fractions apply to the notional between the previous bound and `up_to`.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
    Bracket = params::Bracket {
        /// Upper bound of the bracket's notional; the last bracket's is ignored (unbounded).
        up_to: u64,
        /// Initial margin fraction.
        initial: u32,
        /// Maintenance margin fraction.
        maintenance: u32,
    }
}

mirror! {
    /// What a market is listed with.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
    MarketParams = params::MarketParams {
        /// Margin brackets by notional; the first `bracket_count` count.
        brackets: [Bracket; 4],
        /// Orders come in multiples of this.
        step: u64,
        /// A position's smallest size, so that filling the ladder's records has a price.
        position_min: u64,
        /// Open interest at most.
        open_interest_max: u64,
        /// Slice of a position one liquidation window may take, at least this many lots.
        slice_floor: u64,
        /// Cover granted at listing (refill ceiling of the first epoch).
        cover_grant: u64,
        /// Seconds fresh profit takes to unlock.
        maturing_seconds: u64,
        /// Slots a mark may be old before actions that need one are refused.
        mark_age_slots_max: u64,
        /// Seconds a published price may be old.
        price_age_seconds_max: u64,
        /// Seconds a published price may be ahead of the clock.
        price_ahead_seconds_max: u64,
        /// Slots after the last observation within which distress must be observed again.
        observe_slots: u64,
        /// Slots over which the auction's discount rises to its largest.
        auction_slots: u64,
        /// Slots of one liquidation slice window.
        slice_window_slots: u64,
        /// Slots in distress after which a solvent account without takers may be deleveraged; 0: never.
        deleverage_after_slots: u64,
        /// Slots a quote stays live after a whole-account check.
        check_slots: u64,
        /// Seconds between cover refills.
        cover_epoch_seconds: u64,
        /// Seconds of the premium's moving average.
        funding_ema_seconds: u64,
        /// Seconds over which the whole premium is paid.
        funding_period_seconds: u64,
        /// Seconds of funding accrued at most at once.
        funding_gap_seconds_max: u64,
        /// Seconds a reason that halted must have cleared before the market goes on; 0: such reasons are not kept.
        halt_hold_seconds: u64,
        /// Seconds a reason that guarded must have cleared before the market opens; 0: such reasons are not kept.
        guard_hold_seconds: u64,
        /// Seconds liquidation waits after a halt or a pause, so that owners can act first.
        grace_seconds: u64,
        /// Seconds without an accepted mark after which anyone may settle the market.
        settle_after_seconds: u64,
        /// Seconds of calm before a phase steps down.
        phase_hold_seconds: u64,
        /// Seconds of the moving average of squared returns.
        volatility_window_seconds: u64,
        /// Largest funding rate, of the mark per funding period.
        funding_rate_max: u32,
        /// Confidence over price for a good price, at most.
        confidence_good: u32,
        /// Confidence over price for a usable price, at most.
        confidence_usable: u32,
        /// Spot against EMA for a good price, at most.
        divergence_good: u32,
        /// Spot against EMA for a usable price, at most.
        divergence_usable: u32,
        /// Move of the accepted mark per slot, at most.
        jump_per_slot: u32,
        /// Fills at most this far from the mark.
        band: u32,
        /// Taker fee.
        taker_fee: u32,
        /// Maker fee.
        maker_fee: u32,
        /// Auction discount at its start.
        discount_start: u32,
        /// Auction discount at most.
        discount_max: u32,
        /// Discount added per unit of shortfall over maintenance.
        discount_depth: u32,
        /// Liquidation penalty that goes to insurance.
        penalty: u32,
        /// A liquidation restores maintenance plus this fraction of it.
        buffer: u32,
        /// Share of a position one window may take.
        slice: u32,
        /// Share of the cover one event may use.
        event_share: u32,
        /// Share of unrealised profit that counts towards initial margin.
        profit_counts: u32,
        /// 10^exponent of the base asset in a lot (negative).
        lot_exponent: i32,
        /// How many brackets count.
        bracket_count: u32,
        /// Ladder lines and pools one deleveraging walks at most.
        walk_max: u32,
        /// Fraction of the released notional a `sync` that frees a record is paid, from the position synced.
        sync_reward: u32,
        /// Standard deviation of returns over an hour at which margins are the brackets' own.
        volatility_normal: u32,
        /// Volatility raises margins to at most this multiple; one whole: never.
        volatility_multiplier_max: u32,
        /// What the maintenance multiplier moves by in an hour, at most.
        maintenance_rate: u32,
        /// Margins in the stressed phase, as a multiple.
        stress_margin: u32,
        /// Trading fees in the stressed phase, as a multiple.
        stress_fee: u32,
        /// Share of trading fees that goes to insurance.
        insurance_share: u32,
        /// The same in the stressed phase.
        stress_insurance_share: u32,
        /// How far from the mark the cascade gauge looks.
        gauge_distance: u32,
        /// Share of open interest within that distance of bankruptcy from which the market is stressed.
        gauge_stress: u32,
        /// The same share from which the market is guarded; above one whole: never.
        gauge_guard: u32,
        /// Two good sources farther apart than this disagree.
        disagreement: u32,
    }
}

mirror! {
    /// What holds for the whole exchange.
    #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
    ExchangeParams = params::ExchangeParams {
        /// A deposit's smallest amount.
        deposit_min: u64,
        /// Collateral the exchange accepts at most.
        deposits_max: u64,
        /// Seconds a change that loosens anything waits; zero only on networks for tests.
        timelock_seconds: u64,
        /// What may leave in an hour, and ten times of it in a day, however small the vault is.
        outflow_floor: u64,
        /// What an account may take out in a day without being counted.
        outflow_exempt: u64,
        /// Seconds a staker waits between asking for his exit and leaving; slashable meanwhile.
        exit_cooldown_seconds: u64,
        /// A stake's smallest amount.
        stake_min: u64,
        /// Seconds a reason that guarded the exchange must have cleared before it opens; 0: such reasons are not kept.
        guard_hold_seconds: u64,
        /// Share of the vault that may leave in an hour.
        outflow_hour: u32,
        /// Share of the vault that may leave in a day.
        outflow_day: u32,
        /// Share of either window's allowance that guards the exchange once it is used.
        outflow_guard: u32,
        /// Fall of the insurance fund within a day that guards the exchange.
        drawdown_guard: u32,
        /// What the insurance fund should hold, of the value of all open interest.
        insurance_target: u32,
        /// Share of insurance revenue that belongs to stakers.
        staker_share: u32,
        /// Share of protocol fees that goes to the keeper-fee address; the rest is the treasury's.
        keeper_share: u32,
        /// Padding to whole words.
        reserved: u32,
    }
}
