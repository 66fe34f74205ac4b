/** What stands against an action now: breakers, pauses, grace, a listing that has not opened. Right without a write. */
import type { ReadonlyUint8Array } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from './accounts.js';
import { placed } from './engine/inputs.js';
import { type Frame, place, room, withEngine } from './engine/module.js';
import { GUARD_REPORT_SIZE, type GuardReport, LEVELS, readGuardReport, REASON, TYPES } from './generated/engine.js';
import { type Breaker, getBreakerEncoder, getPausesEncoder, type Pauses } from './generated/index.js';
import type { Now } from './numbers/views.js';
import { fetchData, type Freshness, type Reader } from './reading.js';

/** Why a breaker holds, in the order of its bits. The first four halt, the others guard. */
export const REASONS = Object.keys(REASON) as readonly Reason[];

/** Why a breaker holds. */
export type Reason = keyof typeof REASON;

/** What breakers leave allowed: guarded refuses new risk, halted liquidation and resolution as well. */
export type BreakerLevel = (typeof LEVELS)[number];

const levelAt = (number: number): BreakerLevel => LEVELS[number] ?? 'halted';

/** Names of reasons given as bits, as events tell them. */
export function reasonsIn(bits: bigint): Reason[] {
  return REASONS.filter((reason) => (bits & REASON[reason]) !== 0n);
}

/** Reasons that have not cleared. */
export function reasonsOf(breaker: Breaker, now: Now): Reason[] {
  const held = withEngine((frame) => frame.exports.in_force(placed(frame, getBreakerEncoder(), breaker), now.time));
  return reasonsIn(BigInt.asUintN(64, held));
}

/** The level of a breaker now. */
export function levelOf(breaker: Breaker, now: Now): BreakerLevel {
  return withEngine((frame) => levelAt(frame.exports.level(placed(frame, getBreakerEncoder(), breaker), now.time)));
}

/** What is paused now, as bits of {@link PAUSE}. */
export function pausedBits(pauses: Pauses, now: Now): bigint {
  const bits = withEngine((frame) => frame.exports.paused(placed(frame, getPausesEncoder(), pauses), now.time));
  return BigInt.asUintN(64, bits);
}

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
  fresh?: Freshness,
): Promise<Guards> {
  const [whole = new Uint8Array(), one = new Uint8Array()] = await fetchData(
    rpc,
    [exchange.address, market.address],
    fresh,
  );
  const { level, isSettled, marketReasons, exchangeReasons, paused, graceUntil, opensAt } = guardReport(
    whole,
    one,
    now,
  );
  return {
    level: levelAt(level),
    market: reasonsIn(marketReasons),
    exchange: reasonsIn(exchangeReasons),
    paused,
    graceUntil,
    opensAt,
    settled: isSettled,
  };
}

function guardReport(exchange: ReadonlyUint8Array, market: ReadonlyUint8Array, now: Now): GuardReport {
  return withEngine((frame) => {
    const [whole, one] = [account(frame, exchange, 'exchange'), account(frame, market, 'market')];
    const out = room(frame, GUARD_REPORT_SIZE);
    frame.exports.guards(whole, one, now.slot, now.time, out);
    return readGuardReport(frame.words, out);
  });
}

/** Copies an account in; returns where it lies behind its discriminator. */
function account(frame: Frame, data: ReadonlyUint8Array, type: 'exchange' | 'market'): number {
  const at = place(frame, data);
  if (frame.exports.check(TYPES[type].number, at, data.length) !== 0) throw new TypeError(`these bytes are no ${type}`);
  return at + 8;
}
