/** What stands against an action now: breakers, pauses, grace, a listing that has not opened. Right without a write. */
import { type ExchangeHandle, fetchData, type MarketHandle, type Reader } from './accounts.js';
import { PAUSE } from './actions/pauses.js';
import { type Breaker, getExchangeDecoder, getMarketDecoder, type Pauses } from './generated/index.js';
import { isSettled, type Now } from './math/view.js';

/** Why a breaker holds, in the order of its bits. The first four halt, the others guard. */
export const REASONS = [
  'stale',
  'wide',
  'divergence',
  'jump',
  'disagreement',
  'gauge',
  'uninsured',
  'drawdown',
  'outflow',
  'second',
] as const;

/** Why a breaker holds. */
export type Reason = (typeof REASONS)[number];

/** What breakers leave allowed: guarded refuses new risk, halted liquidation and resolution as well. */
export type BreakerLevel = 'open' | 'guarded' | 'halted';

const LEVELS: readonly BreakerLevel[] = ['open', 'guarded', 'halted'];
const HALTING = 4;

/** Names of reasons given as bits, as events tell them. */
export function reasonsIn(bits: bigint): Reason[] {
  return REASONS.filter((_, bit) => ((bits >> BigInt(bit)) & 1n) !== 0n);
}

/** Reasons that have not cleared. */
export function reasonsOf(breaker: Breaker, now: Now): Reason[] {
  const set = reasonsIn(breaker.reasons);
  return set.filter((reason) => now.time < (breaker.clearsAt[REASONS.indexOf(reason)] ?? 0n));
}

/** The level of a breaker now. */
export function levelOf(breaker: Breaker, now: Now): BreakerLevel {
  const held = reasonsOf(breaker, now);
  if (held.length === 0) return 'open';
  return held.some((reason) => REASONS.indexOf(reason) < HALTING) ? 'halted' : 'guarded';
}

/** What is paused now, as bits of {@link PAUSE}. */
export function pausedBits(pauses: Pauses, now: Now): bigint {
  const held = [pauses.authority, pauses.guardian].filter(({ until }) => now.time < until);
  const frozen = now.time < pauses.frozenUntil ? PAUSE.freeze : 0n;
  return held.reduce((all, { bits }) => all | bits, frozen);
}

/** Pauses that keep somebody from reducing or from being liquidated: a grace period follows them. */
const HOLDS_FAST = PAUSE.tradeReduce | PAUSE.liquidation | PAUSE.freeze;

/** The latest end, until now, of a pause that kept anyone from reducing or being liquidated, unix seconds. */
function runningSince(pauses: Pauses, now: Now): bigint {
  const ends = [pauses.authority, pauses.guardian].map(({ bits, until }) => ((bits & HOLDS_FAST) === 0n ? 0n : until));
  return latest([pauses.resumedAt, ...[...ends, pauses.frozenUntil].filter((end) => end <= now.time)]);
}

const latest = (times: readonly bigint[]): bigint => times.reduce((a, b) => (a > b ? a : b), 0n);

/** What stands against actions in a market now. */
export type Guards = {
  /** The stricter of the market's level and the exchange's. */
  readonly level: BreakerLevel;
  /** What holds the market's breaker. */
  readonly market: readonly Reason[];
  /** What holds the exchange's. */
  readonly exchange: readonly Reason[];
  /** What either pauses, as bits of {@link PAUSE}. */
  readonly paused: bigint;
  /** Liquidation and resolution wait until here, unix seconds; in the past: they do not. */
  readonly graceUntil: bigint;
  /** Nobody trades before, unix seconds. */
  readonly opensAt: bigint;
  /** Whether the last mark is final. */
  readonly settled: boolean;
};

/** Reads what stands against actions in a market now. */
export async function loadGuards(
  rpc: Reader,
  exchange: ExchangeHandle,
  market: MarketHandle,
  now: Now,
): Promise<Guards> {
  const [whole = new Uint8Array(), one = new Uint8Array()] = await fetchData(rpc, [exchange.address, market.address]);
  const state = getExchangeDecoder().decode(whole);
  const { books, pauses, opensAt } = getMarketDecoder().decode(one);
  const settled = isSettled(books);
  const levels = [settled ? 'open' : levelOf(books.breaker, now), levelOf(state.breaker, now)] as const;
  const ended = [books.breaker.haltedUntil, runningSince(state.pauses, now), runningSince(pauses, now)];
  return {
    level: LEVELS[Math.max(...levels.map((level) => LEVELS.indexOf(level)))] ?? 'halted',
    market: reasonsOf(books.breaker, now),
    exchange: reasonsOf(state.breaker, now),
    paused: pausedBits(state.pauses, now) | pausedBits(pauses, now),
    graceUntil: latest(ended) + books.params.graceSeconds,
    opensAt,
    settled,
  };
}
