/** What every story uses: a network and an exchange of its own, and errors by their names. */
import { Network, type Setup, Stage } from '@breakwater/localnet';
import { fetchEvents, type ProgramEvent, type UnknownEvent } from '@breakwater/client';
import type { Signature } from '@solana/kit';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { recordExercised } from './exercised.js';
import { reached } from './refusals.js';

export * from './amounts.js';
export * from './days.js';
export * from './markets.js';
export * from './offer.js';
export * from './plain.js';
export { expectError, failureOf, refusalOf } from './refusals.js';
export * from './swaps.js';

/** Where a story is told: on a local network over JSON-RPC, or on LiteSVM in this process, where days pass at no cost. */
export type Where = 'network' | 'process';

/** Starts a network before a file's tests, for those that open exchanges themselves, and stops it after them. */
export function useNetwork(where: Where = 'network'): () => Network {
  let network: Network | undefined;
  beforeAll(async () => {
    network = await (where === 'network' ? Network.start() : Network.inProcess());
  });
  afterAll(() => {
    if (network === undefined) return;
    recordExercised([...network.exercised], reached());
    network.stop();
  });
  return () => {
    if (network === undefined) throw new Error('the network has not started');
    return network;
  };
}

/**
 * A network for a file's tests, and an exchange of its own for each of them: none can depend on another, and each can be
 * repeated alone.
 */
export function useStage(setup: Setup, where: Where = 'network'): () => Stage {
  const network = useNetwork(where);
  let stage: Stage | undefined;
  beforeEach(async () => {
    stage = await Stage.open(network(), setup);
  });
  return () => {
    if (stage === undefined) throw new Error('the exchange has not been opened');
    return stage;
  };
}

/** Events of a transaction. */
export async function eventsOf(stage: Stage, signature: Signature): Promise<(ProgramEvent | UnknownEvent)[]> {
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
