/** Choosing the makers of an order: a trade has few seats, and a quote promises more than its maker may be able to fill. */
import type { Address } from '@solana/kit';
import type { MakerQuote } from './accounts.js';
import { isBetter, isLive, levelPrice, offersTo, type Order, quoteOf, type ReadQuote } from './actions/orders.js';
import { MAKERS_MAX } from './generated/engine.js';
import type { MarketBooks } from './generated/index.js';
import { lotsCarried } from './numbers/margin.js';
import { opposite, type Side, sideOf } from './numbers/sides.js';
import type { Now } from './numbers/views.js';
import { least } from './rounding.js';

export { MAKERS_MAX };

/** Makers for an order, and what it comes to with them as they are now. */
export type Selection = {
  /** Their accounts, as `trade` takes them; one more than is needed where there is a seat, for one who moves meanwhile. */
  readonly makers: readonly Address[];
  /** Lots they are expected to fill within the limit: fewer than were asked for where the book has no more. */
  readonly expected: bigint;
  /** The worst price among those, 1e-12 atom per lot; none where nothing is filled. */
  readonly worst?: bigint;
};

/** Makers passed beyond those that are needed. */
const SPARE = 1;

/** A maker's place among the others. */
type Seat = {
  readonly account: Address;
  /** What the program ranks makers by: their best price, wherever the mark is. */
  readonly rank: bigint;
  /** What he offers within the limit, best first, as far as he can fill it. */
  readonly offers: readonly { readonly price: bigint; readonly lots: bigint }[];
  readonly lots: bigint;
};

/**
 * Lots a maker can fill: what closes his position, and what his margin opens. Of one who has lots on the same side already only
 * the program can say; he counts in full.
 */
function capacityOf({ maker: { books } }: MakerQuote, market: MarketBooks, side: Side, offered: bigint): bigint {
  const slot = books.slots.find((one) => one.market === market.id);
  const held = slot?.position.lots ?? 0n;
  if (sideOf(held) === side) return offered;
  if (held !== 0n) return held < 0n ? -held : held;
  return lotsCarried(market, slot?.position.spare ?? 0n, market.mark.price, offered);
}

function seatOf(quote: MakerQuote, market: MarketBooks, { side, limit }: Order): Seat | undefined {
  const maker = opposite(side);
  const levels = maker === 'long' ? quote.quote.books.bids : quote.quote.books.asks;
  const prices = levels.flatMap((level) => {
    return level.size === 0n ? [] : (levelPrice(level, market.mark.price, maker) ?? []);
  });
  const [first, ...rest] = prices;
  if (first === undefined) return undefined;
  const rank = rest.reduce((best, price) => (isBetter(side, price, best) ? price : best), first);
  const reached = offersTo(side, quote, market).filter(({ price }) => !isBetter(side, limit, price));
  let left = capacityOf(quote, market, maker, sum(reached.map(({ lots }) => lots)));
  const offers = reached.flatMap(({ price, lots }) => {
    const filled = least(lots, left);
    left -= filled;
    return filled === 0n ? [] : [{ price, lots: filled }];
  });
  return { account: quote.account, rank, offers, lots: sum(offers.map(({ lots }) => lots)) };
}

/** The most that so many of the seats fill together. */
function mostOf(seats: readonly Seat[], many: number): bigint {
  const lots = seats.map((seat) => seat.lots).sort((a, b) => (a > b ? -1 : 1));
  return sum(lots.slice(0, many));
}

/**
 * The best priced seats that fill as much of an order as any: the fewest of the best priced among which enough can be found, and
 * of those each in turn, as long as those left can fill the rest. So dust at the best price takes no seat that is needed.
 */
function chosen(seats: readonly Seat[], wanted: bigint): Seat[] {
  const target = least(wanted, mostOf(seats, MAKERS_MAX));
  let reach = 1;
  while (reach < seats.length && mostOf(seats.slice(0, reach), MAKERS_MAX) < target) reach += 1;
  const found: Seat[] = [];
  let missing = target;
  for (const [at, seat] of seats.slice(0, reach).entries()) {
    const others = MAKERS_MAX - found.length - 1;
    if (missing <= 0n || others < 0) break;
    if (seat.lots + mostOf(seats.slice(at + 1, reach), others) < missing) continue;
    found.push(seat);
    missing -= seat.lots;
  }
  return found;
}

/** What an order comes to with some makers: the best offers first. */
function filled(seats: readonly Seat[], { side, lots: wanted }: Order): Pick<Selection, 'expected' | 'worst'> {
  const offers = seats.flatMap((seat) => seat.offers).sort((a, b) => (isBetter(side, a.price, b.price) ? -1 : 1));
  let [lots, worst]: [bigint, bigint | undefined] = [0n, undefined];
  for (const offer of offers) {
    if (lots >= wanted) break;
    lots += least(offer.lots, wanted - lots);
    worst = offer.price;
  }
  return worst === undefined ? { expected: lots } : { expected: lots, worst };
}

/**
 * Chooses makers for an order, up to four, by what they can fill within its limit, and says what is expected to be filled. Quotes that
 * cannot be read, are dead, or are the taker's own are left out. Where nobody reaches the limit the best is passed all the same, so
 * that the program says so.
 *
 * @param taker - The margin account that trades: its own quote is left out.
 */
export function selectMakers(
  quotes: readonly ReadQuote[],
  market: MarketBooks,
  order: Order,
  now: Now,
  taker?: Address,
): Selection {
  const live = quotes.flatMap((seat) => (isLive(seat, now) ? (quoteOf(seat) ?? []) : []));
  const seats = live.flatMap((quote) => (quote.account === taker ? [] : (seatOf(quote, market, order) ?? [])));
  const byRank = (list: Seat[]): Seat[] => list.sort((a, b) => (isBetter(order.side, a.rank, b.rank) ? -1 : 1));
  const price = ({ offers: [best] }: Seat): bigint => best?.price ?? order.limit;
  const able = seats.filter(({ lots }) => lots > 0n);
  able.sort((a, b) => (isBetter(order.side, price(a), price(b)) ? -1 : 1));
  if (able.length === 0)
    return {
      makers: byRank(seats)
        .slice(0, 1)
        .map(({ account }) => account),
      expected: 0n,
    };
  const found = chosen(able, order.lots);
  const spare = able.filter((seat) => !found.includes(seat)).slice(0, Math.min(MAKERS_MAX - found.length, SPARE));
  return { makers: byRank([...found, ...spare]).map(({ account }) => account), ...filled(found, order) };
}

/** The makers of {@link selectMakers} alone. */
export function bestMakers(
  quotes: readonly ReadQuote[],
  market: MarketBooks,
  order: Order,
  now: Now,
  taker?: Address,
): Address[] {
  return [...selectMakers(quotes, market, order, now, taker).makers];
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
