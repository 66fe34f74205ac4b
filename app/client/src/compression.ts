/** Transactions that fit a packet: without a lookup table where they do, with one where they must. */
import {
  type AddressesByLookupTableAddress,
  compressTransactionMessageUsingAddressLookupTables,
  getTransactionMessageSize,
  type TransactionMessage,
  type TransactionMessageWithFeePayer,
} from '@solana/kit';

/** Bytes of a transaction at most. */
export const TRANSACTION_BYTES_MAX = 1_232;

type Sendable = Extract<TransactionMessage, { version: 0 }> & TransactionMessageWithFeePayer;

/**
 * A message with addresses looked up where it would not fit otherwise. One that fits stays as it is: it then depends on no
 * table, which its owner may close.
 *
 * @param most - Bytes at most: fewer than a packet holds where a wallet may add instructions of its own.
 */
export function shortened<M extends Sendable>(
  message: M,
  tables: AddressesByLookupTableAddress = {},
  most: number = TRANSACTION_BYTES_MAX,
) {
  if (getTransactionMessageSize(message) <= most) return message;
  return compressTransactionMessageUsingAddressLookupTables(message, tables);
}
