/** What a node answers, and what it means where it does not. */
import {
  isSolanaError,
  SOLANA_ERROR__JSON_RPC__INTERNAL_ERROR,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_NODE_UNHEALTHY,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
} from '@solana/kit';
import { type RawError, SENDING, TransactionFailure } from './errors.js';

/** How often something is asked before the node counts as unreachable. */
const ATTEMPTS = 4;
/** Before the second attempt; twice as long before each later one. */
const FIRST_WAIT_MILLISECONDS = 250;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

/** Resolves after so long. */
export const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Whether asking again may help: the connection broke, or the node is overloaded or behind. */
export function isPassing(error: unknown): boolean {
  if (isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR)) {
    const { statusCode } = error.context;
    return statusCode === TOO_MANY_REQUESTS || statusCode >= SERVER_ERROR;
  }
  if (!isSolanaError(error)) return true;
  return (
    isSolanaError(error, SOLANA_ERROR__JSON_RPC__INTERNAL_ERROR) ||
    isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_NODE_UNHEALTHY) ||
    isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED)
  );
}

/** Asks what changes nothing, a few times where the node does not answer. Throws {@link TransactionFailure}. */
export async function ask<T>(question: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await question();
    } catch (error) {
      if (!isPassing(error)) throw refused(error);
      if (attempt === ATTEMPTS) throw new TransactionFailure('Unreachable', SENDING.Unreachable, {}, { cause: error });
      await wait(FIRST_WAIT_MILLISECONDS * 2 ** (attempt - 1));
    }
  }
}

/** A node's refusal to take a transaction, or to answer: nothing was sent. */
export function refused(error: unknown): TransactionFailure {
  const said = error instanceof Error ? error.message : String(error);
  return new TransactionFailure('Refused', `${SENDING.Refused} (${said})`, {}, { cause: error });
}

/** What a node says of a failure, as plain JSON. */
export function plain(error: unknown): RawError {
  return JSON.parse(
    JSON.stringify(error, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
  ) as RawError;
}
