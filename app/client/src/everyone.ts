/** Reading a whole exchange as bytes, to assess it: nothing is decoded, so that no account's data keeps the others from being read. */
import type { ReadonlyUint8Array } from '@solana/kit';
import {
  type AccountData,
  EXCHANGE_OFFSET,
  type ExchangeHandle,
  fetchAllOf,
  fetchData,
  type Reader,
} from './accounts.js';
import type { MarketData } from './assess.js';
import { MARGIN_ACCOUNT_DISCRIMINATOR } from './generated/index.js';

/** All margin accounts of an exchange. */
export async function loadAccountData(rpc: Reader, exchange: ExchangeHandle): Promise<AccountData[]> {
  return fetchAllOf(rpc, MARGIN_ACCOUNT_DISCRIMINATOR, [[EXCHANGE_OFFSET, exchange.address]]);
}

/** All markets of an exchange with their ladders: 205 kB each. */
export async function loadMarketData(rpc: Reader, exchange: ExchangeHandle): Promise<MarketData[]> {
  const [markets, ladders] = await Promise.all([
    fetchData(
      rpc,
      exchange.markets.map(({ address }) => address),
    ),
    fetchData(
      rpc,
      exchange.markets.map(({ ladder }) => ladder),
    ),
  ]);
  return markets.flatMap((market, at) => {
    const ladder = ladders[at];
    return ladder === undefined ? [] : [{ market, ladder }];
  });
}

/** All kinds of other collateral an exchange has listed. */
export async function loadKindData(rpc: Reader, exchange: ExchangeHandle): Promise<ReadonlyUint8Array[]> {
  return fetchData(rpc, exchange.state.collaterals.slice(0, exchange.state.collateralCount));
}
