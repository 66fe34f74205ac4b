/** The module's numbers against the native engine's, and what is said of accounts that cannot be assessed. */
import { expect, test } from 'vitest';
import { assessment } from '../src/assess.js';
import { NO_MARKET } from '../src/generated/engine.js';
import { assess, type Assessed } from '../src/index.js';
import { loadDays } from './vectors.js';

const days = loadDays();
const first = days.find(({ markets }) => markets.length === 8);
if (first === undefined) throw new Error('vectors without a day of eight markets');

test('a thousand accounts: every number is the native engine’s', () => {
  let accounts = 0;
  for (const { seed, now, markets, kinds, accounts: entries } of days) {
    const found = assess(
      entries.map(({ data }) => data),
      markets,
      now,
      { kinds },
    );
    for (const [at, { words }] of entries.entries()) {
      expect(found[at], `seed ${seed}, account ${at}`).toEqual(assessment(words, 0));
      accounts += 1;
    }
  }
  expect(accounts).toBeGreaterThanOrEqual(1_000);
});

test('the accounts have positions of every kind', () => {
  const entries = days.flatMap((day) => day.accounts.map(({ report }) => report));
  const share = (is: (report: (typeof entries)[number]) => boolean): number =>
    entries.filter(is).length / entries.length;
  const held = (report: (typeof entries)[number]) => report.positions.filter(({ market }) => market !== NO_MARKET);
  expect(share((report) => held(report).some(({ isPooled }) => isPooled))).toBeGreaterThanOrEqual(0.5);
  expect(share((report) => held(report).some(({ isIsolated }) => isIsolated))).toBeGreaterThanOrEqual(0.05);
  expect(share((report) => held(report).some(({ vesting }) => vesting > 0n))).toBeGreaterThanOrEqual(0.05);
  expect(
    share((report) => held(report).some(({ owed, paid }) => paid + owed[0] + owed[1] > 0n)),
  ).toBeGreaterThanOrEqual(0.05);
  expect(share((report) => report.health.pledged > 0n)).toBeGreaterThanOrEqual(0.05);
  expect(share((report) => held(report).length === 8)).toBeGreaterThanOrEqual(0.05);
});

/** The first account of a day that can be assessed, and stands somewhere. */
function healthy(): { data: Uint8Array; found: Assessed } {
  for (const { data } of first?.accounts ?? []) {
    const [found] = assess([data], first?.markets ?? [], first?.now ?? { slot: 0n, time: 0n }, {
      kinds: first?.kinds ?? [],
    });
    if (found?.ok === true && found.positions.length > 0) return { data, found };
  }
  throw new Error('no such account');
}

test('one bad account never hides the others, and each says why', () => {
  const { data, found } = healthy();
  const { markets, now, kinds } = first;
  const foreign = data.slice();
  foreign[0] = (data[0] ?? 0) + 1;
  const elsewhere = data.slice();
  elsewhere[8] = (data[8] ?? 0) + 1;
  const accounts = [data.slice(0, 100), new Uint8Array(), foreign, Uint8Array.of(...data, 0), elsewhere, data];
  expect(assess(accounts, markets, now, { kinds })).toEqual([
    { ok: false, reason: 'AccountShort' },
    { ok: false, reason: 'AccountShort' },
    { ok: false, reason: 'AccountForeign' },
    { ok: false, reason: 'AccountNewer' },
    { ok: false, reason: 'WrongExchange' },
    found,
  ]);
});

test('a market that is missing, or whose bytes are not a market, is named', () => {
  const { data, found } = healthy();
  const { markets, now, kinds } = first;
  const [market] = found.positions.map((position) => position.market);
  expect(assess([data], [], now, { kinds })).toEqual([{ ok: false, reason: 'MarketMissing', market }]);
  const cut = markets.map(({ market: books, ladder }) => ({ market: books.slice(0, 50), ladder }));
  expect(assess([data], cut, now, { kinds })).toEqual([{ ok: false, reason: 'MarketMissing', market }]);
});

test('a market that cannot be read, or is of another exchange, hides no account that does not stand in it', () => {
  const { data, found } = healthy();
  const { markets, now, kinds } = first;
  const [one] = markets;
  if (one === undefined) throw new Error('no market');
  const garbage = { market: new Uint8Array(2_360).fill(7), ladder: one.ladder };
  const other = { market: one.market.slice(), ladder: one.ladder };
  other.market.fill(9, 8, 40);
  expect(assess([data], [garbage, ...markets, other], now, { kinds })).toEqual([found]);
});

test('a price that is passed stands in the place of the mark', () => {
  const { markets, now, kinds, accounts } = first;
  const at = (data: Uint8Array, market: bigint, price: bigint): Assessed | undefined => {
    const [found] = assess([data], markets, now, { kinds, prices: new Map([[market, { price }]]) });
    return found?.ok === true ? found : undefined;
  };
  let compared = 0;
  for (const { data } of accounts) {
    const [found] = assess([data], markets, now, { kinds });
    const position =
      found?.ok === true ? found.positions.find(({ lots, isPooled }) => lots > 0n && !isPooled) : undefined;
    if (position === undefined || position.isIsolated) continue;
    const [low, high] = [at(data, position.market, 1_000n), at(data, position.market, 1_001n)];
    if (low === undefined || high === undefined || low.health.unmarked > 0) continue;
    const gain = high.health.equity - low.health.equity;
    expect(gain).toBe(position.side === 'long' ? position.lots : -position.lots);
    compared += 1;
  }
  expect(compared).toBeGreaterThan(0);
});
