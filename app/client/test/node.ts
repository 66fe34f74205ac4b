/** A node that answers as it is told to: what no real one does on demand. */
import {
  type Address,
  createSolanaRpcFromTransport,
  generateKeyPairSigner,
  type Instruction,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
  SolanaError,
} from '@solana/kit';
import { type Budget, type Reader, send, type SenderRpc, TransactionFailure } from '../src/index.js';
import { vi } from 'vitest';

/** What a method answers, by how often it was asked before. Throws where the node does not answer. */
export type Answer = (asked: number) => unknown;

/** A JSON-RPC error in the place of a result. */
export class RpcError {
  constructor(
    readonly code: number,
    readonly message: string,
    readonly data?: unknown,
  ) {}
}

/** An HTTP answer that is no JSON-RPC. */
export function http(statusCode: number, headers: Record<string, string> = {}): never {
  throw new SolanaError(SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR, {
    statusCode,
    message: 'no JSON-RPC',
    headers: new Headers(headers),
  });
}

/** What a blockhash lives to in these tests. */
export const LAST_BLOCK = 150;
const BLOCKHASH = 'EkSnNWid2cvwEVnVx9aBqawnmiCNiDgp3gUdkDPTKN1N';

/** Answers with a slot, as most methods do. */
export const slotted = (value: unknown) => ({ context: { slot: 1 }, value });

/** What getEpochInfo answers. */
export const epoch = (absoluteSlot: number, blockHeight: number) => ({
  absoluteSlot,
  blockHeight,
  epoch: 0,
  slotIndex: 0,
  slotsInEpoch: 432_000,
  transactionCount: 0,
});

/** What getSignatureStatuses answers of the one signature asked for. */
export const status = (confirmationStatus: string, err: unknown = null) =>
  slotted([{ slot: 1, confirmations: 0, err, confirmationStatus, status: err === null ? { Ok: null } : { Err: err } }]);

/** What it answers of a signature it does not know. */
export const UNKNOWN = slotted([null]);

const USUAL: Readonly<Record<string, Answer>> = {
  getLatestBlockhash: () => slotted({ blockhash: BLOCKHASH, lastValidBlockHeight: LAST_BLOCK }),
  getRecentPrioritizationFees: () => [],
  simulateTransaction: () => slotted({ err: null, logs: [], unitsConsumed: 1_000 }),
  sendTransaction: () => '1'.repeat(64),
  getBlockHeight: () => 1,
  getEpochInfo: () => epoch(1, 1),
  getSignatureStatuses: () => status('confirmed'),
  getTransaction: () => null,
};

/** A node that does the usual but for what a test says, and what it was asked. */
export function node(answers: Readonly<Record<string, Answer>> = {}): {
  rpc: SenderRpc & Reader;
  asked: Map<string, number>;
  sent: { readonly method: string; readonly params: readonly unknown[] }[];
} {
  const asked = new Map<string, number>();
  const sent: { method: string; params: readonly unknown[] }[] = [];
  const all = { ...USUAL, ...answers };
  const transport = async <T>({ payload }: { payload: unknown }): Promise<T> => {
    const { id, method, params } = payload as { id: string; method: string; params: readonly unknown[] };
    sent.push({ method, params });
    const before = asked.get(method) ?? 0;
    asked.set(method, before + 1);
    const said = await Promise.resolve(all[method]?.(before));
    const outcome = said instanceof RpcError ? { error: { ...said } } : { result: said };
    // A node sends text: numbers and nothing else survive it.
    return JSON.parse(JSON.stringify({ jsonrpc: '2.0', id, ...outcome })) as T;
  };
  return { rpc: createSolanaRpcFromTransport(transport), asked, sent };
}

/** A budget: nothing is simulated first. */
export const BUDGET: Budget = { units: 1_000, priority: 0n };

/** An instruction of any program with so many accounts. */
export async function instruction(programAddress: Address, accounts = 0): Promise<Instruction> {
  const signers = await Promise.all(Array.from({ length: accounts }, () => generateKeyPairSigner()));
  return { programAddress, accounts: signers.map(({ address }) => ({ address, role: 0 })), data: new Uint8Array(8) };
}

/** Sends while the clock runs as fast as it can; returns what failed. */
export async function failureOf(
  rpc: SenderRpc,
  instructions: readonly Instruction[],
  budget?: Budget,
): Promise<TransactionFailure> {
  const outcome = await hurried(rpc, instructions, budget);
  if (outcome instanceof TransactionFailure) return outcome;
  throw outcome instanceof Error ? outcome : new Error(`it succeeded: ${outcome}`);
}

/** The same, whatever comes of it: the signature, or an error. */
export async function hurried(
  rpc: SenderRpc,
  instructions: readonly Instruction[],
  budget?: Budget,
): Promise<string | Error> {
  const payer = await generateKeyPairSigner();
  return fast(async () => (await send({ rpc, payer }, instructions, budget)).signature);
}

/** Does something while the clock runs as fast as it can: its result, or the error it ends with. */
export async function fast<T>(act: () => Promise<T>): Promise<T | Error> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] });
  try {
    let outcome: T | Error | undefined;
    const done = act().then(
      (found) => (outcome = found),
      (error: unknown) => (outcome = error instanceof Error ? error : new Error(String(error))),
    );
    while (outcome === undefined) {
      await vi.advanceTimersByTimeAsync(100);
      // Signing happens outside this thread: the fake clock must not outrun it.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    return outcome;
  } finally {
    vi.useRealTimers();
  }
}
