/** Catching up: where a position is now, from where it last stood. One record and one pool, however long the cascade. */
import type { LadderSide, Pool, Position, Record as LadderRecord } from '../generated/index.js';
import { keyOf, resnap, scaleOf } from './grid.js';
import { bookOf, ladderOf, type Side, signed } from './side.js';
import { type MarketView, NumberError } from './view.js';
import { divCeil, divFloor } from './wide.js';

/** Where a position stands. */
export type Place =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'pool'; readonly record: LadderRecord; readonly number: number; readonly shares: bigint };

/** Where a position stands, and what rebases it has not seen freed for it, 1e-12 atom per lot. */
export type Located = { readonly place: Place; readonly freedPerLot: bigint };

/** What a member holds of a pool: its lots, rounded down, and their moment. */
export type Portion = { readonly lots: bigint; readonly moment: bigint };

/** The mark in a side's key space: P + X. Keys beyond it are bankrupt. */
export function markKey(view: MarketView, side: Side): bigint {
  return view.market.mark.price + bookOf(view, side).index;
}

/** The numbers of the bits set in a bitmap, ascending. */
export function* liveBits(bitmap: readonly bigint[]): Generator<number> {
  for (const [word, bits] of bitmap.entries()) {
    for (let bit = 0, rest = bits; rest !== 0n; bit += 1, rest >>= 1n) {
      if (rest & 1n) yield word * 64 + bit;
    }
  }
}

/** Finds a position that has lots. */
export function locate(view: MarketView, side: Side, position: Position): Located {
  const { grid } = view.market;
  const ladder = ladderOf(view, side);
  let { line, gridEpoch: epoch } = position;
  let freedPerLot = 0n;
  for (;;) {
    const present = epoch === grid.epoch;
    const stored = ladder.lines[line];
    if (stored === undefined) throw new NumberError('KeyOffGrid');
    if (present && stored.walked <= position.recordSeen) return { place: { kind: 'line', line }, freedPerLot };
    const key = keyOf(scaleOf(grid, epoch), side, line);
    const record = firstRecord(ladder, position.recordSeen, epoch, side, key);
    if (record !== undefined) return { place: joined(record, position.lots, key), freedPerLot };
    if (present) return { place: { kind: 'line', line }, freedPerLot };
    epoch += 1;
    const next = scaleOf(grid, epoch);
    line = resnap(next, side, key);
    freedPerLot += signed(side, keyOf(next, side, line) - key);
  }
}

/** The first live record after `seen` whose range on its grid holds the key. */
function firstRecord(
  ladder: LadderSide,
  seen: number,
  epoch: number,
  side: Side,
  key: bigint,
): LadderRecord | undefined {
  let first: LadderRecord | undefined;
  for (const at of liveBits(ladder.liveRecords)) {
    const record = ladder.records[at];
    if (record === undefined || record.sequence <= seen || record.gridEpoch !== epoch) continue;
    if (holds(record, side, key) && (first === undefined || record.sequence < first.sequence)) first = record;
  }
  return first;
}

function holds(record: LadderRecord, side: Side, key: bigint): boolean {
  const { markKey: mark, upto } = record;
  return side === 'long' ? upto <= key && key < mark : mark < key && key <= upto;
}

function joined(record: LadderRecord, lots: bigint, key: bigint): Place {
  const distance = key > record.markKey ? key - record.markKey : record.markKey - key;
  const size = lots < 0n ? -lots : lots;
  const shares = (distance * size * (1n << BigInt(record.shareShift))) / record.shareValue;
  return { kind: 'pool', record, number: record.pool, shares };
}

/** A pool by its number. */
export function poolAt(ladder: LadderSide, number: number): Pool {
  const pool = ladder.pools[number];
  if (pool === undefined) throw new NumberError('NotConserved');
  return pool;
}

/** A pool's equity at a mark key, exact: negative when it is bankrupt. */
export function poolEquity(pool: Pool, side: Side, mark: bigint): bigint {
  return signed(side, mark * pool.lots - pool.moment);
}

/** What shares of a pool are: their part of its equity, a gain to less and a debt to more, and of its lots, rounded down. */
export function portionOf(pool: Pool, side: Side, shares: bigint, mark: bigint): Portion {
  if (pool.shares === 0n) return { lots: 0n, moment: 0n };
  const lots = (pool.lots * shares) / pool.shares;
  const equity = poolEquity(pool, side, mark);
  const part = equity < 0n ? -divCeil(-equity * shares, pool.shares) : divFloor(equity * shares, pool.shares);
  return { lots, moment: mark * lots - signed(side, part) };
}
