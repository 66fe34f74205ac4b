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
        /// Padding to whole words.
        reserved: u32,
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
    }
}
