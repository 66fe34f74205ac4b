/** What every story uses: a network and an exchange of its own, and errors by their names. */
import { Network, type Setup, Stage } from '@breakwater/localnet';
import { type ErrorName, fetchEvents, type ProgramEvent, TransactionFailure } from '@breakwater/client';
import type { Signature } from '@solana/kit';
import { afterAll, beforeAll, expect } from 'vitest';
import { recordExercised } from './exercised.js';

export * from './days.js';
export * from './markets.js';
export * from './offer.js';

/** Errors this file has reached. */
const reached = new Set<ErrorName>();

/** Starts a network before a file's tests, for those that open exchanges themselves, and stops it after them. */
export function useNetwork(): () => Network {
  let network: Network | undefined;
  beforeAll(async () => {
    network = await Network.start();
  });
  afterAll(() => {
    if (network === undefined) return;
    recordExercised([...network.exercised], [...reached]);
    network.stop();
  });
  return () => {
    if (network === undefined) throw new Error('the network has not started');
    return network;
  };
}
