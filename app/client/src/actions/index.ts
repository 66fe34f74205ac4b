/** Instructions people need, with the market refresh in front. */
export * from './breakers.js';
export * from './collateral.js';
export { INSTRUCTIONS_SYSVAR, pairsOf, refresh, withAccounts } from './common.js';
export * from './governance.js';
export * from './insurance.js';
export * from './money.js';
export {
  cancelQuote,
  isLive,
  levelPrice,
  type Offers,
  offersTo,
  type Order,
  quote,
  type ReadQuote,
  trade,
} from './orders.js';
export * from './pauses.js';
export * from './proposals.js';
export * from './recovery.js';
export * from './revenue.js';
export * from './settlement.js';
export * from './waterfall.js';
