//! Lines, blocks, pools and records by their numbers. The engine reads and writes a ladder in place, wherever the caller keeps
//! it: it is never copied.

use crate::error::{Error, Result};
use crate::state::{Block, LadderBooks, LadderSide, Line, Pool, Record, Seen};
use crate::units::{Lots, Side};
use crate::wide::{I128, U128};

/// Lines of a side.
pub const LINES: usize = 2048;
/// Blocks of a side: 64 lines each, one bitmap word.
pub const BLOCKS: usize = 32;
/// Pools of a side, and records: as many. One octave of grid has 128 lines, so a cascade that takes one new line at a time
/// finds records for two octaves without anybody's help.
pub const POOLS: usize = 256;
/// Words of a bitmap over pools or records.
pub const POOL_WORDS: usize = 4;

/// Number of a line, below [`LINES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineIndex(u16);

/// Number of a pool or a record: 256 of each, so every `u8` is one.
pub type PoolIndex = u8;

impl LineIndex {
    /// The lowest line.
    pub const FIRST: LineIndex = LineIndex(0);
    /// The highest line.
    pub const LAST: LineIndex = LineIndex(2047);

    /// A line number in range.
    #[must_use]
    pub const fn new(index: u16) -> Option<LineIndex> {
        if index <= Self::LAST.0 {
            Some(LineIndex(index))
        } else {
            None
        }
    }

    /// A line number as a position stores it.
    pub fn stored(index: u32) -> Result<LineIndex> {
        u16::try_from(index).ok().and_then(LineIndex::new).ok_or(Error::KeyOffGrid)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The next higher line.
    #[must_use]
    pub const fn next(self) -> Option<LineIndex> {
        LineIndex::new(self.0.wrapping_add(1))
    }

    /// The next lower line.
    #[must_use]
    pub const fn previous(self) -> Option<LineIndex> {
        match self.0.checked_sub(1) {
            Some(index) => Some(LineIndex(index)),
            None => None,
        }
    }

    /// Its block, and its bit in the block's word.
    #[must_use]
    pub fn place(self) -> (usize, u32) {
        (usize::from(self.0 >> 6), u32::from(self.0 & 63))
    }

    /// The line at a bit of a block.
    #[must_use]
    pub fn at(block: usize, bit: u32) -> Option<LineIndex> {
        let block = u16::try_from(block).ok()?;
        let bit = u16::try_from(bit).ok()?;
        LineIndex::new((block << 6) | bit)
    }
}

impl LadderBooks {
    /// An empty one. 205 kB: for the heap of tests and simulators; on chain a zeroed account is one.
    #[must_use]
    pub const fn empty() -> LadderBooks {
        LadderBooks { sides: [LadderSide::EMPTY; 2] }
    }

    /// A side's.
    #[must_use]
    pub const fn side(&self, side: Side) -> &LadderSide {
        let [long, short] = &self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }

    /// A side's, to change.
    pub const fn side_mut(&mut self, side: Side) -> &mut LadderSide {
        let [long, short] = &mut self.sides;
        match side {
            Side::Long => long,
            Side::Short => short,
        }
    }
}

const ZERO_SEEN: Seen = Seen { loss: U128::ZERO, units: U128::ZERO, epoch: 0 };

impl LadderSide {
    /// All zero.
    pub const EMPTY: LadderSide = LadderSide {
        occupied: 0,
        live_pools: [0; POOL_WORDS],
        live_records: [0; POOL_WORDS],
        blocks: [Block { lots: Lots(0), occupied: 0, moment: U128::ZERO }; BLOCKS],
        lines: [Line { lots: Lots(0), members: 0, walked: 0 }; LINES],
        pools: [Pool {
            lots: Lots(0),
            shares: 0,
            moment: I128::ZERO,
            claims: ZERO_SEEN,
            side_seen: ZERO_SEEN,
            members: 0,
            reserved: 0,
        }; POOLS],
        records: [Record {
            sequence: 0,
            grid_epoch: 0,
            mark_key: I128::ZERO,
            upto: I128::ZERO,
            share_value: 0,
            share_shift: 0,
            pool: 0,
            unread: 0,
            reserved: 0,
            side_seen: ZERO_SEEN,
            pool_seen: ZERO_SEEN,
        }; POOLS],
    };

    /// A line.
    pub fn line(&self, at: LineIndex) -> Result<&Line> {
        self.lines.get(usize::from(at.get())).ok_or(Error::KeyOffGrid)
    }

    /// A line, to change. The caller keeps the block's sums: see [`super::lines`].
    pub fn line_mut(&mut self, at: LineIndex) -> Result<&mut Line> {
        self.lines.get_mut(usize::from(at.get())).ok_or(Error::KeyOffGrid)
    }

    /// A block.
    pub fn block(&self, at: usize) -> Result<&Block> {
        self.blocks.get(at).ok_or(Error::KeyOffGrid)
    }

    /// A pool.
    pub fn pool(&self, at: PoolIndex) -> Result<&Pool> {
        self.pools.get(usize::from(at)).ok_or(Error::RecordsFull)
    }

    /// A pool, to change.
    pub fn pool_mut(&mut self, at: PoolIndex) -> Result<&mut Pool> {
        self.pools.get_mut(usize::from(at)).ok_or(Error::RecordsFull)
    }

    /// A record.
    pub fn record(&self, at: PoolIndex) -> Result<&Record> {
        self.records.get(usize::from(at)).ok_or(Error::RecordsFull)
    }

    /// A record, to change.
    pub fn record_mut(&mut self, at: PoolIndex) -> Result<&mut Record> {
        self.records.get_mut(usize::from(at)).ok_or(Error::RecordsFull)
    }
}

/// Number of the first bit of each bitmap word.
const WORD_BASES: [u8; POOL_WORDS] = [0, 64, 128, 192];

/// Numbers of the bits set in a bitmap over pools or records, ascending.
pub fn live(bitmap: [u64; POOL_WORDS]) -> impl Iterator<Item = PoolIndex> {
    WORD_BASES.into_iter().zip(bitmap).flat_map(|(base, word)| Bits(word).map(move |bit| base.wrapping_add(bit)))
}

/// The lowest number whose bit is clear.
#[must_use]
pub fn first_free(bitmap: &[u64; POOL_WORDS]) -> Option<PoolIndex> {
    let (base, word) = WORD_BASES.into_iter().zip(bitmap).find(|(_, word)| **word != u64::MAX)?;
    let bit = u8::try_from(word.trailing_ones()).ok()?;
    Some(base.wrapping_add(bit))
}

/// Sets or clears a number's bit.
pub fn mark_live(bitmap: &mut [u64; POOL_WORDS], at: PoolIndex, alive: bool) {
    let bit = 1u64 << (at & 63);
    if let Some(word) = bitmap.get_mut(usize::from(at >> 6)) {
        *word = if alive { *word | bit } else { *word & !bit };
    }
}

/// The set bits of a word, ascending.
pub struct Bits(pub u64);

impl Iterator for Bits {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        u8::try_from(bit).ok()
    }
}
