//! Loss events, what they hold, and estates.

use crate::clearing::recovery::LISTS_PER_PAGE;
use crate::units::{Atoms, Lots};
use crate::wide::{I128, U128};

declare! {
    /// What paying charges has earned a unit of a list in claims since the list began.
    struct HeldClaims {
        /// Claim units per unit, 2^63 = one, of the epoch.
        units: U128,
        /// The epoch of the side's claims that `units` counts in.
        epoch: u64,
    }
    /// Money that lots left behind: units of a list of a side's loss event. Sums of such are sums of the fields, so pools and
    /// checkpoints keep it for many owners.
    struct Held {
        /// The list's number; 0: nothing is held.
        list: u64,
        /// Units, each worth the list's index, 1e-12 atom.
        units: U128,
        /// What the units were worth when they entered or last gathered claims, 1e-12 atom: what is missing since was charged.
        entered: U128,
        /// The units times what a unit had earned in claims then, of `epoch`.
        earned: U128,
        /// The epoch of the side's claims that `earned` counts in.
        epoch: u64,
        /// Lots that left it.
        lots: Lots,
        /// How much of it was paid-in margin: as much returns as margin.
        lowered: Atoms,
    }
    /// What a list of a loss event came to in the end.
    struct EndedList {
        /// Its number; 0: it has not ended, or ended without owners.
        list: u64,
        /// Its final index, 2^63 = one.
        index: u64,
        /// What it still holds for owners who have not collected, 1e-12 atom.
        held: U128,
        /// Units of those owners.
        units: U128,
        /// Claims a unit earned.
        claims: HeldClaims,
    }
    /// An account of ended lists of one side, which is never recycled: what an owner left in a list is found there at any time
    /// (A84).
    custom HeldPage {
        /// The market's number.
        market_index: u64,
        /// Side of the lists' events: 0 long, 1 short.
        side: u64,
        /// Counts the side's pages: its first list is 256 times this.
        number: u64,
        /// Lists, each in the seat of its number.
        lists: [EndedList; LISTS_PER_PAGE],
    }
    /// From the first holdback above zero until it has been zero for the confirmation.
    custom LossEvent {
        /// Counts the side's events: the present one's number.
        number: u64,
        /// 1: it lives.
        alive: u64,
        /// Number of the list that money is held in now; the first is 1.
        list: u64,
        /// The list's haircut index, 2^63 = one, rounded down.
        index: u64,
        /// What the list holds, 1e-12 atom: at least its units at its index.
        held: U128,
        /// Units of all its owners.
        units: U128,
        /// Those of them that estates own: what these lose is the cover's claim.
        estate_units: U128,
        /// Lots that left money in the list.
        held_lots: Lots,
        /// Claims a unit of the list has earned.
        claims: HeldClaims,
        /// Charged per lot since the event began, 1e-12 atom.
        charged: U128,
        /// The furthest key-space mark at which the event charged, 1e-12 atom; meaningless while `charged` is zero.
        furthest: I128,
        /// h as last stored, 1e-12 atom per lot.
        rate: U128,
        /// The highest h of the present window.
        window_high: U128,
        /// The highest h of the window before.
        previous_high: U128,
        /// Slot the present window began in.
        window_start: u64,
        /// Slot since which h was zero at every accepted mark; 0: it was not.
        zero_since: u64,
    }
    /// Held money of which an estate is the owner.
    struct OwnedHeld {
        /// One more than the market's number; 0: the seat is free.
        market: u32,
        /// Side of the event: 0 long, 1 short.
        side: u32,
        /// The money.
        held: Held,
    }
    /// The positions of the declared of one side, as one bankrupt.
    struct Estate {
        /// Its lots.
        lots: Lots,
        /// Its cash without the side's index, 1e-12 atom: equity is cash plus or minus lots at the mark in key space.
        cash: I128,
        /// Charges of the present event that declared positions could not pay, 1e-12 atom.
        uncollected: U128,
        /// 1: it is open.
        open: u64,
        /// The sale's clock: the lots-weighted mean of the declarations, in 2^-16 slots.
        opened: u64,
        /// Slot of the first declaration since it was last funded.
        first: u64,
        /// Lots that entered, for the record of its life.
        entered: Lots,
        /// Lots sold.
        sold: Lots,
        /// Lots closed against the other estate and against dust.
        crossed: Lots,
        /// Lots closed against the ladder.
        deleveraged: Lots,
        /// Held money it owns.
        owned: [OwnedHeld; 8],
    }
}
