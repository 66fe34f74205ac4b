/** Pauses: what the authority and the guardian stop, for how long, and how it ends. */
import type { Instruction, TransactionSigner } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from '../accounts.js';
import {
  getClearPausesInstruction,
  getGuardianPauseInstruction,
  getSetPauseBitsInstruction,
} from '../generated/index.js';
import { PAUSE } from '../generated/engine.js';
import { INSTRUCTIONS_SYSVAR } from './common.js';

export { PAUSE };

/** What to pause, and for how long; without a market, all of the exchange. */
export type Pausing = {
  /** Of {@link PAUSE}; zero lifts what the same office has paused. */
  readonly bits: bigint;
  /** Until then from now; zero only where nothing is paused. */
  readonly seconds: bigint;
  readonly market?: MarketHandle | undefined;
};

/** Lifts what an office has paused. */
export const NO_PAUSE: Pausing = { bits: 0n, seconds: 0n };

function pausing(exchange: ExchangeHandle, { bits, seconds, market }: Pausing) {
  const paused = market === undefined ? {} : { market: market.address };
  return { exchange: exchange.address, ...paused, instructions: INSTRUCTIONS_SYSVAR, bits, seconds };
}

/** The authority replaces its own pauses. */
export function setPause(exchange: ExchangeHandle, authority: TransactionSigner, wanted: Pausing): Instruction {
  return getSetPauseBitsInstruction({ authority, ...pausing(exchange, wanted) });
}

/** The guardian adds to its own: a day at most, three times a week. */
export function guardianPause(exchange: ExchangeHandle, guardian: TransactionSigner, wanted: Pausing): Instruction {
  return getGuardianPauseInstruction({ guardian, ...pausing(exchange, wanted) });
}

/** Takes pauses that have run out off the books. Anyone. */
export function clearPauses(exchange: ExchangeHandle, market?: MarketHandle): Instruction {
  const cleared = market === undefined ? {} : { market: market.address };
  return getClearPausesInstruction({ exchange: exchange.address, ...cleared });
}
