/** Reading the insurance fund and stakes in it. */
import type { Address } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from './accounts.js';
import { stakeAddress } from './addresses.js';
import { decodeStakeAccount, type InsuranceBooks, type Layer, type StakeBooks } from './generated/index.js';
import { fetchAs, fetchOne, type Freshness, LAYOUT, type Reader } from './reading.js';

/** What the insurance fund of an exchange holds, and whose it is. */
export async function loadInsurance(rpc: Reader, exchange: ExchangeHandle, fresh?: Freshness): Promise<InsuranceBooks> {
  return (await fetchAs(rpc, exchange.state.insurance, LAYOUT.insurance, fresh)).books;
}

/** An owner's stake in the fund; none where he has none. */
export async function loadStake(
  rpc: Reader,
  exchange: ExchangeHandle,
  owner: Address,
  fresh?: Freshness,
): Promise<StakeBooks | undefined> {
  const at = await stakeAddress(exchange.address, owner);
  const found = decodeStakeAccount(await fetchOne(rpc, at, fresh));
  return found.exists ? found.data.books : undefined;
}

/** One of a market's layers, with whom it was offered to. */
export type Seat = { readonly underwriter: Address; readonly layer: Layer };

/** A market's layers by seat: those with a limit of zero are free. */
export async function loadLayers(rpc: Reader, market: MarketHandle, fresh?: Freshness): Promise<readonly Seat[]> {
  const { underwriters, books } = await fetchAs(rpc, market.address, LAYOUT.market, fresh);
  return underwriters.flatMap((underwriter, seat) => {
    const layer = books.layers[seat];
    return layer === undefined ? [] : [{ underwriter, layer }];
  });
}
