/** What an owner owes: deficits of his accounts that others bore. What he pays in serves it first. */
import { type Address, fetchEncodedAccount } from '@solana/kit';
import { EXCHANGE_OFFSET, type ExchangeHandle, fetchAllOf, marketOf, OWNER_OFFSET, type Reader } from './accounts.js';
import type { Owed } from './actions/money.js';
import { traderAddress } from './addresses.js';
import {
  decodeTrader,
  getMarginAccountDecoder,
  type MarginAccount,
  MARGIN_ACCOUNT_DISCRIMINATOR,
  type Trader,
} from './generated/index.js';

/** What an owner's record says, over all his accounts; none before he has opened his first. */
export async function loadTrader(rpc: Reader, exchange: ExchangeHandle, owner: Address): Promise<Trader | undefined> {
  const at = await traderAddress(exchange.address, owner);
  const found = decodeTrader(await fetchEncodedAccount(rpc, at, { commitment: 'confirmed' }));
  return found.exists ? found.data : undefined;
}

/** A margin account with its address. */
export type OwnAccount = { readonly address: Address; readonly account: MarginAccount };

/** All margin accounts of an owner, by number. */
export async function loadAccountsOf(rpc: Reader, exchange: ExchangeHandle, owner: Address): Promise<OwnAccount[]> {
  const found = await fetchAllOf(rpc, MARGIN_ACCOUNT_DISCRIMINATOR, [
    [EXCHANGE_OFFSET, exchange.address],
    [OWNER_OFFSET, owner],
  ]);
  const accounts = found.map(({ address, data }) => ({ address, account: getMarginAccountDecoder().decode(data) }));
  return accounts.sort((a, b) => a.account.index - b.account.index);
}

/** What an owner owes, atoms, and which accounts and markets a deposit of his must pass: `deposit` takes it as it is. */
export async function loadOwed(
  rpc: Reader,
  exchange: ExchangeHandle,
  owner: Address,
): Promise<Owed & { readonly total: bigint }> {
  const total = (await loadTrader(rpc, exchange, owner))?.owed ?? 0n;
  if (total === 0n) return { total, accounts: [], markets: [] };
  const debts = (await loadAccountsOf(rpc, exchange, owner)).map(({ address, account }) => {
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
