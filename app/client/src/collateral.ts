/** Kinds of collateral besides USDC: reading them, and which of them an account has amounts of. */
import type { Address } from '@solana/kit';
import { type AccountHandle, type ExchangeHandle, publisherOf } from './accounts.js';
import type { Collateral } from './generated/index.js';
import type { Kinds } from './numbers/views.js';
import { fetchAllAs, type Freshness, LAYOUT, type Reader } from './reading.js';

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

/**
 * The kinds an exchange has listed that can be read, by number; `exchange` as it is since the last listing. One that a newer
 * program wrote is left out: `heldKinds` says so of whoever holds it, and of no one else.
 */
export async function loadKinds(rpc: Reader, exchange: ExchangeHandle, fresh?: Freshness): Promise<KindHandle[]> {
  const { collaterals, collateralCount } = exchange.state;
  const addresses = collaterals.slice(0, collateralCount);
  const readings = await fetchAllAs(rpc, addresses, LAYOUT.collateral, fresh);
  const kinds = addresses.map(async (address, number) => {
    const reading = readings[number];
    if (reading?.ok !== true) return [];
    const { value: state } = reading;
    return [{ number, address, price: await publisherOf(state.source, state.feed), state }];
  });
  return (await Promise.all(kinds)).flat();
}

/** The kinds an account has amounts of, but for one: what valuing, withdrawing and buying must be passed. */
export function heldKinds(kinds: readonly KindHandle[], account: AccountHandle, except?: KindHandle): KindHandle[] {
  const held = account.books.pledge.amounts.flatMap((amount, number) => (amount === 0n ? [] : [number]));
  return held
    .filter((number) => number !== except?.number)
    .map((number) => {
      const kind = kinds.find((one) => one.number === number);
      if (kind === undefined) throw new Error(`this client cannot read collateral ${number} of the exchange`);
      return kind;
    });
}

/** The books of kinds, to compute what amounts count and sell for. */
export function kindBooks(kinds: readonly KindHandle[]): Kinds {
  return new Map(kinds.map(({ number, state }) => [number, state.books]));
}
