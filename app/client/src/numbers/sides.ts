/** Sides of a market. */
import type { LadderSide, SideBook } from '../generated/index.js';
import type { MarketView } from './views.js';

/** `long` gains when the price rises, `short` when it falls. */
export type Side = 'long' | 'short';

/** Both sides, in the order every two-sided step is taken in. */
export const SIDES: readonly Side[] = ['long', 'short'];

/** `value` for longs, `-value` for shorts. */
export function signed(side: Side, value: bigint): bigint {
  return side === 'long' ? value : -value;
}

/** The other side. */
export function opposite(side: Side): Side {
  return side === 'long' ? 'short' : 'long';
}

/** This side's of a pair that holds the longs' first. */
export function ofSide<T>(side: Side, pair: readonly T[]): T {
  const found = pair[side === 'long' ? 0 : 1];
  if (found === undefined) throw new RangeError('a pair holds two');
  return found;
}

/** A side's book. */
export function bookOf(view: MarketView, side: Side): SideBook {
  return ofSide(side, view.market.sides);
}

/** A side's ladder. */
export function ladderOf(view: MarketView, side: Side): LadderSide {
  return ofSide(side, view.ladder.sides);
}

/** Side of a position by its signed lots; none without lots. */
export function sideOf(lots: bigint): Side | undefined {
  if (lots === 0n) return undefined;
  return lots > 0n ? 'long' : 'short';
}
