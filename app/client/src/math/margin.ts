/** Margin requirements: marginal like income tax, each rounded up once. */
import type { Bracket, MarketBooks, MarketParams } from '../generated/index.js';
import { BPS, divCeil, least } from './wide.js';

/** What a notional requires, atoms. */
export type Requirement = { readonly initial: bigint; readonly maintenance: bigint };

/** A fraction of each bracket's part of the notional, rounded up once at the end. */
function sum(params: MarketParams, notional: bigint, fraction: (bracket: Bracket) => number): bigint {
  const brackets = params.brackets.slice(0, params.bracketCount);
  let reached = 0n;
  let total = 0n;
  for (const [at, bracket] of brackets.entries()) {
    const bound = at === brackets.length - 1 ? notional : least(bracket.upTo, notional);
    total += (bound - reached) * BigInt(fraction(bracket));
    if (bound === notional) break;
    reached = bound;
  }
  return divCeil(total, BPS);
}

/** Initial and maintenance margin of a notional in atoms, as the market's brackets have it. */
export function requirementOf(market: MarketBooks, notional: bigint): Requirement {
  return {
    initial: sum(market.params, notional, (bracket) => bracket.initial),
    maintenance: sum(market.params, notional, (bracket) => bracket.maintenance),
  };
}
