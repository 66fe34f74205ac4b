/** The program's events. It sends each to itself (`emit_cpi!`), so they are inner instructions and no log can lose them. */
import {
  type Address,
  getBase16Decoder,
  getBase58Encoder,
  type ReadonlyUint8Array,
  type Rpc,
  type GetTransactionApi,
  type Signature,
} from '@solana/kit';
import { BREAKWATER_PROGRAM_ADDRESS } from './generated/index.js';
import { EVENT_AUTHORITY, EVENTS, type ProgramEvent } from './generated/tables.js';

export type { ProgramEvent };

/** An event of a newer program, which this client does not know: its bytes, tag and discriminator included. */
export type UnknownEvent = { readonly kind: 'Unknown'; readonly data: ReadonlyUint8Array };

/** What every event instruction begins with. */
const TAG = 'e445a52e51cb9a1d';

/** An inner instruction as `getTransaction` has it under `json` encoding. */
export type InnerInstruction = {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: string;
};

/**
 * An event from the data of an inner instruction to the program itself; none where it is no event this client knows. One that a
 * newer program made longer is decoded as far as it was.
 */
export function decodeEvent(data: ReadonlyUint8Array): ProgramEvent | undefined {
  const hex = getBase16Decoder();
  if (data.length < 16 || hex.decode(data.slice(0, 8)) !== TAG) return undefined;
  try {
    return EVENTS[hex.decode(data.slice(8, 16))]?.(data.slice(16));
  } catch {
    // Shorter than it was, or with a value no decoder knows: as unknown as one of a new kind.
    return undefined;
  }
}

/**
 * Events among inner instructions, those this client does not know as such. Only those the program signed for count: anyone may
 * send it bytes.
 */
export function eventsAmong(
  instructions: readonly InnerInstruction[],
  keys: readonly Address[],
): (ProgramEvent | UnknownEvent)[] {
  const ours = instructions.filter(
    ({ programIdIndex, accounts }) =>
      keys[programIdIndex] === BREAKWATER_PROGRAM_ADDRESS && keys[accounts[0] ?? -1] === EVENT_AUTHORITY,
  );
  return ours.map((instruction) => {
    const data = getBase58Encoder().encode(instruction.data);
    return decodeEvent(data) ?? { kind: 'Unknown', data };
  });
}

/** Events of a confirmed transaction, in their order; none where the cluster does not know it. One that failed has none. */
export async function fetchEvents(
  rpc: Rpc<GetTransactionApi>,
  signature: Signature,
): Promise<(ProgramEvent | UnknownEvent)[] | undefined> {
  const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
  const found = await rpc.getTransaction(signature, config).send();
  if (found === null || found.meta === null) return undefined;
  // Inner instructions before the one that failed are listed too, and undone.
  if (found.meta.err !== null) return [];
  const loaded = found.meta.loadedAddresses;
  const keys = [...found.transaction.message.accountKeys, ...(loaded?.writable ?? []), ...(loaded?.readonly ?? [])];
  return (found.meta.innerInstructions ?? []).flatMap(({ instructions }) => eventsAmong(instructions, keys));
}
