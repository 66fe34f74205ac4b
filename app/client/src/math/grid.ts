/**
 * The grid: line i with origin O and shift s is the key `O + ((128 + i mod 128) << (s + i / 128))`.
 *
 * A position's line was right on the grid of its time; {@link scaleOf} finds that one and {@link resnap} moves it on.
 */
import type { Grid, Scale } from '../generated/index.js';
import { ofSide, type Side } from './side.js';
import { NumberError } from './view.js';

const MANTISSA_BITS = 7n;
const MANTISSA = 1n << MANTISSA_BITS;
const OCTAVES = 16n;
const LAST = 2047;
const GRIDS_KEPT = 8;

/** A line's distance from the origin. */
export function offsetOf(scale: Scale, line: number): bigint {
  const index = BigInt(line);
  return (MANTISSA | (index & (MANTISSA - 1n))) << (scale.shift + (index >> MANTISSA_BITS));
}

/** A line's key, 1e-12 atom per lot. */
export function keyOf(scale: Scale, side: Side, line: number): bigint {
  return ofSide(side, scale.origins) + offsetOf(scale, line);
}

/** The last line at or below an offset; none when even the first is above. */
export function atOrBelow(scale: Scale, offset: bigint): number | undefined {
  const shifted = (offset > 0n ? offset : 0n) >> scale.shift;
  if (shifted === 0n) return undefined;
  const octave = BigInt(shifted.toString(2).length - 1) - MANTISSA_BITS;
  if (octave < 0n) return undefined;
  if (octave >= OCTAVES) return LAST;
  return Number((octave << MANTISSA_BITS) | ((shifted >> octave) & (MANTISSA - 1n)));
}

/** The first line at or above an offset; none when even the last is below. */
export function atOrAbove(scale: Scale, offset: bigint): number | undefined {
  const below = atOrBelow(scale, offset);
  if (below === undefined) return 0;
  if (offsetOf(scale, below) >= offset) return below;
  return below < LAST ? below + 1 : undefined;
}

/** The line a line of an earlier grid moves to: inward, or the last line on the bankrupt end. */
export function resnap(scale: Scale, side: Side, key: bigint): number {
  const offset = key - ofSide(side, scale.origins);
  return side === 'long' ? (atOrAbove(scale, offset) ?? LAST) : (atOrBelow(scale, offset) ?? 0);
}

/** The scale of the present grid or of one of the last eight. */
export function scaleOf(grid: Grid, epoch: number): Scale {
  const age = grid.epoch - epoch;
  const past = age === 0 ? grid.scale : grid.past[epoch % GRIDS_KEPT];
  if (age < 0 || age > GRIDS_KEPT || past === undefined) throw new NumberError('GridHistoryFull');
  return past;
}
