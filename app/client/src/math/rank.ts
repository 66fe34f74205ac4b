/** Where a position stands in its side's order of deleveraging: nearest to the mark first, a pool before a line as near. */
import { keyOf } from './grid.js';
import { liveBits, markKey, type Place, poolAt, poolEquity } from './locate.js';
import { ladderOf, type Side, signed } from './side.js';
import type { MarketView } from './view.js';

/** A place in the order, in lots. */
export type Rank = {
  /** Lots taken before any of this position's group. */
  readonly ahead: bigint;
  /** Lots of its line or pool, its own included: they close in proportion. */
  readonly group: bigint;
  /** Solvent lots of the side in all. */
  readonly total: bigint;
};

type Group = {
  readonly kind: Place['kind'];
  readonly number: number;
  readonly distance: bigint;
  readonly lots: bigint;
};

function groupsOf(view: MarketView, side: Side): Group[] {
  const ladder = ladderOf(view, side);
  const mark = markKey(view, side);
  const groups: Group[] = [];
  for (const [number, { lots }] of ladder.lines.entries()) {
    if (lots === 0n) continue;
    const distance = signed(side, mark - keyOf(view.market.grid.scale, side, number));
    if (distance > 0n) groups.push({ kind: 'line', number, distance, lots });
  }
  for (const number of liveBits(ladder.livePools)) {
    const pool = poolAt(ladder, number);
    const equity = poolEquity(pool, side, mark);
    if (pool.lots > 0n && equity > 0n)
      groups.push({ kind: 'pool', number, distance: equity / pool.lots, lots: pool.lots });
  }
  return groups;
}

function isBefore(group: Group, other: Group): boolean {
  if (group.distance !== other.distance) return group.distance < other.distance;
  if (group.kind !== other.kind) return group.kind === 'pool';
  return group.number < other.number;
}

/** Order of deleveraging of a place; none where it is bankrupt at the mark: nobody there is deleveraged. */
export function rankOf(view: MarketView, side: Side, place: Place): Rank | undefined {
  const groups = groupsOf(view, side);
  const number = place.kind === 'line' ? place.line : place.number;
  const own = groups.find((group) => group.kind === place.kind && group.number === number);
  if (own === undefined) return undefined;
  const sum = (some: readonly Group[]): bigint => some.reduce((lots, group) => lots + group.lots, 0n);
  return { ahead: sum(groups.filter((group) => isBefore(group, own))), group: own.lots, total: sum(groups) };
}
