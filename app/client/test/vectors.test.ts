import { describe, expect, test } from 'vitest';
import {
  type AccountBooks,
  bankruptcyPrice,
  claimsOf,
  crossHealth,
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
  NumberError,
  rankOf,
  signed,
  viewOf,
} from '../src/index.js';
import { bytesOf, type Day, type Entry, type ExpectedHealth, type ExpectedSlot, readDays } from './vectors.js';

const days = readDays();

function marketsOf(day: Day): Markets {
  const views = day.markets.map(([market, ladder]) => ({
    market: getMarketDecoder().decode(bytesOf(market)).books,
    ladder: getLadderDecoder().decode(bytesOf(ladder)).books,
  }));
  return new Map(views.map((view) => [view.market.id, view]));
}

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

function numbers({ account: data }: Entry, markets: Markets, now: Now): Entry['expected'] {
  const { books } = getMarginAccountDecoder().decode(bytesOf(data));
  const health = named(() => shown(crossHealth(books, markets, now)));
  const held = books.slots.filter((slot) => slot.market !== NO_MARKET);
  return {
    health: typeof health === 'string' ? { Err: health } : { Ok: health },
    slots: held.map((slot) => {
      const found = named(() => slotNumbers(books, slot, markets, now));
      return typeof found === 'string' ? { ...NOTHING, market: String(slot.market), error: found } : found;
    }),
  };
}

function named<T>(compute: () => T): T | string {
  try {
    return compute();
  } catch (error) {
    if (error instanceof NumberError) return error.reason;
    throw error;
  }
}

describe('numbers equal the engine to the atom', () => {
  test('there are a thousand accounts', () => {
    const accounts = days.reduce((sum, day) => sum + day.accounts.length, 0);
    expect(accounts).toBeGreaterThanOrEqual(1_000);
  });

  test.each(days.map((day) => [day.seed, day] as const))('day %i', (_, day) => {
    const markets = marketsOf(day);
    const now = { slot: BigInt(day.now[0]), time: BigInt(day.now[1]) };
    for (const entry of day.accounts) expect(numbers(entry, markets, now)).toEqual(entry.expected);
  });
});

describe('accounts decode byte for byte', () => {
  test('what was read is what is written back', () => {
    for (const { accounts, markets } of days.slice(0, 5)) {
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
