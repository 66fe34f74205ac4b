/** Many small transactions at once: signed with one blockhash, sent side by side, asked about together. */
import {
  appendTransactionMessageInstruction,
  type Base64EncodedWireTransaction,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  type Instruction,
  pipe,
  setTransactionMessageComputeUnitLimit,
  setTransactionMessageComputeUnitPrice,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  type Signature,
  signTransactionMessageWithSigners,
} from '@solana/kit';
import type { Budget } from '@breakwater/client';
import type { Operator } from '../operator.js';

/** As many as one question about signatures may name. */
const BATCH = 256;
/** Requests under way at once, unless the operator says otherwise. */
const PARALLEL = 16;
const POLL_FIRST = 50;
const POLL_MOST = 1_000;
/** What has not been seen after this long is sent again. */
const RESEND = 3_000;
/** A blockhash lives about a minute. */
const GIVE_UP = 60_000;

/** What became of many transactions. */
export type Outcome = {
  readonly confirmed: number;
  /** Neither confirmed nor failed before their blockhash ran out. */
  readonly unknown: number;
  /** What a node said of those that failed. */
  readonly failures: readonly string[];
};

type Signed = { readonly signature: Signature; readonly wire: Base64EncodedWireTransaction };

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Does something with each, so many at once. */
export async function inParallel<T>(items: readonly T[], many: number, act: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(many, items.length) }, worker));
}

async function signAll(operator: Operator, instructions: readonly Instruction[], budget: Budget): Promise<Signed[]> {
  const { value: lifetime } = await operator.rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
  const sign = async (instruction: Instruction): Promise<Signed> => {
    const message = pipe(
      createTransactionMessage({ version: 0 }),
      (m) => setTransactionMessageFeePayerSigner(operator.payer, m),
      (m) => setTransactionMessageLifetimeUsingBlockhash(lifetime, m),
      (m) => appendTransactionMessageInstruction(instruction, m),
      (m) => setTransactionMessageComputeUnitLimit(budget.units, m),
      (m) => setTransactionMessageComputeUnitPrice(budget.priority, m),
    );
    const signed = await signTransactionMessageWithSigners(message);
    return { signature: getSignatureFromTransaction(signed), wire: getBase64EncodedWireTransaction(signed) };
  };
  return Promise.all(instructions.map(sign));
}

/** Sends, and names those the node did not take: nodes refuse some when they are many. */
async function submit(operator: Operator, many: number, transactions: readonly Signed[]): Promise<Set<Signed>> {
  const refused = new Set<Signed>();
  await inParallel(transactions, many, async (transaction) => {
    const config = { encoding: 'base64', skipPreflight: true, maxRetries: 3n } as const;
    await operator.rpc
      .sendTransaction(transaction.wire, config)
      .send()
      .catch(() => refused.add(transaction));
  });
  return refused;
}

async function settle(operator: Operator, many: number, transactions: readonly Signed[]): Promise<Outcome> {
  const began = Date.now();
  let [open, confirmed, sent, pause] = [[...transactions], 0, began, POLL_FIRST];
  const failures: string[] = [];
  let refused = await submit(operator, many, open);
  while (open.length > 0 && Date.now() - began < GIVE_UP) {
    const { value } = await operator.rpc.getSignatureStatuses(open.map(({ signature }) => signature)).send();
    open = open.filter((_, at) => {
      const status = value[at];
      if (status === undefined || status === null) return true;
      if (status.err !== null) {
        failures.push(
          JSON.stringify(status.err, (_, held: unknown) => (typeof held === 'bigint' ? Number(held) : held)),
        );
        return false;
      }
      if (status.confirmationStatus === 'processed') return true;
      confirmed += 1;
      return false;
    });
    if (open.length === 0) break;
    await wait(pause);
    pause = Math.min(pause * 2, POLL_MOST);
    const isLate = Date.now() - sent > RESEND;
    if (isLate) sent = Date.now();
    // Those a node refused never set out: they need not be waited for.
    const again = isLate ? open : open.filter((one) => refused.has(one));
    if (again.length > 0) refused = await submit(operator, many, again);
  }
  return { confirmed, unknown: open.length, failures };
}

/** Sends each instruction in a transaction of its own, and waits for all. In any order: they must not depend on each other. */
export async function sendEach(
  operator: Operator,
  instructions: readonly Instruction[],
  budget: Budget,
  progress: (confirmed: number) => void,
): Promise<Outcome> {
  const many = operator.parallel ?? PARALLEL;
  let all: Outcome = { confirmed: 0, unknown: 0, failures: [] };
  for (let at = 0; at < instructions.length; at += BATCH) {
    const signed = await signAll(operator, instructions.slice(at, at + BATCH), budget);
    const { confirmed, unknown, failures } = await settle(operator, many, signed);
    all = {
      confirmed: all.confirmed + confirmed,
      unknown: all.unknown + unknown,
      failures: [...all.failures, ...failures],
    };
    progress(all.confirmed);
    // Whatever refuses one write refuses the rest.
    if (failures.length > 0) return all;
  }
  return all;
}
