//! A market's books: mark, both sides, insurance cover, fees and maturing profit.
//!
//! Everything here is plain `repr(C)` data of 8-aligned words, so that an account's bytes can hold it as it is.

use crate::claims::Claims;
use crate::ladder::grid::Grid;
use crate::params::MarketParams;
use crate::units::{Atoms, Bps, Lots, Now, Price, Side};
use crate::wide::{I128, U128};

/// The last accepted price.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Spot: what positions are valued at.
    pub price: Price,
    /// Moving average of the source.
    pub ema: Price,
    /// Half-width of the source's confidence interval.
    pub confidence: Price,
    /// When the source published it, unix seconds.
    pub publish_time: i64,
    /// The latest publish time ever shown, refused prices included: none older is accepted.
    pub seen_at: i64,
    /// Slot it was last confirmed in.
    pub slot: u64,
    /// Counts accepted marks: one number is one event for the cover's caps.
    pub sequence: u64,
    /// [`crate::price::Quality`] as a number.
    pub quality: u64,
}

/// Lots and cash that rounding left behind on a side: claims on them have left.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Residue {
    /// Lots that count in open interest and carry X, but are never deleveraged nor counted in U.
    pub lots: Lots,
    /// Shift-free cash, 1e-12 atom.
    pub cash: I128,
}

/// One side of a market.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SideBook {
    /// Cash index X, 1e-12 atom per lot since genesis.
    pub index: I128,
    /// Sum of lots times key over lines and pools, 1e-12 atom. Shift-free: neither funding nor loss touches it.
    pub moment: I128,
    /// Lots of lines, pools and residue: the side's open interest.
    pub lots: Lots,
    /// Spare cash of the side's positions, those without lots included.
    pub spare: Atoms,
    /// What rounding left behind.
    pub residue: Residue,
    /// Cash a rebase freed and members have not yet found in their spare, 1e-12 atom.
    pub drift: I128,
    /// Loss reserve charged to this side, for the other side's deficits, 1e-12 atom.
    pub reserve: U128,
    /// Shortfall of this side that a charge at the mark `excused_at` caused, 1e-12 atom.
    pub excused: U128,
    /// Mark sequence `excused` belongs to.
    pub excused_at: u64,
    /// What this side was charged and is still owed.
    pub claims: Claims,
    /// Positions with lots.
    pub members: u32,
    /// Sequence number of the last record written.
    pub sequence: u32,
}

/// Money set aside for this market inside the insurance fund, and what limits its use.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Set aside, atoms in the insurance vault.
    pub amount: Atoms,
    /// What the current event may still use.
    pub event_left: Atoms,
    /// Mark sequence of the current event.
    pub event: u64,
    /// Fees and penalties paid since the last refill: what the next may add at most.
    pub earned: Atoms,
    /// When the current epoch began, unix seconds.
    pub epoch_start: i64,
}

/// Premium of fills over the mark, and when it was last paid.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funding {
    /// Moving average of (fill price - mark), 1e-12 atom per lot, signed.
    pub premium: i64,
    /// When X last moved by funding, unix seconds.
    pub paid_at: i64,
    /// When the premium last moved, unix seconds.
    pub sampled_at: i64,
}

/// How much the mark moves: a time-weighted average of squared returns.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volatility {
    /// Average squared return per second, 1e-18.
    pub variance: u64,
    /// The mark the next return is measured from; 0: there has been none.
    pub anchor: Price,
    /// When that mark was published, unix seconds.
    pub sampled_at: i64,
}

/// How cautious the market is: its phase, and the multiples its margins stand at.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stance {
    /// [`crate::phase::Phase`] as a number.
    pub phase: u32,
    /// What the last move of the maintenance multiple left of its allowance: bps times seconds, less than one bps-hour.
    pub carried: u32,
    /// Since when nothing has asked for a higher phase, unix seconds; 0: something does.
    pub calm_since: i64,
    /// Up to when the stance is, unix seconds: the last refresh.
    pub moved_at: i64,
    /// How far stress and stops have held the unlocking of profit back since listing, 1e-4 seconds. What has passed since
    /// `moved_at` counts as what holds now; a stop that began since then has taken off what passed before it, maybe below
    /// zero.
    pub lag: i64,
    /// Multiple of initial margin: follows volatility and phase at once.
    pub initial: Bps,
    /// Multiple of maintenance margin: rises after the initial one at a bounded rate and is never above it.
    pub maintenance: Bps,
}

impl Default for Stance {
    fn default() -> Self {
        let whole = Bps(10_000);
        Stance { phase: 0, carried: 0, calm_since: 0, moved_at: 0, lag: 0, initial: whole, maintenance: whole }
    }
}

/// Reasons a breaker can hold.
pub const REASONS: usize = 10;

/// What has tripped, and when each reason will have cleared for its hold.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Reasons that count until `clears_at`, as bits.
    pub reasons: u64,
    /// When a reason's hold ends, unix seconds: never (`i64::MAX`) while it was last seen to be so.
    pub clears_at: [i64; REASONS],
    /// Until when the market was or will be halted, unix seconds: liquidation waits a grace period after it.
    pub halted_until: i64,
}

/// What the second source last showed.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Second {
    /// Its latest publish time, unix seconds: none older is accepted.
    pub seen_at: i64,
    /// 1: the mark is the second source's.
    pub in_use: u64,
}

/// Outside capital that pays after the cover and before anyone is charged.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// Attaches once insurance has paid this much here since the layer was funded.
    pub attachment: Atoms,
    /// What it may hold at most; zero: the seat is free.
    pub limit: Atoms,
    /// What it holds, atoms in the insurance vault.
    pub amount: Atoms,
    /// What the current event may still use.
    pub event_left: Atoms,
    /// Mark sequence of the current event.
    pub event: u64,
    /// What insurance had paid here when the layer was first funded.
    pub base: Atoms,
    /// Premium it has earned and not taken.
    pub earned: Atoms,
    /// It pays for no mark published from here on, unix seconds.
    pub expires_at: i64,
    /// Share of the market's insurance revenue it earns where it is full.
    pub premium: Bps,
    /// 1: it was funded, and `base` stays.
    pub funded: u32,
}

/// Layers of a market, in the order they are drawn.
pub const LAYERS: usize = 4;

/// Profit that left positions and is not money yet.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaturingBook {
    /// What all accounts hold here, after haircuts. Rounds up.
    pub total: Atoms,
    /// Haircut index, 2^63 = 1, rounded down.
    pub index: u64,
    /// Counts the times everything was haircut to nothing.
    pub epoch: u64,
}

/// What the waterfall did in this market since listing.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tier 1 liquidations.
    pub partial_liquidations: u64,
    /// Bankruptcies resolved, pieces counted.
    pub resolutions: u64,
    /// Paid by insurance, discounts included.
    pub insured: Atoms,
    /// Lots closed by deleveraging.
    pub deleveraged: Lots,
    /// Deficit borne by the lots deleveraged in its resolution.
    pub absorbed: Atoms,
    /// Deficit borne by everyone else: the charged side and maturing profit.
    pub socialised: Atoms,
    /// Deficit nobody could bear.
    pub unfunded: Atoms,
}

/// Bit of [`Market::stopped`]: no funding accrues.
pub const STOPS_FUNDING: u64 = 1;
/// Bit of [`Market::stopped`]: no profit unlocks.
pub const STOPS_UNLOCKING: u64 = 1 << 1;
/// Bit of [`Market::stopped`], as the last provision at a good mark found it: U is not covered.
pub const UNCOVERED: u64 = 1 << 2;
/// Bit of [`Market::stopped`], set and cleared by each provision: there was no good mark to know U by.
pub const UNKNOWN: u64 = 1 << 3;

/// A market.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Market {
    /// What it was listed with.
    pub params: MarketParams,
    /// Its number on the exchange: what slots refer to.
    pub id: u64,
    /// What a pause or a halt of the market stops of what runs by itself ([`STOPS_FUNDING`], [`STOPS_UNLOCKING`]), and
    /// what provisions found ([`UNCOVERED`], [`UNKNOWN`]).
    pub stopped: u64,
    /// The slot the market was settled in; 0: it has not been. From then on the mark is final.
    pub settled: u64,
    /// U of both sides at the last provision, rounded up.
    pub shortfall: Atoms,
    /// The last accepted mark.
    pub mark: Mark,
    /// The second source, where there is one.
    pub second: Second,
    /// How much the mark moves.
    pub volatility: Volatility,
    /// Phase and margin multiples.
    pub stance: Stance,
    /// What has tripped.
    pub breaker: Breaker,
    /// Outside capital, in the order it is drawn.
    pub layers: [Layer; LAYERS],
    /// Long, then short.
    pub sides: [SideBook; 2],
    /// Where the ladder's lines are.
    pub grid: Grid,
    /// Insurance set aside.
    pub cover: Cover,
    /// Premium and clock.
    pub funding: Funding,
    /// Profit that is not money yet.
    pub maturing: MaturingBook,
    /// Fees collected for the protocol.
    pub fees: Atoms,
    /// Collected for insurance and not yet moved to its vault.
    pub insurance_due: Atoms,
    /// Deficits nobody could bear, served first from fees.
    pub unfunded: Atoms,
    /// Atoms of the collateral vault this market's classes add up to, less `unfunded`. Negative only when
    /// `unfunded` exceeds everything else.
    pub booked: i64,
    /// What happened here.
    pub tally: Tally,
}

impl Market {
    /// A side's book.
    #[must_use]
    pub const fn side(&self, side: Side) -> &SideBook {
        let [long, short] = &self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// A side's book, to change.
    pub const fn side_mut(&mut self, side: Side) -> &mut SideBook {
        let [long, short] = &mut self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// Open interest: the lots of either side.
    #[must_use]
    pub const fn open_interest(&self) -> Lots {
        self.side(Side::Long).lots
    }

    /// Whether the last mark is final: positions only close at it.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.settled != 0
    }

    /// Whether the mark is no older than the market allows. A final one does not age.
    #[must_use]
    pub const fn mark_is_fresh(&self, now: Now) -> bool {
        self.is_settled() || now.slot.saturating_sub(self.mark.slot) <= self.params.mark_age_slots_max
    }

    /// Whether the mark is one to value positions at: good or usable, and fresh.
    #[must_use]
    pub const fn has_mark(&self, now: Now) -> bool {
        self.mark.quality != 0 && self.mark_is_fresh(now)
    }

    /// Whether profit stays where it is: paused, or U is not covered or not known at a good mark.
    #[must_use]
    pub const fn unlock_is_frozen(&self) -> bool {
        self.stopped & UNKNOWN != 0 || self.unlock_time_stands()
    }

    /// Whether time does not even count for unlocking. It does while U is merely not known: in a quiet market anybody can touch
    /// a stale mark.
    #[must_use]
    pub const fn unlock_time_stands(&self) -> bool {
        self.stopped & (STOPS_UNLOCKING | UNCOVERED) != 0
    }

    /// Whether funding accrues: not while the market is stopped or without a mark, and never again once it is settled.
    #[must_use]
    pub const fn funding_runs(&self, now: Now) -> bool {
        self.stopped & STOPS_FUNDING == 0 && !self.is_settled() && self.has_mark(now)
    }

    /// The mark in a side's key space: P + X. Keys beyond it are bankrupt.
    pub fn mark_key(&self, side: Side) -> crate::Result<i128> {
        i128::from(self.mark.price.0).checked_add(self.side(side).index.get()).ok_or(crate::Error::Overflow)
    }
}
