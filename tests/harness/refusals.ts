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

/** What an attempt fails with. Throws where it succeeds, or where something else is wrong. */
export async function failureOf(attempt: Promise<unknown>): Promise<TransactionFailure> {
  const error = await attempt.then(
    () => new Error('it succeeded'),
    (failure: unknown) => failure,
  );
  if (error instanceof TransactionFailure) return error;
  throw error;
}

/** Name of the error an attempt is refused with; `it succeeded` where it was not. */
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
