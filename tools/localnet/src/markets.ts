/** Markets a local network lists. */
import { feedId } from './pyth.js';
import type { Listing } from './stage.js';

/** Some 200 USD a unit: lots of 1e-9, steps of a hundredth, at least a tenth. */
export const SOL: Listing = {
  name: 'SOL',
  feed: feedId('ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d'),
  first: '200',
  lotExponent: -9,
  own: { step: 10_000_000n, positionMin: 100_000_000n },
};

/** Some 100,000 USD a unit: lots of 1e-11. */
export const BTC: Listing = {
  name: 'BTC',
  feed: feedId('e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43'),
  first: '100000',
  lotExponent: -11,
  own: { step: 1_000_000n, positionMin: 10_000_000n },
};

/** Some 4,000 USD a unit: lots of 1e-10. */
export const ETH: Listing = {
  name: 'ETH',
  feed: feedId('ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace'),
  first: '4000',
  lotExponent: -10,
  own: { step: 10_000_000n, positionMin: 100_000_000n },
};
