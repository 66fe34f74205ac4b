//! A market and its sides.

use super::{Breaker, Cover, Estate, ForcedFlow, GuardParams, Layer, LossEvent, Reported, Standing};
use crate::state::{Funding, Grid, Mark, MarketParams, Second, Seen, Stance, Units, VestingBook, Volatility};
use crate::units::{Atoms, Bps, Lots, Price};
use crate::wide::{I128, U128};

declare! {
    /// The claims of one market side on recovery.
    custom Claims {
        /// H: what a unit is worth, 2^63 = one, rounded up.
        index: u64,
        /// T: atoms outstanding, rounded up.
        outstanding: Atoms,
        /// Paid in and not yet collected by holders.
        paid: Atoms,
        /// Losses recorded in this epoch: T exceeds what is owed by at most an atom each.
        losses: u64,
        /// L and z now.
        now: Seen,
    }
    /// Lots and cash that rounding left behind on a side: claims on them have left.
    struct Dust {
        /// Lots that count in open interest and carry X, but are never deleveraged nor counted in U.
        lots: Lots,
        /// Cash without the side's index, 1e-12 atom.
        cash: I128,
    }
    /// Lots and keys of a side's ladder.
    struct SideTotals {
        /// Lots of lines, pools and dust: the side's open lots, its estate's apart.
        lots: Lots,
        /// Sum of lots times key over lines and pools, 1e-12 atom: neither funding nor loss touches it.
        lots_times_key: I128,
        /// Positions with lots.
        members: u32,
        /// Sequence number of the last checkpoint written.
        sequence: u32,
    }
    /// One side of a market.
    struct SideBook {
        /// Cash index X, 1e-12 atom per lot since genesis.
        index: I128,
        /// The ladder's totals.
        totals: SideTotals,
        /// What rounding left behind.
        dust: Dust,
        /// Spare cash of the side's positions, those without lots included.
        spare: Atoms,
        /// Cash a grid migration freed and members have not yet found in their spare, 1e-12 atom.
        drift: I128,
        /// What positions that stand at the grid's end lack there, 1e-12 atom: their key is beyond it. It counts in U.
        lacking: U128,
        /// What this side was charged and is still owed.
        claims: Claims,
        /// Claim units of held money that estates own: what they are paid is the cover's.
        cover_units: Units,
        /// The positions of the declared.
        estate: Estate,
        /// What leaves the side while a shortfall stands.
        event: LossEvent,
        /// What ended lists hold for owners who have not collected, 1e-12 atom.
        ended_held: U128,
        /// Pages of ended lists that exist.
        pages: u64,
    }
    /// A mark that later ones are compared with.
    struct Reference {
        /// Slot it was accepted in; 0: there is none.
        slot: u64,
        /// The mark.
        price: Price,
    }
    /// What a market is listed with for its waterfall.
    struct WaterfallParams {
        /// Slots and publish time (400 ms a slot) between an observation and an action.
        confirm_slots: u64,
        /// The same while spot is further than `confirm_deviation` from the EMA.
        confirm_wide_slots: u64,
        /// Slots without an observation after which a clock ends.
        distress_ttl_slots: u64,
        /// Slots over which the sale's discount grows to its largest.
        sale_slots: u64,
        /// Slots an uninsured estate stands before it is resolved.
        estate_slots: u64,
        /// Slots after which a resolution waits for nothing.
        resolve_wait_slots: u64,
        /// Slots a silent market counts at its last mark.
        sibling_grace_slots: u64,
        /// Slots a layer must last to count for an opening.
        open_layer_slots: u64,
        /// Slots a market must have been published within for what lets money out or risk in.
        action_age_slots: u64,
        /// See `confirm_wide_slots`.
        confirm_deviation: Bps,
        /// A resolution runs while the mark is within this of its reference.
        resolve_deviation: Bps,
        /// Open interest under water below which a shortfall counts as none.
        tolerance: Bps,
        /// The market's weight of the common fund at the beginning of an epoch.
        allowance_weight: Bps,
        /// Reward for work, of the lots' value.
        work_share: Bps,
        /// The move that reserve adequacy looks ahead; zero: never.
        adequacy_move: Bps,
        /// Share of trading fees that rewards for work are paid from.
        keeper_share: Bps,
        /// Padding to whole words.
        reserved: u32,
        /// Credited to the signer who pays for a page of ended lists, at most.
        page_reward: Atoms,
    }
    /// A resolution whose walk goes on in the next call: its deficits are charged, lots of its estates are still to close.
    struct PendingWalk {
        /// The mark it charged at: it goes on at no other.
        price: Price,
        /// Lots still to close, by the side of the estate: long, then short. What leaves an estate otherwise leaves from these
        /// first.
        lots: [Lots; 2],
        /// What each side was charged per lot, 1e-12 atom: long, then short.
        rates: [U128; 2],
    }
    /// What the waterfall did in this market since listing.
    struct WaterfallStats {
        /// Partial liquidations.
        partial_liquidations: u64,
        /// Accounts and isolated positions that were declared with a position here.
        declarations: u64,
        /// Resolutions.
        resolutions: u64,
        /// Deficits of estates at their resolutions and fundings.
        deficit: Atoms,
        /// Paid by cover, layers and allowance: to estates at declarations, fundings and resolutions, and for discounts.
        insured: Atoms,
        /// Borne by deleveraged lots.
        absorbed: Atoms,
        /// Borne by lots that stayed.
        socialized: Atoms,
        /// Borne by held money.
        from_held: Atoms,
        /// Borne by vesting profit.
        from_vesting: Atoms,
        /// Borne by the common fund beyond all allowances.
        last_resort: Atoms,
        /// Borne by nothing yet.
        unfunded: Atoms,
        /// Lots closed by deleveraging.
        deleveraged: Lots,
        /// Lots sold from estates.
        sold: Lots,
    }
    /// A market.
    struct MarketBooks {
        /// What it was listed with.
        params: MarketParams,
        /// The same for its waterfall.
        waterfall: WaterfallParams,
        /// The same for its guards.
        guards: GuardParams,
        /// Its number on the exchange: what slots refer to.
        market_index: u64,
        /// The slot the market was settled in; 0: it has not been. From then on the mark is final.
        settled: u64,
        /// Slot since which nothing in it can be valued: its source is gone, or it is halted or paused; 0: it can.
        silent_since: u64,
        /// 1: guarded: what raises risk is refused.
        guarded: u64,
        /// Seconds of the vesting clock: it stands while a shortfall is not insured.
        vesting_clock: i64,
        /// When it last ran, unix seconds.
        vesting_clock_at: i64,
        /// The last accepted mark.
        mark: Mark,
        /// The time-weighted average of the accepted marks before it; 0: there was none.
        average: Price,
        /// The second source, where there is one.
        second: Second,
        /// How much the mark moves.
        volatility: Volatility,
        /// Phase and margin multiples.
        stance: Stance,
        /// What has tripped.
        breaker: Breaker,
        /// What stands still.
        standing: Standing,
        /// Lots liquidated and declared lately.
        forced: ForcedFlow,
        /// Value of its open interest in the exchange's sum of all, atoms.
        noted_interest: Atoms,
        /// A mark that has been confirmed, and the one that follows it.
        reference: [Reference; 2],
        /// Open interest when the present event of either side began; zero: none lives.
        tolerance_lots: Lots,
        /// Outside capital, in the order it is drawn.
        layers: [Layer; 4],
        /// Long, then short.
        sides: [SideBook; 2],
        /// Where the ladder's lines are.
        grid: Grid,
        /// A resolution that goes on in the next call.
        walk: PendingWalk,
        /// Insurance set aside.
        cover: Cover,
        /// What the fund's sums hold of it.
        reported: Reported,
        /// Premium and clock.
        funding: Funding,
        /// Profit that is not money yet.
        vesting: VestingBook,
        /// Fees collected for the protocol.
        fees: Atoms,
        /// Rewards for work are paid from this.
        keeper_pot: Atoms,
        /// Collected for insurance and not yet moved to its vault.
        insurance_due: Atoms,
        /// Deficits nobody could bear, served first from the market's income.
        unfunded: Atoms,
        /// Atoms of the collateral vault this market's classes add up to, less `unfunded`. Negative only when
        /// `unfunded` exceeds everything else.
        booked: i64,
        /// What happened here.
        stats: WaterfallStats,
    }
}
