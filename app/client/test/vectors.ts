/** The vectors `breakwater-sim vectors` writes: accounts as the chain holds them, and what the engine says of them. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

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

/** One account. */
export type Entry = {
  readonly account: Sparse;
  readonly expected: {
    readonly health: { readonly Ok: ExpectedHealth } | { readonly Err: string };
    readonly slots: readonly ExpectedSlot[];
  };
};

/** How one day ended. */
export type Day = {
  readonly seed: number;
  readonly now: readonly [string, string];
  readonly markets: readonly (readonly [Sparse, Sparse])[];
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
