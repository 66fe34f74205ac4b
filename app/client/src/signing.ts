/** Signing: by keys, by wallets that change what they sign, and by wallets that sign and send in one. */
import {
  compileTransaction,
  getBase58Decoder,
  getBase64Decoder,
  getCompiledTransactionMessageDecoder,
  getSignatureFromTransaction,
  getSignersFromTransactionMessage,
  isTransactionModifyingSigner,
  isTransactionPartialSigner,
  isTransactionSendingSigner,
  type Signature,
  signAndSendTransactionMessageWithSigners,
  signTransactionMessageWithSigners,
  type Transaction,
  type TransactionMessage,
  type TransactionMessageWithBlockhashLifetime,
  type TransactionMessageWithFeePayer,
  type TransactionMessageWithSigners,
  type TransactionSigner,
} from '@solana/kit';
import { UNITS_MAX } from './budgets.js';
import { SENDING, TransactionFailure } from './errors.js';

type Message = TransactionMessage &
  TransactionMessageWithFeePayer &
  TransactionMessageWithBlockhashLifetime &
  TransactionMessageWithSigners;

type Lifetime = { readonly blockhash: string; readonly lastValidBlockHeight: bigint };

/** Longer than any blockhash lives, milliseconds: what was sent before can then no longer be included. */
const FORGET_MILLISECONDS = 300_000;
/** Units by which limits differ at most, so that no two transactions are alike. */
const SPREAD = 1_000;

/** What was sent lately: messages as they were built, signatures as they came back from who signed. */
const lately = new Map<string, number>();

/** Notes something; false where it was noted lately. */
function isNew(what: string): boolean {
  const now = Date.now();
  for (const [old, at] of lately) {
    if (now - at < FORGET_MILLISECONDS) break;
    lately.delete(old);
  }
  if (lately.has(what)) return false;
  lately.set(what, now);
  return true;
}

/**
 * A message that was not built before. Signatures are deterministic: the same instructions with the same blockhash and limits
 * are one transaction, which the chain includes once, whoever sends it how often. A few units more tell them apart: chosen at
 * random against other processes of the same key, and again where this one has built it already.
 */
export function distinct<M extends Message>(units: number, build: (units: number) => M): M {
  const first = Math.floor(Math.random() * SPREAD);
  for (let step = 0; step < SPREAD; step += 1) {
    const more = (first + step) % SPREAD;
    const built = build(units + more <= UNITS_MAX ? units + more : UNITS_MAX - more);
    if (isNew(getBase64Decoder().decode(compileTransaction(built).messageBytes))) return built;
  }
  throw new TransactionFailure('AlreadySent', SENDING.AlreadySent);
}

/** A signed transaction; none where the wallet has sent it itself. */
export type SignedBy = {
  readonly signature: Signature;
  readonly transaction?: Transaction;
  /** The last block that may include it. */
  readonly lastValidBlockHeight: bigint;
};

/** Signs in one step and sends in the same: nothing is left to send. */
function onlySends(signer: TransactionSigner): boolean {
  return (
    isTransactionSendingSigner(signer) && !isTransactionModifyingSigner(signer) && !isTransactionPartialSigner(signer)
  );
}

/** Signs a message with its signers, or has a wallet sign and send it. Throws `Unsigned` where a wallet does not say that it did. */
export async function signed(message: Message, lifetime: Lifetime, newest: () => Promise<Lifetime>): Promise<SignedBy> {
  const isSent = getSignersFromTransactionMessage(message).some(onlySends);
  const made = isSent ? await sentBy(message) : await signedBy(message);
  if (!isNew(made.signature)) {
    throw new TransactionFailure('AlreadySent', SENDING.AlreadySent, { signature: made.signature });
  }
  // A wallet may take a newer blockhash; no blockhash of now lives longer than the newest.
  const isKept = made.transaction !== undefined && blockhashOf(made.transaction) === lifetime.blockhash;
  const { lastValidBlockHeight } = isKept ? lifetime : await newest();
  return { ...made, lastValidBlockHeight };
}

async function signedBy(message: Message): Promise<{ signature: Signature; transaction: Transaction }> {
  const transaction = await signTransactionMessageWithSigners(message);
  return { signature: getSignatureFromTransaction(transaction), transaction };
}

async function sentBy(message: Message): Promise<{ signature: Signature; transaction?: Transaction }> {
  try {
    const bytes = await signAndSendTransactionMessageWithSigners(message);
    return { signature: getBase58Decoder().decode(bytes) as Signature };
  } catch (cause) {
    throw new TransactionFailure('Unsigned', SENDING.Unsigned, {}, { cause });
  }
}

function blockhashOf({ messageBytes }: Transaction): string {
  return getCompiledTransactionMessageDecoder().decode(messageBytes).lifetimeToken;
}
