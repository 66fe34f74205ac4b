/** What an owner owes: deficits of his accounts that others bore. What he pays in serves it first. */
import type { Address } from '@solana/kit';
import { EXCHANGE_OFFSET, type ExchangeHandle, marketOf, OWNER_OFFSET } from './accounts.js';
import type { Owed } from './actions/money.js';
import { traderAddress } from './addresses.js';
import { decodeTrader, type MarginAccount, MARGIN_ACCOUNT_DISCRIMINATOR, type Trader } from './generated/index.js';
import {
  fetchAllOf,
  fetchOne,
  type Freshness,
  LAYOUT,
  readable,
  readAs,
  type Reader,
  type Reading,
} from './reading.js';

/** What an owner's record says, over all his accounts; none before he has opened his first. */
export async function loadTrader(
  rpc: Reader,
  exchange: ExchangeHandle,
  owner: Address,
  fresh?: Freshness,
): Promise<Trader | undefined> {
  const at = await traderAddress(exchange.address, owner);
  const found = decodeTrader(await fetchOne(rpc, at, fresh));
  return found.exists ? found.data : undefined;
}

/** A margin account with its address. */
export type OwnAccount = { readonly address: Address; readonly account: MarginAccount };

/** All margin accounts of an owner, by number: a result or, behind them, a reason for each. */
export async function loadAccountsOf(
  rpc: Reader,
  exchange: ExchangeHandle,
  owner: Address,
  fresh?: Freshness,
): Promise<Reading<OwnAccount>[]> {
  const keys = [
    [EXCHANGE_OFFSET, exchange.address],
    [OWNER_OFFSET, owner],
  ] as const;
  const found = await fetchAllOf(rpc, MARGIN_ACCOUNT_DISCRIMINATOR, keys, fresh);
  const readings = found.map((one): Reading<OwnAccount> => {
    const reading = readAs(one, LAYOUT.marginAccount);
    return reading.ok ? { ok: true, address: one.address, account: reading.value } : reading;
  });
  const number = (reading: Reading<OwnAccount>) => (reading.ok ? reading.account.index : Infinity);
  return readings.sort((a, b) => (number(a) < number(b) ? -1 : 1));
}

/** What an owner owes, atoms, and which accounts and markets a deposit of his must pass: `deposit` takes it as it is. */
export async function loadOwed(
  rpc: Reader,
  exchange: ExchangeHandle,
  owner: Address,
  fresh?: Freshness,
): Promise<Owed & { readonly total: bigint }> {
  const total = (await loadTrader(rpc, exchange, owner, fresh))?.owed ?? 0n;
  if (total === 0n) return { total, accounts: [], markets: [] };
  const debts = readable(await loadAccountsOf(rpc, exchange, owner, fresh)).map(({ address, account }) => {
    const slots = account.books.slots.filter(({ debt }) => debt.some((amount) => amount > 0n));
    return { address, markets: slots.map((slot) => slot.market) };
  });
  const owing = debts.filter(({ markets }) => markets.length > 0);
  const numbers = [...new Set(owing.flatMap(({ markets }) => markets))];
  return {
    total,
    accounts: owing.map(({ address }) => address),
    markets: numbers.map((number) => marketOf(exchange, number)),
  };
}
