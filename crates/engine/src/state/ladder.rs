//! A market's ladder and its parts.

use super::{Key, Seen};
use crate::units::Lots;
use crate::wide::{I128, U128};

/// The field list: see [`crate::state`].
#[macro_export]
macro_rules! ladder_fields {
    ($expand:ident) => {
        $expand! {
            /// How many lots and positions stand on a line; nothing about who they are.
            struct Line {
                /// Lots of its members.
                lots: Lots,
                /// Positions on it.
                members: u32,
                /// The record that last emptied it; a position that entered later has nothing to catch up.
                walked: u32,
            }
            /// Sums over the 64 lines of a block.
            struct Block {
                /// Lots on its lines.
                lots: Lots,
                /// Which of them are occupied.
                occupied: u64,
                /// Sum of lots times offset from the origin, 1e-12 atom. At most 2^53 lots * 2^63.
                moment: U128,
            }
            /// Lots that deleveraging brought to one level.
            struct Pool {
                /// Its exact lots; zero once closed at an infinite level.
                lots: Lots,
                /// What its members' claims add up to: their lots are their shares of `lots`, rounded down.
                shares: u64,
                /// Shift-free: the sum of lots times key, 1e-12 atom. Closing x lots at mark key k does `moment -= x*k`, which keeps
                /// equity exactly; of a closed pool it is the equity left, negative for longs.
                moment: I128,
                /// Its side's L and z per share, summed while the shares were worth different lots.
                claims: Seen,
                /// Its side's L and z when `claims` last advanced.
                side_seen: Seen,
                /// Positions in it, those who have not read their record included.
                members: u32,
                /// Padding.
                reserved: u32,
            }
            /// Which lines joined a pool, and how a position that stood on one finds its shares.
            struct Record {
                /// Counts the side's records.
                sequence: u32,
                /// Grid its lines belong to.
                grid_epoch: u32,
                /// The mark key of the moment: lines beyond it were bankrupt and not walked.
                mark_key: I128,
                /// Key of the furthest line walked.
                upto: I128,
                /// Equity of one share, 1e-12 atom, times 2^`share_shift`.
                share_value: u64,
                /// See `share_value`.
                share_shift: u32,
                /// The pool they joined.
                pool: u32,
                /// Positions that have yet to read it.
                unread: u32,
                /// Padding.
                reserved: u32,
                /// The side's L and z of the moment: what the lots gathered on the line ends here.
                side_seen: Seen,
                /// The pool's L and z per share of the moment: what the shares gather starts here.
                pool_seen: Seen,
            }
            /// One side's ladder.
            custom LadderSide {
                /// Which blocks have occupied lines.
                occupied: u64,
                /// Which pools have members.
                live_pools: [u64; 4],
                /// Which records have unread members.
                live_records: [u64; 4],
                /// Sums.
                blocks: [Block; 32],
                /// The grid.
                lines: [Line; 2048],
                /// Pools.
                pools: [Pool; 256],
                /// Records.
                records: [Record; 256],
            }
            /// Both sides' ladders, long then short.
            custom LadderBooks {
                /// Long, then short.
                sides: [LadderSide; 2],
            }
            /// A market's ladder. Too large for an address the program could create in one instruction: the client creates it in the
            /// transaction that lists the market, and the market pins its address.
            account Ladder = [125, 146, 35, 254, 42, 7, 204, 222] {
                /// Its market.
                market: Key,
                /// Lots by bankruptcy price.
                books: LadderBooks,
            }
        }
    };
}
ladder_fields!(declare);
