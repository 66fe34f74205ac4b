/** A local network with the program deployed, for wallets, bots and tests. */
export * from './addresses.js';
export * from './audit.js';
export * from './crash.js';
export * from './day.js';
export * from './forward.js';
export * from './keepers.js';
export * from './markets.js';
export * from './network.js';
export * from './play.js';
export * from './pyth.js';
export * from './stage.js';
export * from './tokens.js';
export * from './trader.js';
