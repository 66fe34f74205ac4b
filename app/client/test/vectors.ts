/** The vectors `breakwater-sim vectors` writes: accounts as the chain holds them, and the reports the native engine made of them. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Words } from '../src/engine/words.js';
import { type AccountReport, readAccountReport, readSaleReport, type SaleReport } from '../src/generated/engine.js';
import type { MarketData, Now } from '../src/index.js';

/** Account data: where a part begins, and its bytes in base64; everything else is zero. */
type Sparse = { readonly size: number; readonly parts: readonly (readonly [number, string])[] };

type Stored = {
  readonly seed: number;
  readonly days: readonly {
    readonly seed: number;
    readonly now: readonly [string, string];
    readonly markets: readonly (readonly [Sparse, Sparse])[];
    readonly kinds: readonly Sparse[];
    readonly accounts: readonly {
      readonly account: Sparse;
      readonly report: string;
      readonly sales: readonly { readonly kind: number; readonly wanted: string; readonly report: string }[];
    }[];
  }[];
};

/** An attempt to buy collateral, and what comes of it. */
export type Attempt = { readonly kind: number; readonly wanted: bigint; readonly report: SaleReport };

/** One account of a day. */
export type Entry = {
  readonly data: Uint8Array;
  /** The report's bytes, and what they say. */
  readonly words: Words;
  readonly report: AccountReport;
  readonly sales: readonly Attempt[];
};

/** How one day ended. */
export type Day = {
  readonly seed: number;
  readonly now: Now;
  readonly markets: readonly MarketData[];
  readonly kinds: readonly Uint8Array[];
  readonly accounts: readonly Entry[];
};

function whole({ size, parts }: Sparse): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const [at, base64] of parts) bytes.set(Buffer.from(base64, 'base64'), at);
  return bytes;
}

/** A report's bytes, to be read as memory is. */
function words(base64: string): Words {
  const bytes = Buffer.from(base64, 'base64');
  const buffer = new ArrayBuffer(Math.ceil(bytes.length / 8) * 8);
  new Uint8Array(buffer).set(bytes);
  return new Words({ buffer });
}

/** The file's days. */
export function loadDays(): Day[] {
  const path = fileURLToPath(new URL('../../../target/vectors/vectors.json', import.meta.url));
  if (!existsSync(path)) throw new Error('target/vectors/vectors.json is missing: make vectors');
  const stored = JSON.parse(readFileSync(path, 'utf8')) as Stored;
  return stored.days.map(({ seed, now: [slot, time], markets, kinds, accounts }) => ({
    seed,
    now: { slot: BigInt(slot), time: BigInt(time) },
    markets: markets.map(([market, ladder]) => ({ market: whole(market), ladder: whole(ladder) })),
    kinds: kinds.map(whole),
    accounts: accounts.map(({ account, report, sales }) => ({
      data: whole(account),
      words: words(report),
      report: readAccountReport(words(report), 0),
      sales: sales.map(({ kind, wanted, report: sale }) => {
        return { kind, wanted: BigInt(wanted), report: readSaleReport(words(sale), 0) };
      }),
    })),
  }));
}
