/** Integer arithmetic that names its direction, as the engine's does. Everything is `bigint`: no number is ever rounded twice. */

import { BPS, PICO } from './generated/engine.js';

export { BPS, PICO };

/** `n / d` toward minus infinity, for a positive `d`. */
export function divFloor(n: bigint, d: bigint): bigint {
  const quotient = n / d;
  return n % d < 0n ? quotient - 1n : quotient;
}

/** `n / d` toward plus infinity, for a positive `d`. */
export function divCeil(n: bigint, d: bigint): bigint {
  return -divFloor(-n, d);
}

/** The smaller. */
export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** The larger. */
export function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** Whole atoms of exact cash, rounded down: against whoever is paid. */
export function atomsFloor(cash: bigint): bigint {
  return divFloor(cash, PICO);
}

/** The positive part of exact cash in whole atoms, rounded down; zero for a debt. */
export function gainFloor(cash: bigint): bigint {
  return most(atomsFloor(cash), 0n);
}
