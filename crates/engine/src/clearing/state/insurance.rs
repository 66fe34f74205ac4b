//! The insurance fund, stakes in it, and what markets and underwriters have there.

use crate::units::{Atoms, Bps};
use crate::wide::U128;

declare! {
    /// Income that is paid out over time: what comes in during a period is paid out evenly over the next. The money itself is the
    /// protocol's until it is paid out.
    struct Stream {
        /// What the present period pays out in all.
        paying: Atoms,
        /// What it has paid out so far.
        paid: Atoms,
        /// What came in during it: the next one's.
        gathered: Atoms,
        /// When the present period began, by the stream's own clock.
        since: u64,
    }
    /// Money set aside for a market inside the insurance fund, and what refills it.
    struct Cover {
        /// Set aside, atoms in the insurance vault.
        amount: Atoms,
        /// The cover's, atoms still in the collateral vault: moved by the next instruction that holds both vaults.
        due: Atoms,
        /// What reached the fund from this market and is not set aside yet: what refills may add at most.
        earned: Atoms,
        /// When it was last refilled or released, unix seconds.
        refilled_at: i64,
        /// What insurance has paid of deficits here since listing: layers attach by it.
        paid: Atoms,
        /// Allowance left of the fund's epoch `epoch`.
        allowance: Atoms,
        /// The epoch `allowance` belongs to.
        epoch: u64,
    }
    /// Outside capital that pays after the cover and before the allowance.
    struct Layer {
        /// What it holds, atoms in the insurance vault.
        amount: Atoms,
        /// The premium it has earned and its underwriter has not collected, atoms in the insurance vault.
        earned: Atoms,
        /// What it may hold at most; zero: the seat is free.
        limit: Atoms,
        /// It pays once insurance has paid this much here since it was first funded.
        attachment: Atoms,
        /// What insurance had paid here when it was first funded.
        base: Atoms,
        /// It stands until this slot, or until the estates it is pinned to end.
        until: u64,
        /// 1: the present estates may draw it whatever its end.
        pinned: u64,
        /// Its part of the market's income, as far as it is full, by slots.
        premiums: Stream,
        /// Share of the market's income for insurance that it earns where it is full.
        premium: Bps,
        /// 1: it has been funded.
        funded: u32,
    }
    /// What a market last reported to the fund.
    struct Reported {
        /// The window it reported in; 0: never.
        window: u64,
        /// Both sides' shortfall: U and what estates lack.
        shortfall: Atoms,
        /// Of it, what neither estates' equity, cover nor pinned layers pay.
        uncovered: Atoms,
        /// Value of open interest.
        value: Atoms,
        /// 1: the market has ended, and reports no more.
        retired: u64,
    }
    /// Running sums of what markets reported, so that no instruction passes all markets (A25).
    struct Reports {
        /// Markets that have to report.
        markets: u64,
        /// The window the last report was made in.
        window: u64,
        /// Markets that last reported in that window.
        fresh: u64,
        /// Markets that last reported in the window before it.
        aging: u64,
        /// Sum of their shortfalls, atoms.
        shortfalls: U128,
        /// Sum of what is uncovered of them, atoms.
        uncovered: U128,
        /// Sum of the values of their open interest, atoms.
        values: U128,
    }
    /// What the fund is run with.
    struct FundParams {
        /// Seconds of an epoch: allowances are shares of what there is at its beginning.
        epoch_seconds: u64,
        /// Seconds over which income is paid out to stakers and underwriters.
        income_seconds: u64,
        /// Slots of a window of reports: no exit is judged by a report that is two windows old.
        report_slots: u64,
    }
    /// The insurance fund: a vault of its own.
    struct Fund {
        /// Atoms of the insurance vault that are booked: `protocol + staked + layers`.
        booked: Atoms,
        /// The protocol's tranche: loses first. Income that is not paid out yet is in it.
        protocol: Atoms,
        /// The stakers' tranche: loses second.
        staked: Atoms,
        /// What outside layers hold, premiums they earned included.
        layers: Atoms,
        /// Sum of all markets' covers: never above `protocol + staked`.
        covers: Atoms,
        /// Sum of all markets' remaining allowances of the epoch.
        allowances: Atoms,
        /// Sum of all markets' weights in the allowances, in bps: at most one whole.
        weights: u64,
        /// What no cover had set aside when the epoch began.
        epoch_common: Atoms,
        /// Counts the fund's epochs.
        epoch: u64,
        /// When the present epoch began, unix seconds.
        epoch_since: i64,
        /// Shares of the stakers' tranche.
        shares: U128,
        /// Counts the times the stakers' tranche was lost whole: shares of an earlier one are worth nothing.
        stake_epoch: u64,
        /// Income on its way to the stakers' tranche, by unix seconds.
        income: Stream,
        /// Most that `protocol + staked` came to in the day that began at `peak_since`; what leaves by its owner's will is no fall.
        peak: Atoms,
        /// When that day began, unix seconds.
        peak_since: i64,
        /// What must stay when stakers leave.
        reports: Reports,
        /// What it is run with.
        params: FundParams,
    }
    /// What an owner has staked.
    struct StakeBooks {
        /// Shares of the stakers' tranche, those on their way out included.
        shares: U128,
        /// Of these, shares whose exit was asked for.
        leaving: U128,
        /// When those may leave, unix seconds.
        leaves_at: i64,
        /// The stakers' epoch the shares belong to.
        epoch: u64,
    }
}
