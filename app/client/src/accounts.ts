/** Reading an exchange: handles that instructions need, books that numbers are computed from. */
import { type Address, getBase58Decoder, type GetAccountInfoApi, type ReadonlyUint8Array, type Rpc } from '@solana/kit';
import { accountAddress, feedAddress, marketAddress } from './addresses.js';
import {
  type AccountBooks,
  type Exchange,
  type LossLedger,
  type MarginAccount,
  type Market,
  type Quote,
  QUOTE_DISCRIMINATOR,
} from './generated/index.js';
import { rememberLadder } from './engine/inputs.js';
import { BOOKS } from './generated/engine.js';
import { SOURCE } from './generated/tables.js';
import { type Markets, type MarketView, NO_MARKET, type Now } from './numbers/views.js';
import {
  decodedAs,
  fetchAllAs,
  fetchAllOf,
  fetchAs,
  fetchData,
  fetchOne,
  type Freshness,
  LAYOUT,
  readable,
  readAs,
  type Reader,
  type Reading,
  type Unread,
} from './reading.js';

/** A market, as instructions name it. */
export type MarketHandle = {
  /** Its number on the exchange. */
  readonly number: number;
  /** Its account. */
  readonly address: Address;
  /** Its ladder. */
  readonly ladder: Address;
  /** The price account that refreshing reads. */
  readonly price: Address;
  /** That of its second source, where it has one. */
  readonly second?: Address;
};

/** An exchange, as instructions name it. */
export type ExchangeHandle = {
  /** Its account. */
  readonly address: Address;
  /** What it holds: addresses, parameters, pauses. */
  readonly state: Exchange;
  /** Its markets, in the order of their numbers. */
  readonly markets: readonly MarketHandle[];
  /** Markets that this client cannot read, by number: they are not among the others. */
  readonly unread?: ReadonlyMap<number, Unread>;
};

/** A margin account, as instructions name it: its books say which markets must be passed along. */
export type AccountHandle = {
  /** Its account. */
  readonly address: Address;
  /** Signs for it. */
  readonly owner: Address;
  /** Free cash and market slots. */
  readonly books: AccountBooks;
};

const DISCRIMINATOR_SIZE = 8;
/** Where a margin account names its exchange, and its owner. */
export const EXCHANGE_OFFSET = 8n;
export const OWNER_OFFSET = EXCHANGE_OFFSET + 32n;

/** Where a source publishes: of a pull feed, the account Pyth's sponsors keep (shard 0). */
export async function publisherOf(source: number, feed: ReadonlyUint8Array): Promise<Address> {
  if (source === SOURCE.pull) return feedAddress(feed);
  return getBase58Decoder().decode(feed) as Address;
}

/** The price account of a market's first source. */
export function priceAccountOf(market: Market): Promise<Address> {
  return publisherOf(market.source, market.feed);
}

/** The price account of its second source, where it has one. */
export async function secondAccountOf(market: Market): Promise<Address | undefined> {
  return market.secondSource === SOURCE.none ? undefined : publisherOf(market.secondSource, market.secondFeed);
}

async function handleOf(number: number, address: Address, market: Market): Promise<MarketHandle> {
  const [price, second] = await Promise.all([priceAccountOf(market), secondAccountOf(market)]);
  return { number, address, ladder: market.ladder, price, ...(second === undefined ? {} : { second }) };
}

/** An exchange with its markets. One market that cannot be read is told in `unread`, and hides no other. */
export async function loadExchange(rpc: Reader, address: Address, fresh?: Freshness): Promise<ExchangeHandle> {
  const state = await fetchAs(rpc, address, LAYOUT.exchange, fresh);
  const numbers = Array.from({ length: state.marketCount }, (_, number) => number);
  const addresses = await Promise.all(numbers.map((number) => marketAddress(address, number)));
  const readings = await fetchAllAs(rpc, addresses, LAYOUT.market, fresh);
  const unread = new Map<number, Unread>();
  const markets: Promise<MarketHandle>[] = [];
  for (const [number, reading] of readings.entries()) {
    if (reading.ok) markets.push(handleOf(number, element(addresses, number), reading.value));
    else unread.set(number, reading);
  }
  return { address, state, markets: await Promise.all(markets), unread };
}

function element<T>(list: readonly T[], at: number): T {
  const found = list[at];
  if (found === undefined) throw new RangeError(`nothing at ${at}`);
  return found;
}

/** A market of an exchange by its number. Throws why it could not be read, where it could not. */
export function marketOf(exchange: ExchangeHandle, number: number | bigint): MarketHandle {
  const found = exchange.markets.find((market) => market.number === Number(number));
  if (found !== undefined) return found;
  throw exchange.unread?.get(Number(number))?.error ?? new Error(`the exchange has no market ${number}`);
}

/** A margin account by its address. */
export async function loadAccount(rpc: Reader, address: Address, fresh?: Freshness): Promise<AccountHandle> {
  const { owner, books } = await fetchAs(rpc, address, LAYOUT.marginAccount, fresh);
  return { address, owner, books };
}

/** A margin account by its owner. */
export async function loadAccountOf(
  rpc: Reader,
  exchange: ExchangeHandle,
  owner: Address,
  number = 0,
  fresh?: Freshness,
): Promise<AccountHandle> {
  return loadAccount(rpc, await accountAddress(exchange.address, owner, number), fresh);
}

/** A market with its ladder: 205 kB. */
export async function loadView(rpc: Reader, market: MarketHandle, fresh?: Freshness): Promise<MarketView> {
  const [books, ladder] = await fetchData(rpc, [market.address, market.ladder], fresh);
  if (books === undefined || ladder === undefined) throw new Error('a market and its ladder are two accounts');
  const lines = decodedAs({ address: market.ladder, data: ladder }, LAYOUT.ladder).books;
  rememberLadder(lines, ladder.slice(DISCRIMINATOR_SIZE + BOOKS.ladder));
  return { market: decodedAs({ address: market.address, data: books }, LAYOUT.market).books, ladder: lines };
}

/** The markets an account has a slot in, to compute its numbers from. */
export async function loadViews(
  rpc: Reader,
  exchange: ExchangeHandle,
  account: AccountHandle,
  fresh?: Freshness,
): Promise<Markets> {
  const views = await Promise.all(marketsOf(exchange, account).map((market) => loadView(rpc, market, fresh)));
  return new Map(views.map((view) => [view.market.id, view]));
}

/** The markets an account has a slot in, but for one: what most instructions must be passed. */
export function marketsOf(exchange: ExchangeHandle, account: AccountHandle, except?: MarketHandle): MarketHandle[] {
  const numbers = account.books.slots.map((slot) => slot.market).filter((number) => number !== NO_MARKET);
  return numbers.map((number) => marketOf(exchange, number)).filter((market) => market.address !== except?.address);
}

/** The loss ledger of an exchange. */
export async function loadLedger(rpc: Reader, exchange: ExchangeHandle, fresh?: Freshness): Promise<LossLedger> {
  return fetchAs(rpc, exchange.state.ledger, LAYOUT.lossLedger, fresh);
}

/** A maker's offers, with what says whether they are live. */
export type MakerQuote = { readonly maker: MarginAccount; readonly account: Address; readonly quote: Quote };

const MARKET_OFFSET = 8n + 32n;

/**
 * All quotes in a market with their makers: a result or a reason for each. One whose margin account is gone, or that a newer
 * program wrote, hides no other; `bestMakers` passes it over.
 */
export async function loadQuotes(rpc: Reader, market: MarketHandle, fresh?: Freshness): Promise<Reading<MakerQuote>[]> {
  const found = await fetchAllOf(rpc, QUOTE_DISCRIMINATOR, [[MARKET_OFFSET, market.address]], fresh);
  const quotes = found.map((account) => readAs(account, LAYOUT.quote));
  const makers = await fetchAllAs(
    rpc,
    readable(quotes).map(({ value }) => value.account),
    LAYOUT.marginAccount,
    fresh,
  );
  const ofQuotes = makers.values();
  return quotes.map((quote) => {
    if (!quote.ok) return quote;
    const maker = ofQuotes.next().value;
    if (maker === undefined) throw new RangeError('a maker for each quote');
    const { value } = quote;
    return maker.ok ? { ok: true, quote: value, account: value.account, maker: maker.value } : maker;
  });
}

const CLOCK = 'SysvarC1ock11111111111111111111111111111111' as Address;

/** The cluster's clock, as programs see it. */
export async function loadNow(rpc: Rpc<GetAccountInfoApi>, fresh?: Freshness): Promise<Now> {
  const account = await fetchOne(rpc, CLOCK, fresh);
  if (!account.exists) throw new Error('the cluster has no clock');
  const bytes = new DataView(account.data.buffer, account.data.byteOffset, account.data.byteLength);
  return { slot: bytes.getBigUint64(0, true), time: bytes.getBigInt64(32, true) };
}
