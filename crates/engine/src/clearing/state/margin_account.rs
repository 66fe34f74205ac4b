//! A margin account and its parts.

use super::{CollateralHoldings, Held};
use crate::clearing::margin::MARKETS_MAX;
use crate::state::{Flow, Seen, Slice, Units, Vesting};
use crate::units::{Atoms, Lots};

declare! {
    /// A position: lots, a line of the ladder, spare cash and paid-in margin.
    struct Position {
        /// Signed lots: long above zero.
        lots: i64,
        /// Cash beyond what the key says; all of the cash when there are no lots.
        spare: Atoms,
        /// What it lacks at the grid's end, where its key is beyond it.
        lacking: Atoms,
        /// Paid-in margin m: what the owner put in and has not taken out. Part of no total.
        paid_in: Atoms,
        /// Loss and claim units of its side when the lots last changed.
        seen: Seen,
        /// The side's last checkpoint when it entered its line.
        checkpoint_seen: u32,
        /// Grid epoch its line belongs to.
        grid_epoch: u32,
        /// Line number on that grid.
        line: u32,
        /// 1: it is backed only by its own margin.
        isolated: u32,
    }
    /// When a state was first observed.
    struct ObservedAt {
        /// Slot of the first observation; 0: not observed.
        slot: u64,
        /// The latest publish time of the marks that counted then, unix seconds.
        published: i64,
        /// The account that is paid for the observation once it is acted on, by the first eight bytes of its address; 0: none.
        observer: u64,
    }
    /// Since when an account, or an isolated position, is in distress and bankrupt.
    struct DistressClock {
        /// In distress.
        distress: ObservedAt,
        /// Bankrupt.
        bankrupt: ObservedAt,
        /// Slot of the last observation of either.
        last: u64,
    }
    /// What an account has in one market.
    custom MarketSlot {
        /// The market's number, or `NO_MARKET`.
        market: u64,
        /// Its position.
        position: Position,
        /// Its profit that is not money yet.
        vesting: Vesting,
        /// Claim units that survived earlier lots, long then short.
        units: [Units; 2],
        /// What its lots left behind, by the side of the event: long, then short.
        held: [Held; 2],
        /// The clock of an isolated position.
        clock: DistressClock,
        /// The liquidation window.
        slice: Slice,
        /// What the owner's declared positions lacked, by the side that is charged for it: long, then short.
        debt: [Atoms; 2],
        /// May not open here before this slot: it was deleveraged out of distress.
        barred_until: u64,
        /// Lots of its position that paid their opening fee: only those count as order flow once they are lost.
        fees_paid: Lots,
        /// 1: a declaration left it out; what comes out of it serves the owner's debts first.
        pledged: u64,
        /// Lots that the account's quote here offers to buy and to sell; none where it only reduces.
        quoted: [Lots; 2],
        /// The slot after which that quote is dead.
        quoted_until: u64,
    }
    /// A margin account.
    struct AccountBooks {
        /// Cash that backs nothing.
        free: Atoms,
        /// Money out of pledged markets on its way into free cash: the next touch serves the owner's debts with it first. What a
        /// fill frees for a maker, whose other markets are not there, waits for that; else zero between instructions.
        pledged: Atoms,
        /// The clock of the cross positions.
        clock: DistressClock,
        /// Quotes are live up to this slot: extended by a whole-account check only.
        checked_until: u64,
        /// Quotes set under an earlier number are dead: distress raises it.
        quote_epoch: u64,
        /// Collateral other than the quote currency.
        collateral: CollateralHoldings,
        /// What moved in and out lately.
        flow: Flow,
        /// Market slots.
        slots: [MarketSlot; MARKETS_MAX],
    }
}
