/** Numbers of accounts, positions and markets: the engine's own, computed by it. */
export * from './collateral.js';
export * from './health.js';
export * from './margin.js';
export {
  bankruptcyPrice,
  claimsOf,
  type ClaimsWorth,
  equityAt,
  type Holding,
  holdingOf,
  locate,
  type Located,
  markKey,
  vestingOf,
  type Place,
  type Rank,
  rankOf,
} from './position.js';
export * from './sides.js';
export * from './stake.js';
export {
  hasMark,
  isHeld,
  isSettled,
  isValued,
  type Kinds,
  type Markets,
  type MarketView,
  NO_MARKET,
  type Now,
  NumberError,
  type NumberErrorReason,
  VALUATION_SLOTS,
  viewOf,
} from './views.js';
