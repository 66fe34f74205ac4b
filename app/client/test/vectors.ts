/** The vectors `breakwater-sim vectors` writes: accounts as the chain holds them, and what the engine says of them. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getLadderDecoder, getMarketDecoder, type Markets, type Now } from '../src/index.js';

/** Account data: where a part begins, and its bytes in base64; everything else is zero. */
export type Sparse = { readonly size: number; readonly parts: readonly (readonly [number, string])[] };

/** Health as the engine has it, decimal strings. */
export type ExpectedHealth = {
  readonly equity: string;
  readonly initial_equity: string;
  readonly initial: string;
  readonly maintenance: string;
  readonly positions: number;
  readonly unmarked: number;
  readonly pledged: string;
  readonly distressed: boolean;
  readonly bankrupt: boolean;
};

/** One market of an account. */
export type ExpectedSlot = {
  readonly market: string;
  readonly error: string | null;
  readonly in_pool: boolean;
  readonly lots: string;
  readonly cash: string;
  readonly standing: ExpectedHealth | null;
  readonly isolated: ExpectedHealth | null;
  readonly bankruptcy_price: string | null;
  readonly liquidation_price: string | null;
  readonly rank: { readonly ahead: string; readonly group: string; readonly total: string } | null;
  readonly paid: string;
  readonly claims: readonly [string, string];
  readonly units: readonly [string, string];
  readonly maturing: string;
};

/** What the engine sells in an auction, decimal strings. */
export type ExpectedSale = {
  readonly amount: string;
  readonly discount: number;
  readonly proceeds: string;
  readonly bankrupt: boolean;
};

/** Other collateral of an account. */
export type ExpectedPledge = {
  readonly initial: string;
  readonly maintenance: string;
  readonly sales: readonly {
    readonly kind: number;
    readonly wanted: string;
    readonly sale: { readonly Ok: ExpectedSale } | { readonly Err: string };
  }[];
};

/** One account. */
export type Entry = {
  readonly account: Sparse;
  readonly expected: {
    readonly health: { readonly Ok: ExpectedHealth } | { readonly Err: string };
    readonly slots: readonly ExpectedSlot[];
  };
  readonly pledge: ExpectedPledge | null;
};

/** How one day ended. */
export type Day = {
  readonly seed: number;
  readonly now: readonly [string, string];
  readonly markets: readonly (readonly [Sparse, Sparse])[];
  readonly kinds: readonly Sparse[];
  readonly accounts: readonly Entry[];
};

const PATH = fileURLToPath(new URL('../../../target/vectors/vectors.json', import.meta.url));

/** All days. Written by `make vectors`. */
export function readDays(): readonly Day[] {
  if (!existsSync(PATH)) throw new Error('no vectors: run `make vectors`');
  const { days } = JSON.parse(readFileSync(PATH, 'utf8')) as { days: readonly Day[] };
  return days;
}

/** The bytes. */
export function bytesOf({ size, parts }: Sparse): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const [at, text] of parts) bytes.set(Buffer.from(text, 'base64'), at);
  return bytes;
}

/** The markets of a day, by their numbers. */
export function marketsOf(day: Day): Markets {
  const views = day.markets.map(([market, ladder]) => ({
    market: getMarketDecoder().decode(bytesOf(market)).books,
    ladder: getLadderDecoder().decode(bytesOf(ladder)).books,
  }));
  return new Map(views.map((view) => [view.market.id, view]));
}

/** The clock at its end. */
export function nowOf({ now: [slot, time] }: Day): Now {
  return { slot: BigInt(slot), time: BigInt(time) };
}
