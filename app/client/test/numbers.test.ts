/** Numbers of decoded books, one function at a time: the same as an assessment of the account's bytes. */
import { expect, test } from 'vitest';
import { NO_MARKET } from '../src/generated/engine.js';
import {
  claimsOf,
  crossHealth,
  getCollateralDecoder,
  getLadderDecoder,
  getMarginAccountDecoder,
  getMarketDecoder,
  hasMark,
  holdingOf,
  isolatedHealth,
  type Kinds,
  liquidationPrice,
  type Markets,
  vestingOf,
  NumberError,
  proceedsOf,
  rankOf,
  requirementOf,
  saleOf,
  sharesWorth,
  signed,
  standingOf,
  valuationOf,
  valued,
} from '../src/index.js';
import { type Day, loadDays } from './vectors.js';

const days = loadDays();

function decoded(day: Day): { markets: Markets; kinds: Kinds } {
  const views = day.markets.map(({ market, ladder }) => {
    return { market: getMarketDecoder().decode(market).books, ladder: getLadderDecoder().decode(ladder).books };
  });
  const kinds = day.kinds.map((data) => getCollateralDecoder().decode(data));
  return {
    markets: new Map(views.map((view) => [view.market.id, view])),
    kinds: new Map(kinds.map(({ index, books }) => [index, books])),
  };
}

/** What a call returns, or the name of what it refuses with. */
function outcome<T>(call: () => T): T | string {
  try {
    return call();
  } catch (error) {
    if (error instanceof NumberError) return error.reason;
    throw error;
  }
}

/** Days of both kinds. */
const some = [days.find(({ markets }) => markets.length < 8), days.find(({ markets }) => markets.length === 8)].flatMap(
  (day) => day ?? [],
);

test('positions, claims, ranks and prices one by one', () => {
  let positions = 0;
  for (const day of some) {
    const { markets, kinds } = decoded(day);
    for (const { data, report } of day.accounts.slice(0, 25)) {
      const { books } = getMarginAccountDecoder().decode(data);
      const account = report.health.pledged > 0n ? valued(books, kinds, day.now) : books;
      for (const [at, slot] of account.slots.entries()) {
        const view = markets.get(slot.market);
        const expected = report.positions[at];
        if (slot.market === NO_MARKET || view === undefined || expected === undefined || expected.refusal !== 0)
          continue;
        positions += 1;
        const holding = holdingOf(view, slot);
        expect(holding).toMatchObject({ lots: expected.lots, cash: expected.cash, keyCash: expected.keyCash });
        expect(holding.side).toBe(expected.isShort ? 'short' : 'long');
        expect(holding.located?.place.kind).toBe(
          slot.position.lots === 0n ? undefined : expected.isPooled ? 'pool' : 'line',
        );
        expect(claimsOf(view, slot)).toEqual({ paid: expected.paid, owed: expected.owed, units: expected.units });
        expect(vestingOf(view.market, slot)).toBe(expected.vesting);
        expect(isolatedHealth(slot, view)).toEqual(expected.health);
        expect(standingOf(view, slot).equity).toBe(expected.health.equity);
        const place = holding.located?.place;
        const rank = place === undefined ? undefined : rankOf(view, holding.side, place);
        const { ahead, group, total } = expected;
        expect(rank).toEqual(group === 0n ? undefined : { ahead, group, total });
        if (report.refusal !== 0 || slot.position.lots === 0n) continue;
        const price = report.liquidations[at]?.price;
        expect(liquidationPrice(account, slot, markets, day.now)).toBe(price === 0n ? undefined : price);
      }
      if (report.refusal === 0) expect(crossHealth(account, markets, day.now)).toEqual(report.health);
    }
  }
  expect(positions).toBeGreaterThan(100);
});

test('other collateral: what it counts, and what a purchase comes to', () => {
  let sales = 0;
  for (const day of some) {
    const { markets, kinds } = decoded(day);
    for (const { data, sales: attempts } of day.accounts) {
      const { books } = getMarginAccountDecoder().decode(data);
      for (const { kind, wanted, report } of attempts) {
        sales += 1;
        const { initial, maintenance, amount, proceeds, discount, isBankrupt } = report;
        expect(valuationOf(books, kinds, day.now)).toEqual({ initial, maintenance });
        const found = outcome(() => saleOf(books, markets, kinds, { kind, wanted }, day.now));
        if (report.refusal !== 0) {
          expect(found).toBeTypeOf('string');
          continue;
        }
        expect(found).toEqual({ amount, proceeds, discount: BigInt(discount), bankrupt: isBankrupt });
        const [of, held] = [kinds.get(kind), books.pledge.amounts[kind]];
        if (of === undefined || held === undefined) throw new Error('a kind that is sold is known');
        expect(proceedsOf(of, [held, amount], BigInt(discount))).toBe(proceeds);
      }
    }
  }
  expect(sales).toBeGreaterThan(10);
});

test('margins of a notional, and marks that are too old', () => {
  const [day] = days;
  if (day === undefined) throw new Error('no day');
  for (const { market } of decoded(day).markets.values()) {
    const { initial, maintenance } = requirementOf(market, 1_000_000n);
    expect(initial).toBeGreaterThanOrEqual(maintenance);
    const later = { ...day.now, slot: day.now.slot + market.params.markAgeSlotsMax + 1_000_000n };
    expect(hasMark(market, later)).toBe(market.settled !== 0n && market.mark.quality !== 0n);
  }
});

test('a share of the insurance fund', () => {
  const fund = {
    booked: 500n,
    covers: 0n,
    protocol: 0n,
    staked: 499n,
    layers: 0n,
    shares: 3_145_728n,
    epoch: 0n,
    peak: 0n,
    peakSince: 0n,
  };
  // (499 + 1) atoms over 3 * 2^20 + 2^20 shares: a quarter of a quarter, rounded down.
  expect(sharesWorth(fund, 1_048_576n)).toBe(125n);
  expect(sharesWorth(fund, 1_048_575n)).toBe(124n);
  expect(signed('short', 5n)).toBe(-5n);
});
