/** Errors by their names, and which of them a file has reached. */
import { type FailureName, TransactionFailure } from '@breakwater/client';
import { expect } from 'vitest';

const names = new Set<FailureName>();

/** Errors this file has reached; `exercised.js` counts the program's own. */
export const reached = (): FailureName[] => [...names];

/** Notes that an error was reached. */
export function reach(name: FailureName): void {
  names.add(name);
}

/** Name of the error an attempt is refused with. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'it succeeded',
    (error: unknown) => {
      if (error instanceof TransactionFailure) return error.errorName;
      throw error;
    },
  );
}

/** Waits for a refusal by one name. */
export async function expectError(name: FailureName, attempt: Promise<unknown>): Promise<void> {
  expect(await refusalOf(attempt)).toBe(name);
  reach(name);
}
