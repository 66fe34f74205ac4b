/** The buffer a program is written to, before it is deployed from it: made once, continued where it was left. */
import { createAddressWithSeed, type Address, type Instruction, type TransactionSigner } from '@solana/kit';
import { priorityFor, send } from '@breakwater/client';
import {
  getCloseInstruction,
  getInitializeBufferInstruction,
  getSetAuthorityInstruction,
  getWriteInstruction,
  LOADER_V3_PROGRAM_ADDRESS,
} from '@solana-program/loader-v3';
import { getAllocateWithSeedInstruction, getTransferSolInstruction } from '@solana-program/system';
import type { Operator } from '../operator.js';
import { sendEach } from './batch.js';
import { BUFFER_HEADER, loadBuffer, programHash } from './state.js';

/** Bytes of a program one transaction carries beside its signature, accounts and limits. */
export const CHUNK = 900;
/** A write costs some 2,700 units: this leaves room for the three programs a transaction calls. */
export const WRITE_UNITS = 10_000;
/** How often what has not arrived is written again before the network is held to be down. */
const ROUNDS = 8;

/** A piece of a program and where it belongs. */
export type Chunk = { readonly offset: number; readonly bytes: Uint8Array };

/** What an operator's buffer for these bytes is derived with: other bytes have another buffer. */
export function bufferSeed(program: Uint8Array): string {
  return programHash(program).slice(0, 32);
}

/** Where an operator writes these bytes: the same address in every run, so that a run continues what another began. */
export function bufferAddress(operator: Address, program: Uint8Array): Promise<Address> {
  return createAddressWithSeed({
    baseAddress: operator,
    programAddress: LOADER_V3_PROGRAM_ADDRESS,
    seed: bufferSeed(program),
  });
}

/** Bytes of a buffer's account. */
export const bufferSize = (program: Uint8Array): bigint => BigInt(BUFFER_HEADER + program.length);

/** How many pieces a program is written in. */
export const chunkCount = (program: Uint8Array): number => Math.ceil(program.length / CHUNK);

/** What a buffer lacks of a program. A new buffer is all zero. */
export function missingChunks(program: Uint8Array, written: Uint8Array = new Uint8Array(program.length)): Chunk[] {
  const chunks: Chunk[] = [];
  for (let offset = 0; offset < program.length; offset += CHUNK) {
    const bytes = program.subarray(offset, offset + CHUNK);
    const there = written.subarray(offset, offset + bytes.length);
    if (!Buffer.from(there.buffer, there.byteOffset, there.byteLength).equals(bytes)) chunks.push({ offset, bytes });
  }
  return chunks;
}

/**
 * Makes a buffer. Not by `createAccount`, which refuses an address that holds a lamport: anyone could send one there.
 *
 * @param rent - What makes its size exempt.
 * @param held - What lies there already, lamports.
 */
async function createBuffer(operator: Operator, program: Uint8Array, rent: bigint, held: bigint): Promise<void> {
  const buffer = await bufferAddress(operator.payer.address, program);
  const missing = rent > held ? rent - held : 0n;
  await send(operator, [
    getTransferSolInstruction({ source: operator.payer, destination: buffer, amount: missing }),
    getAllocateWithSeedInstruction({
      newAccount: buffer,
      baseAccount: operator.payer,
      base: operator.payer.address,
      seed: bufferSeed(program),
      space: bufferSize(program),
      programAddress: LOADER_V3_PROGRAM_ADDRESS,
    }),
    getInitializeBufferInstruction({ sourceAccount: buffer, bufferAuthority: operator.payer.address }),
  ]);
}

/** Writes what a buffer lacks, until it lacks nothing; makes it first where there is none. Says how many pieces are left. */
export async function fillBuffer(
  operator: Operator,
  program: Uint8Array,
  progress: (left: number) => void,
): Promise<void> {
  const { rpc } = operator;
  const address = await bufferAddress(operator.payer.address, program);
  if ((await loadBuffer(rpc, address)) === undefined) {
    const { value: held } = await rpc.getBalance(address, { commitment: 'confirmed' }).send();
    const rent = await rpc.getMinimumBalanceForRentExemption(bufferSize(program)).send();
    await createBuffer(operator, program, rent, held);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const missing = missingChunks(program, (await loadBuffer(rpc, address))?.bytes);
    if (missing.length === 0) return;
    const writes = missing.map(({ offset, bytes }) => write(operator.payer, address, { offset, bytes }));
    const priority = await priorityFor(operator, writes.slice(0, 1));
    const budget = { units: WRITE_UNITS, priority };
    const { failures } = await sendEach(operator, writes, budget, (done) => progress(missing.length - done));
    if (failures[0] !== undefined) throw new Error(`the loader refuses to write to ${address}: ${failures[0]}`);
  }
  throw new Error(`some pieces never arrived in ${address}: run it again, and it goes on from there`);
}

function write(authority: TransactionSigner, buffer: Address, { offset, bytes }: Chunk): Instruction {
  return getWriteInstruction({ bufferAccount: buffer, bufferAuthority: authority, offset, bytes });
}

/** Hands a buffer over: a program is upgraded only from a buffer of its own authority. */
export function giveBuffer(operator: TransactionSigner, buffer: Address, to: Address): Instruction {
  return getSetAuthorityInstruction({
    bufferOrProgramDataAccount: buffer,
    currentAuthority: operator,
    newAuthority: to,
  });
}

/** Takes the rent of a buffer back that is not needed. */
export function closeBuffer(operator: TransactionSigner, buffer: Address): Instruction {
  return getCloseInstruction({
    bufferOrProgramDataAccount: buffer,
    destinationAccount: operator.address,
    authority: operator,
  });
}
