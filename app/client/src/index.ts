/** Addresses, accounts, numbers and transactions of the Breakwater clearing program. */
export * from './accounts.js';
export * from './accountTypes.js';
export * from './actions/index.js';
export * from './addresses.js';
export {
  assess,
  type Assessed,
  type AssessedPosition,
  type Assessment,
  type Beside,
  type LiquidationTerms,
  type MarketData,
  type Spot,
  type Unassessed,
} from './assess.js';
export { GUARD_BYTES, GUARD_UNITS, MAKER_UNITS, unitsFor } from './budgets.js';
export * from './changes.js';
export * from './collateral.js';
export * from './compression.js';
export { EngineFault, EngineUnavailable } from './engine/module.js';
export * from './errors.js';
export * from './events.js';
export * from './everyone.js';
export * from './generated/index.js';
export { ERRORS, INSTRUCTIONS, PARAMETERS } from './generated/tables.js';
export * from './guards.js';
export * from './insurance.js';
export * from './lookupTables.js';
export * from './makers.js';
export * from './numbers/index.js';
// Of the two that are named so: an account's place in the order of deleveraging, not in the queue of withdrawals.
export { type Place } from './numbers/index.js';
export * from './owed.js';
export * from './parameters.js';
export * from './params.js';
export { patient } from './patience.js';
export * from './proposals.js';
export {
  type AccountData,
  fetchAllOf,
  fetchData,
  type Freshness,
  readable,
  type Reader,
  type Reading,
  type Unread,
  unreadable,
} from './reading.js';
export * from './reopening.js';
export * from './rounding.js';
export * from './subscription.js';
export * from './transactions.js';
export * as units from './units.js';
