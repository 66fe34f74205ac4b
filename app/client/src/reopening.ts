/** What a withdrawal is told that the bound on outflow refuses. */
import type { TransactionFailure } from './errors.js';
import { BREAKWATER_PROGRAM_ADDRESS } from './generated/index.js';

/** When it passes, and how much of it. */
export type Reopening = {
  /** From when on, unless somebody else is counted before; a promise of the queue is kept whoever is. Unix seconds. */
  readonly reopensAt: bigint;
  /** What passes then: all of it, or as much as is counted at once. Atoms. */
  readonly most: bigint;
};

/** A moment, unix seconds, and an amount, atoms, as the program returns them: low first. */
const RETURNED_SIZE = 16;

/**
 * What a refusal says; none where it is for good, or where the node kept both to itself what the program returned and what it
 * logged. What it returned counts first: no log limit cuts it.
 */
export function reopeningOf({ logs, returned }: TransactionFailure): Reopening | undefined {
  if (returned?.program === BREAKWATER_PROGRAM_ADDRESS && returned.data.length === RETURNED_SIZE) {
    const bytes = new DataView(Uint8Array.from(returned.data).buffer);
    return { reopensAt: bytes.getBigInt64(0, true), most: bytes.getBigUint64(8, true) };
  }
  for (const line of logs) {
    const found = /^Program log: reopens_at: (\d+) most: (\d+)$/.exec(line);
    if (found?.[1] !== undefined && found[2] !== undefined) {
      return { reopensAt: BigInt(found[1]), most: BigInt(found[2]) };
    }
  }
  return undefined;
}
