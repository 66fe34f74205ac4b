/** Instructions people need, with the market refresh in front. */
export { pairsOf, refresh, withAccounts } from './common.js';
export * from './collateral.js';
export * from './governance.js';
export * from './money.js';
export * from './orders.js';
export * from './recovery.js';
export * from './settlement.js';
export * from './waterfall.js';
