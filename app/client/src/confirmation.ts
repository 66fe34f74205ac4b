/** Sends a signed transaction until it is confirmed or can no longer be. */
import {
  type Address,
  type Base64EncodedWireTransaction,
  type GetBlockHeightApi,
  type GetSignatureStatusesApi,
  type GetTransactionApi,
  isSolanaError,
  type Rpc,
  type SendTransactionApi,
  type Signature,
  SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  SOLANA_ERROR__TRANSACTION_ERROR__ALREADY_PROCESSED,
} from '@solana/kit';
import { explain, SENDING, TransactionFailure } from './errors.js';
import { isPassing, plain, refused, wait } from './node.js';

/** What confirming needs of a node. */
export type ConfirmerRpc = Rpc<GetBlockHeightApi & GetSignatureStatusesApi & GetTransactionApi & SendTransactionApi>;

/** A signed transaction. */
export type Signed = {
  readonly signature: Signature;
  readonly wire: Base64EncodedWireTransaction;
  /** The last block that may include it. */
  readonly lastValidBlockHeight: bigint;
  /** The program of each of its instructions. */
  readonly programs: readonly Address[];
};

/** The first wait for a block; each later one is half as long again, up to the longest. */
const FIRST_WAIT_MILLISECONDS = 50;
const LONGEST_WAIT_MILLISECONDS = 1_000;
/** A transaction not seen is sent again this often: nodes drop what they cannot forward. */
const RESEND_MILLISECONDS = 2_000;
/** A blockhash lives about a minute; a node that does not count blocks, or is behind, never says that it is over. */
const PATIENCE_MILLISECONDS = 180_000;
const CONFIRMED = { commitment: 'confirmed' } as const;

/** Sends until it is confirmed. Throws {@link TransactionFailure}: its own, `Expired`, or `Unconfirmed` where nobody can tell. */
export async function confirm(rpc: ConfirmerRpc, signed: Signed): Promise<void> {
  const began = Date.now();
  let sent: number | undefined;
  let pause = FIRST_WAIT_MILLISECONDS;
  for (;;) {
    if (sent === undefined || Date.now() - sent > RESEND_MILLISECONDS) {
      await submit(rpc, signed, sent === undefined);
      sent = Date.now();
    }
    const found = await look(rpc, signed);
    if (found === 'confirmed') return;
    if (found === 'over') throw new TransactionFailure('Expired', SENDING.Expired, { signature: signed.signature });
    if (Date.now() - began > PATIENCE_MILLISECONDS) throw unconfirmed(signed, found);
    await wait(pause);
    pause = Math.min(pause * 1.5, LONGEST_WAIT_MILLISECONDS);
  }
}

function unconfirmed({ signature }: Signed, cause: unknown): TransactionFailure {
  return new TransactionFailure('Unconfirmed', SENDING.Unconfirmed, { signature }, { cause });
}

/** Hands it to the node. Only the first refusal counts: later ones say that the node has it already. */
async function submit(rpc: ConfirmerRpc, { wire, programs }: Signed, isFirst: boolean): Promise<void> {
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

/**
 * Where it stands; why nobody can tell, where the node does not answer. The height is asked first: what is not there
 * afterwards, though it is past its last block, never will be.
 */
async function look(rpc: ConfirmerRpc, signed: Signed): Promise<'confirmed' | 'open' | 'over' | Error> {
  const { signature, programs } = signed;
  try {
    const height = await rpc.getBlockHeight(CONFIRMED).send();
    const { value } = await rpc.getSignatureStatuses([signature]).send();
    const status = value[0] ?? null;
    if (status === null) return height > signed.lastValidBlockHeight ? 'over' : 'open';
    // What only some have seen may yet be undone, a failure too.
    if (status.confirmationStatus !== 'confirmed' && status.confirmationStatus !== 'finalized') return 'open';
    if (status.err === null) return 'confirmed';
    throw explain(plain(status.err), { logs: await logsOf(rpc, signature), programs, signature });
  } catch (error) {
    if (error instanceof TransactionFailure) throw error;
    if (isPassing(error)) return error instanceof Error ? error : new Error(String(error));
    throw unconfirmed(signed, error);
  }
}

/** What a transaction logged: says which program refused. None where the node does not tell. */
async function logsOf(rpc: ConfirmerRpc, signature: Signature): Promise<readonly string[]> {
  const config = { ...CONFIRMED, encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
  const found = await rpc
    .getTransaction(signature, config)
    .send()
    .catch(() => null);
  return found?.meta?.logMessages ?? [];
}
