/** Products and quotients of amounts, each under a name that states its rounding. */
import { PICO } from '@breakwater/client';

/** Atoms as 1e-12 atom: exact. */
export function pico(atoms: bigint): bigint {
  return atoms * PICO;
}

/** What lots are worth at a price or an index, 1e-12 atom: exact, negative where one of them is. */
export function valueOfLots(lots: bigint, price: bigint): bigint {
  return lots * price;
}

/** Lots worth an amount of atoms at a price, rounded down to whole steps. */
export function lotsFor(atoms: bigint, price: bigint, step: bigint): bigint {
  return (pico(atoms) / price / step) * step;
}

/** `numerator / denominator` of an amount that is not negative, rounded down once, at the end. */
export function share(amount: bigint, numerator: bigint, denominator: bigint): bigint {
  return (amount * numerator) / denominator;
}

/** `count` of `of` equal parts of an amount that is not negative, each part rounded down: at most `share`. */
export function wholeParts(amount: bigint, count: bigint, of: bigint): bigint {
  return (amount / of) * count;
}
