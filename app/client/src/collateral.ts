/** Kinds of collateral besides USDC: reading them, and which of them an account has amounts of. */
import type { Address } from '@solana/kit';
import { type AccountHandle, type ExchangeHandle, fetchData, publisherOf, type Reader } from './accounts.js';
import { type Collateral, getCollateralDecoder } from './generated/index.js';
import type { Kinds } from './numbers/views.js';

/** A kind of other collateral, as instructions name it. */
export type KindHandle = {
  /** Its number: the index in an account's amounts. */
  readonly number: number;
  /** Its account. */
  readonly address: Address;
  /** The price account that refreshing reads. */
  readonly price: Address;
  /** What it holds: mint, vault, parameters, mark. */
  readonly state: Collateral;
};

/** The kinds an exchange has listed, by number; `exchange` as it is since the last listing. */
export async function loadKinds(rpc: Reader, exchange: ExchangeHandle): Promise<KindHandle[]> {
  const { collaterals, collateralCount } = exchange.state;
  const addresses = collaterals.slice(0, collateralCount);
  const found = (await fetchData(rpc, addresses)).map((data) => getCollateralDecoder().decode(data));
  const kinds = addresses.map(async (address, number) => {
    const state = found[number];
    if (state === undefined) throw new Error(`${address} was not read`);
    return { number, address, price: await publisherOf(state.source, state.feed), state };
  });
  return Promise.all(kinds);
}

/** The kinds an account has amounts of, but for one: what valuing, withdrawing and buying must be passed. */
export function heldKinds(kinds: readonly KindHandle[], account: AccountHandle, except?: KindHandle): KindHandle[] {
  const held = account.books.pledge.amounts.flatMap((amount, number) => (amount === 0n ? [] : [number]));
  return held
    .filter((number) => number !== except?.number)
    .map((number) => {
      const kind = kinds.find((one) => one.number === number);
      if (kind === undefined) throw new Error(`the exchange has no collateral ${number}`);
      return kind;
    });
}

/** The books of kinds, to compute what amounts count and sell for. */
export function kindBooks(kinds: readonly KindHandle[]): Kinds {
  return new Map(kinds.map(({ number, state }) => [number, state.books]));
}
