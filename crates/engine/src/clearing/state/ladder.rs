//! A market's ladder and its parts.

use super::Held;
use crate::clearing::ladder::{BLOCKS, BUCKETS, CHECKPOINTS, CHECKPOINT_BLOCKS, POOLS};
use crate::state::Seen;
use crate::units::Lots;
use crate::wide::{I128, U128};

declare! {
    /// How many lots and positions stand on a line of the grid; nothing about who they are.
    struct Bucket {
        /// Lots of its members.
        lots: Lots,
        /// Positions on it.
        members: u32,
        /// The checkpoint that last emptied it; a position that entered later has nothing to catch up.
        walked: u32,
    }
    /// Sums over the 64 buckets of a block.
    struct Block {
        /// Lots in its buckets.
        lots: Lots,
        /// Which of them are occupied.
        occupied: u64,
        /// Sum of lots times offset from the origin, 1e-12 atom. At most 2^53 lots * 2^63.
        lots_times_offset: U128,
        /// Positions in them.
        members: u64,
    }
    /// Lots that deleveraging brought to one level.
    struct AdlPool {
        /// Its exact lots; zero once closed at an infinite level.
        lots: Lots,
        /// What its members' claims on it add up to: their lots are their shares of `lots`, rounded down.
        shares: u64,
        /// Shift-free: the sum of lots times key, 1e-12 atom. Closing x lots at mark key k subtracts x*k, which keeps equity
        /// exactly; of a closed pool it is the equity left, negative for longs.
        lots_times_key: I128,
        /// Its side's L and z per share, summed while the shares were worth different lots.
        claims: Seen,
        /// Its side's L and z when `claims` last advanced.
        side_seen: Seen,
        /// Positions in it, those who have not read their checkpoint included.
        members: u32,
        /// Padding.
        reserved: u32,
        /// What its lots left behind in the present list, or in the last they left anything in: its members' in proportion to
        /// their shares.
        held: Held,
        /// The same of an earlier list.
        older: Held,
    }
    /// Which buckets joined a pool, and how a position that stood on one finds its shares.
    struct AdlCheckpoint {
        /// Counts the side's checkpoints.
        sequence: u32,
        /// Grid its buckets belong to.
        grid_epoch: u32,
        /// The mark key of the moment, worsened by the holdback: what distances are measured from.
        mark_key: I128,
        /// Key of the nearest bucket it holds.
        from: I128,
        /// Key of the furthest bucket it holds.
        upto: I128,
        /// Equity of one share, 1e-12 atom, times 2^`share_shift`.
        share_value: u64,
        /// See `share_value`.
        share_shift: u32,
        /// The pool they joined.
        pool: u32,
        /// Positions that have yet to read it.
        unread: u32,
        /// How members find their part: `BY_EQUITY`, `BY_LOTS`, or `WHOLE` where they closed whole and left all they had.
        measure: u32,
        /// The side's L and z of the moment: what the lots gathered on the line ends here.
        side_seen: Seen,
        /// The pool's L and z per share of the moment: what the shares gather starts here.
        pool_seen: Seen,
        /// Lots that its members kept at the joining.
        kept: Lots,
        /// Shares that its members got.
        joined: u64,
        /// Lots of unread members that closed at the joining, or lots times distance where they closed whole: what `held` is
        /// shared out by.
        left_by: U128,
        /// What lots closed at the joining left behind: its unread members'.
        held: Held,
    }
    /// One side's ladder.
    custom LadderSide {
        /// Which blocks have occupied buckets.
        occupied: u64,
        /// Which pools have members.
        live_pools: u64,
        /// Sums.
        blocks: [Block; BLOCKS],
        /// The grid.
        buckets: [Bucket; BUCKETS],
        /// Pools.
        pools: [AdlPool; POOLS],
        /// Checkpoints, each at its sequence number round the ring; one without unread members is dead.
        checkpoints: [AdlCheckpoint; CHECKPOINTS],
        /// Number of the newest checkpoint; 0: there has been none.
        newest: u64,
        /// Per block of 16 checkpoints the furthest key any of them holds, 1e-12 atom.
        furthest: [I128; CHECKPOINT_BLOCKS],
        /// The nearest likewise: a position that was under water at all of them is in none.
        nearest: [I128; CHECKPOINT_BLOCKS],
    }
    /// Both sides' ladders, long then short.
    custom LadderBooks {
        /// Long, then short.
        sides: [LadderSide; 2],
    }
}
