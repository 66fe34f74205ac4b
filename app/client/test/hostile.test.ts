/** Bytes of any kind in the place of accounts: the module neither traps nor loops, and holds no more memory afterwards. */
import type { ReadonlyUint8Array } from '@solana/kit';
import { expect, test } from 'vitest';
import { memorySize } from '../src/engine/module.js';
import { assess, type MarketData } from '../src/index.js';
import { loadDays } from './vectors.js';

const days = loadDays();
/** How many accounts: `make nightly` asks for a million. */
const COUNT = Number(process.env['HOSTILE'] ?? 20_000);
/** What the bytes are drawn from: told where a test fails, taken from `SEED` to repeat it. */
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers below a bound, the same for the same seed (xorshift). */
function drawnFrom(seed: number): (bound: number) => number {
  let state = seed | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

type Draw = ReturnType<typeof drawnFrom>;

const ENDS = [0, 1, 127, 128, 255];

/** A copy with some bytes changed, behind the discriminator and the exchange's address. */
function mutated(data: ReadonlyUint8Array, draw: Draw, head: number): Uint8Array {
  const bytes = Uint8Array.from(data);
  const changes = 1 + draw(draw(4) === 0 ? 400 : 8);
  for (let change = 0; change < changes; change += 1) {
    const at = head + draw(bytes.length - head);
    const width = [1, 1, 4, 8][draw(4)] ?? 1;
    const value = draw(2) === 0 ? draw(256) : (ENDS[draw(ENDS.length)] ?? 0);
    bytes.fill(value, at, at + width);
  }
  return bytes;
}

/** Bytes of one account: mostly a real one's with changes, sometimes of any kind at all. */
function hostile(accounts: readonly Uint8Array[], draw: Draw): Uint8Array {
  const real = accounts[draw(accounts.length)] ?? new Uint8Array();
  const kind = draw(10);
  if (kind === 0) return Uint8Array.from({ length: draw(3_000) }, () => draw(256));
  if (kind === 1) return Uint8Array.from(real, (byte, at) => (at < 80 ? byte : draw(256)));
  if (kind === 2) return real.slice(0, draw(real.length));
  return mutated(real, draw, 72);
}

function hostileMarkets(markets: readonly MarketData[], draw: Draw): MarketData[] {
  return markets.map(({ market, ladder }) => ({
    market: draw(3) === 0 ? market : mutated(market, draw, 40),
    ladder: draw(3) === 0 ? ladder : mutated(ladder, draw, 40),
  }));
}

test(`${COUNT} random and mutated accounts never trap the module (SEED=${SEED})`, { timeout: 1_800_000 }, () => {
  const draw = drawnFrom(SEED);
  let [done, assessed, refused, size] = [0, 0, 0, 0];
  while (done < COUNT) {
    const day = days[draw(days.length)];
    if (day === undefined) throw new Error('no day');
    const real = day.accounts.map(({ data }) => data);
    const accounts = Array.from({ length: 500 }, () => hostile(real, draw));
    const found = assess(accounts, hostileMarkets(day.markets, draw), day.now, { kinds: day.kinds });
    expect(found).toHaveLength(accounts.length);
    for (const one of found) {
      if (one.ok) assessed += 1;
      else if (one.reason === 'EngineFault')
        throw new Error(`the module trapped: SEED=${SEED}, after ${done} accounts`);
      else refused += 1;
    }
    done += accounts.length;
    // The first rounds meet the days with the most markets.
    if (done === COUNT / 2) size = memorySize();
  }
  expect(assessed).toBeGreaterThan(COUNT / 20);
  expect(refused).toBeGreaterThan(COUNT / 20);
  expect(memorySize()).toBe(size);
});

test('no memory is kept between calls', { timeout: 1_800_000 }, () => {
  const [day] = days;
  if (day === undefined) throw new Error('no day');
  const data = day.accounts.map((entry) => entry.data);
  const once = (): number => assess(data, day.markets, day.now, { kinds: day.kinds }).length;
  once();
  const size = memorySize();
  for (let done = 0; done < COUNT;) done += once();
  expect(memorySize()).toBe(size);
});
