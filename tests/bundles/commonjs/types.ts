import { type ExchangeHandle, loadExchange, type Sent, TransactionFailure, units } from '@breakwater/client';
import { MARKET_DISCRIMINATOR } from '@breakwater/client/generated';

export const amount: bigint = units.atoms('1');
export const load: (...args: Parameters<typeof loadExchange>) => Promise<ExchangeHandle> = loadExchange;
export const slotOf = ({ slot }: Sent): bigint => slot;
export const bytes: number = MARKET_DISCRIMINATOR.length;
// @ts-expect-error A signature is no failure: the types are there, and not `any`.
export const wrong: TransactionFailure = 'signature';
