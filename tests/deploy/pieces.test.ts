import { readFileSync } from 'node:fs';
import { bufferAddress, chunkCount, fillBuffer } from '@breakwater/migrations/loader/buffer';
import { LOADER_V3_PROGRAM_ADDRESS, getWriteInstructionDataDecoder } from '@solana-program/loader-v3';
import {
  type Base64EncodedWireTransaction,
  createSolanaRpcFromTransport,
  generateKeyPairSigner,
  getAddressEncoder,
  getBase64Decoder,
  getBase64Encoder,
  getCompiledTransactionMessageDecoder,
  getSignatureFromTransaction,
  getTransactionDecoder,
  type RpcTransport,
} from '@solana/kit';
import { expect, test } from 'vitest';
import { PROGRAM } from './site.js';

const LATEST = { context: { slot: 1 } } as const;
const WIRE_MAX = 1_232;

/** A node at the far end of a bad line. It holds one buffer, takes writes to it, and loses or refuses some. */
class BadLine {
  readonly data: Uint8Array;
  /** Transactions that arrived, refused or lost ones included. */
  sent = 0;
  refused = 0;
  lost = 0;
  largest = 0;
  readonly #confirmed = new Set<string>();

  constructor(header: Uint8Array, size: number) {
    this.data = new Uint8Array(header.length + size);
    this.data.set(header);
  }

  /** Writes as the loader would, once. */
  #take(wire: Base64EncodedWireTransaction): string {
    this.sent += 1;
    const bytes = getBase64Encoder().encode(wire);
    this.largest = Math.max(this.largest, bytes.length);
    const transaction = getTransactionDecoder().decode(bytes);
    const signature = getSignatureFromTransaction(transaction);
    if (this.sent % 100 === 0) {
      this.refused += 1;
      throw new Error('too many requests');
    }
    if (this.sent % 777 === 0) {
      this.lost += 1;
      return signature;
    }
    const message = getCompiledTransactionMessageDecoder().decode(transaction.messageBytes);
    if (message.version !== 0) throw new Error('version 0 was expected');
    for (const { programAddressIndex, data } of message.instructions) {
      if (message.staticAccounts[programAddressIndex] !== LOADER_V3_PROGRAM_ADDRESS || data === undefined) continue;
      const { offset, bytes: piece } = getWriteInstructionDataDecoder().decode(data);
      this.data.set(piece, 37 + offset);
    }
    this.#confirmed.add(signature);
    return signature;
  }

  answer(method: string, [first]: readonly unknown[]): unknown {
    if (method === 'sendTransaction') return this.#take(first as Base64EncodedWireTransaction);
    if (method === 'getLatestBlockhash') {
      return { ...LATEST, value: { blockhash: LOADER_V3_PROGRAM_ADDRESS, lastValidBlockHeight: 100 } };
    }
    if (method === 'getRecentPrioritizationFees') return [];
    if (method === 'getSignatureStatuses') {
      const found = { confirmationStatus: 'confirmed', err: null, slot: 1, confirmations: 1, status: { Ok: null } };
      return { ...LATEST, value: (first as string[]).map((one) => (this.#confirmed.has(one) ? found : null)) };
    }
    if (method === 'getAccountInfo') {
      const data = [getBase64Decoder().decode(this.data), 'base64'];
      const owner = LOADER_V3_PROGRAM_ADDRESS;
      return {
        ...LATEST,
        value: { data, owner, executable: false, lamports: 1, rentEpoch: 0, space: this.data.length },
      };
    }
    throw new Error(`nobody asks a node for ${method} here`);
  }
}

test('every piece of the whole program arrives over a line that loses and refuses some', async () => {
  const program = new Uint8Array(readFileSync(PROGRAM));
  const payer = await generateKeyPairSigner();
  const header = Uint8Array.of(1, 0, 0, 0, 1, ...getAddressEncoder().encode(payer.address));
  const line = new BadLine(header, program.length);
  const transport = (async ({ payload }: Parameters<RpcTransport>[0]) => {
    const { id, method, params } = payload as { id: unknown; method: string; params: readonly unknown[] };
    return { jsonrpc: '2.0', id, result: line.answer(method, params) };
  }) as RpcTransport;
  const operator = { rpc: createSolanaRpcFromTransport(transport), payer };
  const left: number[] = [];
  await fillBuffer(operator, program, (open) => left.push(open));
  expect(Buffer.from(line.data.subarray(37)).equals(program)).toBe(true);
  expect(left.at(-1)).toBe(0);
  expect(line.refused).toBeGreaterThan(20);
  expect(line.lost).toBeGreaterThan(1);
  // Pieces of zeros are there from the start; what was refused or lost was sent again, and nothing else.
  expect(line.sent).toBeLessThanOrEqual(chunkCount(program) + line.refused + line.lost);
  expect(line.largest).toBeLessThanOrEqual(WIRE_MAX);
  expect(line.largest).toBeGreaterThan(WIRE_MAX - 100);
  await fillBuffer(operator, program, () => {
    throw new Error('nothing was left to write');
  });
  expect(await bufferAddress(payer.address, program)).not.toBe(await bufferAddress(payer.address, program.subarray(1)));
});
