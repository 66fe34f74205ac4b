/** Reading an exchange: handles that instructions need, books that numbers are computed from. */
import {
  type Address,
  type Base58EncodedBytes,
  fetchEncodedAccount,
  fetchEncodedAccounts,
  getBase58Decoder,
  getBase64Encoder,
  type GetAccountInfoApi,
  type GetMultipleAccountsApi,
  type GetProgramAccountsApi,
  type MaybeEncodedAccount,
  type ReadonlyUint8Array,
  type Rpc,
} from '@solana/kit';
import { accountAddress, feedAddress, marketAddress } from './addresses.js';
import {
  type AccountBooks,
  BREAKWATER_PROGRAM_ADDRESS,
  type Exchange,
  getExchangeDecoder,
  getLadderDecoder,
  getLossLedgerDecoder,
  getMarginAccountDecoder,
  getMarketDecoder,
  getQuoteDecoder,
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

/** What reading needs of a node. */
export type Reader = Rpc<GetAccountInfoApi & GetMultipleAccountsApi & GetProgramAccountsApi>;

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
  /** Its markets, by number. */
  readonly markets: readonly MarketHandle[];
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
/** A rollback of a confirmed slot has not been seen; finality is half a minute behind. */
const CONFIRMED = { commitment: 'confirmed' } as const;

/** Data of an account of this program. Throws where there is none, or where it is another program's. */
function dataOf(account: MaybeEncodedAccount): ReadonlyUint8Array {
  if (!account.exists) throw new Error(`${account.address} does not exist`);
  if (account.programAddress !== BREAKWATER_PROGRAM_ADDRESS) {
    throw new Error(`${account.address} belongs to ${account.programAddress}`);
  }
  return account.data;
}

/** Data of many accounts of the program, a hundred a request. Throws where one is missing, or another program's. */
export async function fetchData(rpc: Reader, addresses: readonly Address[]): Promise<ReadonlyUint8Array[]> {
  const found: ReadonlyUint8Array[] = [];
  for (let at = 0; at < addresses.length; at += 100) {
    const accounts = await fetchEncodedAccounts(rpc, addresses.slice(at, at + 100), CONFIRMED);
    found.push(...accounts.map(dataOf));
  }
  return found;
}

/** An account's data as fetched. */
export type AccountData = { readonly address: Address; readonly data: ReadonlyUint8Array };

/** All accounts of a type that hold addresses where they are said to: by the discriminator, and by offset in the whole account. */
export async function fetchAllOf(
  rpc: Reader,
  discriminator: ReadonlyUint8Array,
  keys: readonly (readonly [offset: bigint, key: Address])[],
): Promise<AccountData[]> {
  const tag = getBase58Decoder().decode(discriminator);
  const filters = [[0n, tag] as const, ...keys].map(([offset, bytes]) => {
    return { memcmp: { offset, bytes: bytes as string as Base58EncodedBytes, encoding: 'base58' } } as const;
  });
  const config = { encoding: 'base64', filters, ...CONFIRMED } as const;
  const found = await rpc.getProgramAccounts(BREAKWATER_PROGRAM_ADDRESS, config).send();
  return found.map(({ pubkey, account }) => ({ address: pubkey, data: getBase64Encoder().encode(account.data[0]) }));
}

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

/** An exchange with its markets. */
export async function loadExchange(rpc: Reader, address: Address): Promise<ExchangeHandle> {
  const state = getExchangeDecoder().decode(dataOf(await fetchEncodedAccount(rpc, address, CONFIRMED)));
  const numbers = Array.from({ length: state.marketCount }, (_, number) => number);
  const addresses = await Promise.all(numbers.map((number) => marketAddress(address, number)));
  const data = await fetchData(rpc, addresses);
  const decoded = data.map((bytes) => getMarketDecoder().decode(bytes));
  const markets = addresses.map((at, number) => handleOf(number, at, element(decoded, number)));
  return { address, state, markets: await Promise.all(markets) };
}

function element<T>(list: readonly T[], at: number): T {
  const found = list[at];
  if (found === undefined) throw new RangeError(`nothing at ${at}`);
  return found;
}

/** A market of an exchange by its number. */
export function marketOf(exchange: ExchangeHandle, number: number | bigint): MarketHandle {
  const found = exchange.markets[Number(number)];
  if (found === undefined) throw new Error(`the exchange has no market ${number}`);
  return found;
}

/** A margin account by its address. */
export async function loadAccount(rpc: Reader, address: Address): Promise<AccountHandle> {
  const { owner, books } = getMarginAccountDecoder().decode(dataOf(await fetchEncodedAccount(rpc, address, CONFIRMED)));
  return { address, owner, books };
}

/** A margin account by its owner. */
export async function loadAccountOf(
  rpc: Reader,
  exchange: ExchangeHandle,
  owner: Address,
  number = 0,
): Promise<AccountHandle> {
  return loadAccount(rpc, await accountAddress(exchange.address, owner, number));
}

/** A market with its ladder: 205 kB. */
export async function loadView(rpc: Reader, market: MarketHandle): Promise<MarketView> {
  const [books, ladder] = await fetchData(rpc, [market.address, market.ladder]);
  if (books === undefined || ladder === undefined) throw new Error('a market and its ladder are two accounts');
  const lines = getLadderDecoder().decode(ladder).books;
  rememberLadder(lines, ladder.slice(DISCRIMINATOR_SIZE + BOOKS.ladder));
  return { market: getMarketDecoder().decode(books).books, ladder: lines };
}

/** The markets an account has a slot in, to compute its numbers from. */
export async function loadViews(rpc: Reader, exchange: ExchangeHandle, account: AccountHandle): Promise<Markets> {
  const views = await Promise.all(marketsOf(exchange, account).map((market) => loadView(rpc, market)));
  return new Map(views.map((view) => [view.market.id, view]));
}

/** The markets an account has a slot in, but for one: what most instructions must be passed. */
export function marketsOf(exchange: ExchangeHandle, account: AccountHandle, except?: MarketHandle): MarketHandle[] {
  const numbers = account.books.slots.map((slot) => slot.market).filter((number) => number !== NO_MARKET);
  return numbers.map((number) => marketOf(exchange, number)).filter((market) => market.address !== except?.address);
}

/** The loss ledger of an exchange. */
export async function loadLedger(rpc: Reader, exchange: ExchangeHandle): Promise<LossLedger> {
  return getLossLedgerDecoder().decode(dataOf(await fetchEncodedAccount(rpc, exchange.state.ledger, CONFIRMED)));
}

/** A maker's offers, with what says whether they are live. */
export type MakerQuote = { readonly maker: MarginAccount; readonly account: Address; readonly quote: Quote };

const MARKET_OFFSET = 8n + 32n;

/** All quotes in a market with their makers. */
export async function loadQuotes(rpc: Reader, market: MarketHandle): Promise<MakerQuote[]> {
  const found = await fetchAllOf(rpc, QUOTE_DISCRIMINATOR, [[MARKET_OFFSET, market.address]]);
  const quotes = found.map(({ data }) => getQuoteDecoder().decode(data));
  const makers = await fetchData(
    rpc,
    quotes.map((quote) => quote.account),
  );
  return quotes.map((quote, at) => {
    return { quote, account: quote.account, maker: getMarginAccountDecoder().decode(element(makers, at)) };
  });
}

const CLOCK = 'SysvarC1ock11111111111111111111111111111111' as Address;

/** The cluster's clock, as programs see it. */
export async function loadNow(rpc: Rpc<GetAccountInfoApi>): Promise<Now> {
  const account = await fetchEncodedAccount(rpc, CLOCK, CONFIRMED);
  if (!account.exists) throw new Error('the cluster has no clock');
  const bytes = new DataView(account.data.buffer, account.data.byteOffset, account.data.byteLength);
  return { slot: bytes.getBigUint64(0, true), time: bytes.getBigInt64(32, true) };
}
