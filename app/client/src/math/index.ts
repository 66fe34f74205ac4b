/** Numbers, exactly as the program computes them: checked against vectors the engine writes. */
export * from './claims.js';
export * from './health.js';
export * from './holding.js';
export * from './liquidation.js';
export { locate, markKey, type Located, type Place } from './locate.js';
export * from './margin.js';
export * from './pledge.js';
export * from './rank.js';
export * from './side.js';
export * from './stake.js';
export * from './view.js';
export * from './wide.js';
