/** Reading a whole exchange as bytes, to assess it: nothing is decoded, so that no account's data keeps the others from being read. */
import type { Address, ReadonlyUint8Array } from '@solana/kit';
import { EXCHANGE_OFFSET, type ExchangeHandle } from './accounts.js';
import type { MarketData } from './assess.js';
import { BREAKWATER_PROGRAM_ADDRESS, MARGIN_ACCOUNT_DISCRIMINATOR } from './generated/index.js';
import { type AccountData, fetchAllOf, fetchMany, type Freshness, type Reader } from './reading.js';

/** All margin accounts of an exchange. */
export async function loadAccountData(
  rpc: Reader,
  exchange: ExchangeHandle,
  fresh?: Freshness,
): Promise<AccountData[]> {
  return fetchAllOf(rpc, MARGIN_ACCOUNT_DISCRIMINATOR, [[EXCHANGE_OFFSET, exchange.address]], fresh);
}

/** Data of accounts; of one that is not there none, which `assess` calls a missing market or collateral. */
async function fetchBytes(
  rpc: Reader,
  addresses: readonly Address[],
  fresh?: Freshness,
): Promise<ReadonlyUint8Array[]> {
  const accounts = await fetchMany(rpc, addresses, fresh);
  return accounts.map((account) =>
    account.exists && account.programAddress === BREAKWATER_PROGRAM_ADDRESS ? account.data : new Uint8Array(),
  );
}

/** All markets of an exchange with their ladders: 205 kB each. */
export async function loadMarketData(
  rpc: Reader,
  { markets }: ExchangeHandle,
  fresh?: Freshness,
): Promise<MarketData[]> {
  const [books, ladders] = await Promise.all([
    fetchBytes(
      rpc,
      markets.map(({ address }) => address),
      fresh,
    ),
    fetchBytes(
      rpc,
      markets.map(({ ladder }) => ladder),
      fresh,
    ),
  ]);
  return books.map((market, at) => ({ market, ladder: ladders[at] ?? new Uint8Array() }));
}

/** All kinds of other collateral an exchange has listed. */
export async function loadKindData(
  rpc: Reader,
  { state }: ExchangeHandle,
  fresh?: Freshness,
): Promise<ReadonlyUint8Array[]> {
  return fetchBytes(rpc, state.collaterals.slice(0, state.collateralCount), fresh);
}
