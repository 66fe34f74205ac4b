import type { Address } from '@solana/kit';
import { getBase58Decoder } from '@solana/kit';
import { describe, expect, test } from 'vitest';
import * as client from '../src/index.js';

const NOW = { slot: 100n, time: 100n };
/** 100 USD a unit, lots of 1e-8: a lot is an atom. */
const PARAMS = client.marketParams('bare', { lotExponent: -8 });
const PRICE = client.units.price('100', -8);
const UNIT = client.units.lots('1', -8);
const place = (digit: number): Address => getBase58Decoder().decode(new Uint8Array(32).fill(digit)) as Address;

const zero = <T>(decoder: { readonly fixedSize: number; decode(bytes: Uint8Array): T }, tag: ArrayLike<number>): T => {
  const bytes = new Uint8Array(decoder.fixedSize);
  bytes.set(Array.from(tag));
  return decoder.decode(bytes);
};

/** A market with a mark of 100 USD. */
function market(): client.MarketBooks {
  const { books } = zero(client.getMarketDecoder(), Array.from(client.MARKET_DISCRIMINATOR));
  const mark = { ...books.mark, price: PRICE, ema: PRICE };
  // Margins as they are in a quiet market: ten thousand parts of ten thousand.
  const stance = { ...books.stance, initial: 10_000, maintenance: 10_000 };
  return { ...books, id: 0n, mark, stance, params: PARAMS };
}

/** A level at USD a unit, or so many USD from the mark. */
const level = (usd: string, units: string, pegged = 0n): client.Level => {
  return { price: client.units.price(usd, -8), size: client.units.lots(units, -8), pegged };
};

/** A maker with so many USD of margin, who sells. */
function seller(
  number: number,
  asks: readonly client.Level[],
  own: { readonly usd?: string; readonly lots?: bigint; readonly slots?: boolean } = {},
): client.MakerQuote {
  const { usd = '100000', lots = 0n, slots = true } = own;
  const quote = zero(client.getQuoteDecoder(), client.QUOTE_DISCRIMINATOR);
  const maker = zero(client.getMarginAccountDecoder(), client.MARGIN_ACCOUNT_DISCRIMINATOR);
  const none = { price: 0n, size: 0n, pegged: 0n };
  const levels = Array.from({ length: 4 }, (_, at) => asks[at] ?? none);
  const books = { ...quote.books, asks: levels, expires: 1_000n };
  const [first, ...others] = maker.books.slots.map((slot) => ({ ...slot, market: client.NO_MARKET }));
  if (first === undefined) throw new Error('a slot');
  const spare = client.units.atoms(usd);
  const mine = { ...first, market: slots ? 0n : client.NO_MARKET, position: { ...first.position, lots, spare } };
  const account = { ...maker.books, checkedUntil: 1_000n, slots: [mine, ...others] };
  return { account: place(number), quote: { ...quote, books }, maker: { ...maker, books: account } };
}

const buy = (units: string, limit = '101'): client.Order => {
  return { side: 'long', lots: client.units.lots(units, -8), limit: client.units.price(limit, -8) };
};
const pick = (quotes: readonly client.MakerQuote[], order: client.Order, taker?: Address) =>
  client.selectMakers(quotes, market(), order, NOW, taker);

describe('n7: makers are chosen by what they can fill', () => {
  const house = (number: number) => seller(number, [level('100.05', '500')]);
  const dust = (number: number, usd = '100.01') => seller(number, [level(usd, '0.1')]);

  test('four dust quotes at the best price do not take the seats of those who have the size', () => {
    const found = pick([dust(1), dust(2), dust(3), dust(4), house(5), house(6)], buy('100'));
    expect(found.expected).toBe(client.units.lots('100', -8));
    expect(found.makers).toContain(place(5));
    expect(found.makers).toHaveLength(4);
    expect(found.worst).toBe(client.units.price('100.05', -8));
  });

  test('the best prices first where they have enough, and one more for a maker who moves', () => {
    const quotes = [
      seller(1, [level('100.2', '5')]),
      seller(2, [level('100.1', '5')]),
      seller(3, [level('100.3', '5')]),
    ];
    expect(pick(quotes, buy('4')).makers).toEqual([place(2), place(1)]);
    expect(pick(quotes, buy('8')).makers).toEqual([place(2), place(1), place(3)]);
    expect(pick(quotes, buy('8')).worst).toBe(client.units.price('100.2', -8));
  });

  test('what is expected is told where the book has less, or less within the limit', () => {
    const quotes = [seller(1, [level('100.1', '5'), level('100.9', '5')]), seller(2, [level('100.2', '5')])];
    expect(pick(quotes, buy('50')).expected).toBe(client.units.lots('15', -8));
    expect(pick(quotes, buy('50', '100.15')).expected).toBe(client.units.lots('5', -8));
    // Nobody reaches the limit: the best is passed, so that the program says so.
    expect(pick(quotes, buy('50', '100.05'))).toEqual({ makers: [place(1)], expected: 0n });
    expect(pick([], buy('50'))).toEqual({ makers: [], expected: 0n });
  });

  test('a maker without margin here fills nothing, one with little what it opens, one who closes all he has', () => {
    const unbacked = seller(1, [level('100.01', '500')], { usd: '0', slots: false });
    const thin = seller(2, [level('100.02', '500')], { usd: '100' });
    const closing = seller(3, [level('100.03', '500')], { usd: '0', lots: client.units.lots('7', -8) });
    expect(pick([unbacked], buy('1')).expected).toBe(0n);
    expect(pick([closing], buy('50')).expected).toBe(client.units.lots('7', -8));
    const { expected: lots } = pick([thin], buy('500'));
    expect(lots).toBeGreaterThan(0n);
    // What he opens at the mark is what his margin is the initial margin of, to the lot.
    const books = market();
    const needs = (some: bigint) => client.requirementOf(books, some).initial;
    expect(needs(lots)).toBeLessThanOrEqual(client.units.atoms('100'));
    expect(needs(lots + UNIT)).toBeGreaterThan(client.units.atoms('100'));
    const found = pick([unbacked, thin, closing], buy('8'));
    expect(found.makers).not.toContain(place(1));
  });

  test('the fewest seats are given up: dust is taken along where the rest can be filled without its seat', () => {
    const quotes = [
      dust(1, '100.01'),
      dust(2, '100.02'),
      seller(3, [level('100.03', '60')]),
      seller(4, [level('100.04', '60')]),
    ];
    expect(pick(quotes, buy('100')).makers).toEqual([place(1), place(2), place(3), place(4)]);
    const more = [...quotes, seller(5, [level('100.05', '60')]), seller(6, [level('100.06', '60')])];
    expect(pick(more, buy('180')).makers).toEqual([place(1), place(3), place(4), place(5)]);
    expect(pick(more, buy('180')).expected).toBe(client.units.lots('180', -8));
    expect(pick(more, buy('1000')).expected).toBe(client.units.lots('240', -8));
  });
});

describe('n8: nobody is chosen as his own maker', () => {
  test('the taker is left out', () => {
    const quotes = [seller(1, [level('100.01', '5')]), seller(2, [level('100.02', '5')])];
    expect(pick(quotes, buy('1'), place(1)).makers).toEqual([place(2)]);
    expect(client.bestMakers(quotes, market(), buy('1'), NOW, place(1))).toEqual([place(2)]);
    // Where it is not said who takes, another is passed beside.
    expect(pick(quotes, buy('1')).makers).toEqual([place(1), place(2)]);
  });
});

describe("n5: makers are in the program's own order", () => {
  test('by their best price of any level, though that is through the mark now and cannot fill', () => {
    // Ann's old fixed ask is below the mark; her pegged one is behind Ben's.
    const ann = seller(1, [level('97', '2'), level('0.02', '2', 1n)]);
    const ben = seller(2, [level('0.01', '2', 1n)]);
    const found = pick([ben, ann], buy('4'));
    expect(found.makers).toEqual([place(1), place(2)]);
    expect(found.expected).toBe(client.units.lots('4', -8));
    expect(found.worst).toBe(client.units.price('100.02', -8));
  });

  test('a seller of the other side, the other way round', () => {
    const bids = (number: number, levels: readonly client.Level[]): client.MakerQuote => {
      const made = seller(number, []);
      const none = { price: 0n, size: 0n, pegged: 0n };
      const books = { ...made.quote.books, bids: Array.from({ length: 4 }, (_, at) => levels[at] ?? none) };
      return { ...made, quote: { ...made.quote, books } };
    };
    const quotes = [bids(1, [level('99.9', '2')]), bids(2, [level('103', '2'), level('99.8', '2')])];
    const order = { side: 'short', lots: client.units.lots('3', -8), limit: client.units.price('99', -8) } as const;
    const found = client.selectMakers(quotes, market(), order, NOW);
    expect(found.makers).toEqual([place(2), place(1)]);
    expect(found.worst).toBe(client.units.price('99.8', -8));
  });
});
