import { describe, expect, test } from 'vitest';
import {
  type AccountBooks,
  bankruptcyPrice,
  claimsOf,
  crossHealth,
  getCollateralDecoder,
  getCollateralEncoder,
  getLadderDecoder,
  getMarginAccountDecoder,
  getMarginAccountEncoder,
  getMarketDecoder,
  getMarketEncoder,
  type Health,
  holdingOf,
  isBankrupt,
  isDistressed,
  isolatedHealth,
  liquidationPrice,
  type MarketSlot,
  type Markets,
  maturingOf,
  NO_MARKET,
  type Now,
  rankOf,
  signed,
  viewOf,
} from '../src/index.js';
import { kindsOf, outcome, pledgeNumbers } from './pledge.js';
import { bytesOf, type Entry, type ExpectedHealth, type ExpectedSlot, marketsOf, nowOf, readDays } from './vectors.js';

const days = readDays();

function shown(health: Health): ExpectedHealth {
  return {
    equity: String(health.equity),
    initial_equity: String(health.initialEquity),
    initial: String(health.initial),
    maintenance: String(health.maintenance),
    positions: health.positions,
    unmarked: health.unmarked,
    pledged: String(health.pledged),
    distressed: isDistressed(health),
    bankrupt: isBankrupt(health),
  };
}

const text = (value: bigint | undefined): string | null => (value === undefined ? null : String(value));

/** What vectors say of a slot besides its market and an error. */
const NOTHING: Omit<ExpectedSlot, 'market' | 'error'> = {
  in_pool: false,
  lots: '0',
  cash: '0',
  standing: null,
  isolated: null,
  bankruptcy_price: null,
  liquidation_price: null,
  rank: null,
  paid: '0',
  claims: ['0', '0'],
  units: ['0', '0'],
  maturing: '0',
};

function slotNumbers(account: AccountBooks, slot: MarketSlot, markets: Markets, now: Now): ExpectedSlot {
  const view = viewOf(markets, slot.market);
  const holding = holdingOf(view, slot);
  const claims = claimsOf(view, slot, holding);
  const alone = shown(isolatedHealth(slot, view));
  const place = holding.located?.place;
  const rank = place === undefined ? undefined : rankOf(view, holding.side, place);
  return {
    market: String(slot.market),
    error: null,
    in_pool: place?.kind === 'pool',
    lots: String(signed(holding.side, holding.lots)),
    cash: String(holding.cash),
    standing: alone,
    isolated: slot.position.isolated === 0 ? null : alone,
    bankruptcy_price: text(bankruptcyPrice(holding)),
    liquidation_price: text(liquidationPrice(account, slot, markets, now)),
    rank:
      rank === undefined ? null : { ahead: String(rank.ahead), group: String(rank.group), total: String(rank.total) },
    paid: String(claims.paid),
    claims: [String(claims.owed[0]), String(claims.owed[1])],
    units: [String(claims.units[0]), String(claims.units[1])],
    maturing: String(maturingOf(view.market, slot)),
  };
}

function numbers(books: AccountBooks, markets: Markets, now: Now): Entry['expected'] {
  const held = books.slots.filter((slot) => slot.market !== NO_MARKET);
  return {
    health: outcome(() => shown(crossHealth(books, markets, now))),
    slots: held.map((slot) => {
      const found = outcome(() => slotNumbers(books, slot, markets, now));
      return 'Err' in found ? { ...NOTHING, market: String(slot.market), error: found.Err } : found.Ok;
    }),
  };
}

describe('numbers equal the engine to the atom', () => {
  test('there are a thousand accounts', () => {
    const accounts = days.reduce((sum, day) => sum + day.accounts.length, 0);
    expect(accounts).toBeGreaterThanOrEqual(1_000);
  });

  test.each(days.map((day) => [day.seed, day] as const))('day %i', (_, day) => {
    const markets = marketsOf(day);
    const now = nowOf(day);
    const kinds = kindsOf(day);
    for (const { account, expected, pledge } of day.accounts) {
      const { books } = getMarginAccountDecoder().decode(bytesOf(account));
      expect(numbers(books, markets, now)).toEqual(expected);
      if (pledge !== null) expect(pledgeNumbers(books, { markets, kinds, now }, pledge.sales)).toEqual(pledge);
    }
  });
});

describe('accounts decode byte for byte', () => {
  test('what was read is what is written back', () => {
    for (const { accounts, kinds, markets } of days.slice(0, 5)) {
      for (const kind of kinds) {
        expect(getCollateralEncoder().encode(getCollateralDecoder().decode(bytesOf(kind)))).toEqual(bytesOf(kind));
      }
      for (const { account } of accounts) {
        const bytes = bytesOf(account);
        expect(getMarginAccountDecoder().fixedSize).toBe(bytes.length);
        expect(getMarginAccountEncoder().encode(getMarginAccountDecoder().decode(bytes))).toEqual(bytes);
      }
      for (const [market, ladder] of markets) {
        expect(getMarketEncoder().encode(getMarketDecoder().decode(bytesOf(market)))).toEqual(bytesOf(market));
        expect(getLadderDecoder().fixedSize).toBe(ladder.size);
      }
    }
  });
});
