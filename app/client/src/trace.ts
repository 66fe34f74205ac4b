/** What is known of a transaction that failed, from its simulation or from the chain. */
import {
  type Address,
  type Base64EncodedBytes,
  getBase64Encoder,
  type GetTransactionApi,
  type Rpc,
  type Signature,
} from '@solana/kit';
import type { Circumstances, RawError, Returned } from './errors.js';
import { wait } from './node.js';

/** How often a node is asked for a transaction that it has just confirmed, and how long between. */
const ATTEMPTS = 5;
const WAIT_MILLISECONDS = 300;

/** What a failed transaction is explained by. */
export type Trace = Pick<Circumstances, 'logs' | 'called' | 'returned' | 'units'>;

/** What a node says a program returned. */
type RawReturned = { readonly programId: Address; readonly data: readonly [Base64EncodedBytes, 'base64'] };

/** Instructions that one instruction called, as nodes list them: decoded or not, an address or an index of one. */
type RawInner = {
  readonly index: number;
  readonly instructions: readonly { readonly programId?: Address; readonly programIdIndex?: number }[];
};

/** What a program returned. */
export function returnedOf(raw: RawReturned | null | undefined): Returned | undefined {
  if (raw === null || raw === undefined) return undefined;
  return { program: raw.programId, data: getBase64Encoder().encode(raw.data[0]) };
}

/** Programs that the failing instruction called; none where the node does not list them. */
export function calledIn(
  error: RawError,
  inner: readonly RawInner[] | null | undefined,
  keys: readonly Address[] = [],
): Address[] | undefined {
  const failing = typeof error === 'string' ? undefined : error['InstructionError'];
  if (!Array.isArray(failing) || inner === null || inner === undefined) return undefined;
  const calls = inner.filter(({ index }) => index === Number(failing[0])).flatMap(({ instructions }) => instructions);
  const programs = calls.map(({ programId, programIdIndex }) => programId ?? keys[programIdIndex ?? -1]);
  return programs.every((program) => program !== undefined) ? programs : undefined;
}

/** What the chain keeps of a transaction that failed. Nothing where the node does not tell. */
export async function traceOf(
  rpc: Rpc<GetTransactionApi>,
  error: RawError,
  { signature, units: limit }: { readonly signature: Signature; readonly units: number },
): Promise<Trace> {
  const found = await fetchTransaction(rpc, signature);
  if (found === undefined || found.meta === null) return {};
  const { meta } = found;
  const { writable = [], readonly = [] } = meta.loadedAddresses ?? {};
  // Some nodes leave parts out: what they tell still counts.
  const own = (found.transaction as Partial<typeof found.transaction>).message?.accountKeys ?? [];
  const keys = [...own, ...writable, ...readonly];
  const taken = meta.computeUnitsConsumed;
  return {
    logs: meta.logMessages ?? [],
    called: calledIn(error, meta.innerInstructions, keys),
    returned: returnedOf(meta.returnData),
    ...(taken === undefined ? {} : { units: { taken: Number(taken), limit } }),
  };
}

async function fetchTransaction(rpc: Rpc<GetTransactionApi>, signature: Signature) {
  const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const found = await rpc
      .getTransaction(signature, config)
      .send()
      .catch(() => null);
    if (found !== null) return found;
    await wait(WAIT_MILLISECONDS);
  }
  return undefined;
}
