//! A market and its parts.

use super::{Key, MarketParams, Pauses};
use crate::units::{Atoms, Bps, Lots, Price};
use crate::wide::{I128, U128};

/// The field list: see [`crate::state`].
#[macro_export]
macro_rules! market_fields {
    ($expand:ident) => {
        $expand! {
            /// The pot of one market side.
            custom Claims {
                /// H: what a unit is worth, 2^63 = one.
                index: u64,
                /// T: atoms outstanding, rounded up.
                outstanding: Atoms,
                /// Paid in and not yet collected by holders.
                paid: Atoms,
                /// Waiting: a payment that would have left H below its least.
                waiting: Atoms,
                /// L and z now.
                now: Seen,
            }
            /// L and z as somebody saw them.
            struct Seen {
                /// Loss per lot (or share), 1e-12 atom.
                loss: U128,
                /// Units per lot (or share), 1e-12.
                units: U128,
                /// The epoch `units` counts in.
                epoch: u64,
            }
            /// Units an account holds that no open lot carries.
            struct Units {
                /// How many, 1e-12.
                units: U128,
                /// H when they were last paid.
                index: u64,
                /// Epoch they belong to.
                epoch: u64,
            }
            /// Origin and scale of one grid.
            struct Scale {
                /// Origin O of each side, long then short, 1e-12 atom per lot.
                origins: [I128; 2],
                /// Bits the lowest octave's mantissa is shifted by.
                shift: u64,
            }
            /// The present grid and the last eight.
            struct Grid {
                /// The present one.
                scale: Scale,
                /// How many rebases there have been; the present grid's number.
                epoch: u32,
                /// 0, or one more than the lines a running rebase has visited.
                cursor: u32,
                /// The scale of grid `e` at index `e % 8`.
                past: [Scale; 8],
                /// The scale a running rebase moves to.
                next: Scale,
                /// Positions whose line is of grid `e`, at index `e % 16`: a grid is forgotten when it has none.
                standing: [u32; 16],
            }
            /// The last accepted price.
            struct Mark {
                /// Spot: what positions are valued at.
                price: Price,
                /// Moving average of the source.
                ema: Price,
                /// Half-width of the source's confidence interval.
                confidence: Price,
                /// When the source published it, unix seconds.
                publish_time: i64,
                /// The latest publish time ever shown, refused prices included: none older is accepted.
                seen_at: i64,
                /// Slot it was last confirmed in.
                slot: u64,
                /// Counts accepted marks: one number is one event for the cover's caps.
                sequence: u64,
                /// `Quality` as a number.
                quality: u64,
            }
            /// Lots and cash that rounding left behind on a side: claims on them have left.
            struct Residue {
                /// Lots that count in open interest and carry X, but are never deleveraged nor counted in U.
                lots: Lots,
                /// Shift-free cash, 1e-12 atom.
                cash: I128,
            }
            /// One side of a market.
            struct SideBook {
                /// Cash index X, 1e-12 atom per lot since genesis.
                index: I128,
                /// Sum of lots times key over lines and pools, 1e-12 atom. Shift-free: neither funding nor loss touches it.
                moment: I128,
                /// Lots of lines, pools and residue: the side's open interest.
                lots: Lots,
                /// Spare cash of the side's positions, those without lots included.
                spare: Atoms,
                /// What rounding left behind.
                residue: Residue,
                /// Cash a rebase freed and members have not yet found in their spare, 1e-12 atom.
                drift: I128,
                /// Loss reserve charged to this side, for the other side's deficits, 1e-12 atom.
                reserve: U128,
                /// Shortfall of this side that a charge at the mark `excused_at` caused, 1e-12 atom.
                excused: U128,
                /// Mark sequence `excused` belongs to.
                excused_at: u64,
                /// What this side was charged and is still owed.
                claims: Claims,
                /// Positions with lots.
                members: u32,
                /// Sequence number of the last record written.
                sequence: u32,
            }
            /// Money set aside for this market inside the insurance fund, and what limits its use.
            struct Cover {
                /// Set aside, atoms in the insurance vault.
                amount: Atoms,
                /// What the current event may still use.
                event_left: Atoms,
                /// Mark sequence of the current event.
                event: u64,
                /// Fees and penalties paid since the last refill: what the next may add at most.
                earned: Atoms,
                /// When the current epoch began, unix seconds.
                epoch_start: i64,
            }
            /// Premium of fills over the mark, and up to when it has been paid.
            struct Funding {
                /// Decaying average of (fill price - mark), 2^-32 of 1e-12 atom per lot, signed.
                premium: I128,
                /// What divisions by the period have left, 2^-32 of 1e-12 atom per lot times seconds, signed.
                carried: I128,
                /// Up to when the premium has decayed and been paid, unix seconds.
                accrued_at: i64,
            }
            /// How much the mark moves: a time-weighted average of squared returns.
            struct Volatility {
                /// Average squared return per second, 1e-18.
                variance: u64,
                /// The mark the next return is measured from; 0: there has been none.
                anchor: Price,
                /// When that mark was published, unix seconds.
                sampled_at: i64,
            }
            /// How cautious the market is: its phase, and the multiples its margins stand at.
            custom Stance {
                /// `Phase` as a number.
                phase: u32,
                /// What the last move of the maintenance multiple left of its allowance: bps times seconds, less than one bps-hour.
                carried: u32,
                /// Since when nothing has asked for a higher phase, unix seconds; 0: something does.
                calm_since: i64,
                /// Up to when the stance is, unix seconds: the last refresh.
                moved_at: i64,
                /// How far stress and stops have held the unlocking of profit back since listing, 1e-4 seconds. What has passed since
                /// `moved_at` counts as what holds now; a stop that began since then has taken off what passed before it, maybe below
                /// zero.
                lag: i64,
                /// Multiple of initial margin: follows volatility and phase at once.
                initial: Bps,
                /// Multiple of maintenance margin: rises after the initial one at a bounded rate and is never above it.
                maintenance: Bps,
            }
            /// What has tripped, and when each reason will have cleared for its hold.
            struct Breaker {
                /// Reasons that count until `clears_at`, as bits.
                reasons: u64,
                /// When a reason's hold ends, unix seconds: never (`i64::MAX`) while it was last seen to be so.
                clears_at: [i64; 11],
                /// Until when the market was or will be halted, unix seconds: liquidation waits a grace period after it.
                halted_until: i64,
            }
            /// What the second source last showed.
            struct Second {
                /// Its latest publish time, unix seconds: none older is accepted.
                seen_at: i64,
                /// 1: the mark is the second source's.
                in_use: u64,
            }
            /// Outside capital that pays after the cover and before anyone is charged.
            struct Layer {
                /// Attaches once insurance has paid this much here since the layer was funded.
                attachment: Atoms,
                /// What it may hold at most; zero: the seat is free.
                limit: Atoms,
                /// What it holds, atoms in the insurance vault.
                amount: Atoms,
                /// What the current event may still use.
                event_left: Atoms,
                /// Mark sequence of the current event.
                event: u64,
                /// What insurance had paid here when the layer was first funded.
                base: Atoms,
                /// Premium it has earned and not taken.
                earned: Atoms,
                /// It pays for no mark published from here on, unix seconds.
                expires_at: i64,
                /// Share of the market's insurance revenue it earns where it is full.
                premium: Bps,
                /// 1: it was funded, and `base` stays.
                funded: u32,
            }
            /// Profit that left positions and is not money yet.
            struct VestingBook {
                /// What all accounts hold here, after haircuts. Rounds up.
                total: Atoms,
                /// Haircut index, 2^63 = 1, rounded down.
                index: u64,
                /// Counts the times everything was haircut to nothing.
                epoch: u64,
            }
            /// What the waterfall did in this market since listing.
            struct Tally {
                /// Tier 1 liquidations.
                partial_liquidations: u64,
                /// Bankruptcies resolved, pieces counted.
                resolutions: u64,
                /// Paid by insurance, discounts included.
                insured: Atoms,
                /// Lots closed by deleveraging.
                deleveraged: Lots,
                /// Deficit borne by the lots deleveraged in its resolution.
                absorbed: Atoms,
                /// Deficit borne by everyone else: the charged side and vesting profit.
                socialised: Atoms,
                /// Deficit nobody could bear.
                unfunded: Atoms,
            }
            /// Marks of a stretch of time, each counted for as long as it was fresh.
            struct Stretch {
                /// Their time-weighted average.
                average: Price,
                /// Seconds it is over.
                seconds: u64,
            }
            /// The last accepted marks, as far as settling averages them: without the one that counts now.
            struct LastMarks {
                /// Of the stretch that runs.
                present: Stretch,
                /// Of the whole one before.
                before: Stretch,
                /// When the one that runs began, unix seconds.
                since: i64,
            }
            /// A market.
            struct MarketBooks {
                /// What it was listed with.
                params: MarketParams,
                /// Its number on the exchange: what slots refer to.
                id: u64,
                /// What a pause or a halt of the market stops of what runs by itself (`STOPS_FUNDING`, `STOPS_UNLOCKING`), and
                /// what provisions found (`UNCOVERED`, `UNKNOWN`).
                stopped: u64,
                /// The slot the market was settled in; 0: it has not been. From then on the mark is final.
                settled: u64,
                /// U of both sides at the last provision, rounded up.
                shortfall: Atoms,
                /// The last accepted mark.
                mark: Mark,
                /// The second source, where there is one.
                second: Second,
                /// How much the mark moves.
                volatility: Volatility,
                /// Phase and margin multiples.
                stance: Stance,
                /// What has tripped.
                breaker: Breaker,
                /// Outside capital, in the order it is drawn.
                layers: [Layer; 4],
                /// Long, then short.
                sides: [SideBook; 2],
                /// Where the ladder's lines are.
                grid: Grid,
                /// Insurance set aside.
                cover: Cover,
                /// Premium and clock.
                funding: Funding,
                /// Profit that is not money yet.
                vesting: VestingBook,
                /// Fees collected for the protocol.
                fees: Atoms,
                /// Collected for insurance and not yet moved to its vault.
                insurance_due: Atoms,
                /// Deficits nobody could bear, served first from fees.
                unfunded: Atoms,
                /// Atoms of the collateral vault this market's classes add up to, less `unfunded`. Negative only when
                /// `unfunded` exceeds everything else.
                booked: i64,
                /// What happened here.
                tally: Tally,
                /// What it would settle at.
                last_marks: LastMarks,
            }
            /// A market.
            account Market = [219, 190, 213, 55, 0, 227, 198, 154] {
                /// Its exchange.
                exchange: Key,
                /// Its ladder.
                ladder: Key,
                /// Pull: the feed id. Push: the address of the price account.
                feed: [u8; 32],
                /// The same of the second source.
                second_feed: [u8; 32],
                /// Who funds each layer: may take its capital out once it has expired.
                underwriters: [Key; 4],
                /// Name, zero-padded.
                name: [u8; 16],
                /// Nothing but prices moves before, unix seconds: a listing waits for the timelock like any other change.
                opens_at: i64,
                /// Paused action classes.
                pauses: Pauses,
                /// Number on the exchange: seed of its address.
                index: u16,
                /// `SOURCE_PULL` or `SOURCE_PUSH`.
                source: u8,
                /// `SOURCE_PULL`, `SOURCE_PUSH` or `SOURCE_NONE`.
                second_source: u8,
                /// Bump of its address.
                bump: u8,
                /// Padding.
                reserved: [u8; 3],
                /// All of its money.
                books: MarketBooks,
            }
        }
    };
}
market_fields!(declare);
