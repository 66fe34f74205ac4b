/** Accounts of the upgradeable loader (v3), as they lie on the chain. */
import { createHash } from 'node:crypto';
import {
  type Address,
  fetchEncodedAccount,
  getAddressDecoder,
  getAddressEncoder,
  getProgramDerivedAddress,
  type ReadonlyUint8Array,
} from '@solana/kit';
import type { Reader } from '@breakwater/client';
import { LOADER_V3_PROGRAM_ADDRESS } from '@solana-program/loader-v3';

/** Bytes before the program in a buffer: tag, whether it has an authority, the authority. */
export const BUFFER_HEADER = 37;
/** Bytes before the program in program data: tag, slot, whether it has an authority, the authority. */
export const DATA_HEADER = 45;
/** Bytes of a program account: tag and where its data is. */
export const PROGRAM_SIZE = 36;

const BUFFER = 1;
const PROGRAM = 2;
const PROGRAM_DATA = 3;

/** A buffer: bytes on their way to be a program. */
export type LoaderBuffer = {
  readonly lamports: bigint;
  readonly authority: Address | undefined;
  readonly bytes: Uint8Array;
};

/** A program's bytes and who may replace them. */
export type ProgramData = {
  readonly address: Address;
  /** Slot of its last deployment: it runs from the next one on. */
  readonly slot: bigint;
  /** Who may upgrade it; nobody: it is final. */
  readonly authority: Address | undefined;
  /** The program, and zeros up to the room it has. */
  readonly bytes: Uint8Array;
};

/** What is at an address that is to be a program. */
export type Deployed =
  | { readonly kind: 'none' }
  /** Lamports somebody sent there, nothing else. */
  | { readonly kind: 'funded'; readonly lamports: bigint }
  /** Made for a program, which was not deployed yet. */
  | { readonly kind: 'reserved' }
  | { readonly kind: 'program'; readonly data: ProgramData }
  | { readonly kind: 'other'; readonly why: string };

const CONFIRMED = { commitment: 'confirmed' } as const;
const SYSTEM = '11111111111111111111111111111111';

const tagOf = (data: ReadonlyUint8Array): number => (data.length < 4 ? -1 : (data[0] ?? 0));

/** Of a program: where its bytes are. */
export async function programDataAddress(program: Address): Promise<Address> {
  const seeds = [getAddressEncoder().encode(program)];
  const [found] = await getProgramDerivedAddress({ programAddress: LOADER_V3_PROGRAM_ADDRESS, seeds });
  return found;
}

function optionalKey(data: ReadonlyUint8Array, at: number): Address | undefined {
  return data[at] === 1 ? getAddressDecoder().decode(data, at + 1) : undefined;
}

/** A buffer, or nothing: also where only lamports lie. Throws where something else does. */
export async function loadBuffer(rpc: Reader, address: Address): Promise<LoaderBuffer | undefined> {
  const account = await fetchEncodedAccount(rpc, address, CONFIRMED);
  if (!account.exists || account.programAddress === SYSTEM) return undefined;
  const { data, lamports } = account;
  if (account.programAddress !== LOADER_V3_PROGRAM_ADDRESS || tagOf(data) !== BUFFER) {
    throw new Error(`${address} should be a buffer of the loader, and is something else`);
  }
  return { lamports, authority: optionalKey(data, 4), bytes: data.slice(BUFFER_HEADER) };
}

async function loadProgramData(rpc: Reader, address: Address): Promise<ProgramData | undefined> {
  const account = await fetchEncodedAccount(rpc, address, CONFIRMED);
  if (!account.exists || tagOf(account.data) !== PROGRAM_DATA) return undefined;
  const { data } = account;
  const slot = new DataView(data.buffer, data.byteOffset, data.byteLength).getBigUint64(4, true);
  return { address, slot, authority: optionalKey(data, 12), bytes: data.slice(DATA_HEADER) };
}

/** What is at a program's address. */
export async function loadProgram(rpc: Reader, program: Address): Promise<Deployed> {
  const account = await fetchEncodedAccount(rpc, program, CONFIRMED);
  if (!account.exists) return { kind: 'none' };
  const { data, lamports, programAddress: owner } = account;
  if (owner === SYSTEM && data.length === 0) return { kind: 'funded', lamports };
  if (owner !== LOADER_V3_PROGRAM_ADDRESS) return { kind: 'other', why: `it belongs to ${owner}` };
  if (tagOf(data) === 0 && data.length >= PROGRAM_SIZE) return { kind: 'reserved' };
  if (tagOf(data) !== PROGRAM) return { kind: 'other', why: 'the loader holds something there that is no program' };
  const found = await loadProgramData(rpc, await programDataAddress(program));
  return found === undefined
    ? { kind: 'other', why: 'it was closed: an address can be deployed to once only' }
    : { kind: 'program', data: found };
}

/** Whether bytes on the chain are this program: what follows it is room, and zero. */
export function isSame(onChain: Uint8Array, program: Uint8Array): boolean {
  if (onChain.length < program.length) return false;
  const view = Buffer.from(onChain.buffer, onChain.byteOffset, onChain.byteLength);
  return view.subarray(0, program.length).equals(program) && view.subarray(program.length).every((byte) => byte === 0);
}

/** Hash of a program: of its bytes up to the last that is not zero, so that room does not count. */
export function programHash(bytes: Uint8Array): string {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length -= 1;
  return createHash('sha256').update(bytes.subarray(0, length)).digest('hex');
}
