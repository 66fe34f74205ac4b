//! A margin account's books.

use super::{mirror, Seen, Units};
use anchor_lang::prelude::*;
use breakwater_engine::account;

mirror! {
    /// A position: lots, a line of the ladder, spare cash and paid-in margin.
    Position = account::Position {
        /// Signed lots: long above zero.
        lots: i64,
        /// Cash beyond what the key says; all of the cash when there are no lots.
        spare: u64,
        /// Paid-in margin m: what the owner put in and has not taken out. Part of no total.
        paid_in: u64,
        /// Loss and claim units of its side when the lots last changed.
        seen: Seen,
        /// The side's last record when it entered its line.
        record_seen: u32,
        /// Grid epoch its line belongs to.
        grid_epoch: u32,
        /// Line number on that grid.
        line: u32,
        /// 1: answers with its own cash only.
        isolated: u32,
    }
}

mirror! {
    /// Profit that is not money yet: one amount with one end.
    Maturing = account::Maturing {
        /// As of `index`.
        amount: u64,
        /// Unlocked up to here, unix seconds of the market's clock for it, which stress slows.
        since: i64,
        /// All unlocked here, by the same clock.
        end: i64,
        /// The market's haircut index `amount` is as of.
        index: u64,
        /// The epoch of that index: an earlier one was haircut to nothing.
        epoch: u64,
    }
}

mirror! {
    /// When distress began and when it was last observed.
    DistressClock = account::Clock {
        /// First observation of this distress, slot; 0: not in distress.
        since: u64,
        /// Last observation, slot.
        last: u64,
    }
}

mirror! {
    /// What the current liquidation window has taken.
    Slice = account::Slice {
        /// Slot the window began in.
        start: u64,
        /// The position's size then.
        base: u64,
        /// Lots taken since.
        taken: u64,
    }
}

mirror! {
    /// What an account has in one market.
    MarketSlot = account::Slot {
        /// The market's number, or `NO_MARKET`.
        market: u64,
        /// Its position.
        position: Position,
        /// Its profit that is not money yet.
        maturing: Maturing,
        /// Claim units that survived earlier lots, long then short.
        units: [Units; 2],
        /// The auction clock of an isolated position.
        clock: DistressClock,
        /// The liquidation window.
        slice: Slice,
        /// Deficits of this account that others bore here, by the side that bore them: long, then short.
        debt: [u64; 2],
        /// May not open here before this slot (it was deleveraged out of distress).
        barred_until: u64,
        /// 1: it was under water when the account's bankruptcy was swept, and is neither solvent nor resolved yet.
        swept: u64,
    }
}

mirror! {
    /// Other collateral, and what it was last found worth.
    Pledge = account::Pledge {
        /// Smallest units of each kind's mint.
        amounts: [u64; 3],
        /// What they count towards initial margin, after haircut and cap.
        initial: u64,
        /// What they count towards maintenance margin: at the last mark even where that is old.
        maintenance: u64,
        /// Slot of the valuation: it counts for a few slots. 0: there is none.
        valued_at: u64,
        /// Slot of the last deposit: what came into a distress that was running already is not sold at its late price.
        deposited_at: u64,
    }
}

mirror! {
    /// What the account moved in and out lately, for the exchange's bound on outflow.
    Flow = account::Flow {
        /// Deposited in the day that began at `deposited_since`: as much may leave without being counted.
        deposited: u64,
        /// When that day began, unix seconds.
        deposited_since: i64,
        /// Withdrawn under the exemption of small amounts in the day that began at `exempt_since`.
        exempt: u64,
        /// When that day began, unix seconds.
        exempt_since: i64,
        /// A withdrawal in the queue, what was collected of it taken off.
        requested: u64,
        /// When it may leave, unix seconds; it lapses an hour later, and its place with it. Zero: no place is taken.
        ready_at: i64,
    }
}

mirror! {
    /// A margin account.
    AccountBooks = account::Account {
        /// Cash that backs nothing.
        free: u64,
        /// The auction clock of the cross positions.
        clock: DistressClock,
        /// Quotes are live up to this slot: extended by a whole-account check only.
        checked_until: u64,
        /// Quotes set under an earlier number are dead: distress raises it.
        quote_epoch: u64,
        /// Positions of a swept bankruptcy that are neither solvent nor resolved yet.
        swept: u64,
        /// Collateral other than USDC.
        pledge: Pledge,
        /// What moved in and out lately.
        flow: Flow,
        /// Market slots.
        slots: [MarketSlot; 8],
    }
}
