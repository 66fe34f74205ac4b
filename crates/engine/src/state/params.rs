//! Parameters, which accounts hold and instructions carry.

use crate::units::{Atoms, Bps, Lots};

/// The field list: see [`crate::state`].
#[macro_export]
macro_rules! params_fields {
    ($expand:ident) => {
        $expand! {
            /// A size bracket: marginal fractions apply to the notional between the previous bound and `up_to`.
            argument Bracket {
                /// Upper bound of the bracket's notional; the last bracket's is ignored (unbounded).
                up_to: Atoms,
                /// Initial margin fraction.
                initial: Bps,
                /// Maintenance margin fraction.
                maintenance: Bps,
            }
            /// What a market is listed with.
            argument MarketParams {
                /// Margin brackets by notional; the first `bracket_count` count.
                brackets: [Bracket; 4],
                /// Orders come in multiples of this.
                step: Lots,
                /// A position's smallest size, so that filling the ladder's records has a price.
                position_min: Lots,
                /// Open interest at most.
                open_interest_max: Lots,
                /// Slice of a position one liquidation window may take, at least this many lots.
                slice_floor: Lots,
                /// Fills of this many lots move the premium all the way at least, however small open interest is.
                impact_lots_min: Lots,
                /// Cover granted at listing (refill ceiling of the first epoch).
                cover_grant: Atoms,
                /// Seconds fresh profit takes to unlock.
                profit_vesting_seconds: u64,
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
                /// Largest premium, of the mark: funding takes as much in a funding period at most.
                funding_rate_max: Bps,
                /// Share of open interest whose fills move the premium all the way.
                impact_share_bps: Bps,
                /// Confidence over price for a good price, at most.
                confidence_good: Bps,
                /// Confidence over price for a usable price, at most.
                confidence_usable: Bps,
                /// How much the larger of spot and EMA exceeds the smaller for a good price, at most.
                divergence_good: Bps,
                /// The same for a usable price.
                divergence_usable: Bps,
                /// How much the larger of two accepted marks exceeds the smaller per slot between them, compounded, at
                /// most.
                jump_per_slot: Bps,
                /// Fills at most this far from the mark.
                band: Bps,
                /// Taker fee.
                taker_fee: Bps,
                /// Maker fee.
                maker_fee: Bps,
                /// Auction discount at its start.
                discount_start: Bps,
                /// Auction discount at most.
                discount_max: Bps,
                /// Discount added per unit of shortfall over maintenance.
                discount_depth: Bps,
                /// Liquidation penalty that goes to insurance.
                penalty: Bps,
                /// A liquidation restores maintenance plus this fraction of it.
                buffer: Bps,
                /// Share of a position one window may take.
                slice: Bps,
                /// Share of the cover one event may use.
                event_share: Bps,
                /// Share of unrealised profit that counts towards initial margin.
                profit_counts: Bps,
                /// 10^exponent of the base asset in a lot (negative).
                lot_exponent: i32,
                /// How many brackets count.
                bracket_count: u32,
                /// Ladder lines and pools one deleveraging walks at most.
                walk_max: u32,
                /// Fraction of the released notional a `sync` that frees a record is paid, from the position synced.
                sync_reward: Bps,
                /// Standard deviation of returns over an hour at which margins are the brackets' own.
                volatility_normal: Bps,
                /// Volatility raises margins to at most this multiple; one whole: never.
                volatility_multiplier_max: Bps,
                /// What the maintenance multiplier moves by in an hour, at most.
                maintenance_rate: Bps,
                /// Margins in the stressed phase, as a multiple.
                stress_margin: Bps,
                /// Trading fees in the stressed phase, as a multiple.
                stress_fee: Bps,
                /// Share of trading fees that goes to insurance.
                insurance_share: Bps,
                /// The same in the stressed phase.
                stress_insurance_share: Bps,
                /// How far from the mark the cascade gauge looks.
                gauge_distance: Bps,
                /// Share of open interest within that distance of bankruptcy from which the market is stressed.
                gauge_stress: Bps,
                /// The same share from which the market is guarded; above one whole: never.
                gauge_guard: Bps,
                /// Two sure sources disagree where the larger exceeds the smaller by more.
                disagreement: Bps,
                /// Padding to whole words.
                reserved: u32,
            }
            /// What holds for the whole exchange.
            argument ExchangeParams {
                /// A deposit's smallest amount.
                deposit_min: Atoms,
                /// Collateral the exchange accepts at most.
                deposits_max: Atoms,
                /// Seconds a change that loosens anything waits; zero only on networks for tests.
                timelock_seconds: u64,
                /// What may leave in an hour, and ten times of it in a day, however small the vault is.
                outflow_floor: Atoms,
                /// What an account may take out in a day without being counted.
                outflow_exempt: Atoms,
                /// Seconds a staker waits between asking for his exit and leaving; slashable meanwhile.
                exit_cooldown_seconds: u64,
                /// A stake's smallest amount.
                stake_min: Atoms,
                /// Seconds a reason that guarded the exchange must have cleared before it opens; 0: such reasons are not kept.
                guard_hold_seconds: u64,
                /// Share of the vault that may leave in an hour.
                outflow_hour: Bps,
                /// Share of the vault that may leave in a day.
                outflow_day: Bps,
                /// Share of either window's allowance that guards the exchange once it is used.
                outflow_guard: Bps,
                /// Fall of the insurance fund within a day that guards the exchange.
                drawdown_guard: Bps,
                /// What the insurance fund should hold, of the value of all open interest.
                insurance_target: Bps,
                /// Share of insurance revenue that belongs to stakers.
                staker_share: Bps,
                /// Share of protocol fees that goes to the keeper-fee address; the rest is the treasury's.
                keeper_share: Bps,
                /// Padding to whole words.
                reserved: u32,
            }
        }
    };
}
params_fields!(declare);
