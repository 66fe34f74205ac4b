/** A local network with the program deployed, for wallets, bots and tests. */
export * from './forward.js';
export * from './governor.js';
export * from './markets.js';
export * from './multisig.js';
export * from './network.js';
export * from './nonce.js';
export * from './pledge.js';
export * from './pyth.js';
export * from './saver.js';
export * from './stage.js';
export * from './tokens.js';
export * from './trader.js';
export * from './underwriter.js';
