/** Addresses, accounts, numbers and transactions of the Breakwater clearing program. */
export * from './accounts.js';
export * from './actions/index.js';
export * from './addresses.js';
export * from './collateral.js';
export * from './compression.js';
export * from './errors.js';
export * from './events.js';
export * from './generated/index.js';
export { ERRORS, INSTRUCTIONS } from './generated/tables.js';
export * from './lookupTables.js';
export * from './math/index.js';
export * from './params.js';
export * from './reopening.js';
export * from './transactions.js';
export * as units from './units.js';
