//! A margin account and its parts.

use super::{Key, Seen, TakenTime, Units};
use crate::units::{Atoms, Lots};

/// The field list: see [`crate::state`].
#[macro_export]
macro_rules! margin_account_fields {
    ($expand:ident) => {
        $expand! {
            /// A position: lots, a line of the ladder, spare cash and paid-in margin.
            struct Position {
                /// Signed lots: long above zero.
                lots: i64,
                /// Cash beyond what the key says; all of the cash when there are no lots.
                spare: Atoms,
                /// Paid-in margin m: what the owner put in and has not taken out. Part of no total.
                paid_in: Atoms,
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
            /// Profit that vests linearly up to one end.
            struct VestingPart {
                /// What has not vested, as of the slot's haircut index.
                amount: Atoms,
                /// All vested here, unix seconds of the market's clock for it, which stress slows.
                end: i64,
            }
            /// Profit that is not money yet, in two parts.
            struct Vesting {
                /// Vested while the market let nothing unlock: leaves as soon as it may.
                vested: Atoms,
                /// What no addition delays.
                old: VestingPart,
                /// What additions join, not ending before any of them; becomes old when old is empty.
                new: VestingPart,
                /// Both parts have vested up to here, by the same clock as their ends.
                since: i64,
                /// The market's haircut index all amounts are as of.
                index: u64,
                /// The epoch of that index: an earlier one was haircut to nothing.
                epoch: u64,
            }
            /// When distress began and when it was last observed.
            struct DistressClock {
                /// First observation of this distress, slot; 0: not in distress.
                since: u64,
                /// Last observation, slot.
                last: u64,
            }
            /// What the current liquidation window has taken.
            struct Slice {
                /// Slot the window began in.
                start: u64,
                /// The position's size then.
                base: Lots,
                /// Lots taken since.
                taken: Lots,
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
                /// The auction clock of an isolated position.
                clock: DistressClock,
                /// The liquidation window.
                slice: Slice,
                /// Deficits of this account that others bore here, by the side that bore them: long, then short.
                debt: [Atoms; 2],
                /// May not open here before this slot (it was deleveraged out of distress).
                barred_until: u64,
                /// 1: it was under water when the account's bankruptcy was swept, and is neither solvent nor resolved yet.
                swept: u64,
            }
            /// Other collateral, and what it was last found worth.
            struct Pledge {
                /// Smallest units of each kind's mint.
                amounts: [u64; 3],
                /// What they count towards initial margin, after haircut and cap.
                initial: Atoms,
                /// What they count towards maintenance margin: at the last mark even where that is old.
                maintenance: Atoms,
                /// Slot of the valuation: it counts for a few slots. 0: there is none.
                valued_at: u64,
                /// Slot of the last deposit: what came into a distress that was running already is not sold at its late price.
                deposited_at: u64,
            }
            /// What the account moved in and out lately, for the exchange's bound on outflow.
            struct Flow {
                /// Deposited in the day that began at `deposited_since`: as much may leave without being counted.
                deposited: Atoms,
                /// When that day began, unix seconds.
                deposited_since: i64,
                /// Withdrawn under the exemption of small amounts in the day that began at `exempt_since`.
                exempt: Atoms,
                /// When that day began, unix seconds.
                exempt_since: i64,
                /// A withdrawal in the queue, what was collected of it taken off.
                requested: Atoms,
                /// When it may leave, unix seconds; it lapses an hour later, and its place with it. Zero: no place is taken.
                ready_at: i64,
                /// What it took, as far as it was not collected: given back when it is cancelled or has lapsed.
                place: Place,
                /// Up to when the hour's window is taken by what really left of this account alone, unix milliseconds.
                hour_left_until: i64,
                /// The day's.
                day_left_until: i64,
            }
            /// What a request took of what may leave.
            struct Place {
                /// Of the account's own deposits of the day that began at `deposits_of`.
                own: Atoms,
                /// When that day began, unix seconds.
                deposits_of: i64,
                /// Of its exemption of the day that began at `exempt_of`.
                exempt: Atoms,
                /// When that day began, unix seconds.
                exempt_of: i64,
                /// What was counted.
                counted: Atoms,
                /// Time it takes of each window, milliseconds.
                taken: TakenTime,
                /// Up to when each window was taken with it, and what had been given back by then, unix milliseconds.
                ends: TakenTime,
                /// Its number among all requests; 0: there is none.
                number: u64,
                /// The last before it that had to wait.
                behind: u64,
            }
            /// A margin account.
            struct AccountBooks {
                /// Cash that backs nothing.
                free: Atoms,
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
            /// A margin account. An owner may have several, told apart by `index`.
            account MarginAccount = [133, 220, 173, 213, 179, 211, 43, 238] {
                /// Its exchange.
                exchange: Key,
                /// Signs for everything that is the owner's to decide.
                owner: Key,
                /// Number among the owner's accounts.
                index: u16,
                /// Bump of its address.
                bump: u8,
                /// Padding.
                reserved: [u8; 5],
                /// Free cash and market slots.
                books: AccountBooks,
            }
        }
    };
}
margin_account_fields!(declare);
