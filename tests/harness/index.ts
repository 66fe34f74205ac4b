/** What every story uses: a network and an exchange of its own, and errors by their names. */
import { Network, type Setup, Stage } from '@breakwater/localnet';
import { type ErrorName, fetchEvents, type ProgramEvent, TransactionFailure } from '@breakwater/client';
import type { Signature } from '@solana/kit';
import { afterAll, beforeAll, expect } from 'vitest';
import { recordExercised } from './exercised.js';

export * from './markets.js';

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

/** Starts a network and an exchange before a file's tests, and stops it after them. */
export function useStage(setup: Setup): () => Stage {
  const network = useNetwork();
  let stage: Stage | undefined;
  beforeAll(async () => {
    stage = await Stage.open(network(), setup);
  });
  return () => {
    if (stage === undefined) throw new Error('the exchange is not open');
    return stage;
  };
}

/** Waits for a refusal by one name. */
export async function expectError(name: ErrorName, attempt: Promise<unknown>): Promise<void> {
  await expectFailure(name, attempt);
  reached.add(name);
}

/** The same for what the runtime or another program refuses. */
export async function expectFailure(name: string, attempt: Promise<unknown>): Promise<void> {
  const outcome = await attempt.then(
    () => 'it succeeded',
    (error: unknown) => {
      if (error instanceof TransactionFailure) return error.errorName;
      throw error;
    },
  );
  expect(outcome).toBe(name);
}

/** Events of a transaction. */
export async function eventsOf(stage: Stage, signature: Signature): Promise<ProgramEvent[]> {
  const events = await fetchEvents(stage.network.rpc, signature);
  if (events === undefined) throw new Error(`the network does not know ${signature}`);
  return events;
}

/** The one event of a kind among a transaction's. */
export async function eventOf<K extends ProgramEvent['kind']>(
  stage: Stage,
  signature: Signature,
  kind: K,
): Promise<Extract<ProgramEvent, { kind: K }>> {
  const events = await eventsOf(stage, signature);
  const found = events.filter((event): event is Extract<ProgramEvent, { kind: K }> => event.kind === kind);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} events ${kind} among ${events.map((event) => event.kind).join(', ')}`);
  }
  return only;
}

/** Two amounts of atoms that only rounding and the named things may tell apart. */
export function expectNear(actual: bigint, expected: bigint, within: bigint): void {
  const apart = actual > expected ? actual - expected : expected - actual;
  expect(apart <= within, `${actual} is ${apart} from ${expected}, more than ${within}`).toBe(true);
}
