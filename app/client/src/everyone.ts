/** Reading a whole exchange as bytes, to assess it: nothing is decoded, so that no account's data keeps the others from being read. */
import type { Address, Base58EncodedBytes, ReadonlyUint8Array } from '@solana/kit';
import { getBase58Decoder, getBase64Encoder } from '@solana/kit';
import { type ExchangeHandle, fetchData, type Reader } from './accounts.js';
import type { MarketData } from './assess.js';
import { BREAKWATER_PROGRAM_ADDRESS, MARGIN_ACCOUNT_DISCRIMINATOR } from './generated/index.js';

/** An account's data as fetched. */
export type AccountData = { readonly address: Address; readonly data: ReadonlyUint8Array };

const CONFIRMED = { commitment: 'confirmed' } as const;
const EXCHANGE_OFFSET = 8n;

/** All margin accounts of an exchange. */
export async function loadAccountData(rpc: Reader, exchange: ExchangeHandle): Promise<AccountData[]> {
  const tag = getBase58Decoder().decode(MARGIN_ACCOUNT_DISCRIMINATOR) as string as Base58EncodedBytes;
  const of = exchange.address as string as Base58EncodedBytes;
  const filters = [
    { memcmp: { offset: 0n, bytes: tag, encoding: 'base58' } },
    { memcmp: { offset: EXCHANGE_OFFSET, bytes: of, encoding: 'base58' } },
  ] as const;
  const config = { encoding: 'base64', filters, ...CONFIRMED } as const;
  const found = await rpc.getProgramAccounts(BREAKWATER_PROGRAM_ADDRESS, config).send();
  return found.map(({ pubkey, account }) => ({ address: pubkey, data: getBase64Encoder().encode(account.data[0]) }));
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
