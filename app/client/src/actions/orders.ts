/** Quotes and trades. */
import { AccountRole, type Address, type Instruction, type TransactionSigner } from '@solana/kit';
import { type AccountHandle, type ExchangeHandle, type MakerQuote, type MarketHandle, marketsOf } from '../accounts.js';
import type { Reading } from '../reading.js';
import { quoteAddress } from '../addresses.js';
import {
  getCancelQuoteInstruction,
  getSetQuoteInstructionAsync,
  getTradeInstruction,
  type Level,
  type MarketBooks,
} from '../generated/index.js';
import { PRICE_MAX, QUOTE_LEVELS } from '../generated/engine.js';
import { movedBy } from '../numbers/margin.js';
import { opposite, type Side } from '../numbers/sides.js';
import type { Now } from '../numbers/views.js';
import { pairsOf, refresh, withAccounts } from './common.js';

const NO_LEVEL: Level = { size: 0n, price: 0n, pegged: 0n };

/** An order: `limit` is the worst price accepted, 1e-12 atom per lot. */
export type Order = {
  readonly side: Side;
  readonly lots: bigint;
  readonly limit: bigint;
  readonly reduceOnly?: boolean;
  /** Where fewer lots fill the whole order is refused; none given: any fill will do. */
  readonly minFill?: bigint;
};

/** The largest age of the mark that pegged levels fill at, where a maker names none: slots of 400 ms since it was published. */
export const MARK_AGE_SLOTS = 5;

/** A maker's offers, best first: up to four a side, dead after the slot `expires`. */
export type Offers = {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly expires: bigint;
  /** Pegged levels fill at no older mark, so that no taker picks an old price and refreshes afterwards; 0: the market's limit. */
  readonly markAgeSlotsMax?: number;
  /** Never opens: needs no initial margin and a usable price only, and lives until it expires. */
  readonly reduceOnly?: boolean;
};

function filled(levels: readonly Level[]): Level[] {
  if (levels.length > QUOTE_LEVELS) throw new RangeError(`a quote has ${QUOTE_LEVELS} levels a side`);
  return Array.from({ length: QUOTE_LEVELS }, (_, at) => levels[at] ?? NO_LEVEL);
}

/** Replaces a maker's offers in a market. The whole account is checked: all its markets are refreshed and passed. */
export async function quote(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: AccountHandle,
  market: MarketHandle,
  offers: Offers,
): Promise<Instruction[]> {
  const others = marketsOf(exchange, account, market);
  const built = await getSetQuoteInstructionAsync({
    owner,
    exchange: exchange.address,
    account: account.address,
    market: market.address,
    ladder: market.ladder,
    bids: filled(offers.bids),
    asks: filled(offers.asks),
    expires: offers.expires,
    markAgeSlotsMax: offers.markAgeSlotsMax ?? MARK_AGE_SLOTS,
    reduceOnly: offers.reduceOnly ?? false,
  });
  return [...refresh(exchange, [market, ...others]), withAccounts(built, pairsOf(others, 'read'))];
}

/** Takes a maker's offers back, with their rent. */
export async function cancelQuote(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: Address,
  market: MarketHandle,
): Promise<Instruction> {
  const at = await quoteAddress(account, market.address);
  return getCancelQuoteInstruction({ owner, exchange: exchange.address, account, quote: at });
}

/** A maker's quote, or why it cannot be read: what cannot be read offers nothing. */
export type ReadQuote = MakerQuote | Reading<MakerQuote>;

/** The quote, where it can be read. */
export function quoteOf(seat: ReadQuote): MakerQuote | undefined {
  return 'ok' in seat && !seat.ok ? undefined : seat;
}

/** Whether a maker's quote may fill now. */
export function isLive(seat: ReadQuote, now: Now): boolean {
  const found = quoteOf(seat);
  if (found === undefined) return false;
  const { quote: offers, maker } = found;
  const { books } = maker;
  const standing = offers.books.expires >= now.slot && books.checkedUntil >= now.slot;
  return standing && offers.books.epoch === books.quoteEpoch && books.swept === 0n;
}

/** Price of a level at a mark; none where it leaves the price range. */
export function levelPrice(level: Level, mark: bigint, maker: Side): bigint | undefined {
  if (level.pegged === 0n) return level.price;
  const priced = maker === 'long' ? mark - level.price : mark + level.price;
  return priced > 0n && priced <= PRICE_MAX ? priced : undefined;
}

/** What a maker offers a taker: lots by price, on the maker's side of the mark and within the market's band, best first. */
export function offersTo(taker: Side, seat: ReadQuote, market: MarketBooks): { price: bigint; lots: bigint }[] {
  const offers = quoteOf(seat)?.quote;
  if (offers === undefined) return [];
  const maker = opposite(taker);
  const mark = market.mark.price;
  const furthest = movedBy(mark, taker, market.params.band);
  const levels = maker === 'long' ? offers.books.bids : offers.books.asks;
  const found = levels.flatMap((level) => {
    const price = level.size === 0n ? undefined : levelPrice(level, mark, maker);
    if (price === undefined) return [];
    const fits = taker === 'long' ? price >= mark && price <= furthest : price <= mark && price >= furthest;
    return fits ? [{ price, lots: level.size }] : [];
  });
  return found.sort((a, b) => (isBetter(taker, a.price, b.price) ? -1 : 1));
}

/** Whether a price is better for a taker than another. */
export function isBetter(taker: Side, price: bigint, other: bigint): boolean {
  return taker === 'long' ? price < other : price > other;
}

/** Trades against the quotes of `makers`, best price first whatever their order; `selectMakers` chooses them. */
export async function trade(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: AccountHandle,
  market: MarketHandle,
  order: Order & { readonly makers: readonly Address[] },
): Promise<Instruction[]> {
  const others = marketsOf(exchange, account, market);
  const quotes = await Promise.all(order.makers.map((maker) => quoteAddress(maker, market.address)));
  const seats = order.makers.flatMap((maker, at) => [maker, quotes[at] ?? maker]);
  const built = getTradeInstruction({
    owner,
    exchange: exchange.address,
    account: account.address,
    market: market.address,
    ladder: market.ladder,
    side: order.side === 'long' ? 0 : 1,
    lots: order.lots,
    limit: order.limit,
    reduceOnly: order.reduceOnly ?? false,
    minFill: order.minFill ?? 0n,
    makers: order.makers.length,
  });
  const writable = seats.map((address) => ({ address, role: AccountRole.WRITABLE }));
  const role = mayClose(account, market, order.side) ? 'write' : 'read';
  return [...refresh(exchange, [market, ...others]), withAccounts(built, [...pairsOf(others, role), ...writable])];
}

/** Whether an order may close a position: then its siblings pay what it lacks, which only markets passed writable can. */
function mayClose(account: AccountHandle, market: MarketHandle, side: Side): boolean {
  const slot = account.books.slots.find((one) => one.market === BigInt(market.number));
  if (slot === undefined) return false;
  return side === 'long' ? slot.position.lots < 0n : slot.position.lots > 0n;
}
