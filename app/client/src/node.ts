/** What a node answers, and what it means where it does not. */
import {
  isSolanaError,
  SOLANA_ERROR__JSON_RPC__INVALID_PARAMS,
  SOLANA_ERROR__JSON_RPC__INVALID_REQUEST,
  SOLANA_ERROR__JSON_RPC__METHOD_NOT_FOUND,
  SOLANA_ERROR__JSON_RPC__PARSE_ERROR,
  SOLANA_ERROR__JSON_RPC__SCAN_ERROR,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_KEY_EXCLUDED_FROM_SECONDARY_INDEX,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_PRECOMPILE_VERIFICATION_FAILURE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_SIGNATURE_LEN_MISMATCH,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_SIGNATURE_VERIFICATION_FAILURE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION,
  SOLANA_ERROR__MALFORMED_JSON_RPC_ERROR,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
  type SolanaError,
} from '@solana/kit';
import { type RawError, SENDING, TransactionFailure } from './errors.js';

/**
 * For how long something is asked again where the node does not answer, milliseconds. What a transaction needs: as long as a
 * blockhash lives, since a newer one would have to be signed after that. What is only read: until a person would ask.
 */
export const PATIENCE = { advice: 1_500, read: 20_000, send: 60_000 } as const;

/** Before the second attempt; twice as long before each later one, up to the longest. */
const FIRST_WAIT_MILLISECONDS = 250;
const LONGEST_WAIT_MILLISECONDS = 4_000;
const MILLISECONDS = 1_000;
/** HTTP's words for: not now. */
const LATER: readonly number[] = [408, 425, 429];
const SERVER_ERROR = 500;
/** Errors of JSON-RPC begin here, downward. */
const JSON_RPC_ERRORS = -32_000;
/** What a node refuses for good, whoever asks how often; the last ones are gateways' words for a wrong key. */
const FINAL: ReadonlySet<number> = new Set([
  SOLANA_ERROR__JSON_RPC__INVALID_PARAMS,
  SOLANA_ERROR__JSON_RPC__INVALID_REQUEST,
  SOLANA_ERROR__JSON_RPC__METHOD_NOT_FOUND,
  SOLANA_ERROR__JSON_RPC__PARSE_ERROR,
  SOLANA_ERROR__JSON_RPC__SCAN_ERROR,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_KEY_EXCLUDED_FROM_SECONDARY_INDEX,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_PRECOMPILE_VERIFICATION_FAILURE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_SIGNATURE_LEN_MISMATCH,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_SIGNATURE_VERIFICATION_FAILURE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION,
  -32_401,
  -32_403,
]);
/** How providers say it in a text, whatever number they give it. */
const LIMITED =
  /too many|rate.?limit|request limit|limit (reached|exceeded)|throttl|try again|timed? ?out|temporarily/i;

/** Resolves after so long. */
export const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Somewhere between half of a time and the whole: those who were refused together do not come back together. */
export const jittered = (milliseconds: number): number => milliseconds * (0.5 + Math.random() / 2);

/** Whether asking again may help: the connection broke, or the node, or what stands before it, is overloaded, limits or is behind. */
export function isPassing(error: unknown): boolean {
  if (isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR)) {
    const { statusCode, headers } = error.context;
    // A page is a gateway's answer, not the node's.
    const isPage = headers.get('content-type')?.includes('html') ?? false;
    return isPage || LATER.includes(statusCode) || statusCode >= SERVER_ERROR;
  }
  if (!isSolanaError(error)) return true;
  if (isSolanaError(error, SOLANA_ERROR__MALFORMED_JSON_RPC_ERROR)) return true;
  // Providers number their limits as they like: what is not final is tried again.
  const code: number = error.context.__code;
  const isAnswer = code <= JSON_RPC_ERRORS || LATER.includes(code);
  return isAnswer && (!FINAL.has(code) || LIMITED.test(textOf(error)));
}

function textOf(error: SolanaError): string {
  const { __serverMessage: said } = error.context as { readonly __serverMessage?: unknown };
  return typeof said === 'string' ? said : '';
}

/** How long a node asks to be left alone; nothing where it does not say. */
export function pauseAsked(error: unknown): number {
  if (!isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR)) return 0;
  const seconds = Number(error.context.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? seconds * MILLISECONDS : 0;
}

/**
 * Asks what changes nothing, again and again where the node does not answer, each time after a longer pause. Throws
 * {@link TransactionFailure}: `Refused` at once, or `Unreachable` once `patience` is over.
 */
export async function ask<T>(question: () => Promise<T>, patience: number = PATIENCE.send): Promise<T> {
  const began = Date.now();
  for (let longest = FIRST_WAIT_MILLISECONDS; ; longest = Math.min(longest * 2, LONGEST_WAIT_MILLISECONDS)) {
    try {
      return await question();
    } catch (error) {
      if (!isPassing(error)) throw refused(error);
      const left = began + patience - Date.now();
      if (left <= 0) throw new TransactionFailure('Unreachable', SENDING.Unreachable, {}, { cause: error });
      await wait(Math.min(Math.max(jittered(longest), pauseAsked(error)), left));
    }
  }
}

/** A node's refusal to take a transaction, or to answer: nothing was sent. */
export function refused(error: unknown): TransactionFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  const said = isSolanaError(error) ? `${error.message}${cause} ${textOf(error)}`.trim() : String(error);
  return new TransactionFailure('Refused', `${SENDING.Refused} (${said})`, {}, { cause: error });
}

/** What a node says of a failure, as plain JSON. */
export function plain(error: unknown): RawError {
  return JSON.parse(
    JSON.stringify(error, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
  ) as RawError;
}

/** The slot of the last transaction that was confirmed by way of a node: what is read there afterwards is not older. */
const confirmed = new WeakMap<object, bigint>();

/** Remembers it. */
export function rememberSlot(rpc: object, slot: bigint): void {
  const known = confirmed.get(rpc) ?? 0n;
  if (slot > known) confirmed.set(rpc, slot);
}

/** How new what is read must be: as asked for, and not older than what was last sent by way of the same `rpc`. */
export type Freshness = {
  /** A slot; a node that has not come so far is asked again. */
  readonly minContextSlot?: bigint;
};

/** The same as an RPC takes it. */
export function atLeast(rpc: object, { minContextSlot = 0n }: Freshness = {}): { readonly minContextSlot?: bigint } {
  const known = confirmed.get(rpc) ?? 0n;
  const least = known > minContextSlot ? known : minContextSlot;
  return least === 0n ? {} : { minContextSlot: least };
}
