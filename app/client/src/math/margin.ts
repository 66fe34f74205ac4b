/** Margin requirements: marginal like income tax, raised by the market's multiples, each rounded up once. */
import type { Bracket, MarketBooks, MarketParams } from '../generated/index.js';
import { isSettled } from './view.js';
import { BPS, divCeil, least } from './wide.js';

/** What a notional requires, atoms. */
export type Requirement = { readonly initial: bigint; readonly maintenance: bigint };

/** A fraction of each bracket's part of the notional times a multiple in basis points, rounded up once at the end. */
function sum(params: MarketParams, notional: bigint, multiple: number, fraction: (bracket: Bracket) => number): bigint {
  const brackets = params.brackets.slice(0, params.bracketCount);
  let reached = 0n;
  let total = 0n;
  for (const [at, bracket] of brackets.entries()) {
    const bound = at === brackets.length - 1 ? notional : least(bracket.upTo, notional);
    total += (bound - reached) * BigInt(fraction(bracket));
    if (bound === notional) break;
    reached = bound;
  }
  return divCeil(total * BigInt(multiple), BPS * BPS);
}

/** What volatility and the market's phase multiply requirements by, basis points. */
export type Multiples = { readonly initial: number; readonly maintenance: number };

/** A market's multiples now: that of maintenance is never above that of initial margin. */
export function multiplesOf({ stance }: MarketBooks): Multiples {
  return { initial: stance.initial, maintenance: Math.min(stance.initial, stance.maintenance) };
}

/** Initial and maintenance margin of a notional in atoms, as the market stands: none where it is settled. */
export function requirementOf(market: MarketBooks, notional: bigint): Requirement {
  if (isSettled(market)) return { initial: 0n, maintenance: 0n };
  const { initial, maintenance } = multiplesOf(market);
  return {
    initial: sum(market.params, notional, initial, (bracket) => bracket.initial),
    maintenance: sum(market.params, notional, maintenance, (bracket) => bracket.maintenance),
  };
}
