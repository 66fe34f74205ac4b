/** The demo's day as a file: what `breakwater-sim day` writes and a local network plays. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Bracket, type Defaults, units } from '@breakwater/client';
import { feedId } from './pyth.js';
import { BTC, SOL } from './markets.js';
import type { Listing, Setup } from './stage.js';

/** A trade of the day: lots above zero are bought. */
export type Deal = {
  readonly trader: number;
  readonly market: number;
  readonly lots: number;
  readonly reduce_only: boolean;
};

/** What the waterfall did, as a report has it. */
export type TierReport = {
  readonly partial_liquidations: number;
  readonly insured_atoms: number;
  readonly deleveraged_lots: number;
  readonly absorbed_atoms: number;
  readonly socialised_atoms: number;
  readonly unfunded_atoms: number;
};

/** A market of the day: amounts in atoms and lots, fractions in parts of ten thousand, prices in 1e-8 USD. */
export type DayMarket = {
  readonly name: string;
  readonly lot_exponent: number;
  /** What each maker puts into it. */
  readonly maker_margin: number;
  /** Bound, initial, maintenance. */
  readonly brackets: readonly (readonly [number, number, number])[];
  readonly step: number;
  readonly position_min: number;
  readonly open_interest_max: number;
  readonly slice_floor: number;
  readonly cover_grant: number;
  readonly discount_max: number;
  readonly penalty: number;
  readonly check_slots: number;
  readonly gauge_distance: number;
  /** One a step. */
  readonly prices: readonly number[];
};

/** A day. */
export type Day = {
  readonly seed: number;
  readonly slots_a_step: number;
  readonly steps_a_minute: number;
  /** Steps between two rounds of quotes. */
  readonly quote_steps: number;
  /** Weight of a step in the feeds' moving average, one in this many. */
  readonly ema_steps: number;
  /** Paid into the fund, atoms. */
  readonly insurance: number;
  readonly makers: number;
  /** What each brings, atoms. */
  readonly maker: number;
  /** What each offers a side, atoms. */
  readonly maker_level: number;
  readonly keeper: number;
  /** Keepers' actions a step for a crowd of so many traders: fewer while the chain is congested. */
  readonly budget: {
    readonly crowd: number;
    readonly calm: number;
    readonly congested: number;
    readonly from_minute: number;
    readonly to_minute: number;
  };
  readonly markets: readonly DayMarket[];
  /** What each trader brings, atoms. */
  readonly traders: readonly number[];
  /** How they opened, in their order. */
  readonly opening: readonly Deal[];
  /** What they did after each step's prices. */
  readonly steps: readonly (readonly Deal[])[];
  /** What came of it on the engine. */
  readonly tiers: TierReport;
};

/** Decimals of a price in the file. */
const DECIMALS = 8;

const FEEDS: Readonly<Record<string, Listing['feed']>> = {
  SOL: SOL.feed,
  BTC: BTC.feed,
  // No asset of that name has a feed: it is this network's own.
  ALT: feedId('a17'.padEnd(64, '0')),
};

/** Where `make localnet` leaves the day. */
export const DAY_PATH = fileURLToPath(new URL('../../../target/demo/localnet-day.json', import.meta.url));

/** Reads a day. */
export function readDay(path = DAY_PATH): Day {
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`make localnet ARGS="--scenario crash"\``);
  return JSON.parse(readFileSync(path, 'utf8')) as Day;
}

/** A price of the file as people write it. */
export function quoted(price: number): string {
  return units.toDecimal(BigInt(Math.round(price)), DECIMALS);
}

function bracketOf([upTo, initial, maintenance]: DayMarket['brackets'][number]): Bracket {
  return { upTo: BigInt(upTo), initial, maintenance };
}

function listingOf(market: DayMarket, step: number): Listing {
  const feed = FEEDS[market.name];
  const first = market.prices[step];
  if (feed === undefined || first === undefined) throw new Error(`the day has no ${market.name} at step ${step}`);
  return {
    name: market.name,
    feed,
    first: quoted(first),
    lotExponent: market.lot_exponent,
    own: {
      brackets: market.brackets.map(bracketOf),
      bracketCount: market.brackets.length,
      step: BigInt(market.step),
      positionMin: BigInt(market.position_min),
      openInterestMax: BigInt(market.open_interest_max),
      sliceFloor: BigInt(market.slice_floor),
      coverGrant: BigInt(market.cover_grant),
      discountMax: market.discount_max,
      penalty: market.penalty,
      checkSlots: BigInt(market.check_slots),
      gaugeDistance: market.gauge_distance,
    },
  };
}

/** The exchange of a day that begins at a step. Nobody is there yet to wait for: its markets open at once. */
export function setupOf(day: Day, step: number, defaults: Defaults): Setup {
  return {
    markets: day.markets.map((market) => listingOf(market, step)),
    defaults,
    own: { timelockSeconds: 0n },
    insurance: units.usd(BigInt(day.insurance)),
  };
}
