/** What a withdrawal is told that the bound on outflow refuses. */
import type { TransactionFailure } from './errors.js';

/** When it passes, and how much of it. */
export type Reopening = {
  /** From when on, unless somebody else is counted before; a promise of the queue is kept whoever is. Unix seconds. */
  readonly reopensAt: bigint;
  /** What passes then: all of it, or as much as is counted at once. Atoms. */
  readonly most: bigint;
};

/** What a refusal says; none where it is for good, or where the node kept the logs to itself. */
export function reopeningOf({ logs }: TransactionFailure): Reopening | undefined {
  for (const line of logs) {
    const found = /^Program log: reopens_at: (\d+) most: (\d+)$/.exec(line);
    if (found?.[1] !== undefined && found[2] !== undefined) {
      return { reopensAt: BigInt(found[1]), most: BigInt(found[2]) };
    }
  }
  return undefined;
}
