/** `--scenario crash`: the demo's day, told as it goes, and what came of it. */
import { units } from '@breakwater/client';
import type { Audit } from './audit.js';
import type { Day } from './day.js';
import type { Say } from './house.js';
import type { Round } from './keepers.js';
import { Play } from './play.js';
import type { Stage } from './stage.js';

const SECONDS_A_MINUTE = 60;
const MILLISECONDS = 1_000;

/** How a day is played. */
export type Pace = {
  /** First and last minute. */
  readonly from: number;
  readonly to: number;
  /** How many times faster than the clock; 0: as fast as it goes. */
  readonly speed: number;
  /** Plays one step in so many; every one, if it is not there. */
  readonly stride?: number;
};

/** The step a minute of a day begins with. */
export function stepAt(day: Day, minute: number): number {
  return Math.round(minute * day.steps_a_minute);
}

/** Plays minutes of a day and says how it went. */
export async function playDay(stage: Stage, play: Play, pace: Pace, say: Say): Promise<Audit> {
  const { day } = play;
  const [first, last] = [stepAt(day, pace.from), stepAt(day, pace.to)];
  const step = pace.speed === 0 ? 0 : (SECONDS_A_MINUTE * MILLISECONDS) / day.steps_a_minute / pace.speed;
  for (let at = first; at <= last; at += pace.stride ?? 1) {
    const due = new Promise((resolve) => setTimeout(resolve, step));
    const round = await play.step(at);
    if (at % day.steps_a_minute === 0) say(progress(stage, play, at, round));
    await due;
  }
  return play.settle(last);
}

function progress(stage: Stage, play: Play, step: number, { distressed, bankrupt }: Round): string {
  const prices = play.day.markets.map(({ name, prices }) => `${name} ${((prices[step] ?? 0) / 1e8).toPrecision(6)}`);
  return `${play.clock(step)}  ${prices.join('  ')}  distress ${distressed}, bankrupt ${bankrupt}`;
}

/** What the waterfall did here, beside what it did on the engine, which the whole day without guards is. */
export function summary({ faults, tally, vault }: Audit, { tiers }: Day): string[] {
  const usd = (atoms: bigint | number): string => Number(units.usd(BigInt(atoms))).toLocaleString('en', USD);
  const rows: readonly (readonly [string, string, string])[] = [
    ['', 'here', 'make demo'],
    ['liquidated partly', String(tally.partialLiquidations), String(tiers.partial_liquidations)],
    ['deleveraged, lots', String(tally.deleveraged), String(tiers.deleveraged_lots)],
    ['insured, USD', usd(tally.insured), usd(tiers.insured_atoms)],
    ['absorbed, USD', usd(tally.absorbed), usd(tiers.absorbed_atoms)],
    ['socialised, USD', usd(tally.socialised), usd(tiers.socialised_atoms)],
    ['unfunded, USD', usd(tally.unfunded), usd(tiers.unfunded_atoms)],
  ];
  const table = rows.map(([label, here, there]) => `${label.padEnd(20)}${here.padStart(20)}${there.padStart(20)}`);
  const kept =
    faults.length === 0 ? `conserved: every one of ${vault} atoms in the vault is accounted for` : 'NOT conserved:';
  return [...table, kept, ...faults];
}

const USD = { minimumFractionDigits: 2, maximumFractionDigits: 2 } as const;
