/** Transactions signed for one state of the chain and sent together: whoever comes second finds what the first has left. */
import {
  appendTransactionMessageInstructions,
  type Base64EncodedWireTransaction,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  type Instruction,
  type KeyPairSigner,
  pipe,
  setTransactionMessageComputeUnitLimit,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  type Signature,
  signTransactionMessageWithSigners,
} from '@solana/kit';
import { explain, type RawError } from '@breakwater/client';
import type { Stage } from '@breakwater/localnet';
import { expect } from 'vitest';

/** What somebody wants to send. */
export type Runner = { readonly signer: KeyPairSigner; readonly instructions: readonly Instruction[] };

/** How a transaction ended on the chain: `error` names why it failed. */
export type Finish = { readonly signature: Signature; readonly error?: string };

type Signed = { readonly signature: Signature; readonly wire: Base64EncodedWireTransaction };

const UNITS = 1_000_000;
const POLL_MILLISECONDS = 20;

/** Signs all of them over one blockhash, before any is sent. */
async function signed(stage: Stage, runners: readonly Runner[]): Promise<Signed[]> {
  const { value } = await stage.network.rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
  const transactions = runners.map(({ signer, instructions }) =>
    pipe(
      createTransactionMessage({ version: 0 }),
      (message) => setTransactionMessageFeePayerSigner(signer, message),
      (message) => setTransactionMessageLifetimeUsingBlockhash(value, message),
      (message) => appendTransactionMessageInstructions(instructions, message),
      (message) => setTransactionMessageComputeUnitLimit(UNITS, message),
      (message) => signTransactionMessageWithSigners(message),
    ),
  );
  return (await Promise.all(transactions)).map((transaction) => {
    return { signature: getSignatureFromTransaction(transaction), wire: getBase64EncodedWireTransaction(transaction) };
  });
}

async function finish(stage: Stage, { signature, wire }: Signed): Promise<Finish> {
  const { rpc } = stage.network;
  await rpc.sendTransaction(wire, { encoding: 'base64', skipPreflight: true }).send();
  for (;;) {
    const { value } = await rpc.getSignatureStatuses([signature]).send();
    const [status] = value;
    if (status?.confirmationStatus === 'confirmed' || status?.confirmationStatus === 'finalized') {
      if (status.err === null) return { signature };
      const text = JSON.stringify(status.err, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part));
      return { signature, error: explain(JSON.parse(text) as RawError).errorName };
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

/** Sends all of them at once, in any order; each is on the chain in the end, be it as a failure. Nothing was simulated. */
export async function race(stage: Stage, runners: readonly Runner[]): Promise<Finish[]> {
  const transactions = await signed(stage, runners);
  expect(new Set(transactions.map(({ signature }) => signature)).size).toBe(runners.length);
  return Promise.all(transactions.map((transaction) => finish(stage, transaction)));
}

/** Signs now, and sends only once something else has happened. */
export async function late(stage: Stage, runner: Runner, first: () => Promise<unknown>): Promise<Finish> {
  const [transaction] = await signed(stage, [runner]);
  await first();
  if (transaction === undefined) throw new Error('one runner, one transaction');
  return finish(stage, transaction);
}
