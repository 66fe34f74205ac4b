/** Sends a signed transaction until it is confirmed or can no longer be. */
import {
  type Address,
  type Base64EncodedWireTransaction,
  type GetBlockHeightApi,
  type GetEpochInfoApi,
  type GetSignatureStatusesApi,
  type GetTransactionApi,
  isSolanaError,
  type Rpc,
  type SendTransactionApi,
  type Signature,
  type Slot,
  SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  SOLANA_ERROR__TRANSACTION_ERROR__ALREADY_PROCESSED,
} from '@solana/kit';
import { explain, SENDING, TransactionFailure } from './errors.js';
import { isPassing, jittered, plain, refused, wait } from './node.js';
import { traceOf } from './trace.js';

/** What confirming needs of a node. */
export type ConfirmerRpc = Rpc<
  GetBlockHeightApi & GetEpochInfoApi & GetSignatureStatusesApi & GetTransactionApi & SendTransactionApi
>;

/** A signed transaction. */
export type Signed = {
  readonly signature: Signature;
  /** What is sent; none where the wallet that signed it has sent it itself. */
  readonly wire?: Base64EncodedWireTransaction;
  /** The last block that may include it. */
  readonly lastValidBlockHeight: bigint;
  /** The program of each of its instructions. */
  readonly programs: readonly Address[];
  /** The compute units it may take. */
  readonly units: number;
};

const FIRST_WAIT_MILLISECONDS = 50;
const LONGEST_WAIT_MILLISECONDS = 1_000;
/** A transaction not seen is sent again this often: nodes drop what they cannot forward. */
const RESEND_MILLISECONDS = 2_000;
/** A blockhash lives about a minute; a node that does not count blocks, or is behind, never says that it is over. */
const PATIENCE_MILLISECONDS = 180_000;
/** Refusals of the node to tell, one after the other, before it is given up. */
const REFUSALS = 5;
const CONFIRMED = { commitment: 'confirmed' } as const;
const FINALIZED = { commitment: 'finalized' } as const;

/** Where a transaction stands. */
type Standing =
  | { readonly is: 'confirmed'; readonly slot: Slot }
  | { readonly is: 'open' }
  /** Proven never to be included. */
  | { readonly is: 'over' }
  /** The node does not answer. */
  | { readonly is: 'silent'; readonly why: unknown };

const OPEN: Standing = { is: 'open' };

/**
 * Sends until it is confirmed; returns the slot it was included in. Throws {@link TransactionFailure}: its own, `Expired` where one
 * node's own context proves that it never will be, or `Unconfirmed` where nothing does.
 */
export async function confirm(rpc: ConfirmerRpc, signed: Signed): Promise<Slot> {
  const began = Date.now();
  let sent: number | undefined;
  let refusals = 0;
  let pause = FIRST_WAIT_MILLISECONDS;
  for (;;) {
    if (sent === undefined || Date.now() - sent > RESEND_MILLISECONDS) {
      await submit(rpc, signed, sent === undefined);
      sent = Date.now();
    }
    const found = await look(rpc, signed);
    if (found.is === 'confirmed') return found.slot;
    if (found.is === 'over') throw new TransactionFailure('Expired', SENDING.Expired, { signature: signed.signature });
    refusals = found.is === 'silent' && !isPassing(found.why) ? refusals + 1 : 0;
    if (refusals === REFUSALS || Date.now() - began > PATIENCE_MILLISECONDS) throw unconfirmed(signed, found);
    await wait(jittered(pause));
    pause = Math.min(pause * 1.5, LONGEST_WAIT_MILLISECONDS);
  }
}

function unconfirmed({ signature }: Signed, found: Standing): TransactionFailure {
  const cause = found.is === 'silent' ? found.why : found.is;
  return new TransactionFailure('Unconfirmed', SENDING.Unconfirmed, { signature }, { cause });
}

/** Hands it to the node. Only the first refusal counts: later ones say that the node has it already. */
async function submit(rpc: ConfirmerRpc, { wire, programs }: Signed, isFirst: boolean): Promise<void> {
  if (wire === undefined) return;
  try {
    await rpc.sendTransaction(wire, { encoding: 'base64', skipPreflight: true, maxRetries: 5n }).send();
  } catch (error) {
    // The node may have it all the same: its status will say.
    if (!isFirst || isPassing(error) || isThere(error)) return;
    throw preflight(error, programs) ?? refused(error);
  }
}

const isPreflight = (error: unknown) =>
  isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE);

/** Whether a node refuses it because it was included already. */
function isThere(error: unknown): boolean {
  return isPreflight(error) && isSolanaError(error.cause, SOLANA_ERROR__TRANSACTION_ERROR__ALREADY_PROCESSED);
}

/** Some nodes simulate whatever they are asked: what they find is the program's refusal. */
function preflight(error: unknown, programs: readonly Address[]): TransactionFailure | undefined {
  if (!isPreflight(error) || !isSolanaError(error.cause, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM)) return undefined;
  const { index, code } = error.cause.context;
  return explain({ InstructionError: [index, { Custom: code }] }, { logs: error.context.logs ?? [], programs });
}

/** Where it stands; why nobody can tell, where the node does not answer. Throws where it failed on the chain. */
async function look(rpc: ConfirmerRpc, signed: Signed): Promise<Standing> {
  try {
    const { value } = await rpc.getSignatureStatuses([signed.signature]).send();
    const status = value[0] ?? null;
    if (status !== null) return await told(rpc, signed, status);
    const height = await rpc.getBlockHeight(CONFIRMED).send();
    return height > signed.lastValidBlockHeight ? await settled(rpc, signed) : OPEN;
  } catch (error) {
    if (error instanceof TransactionFailure) throw error;
    return { is: 'silent', why: error };
  }
}

/** What a node says of a transaction that it knows. */
type Status = {
  readonly slot: Slot;
  readonly err: unknown;
  readonly confirmationStatus: string | null;
};

/** What only some have seen may yet be undone, a failure too. */
async function told(rpc: ConfirmerRpc, signed: Signed, { slot, err, confirmationStatus }: Status): Promise<Standing> {
  if (confirmationStatus !== 'confirmed' && confirmationStatus !== 'finalized') return OPEN;
  if (err === null) return { is: 'confirmed', slot };
  const { signature, programs } = signed;
  const raw = plain(err);
  throw explain(raw, { ...(await traceOf(rpc, raw, signed)), programs, signature });
}

/**
 * Whether it is proven that no block ever includes it. A height without its slot proves nothing: behind one address are many
 * nodes, and the one that tells of signatures may be behind the one that counts blocks. So: in one answer a finalized slot with a
 * height past its last block; then, of a node that has come as far as that slot, that it has never seen the signature.
 */
async function settled(rpc: ConfirmerRpc, signed: Signed): Promise<Standing> {
  const { absoluteSlot, blockHeight } = await rpc.getEpochInfo(FINALIZED).send();
  if (blockHeight <= signed.lastValidBlockHeight) return OPEN;
  const config = { searchTransactionHistory: true } as const;
  const { context, value } = await rpc.getSignatureStatuses([signed.signature], config).send();
  const status = value[0] ?? null;
  if (status !== null) return told(rpc, signed, status);
  return context.slot >= absoluteSlot ? { is: 'over' } : OPEN;
}
