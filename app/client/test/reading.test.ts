import {
  type Address,
  createSolanaRpcFromTransport,
  type FixedSizeDecoder,
  getBase58Decoder,
  getBase58Encoder,
  getBase64Decoder,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { describe, expect, test } from 'vitest';
import * as client from '../src/index.js';
import { CHANGE, EVENT_AUTHORITY, EVENTS as EVENTS_BY_TAG } from '../src/generated/tables.js';

const { BREAKWATER_PROGRAM_ADDRESS: PROGRAM, WrongAccount } = client;
const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
/** Addresses that are nobody's. */
const place = (digit: number): Address => getBase58Decoder().decode(new Uint8Array(32).fill(digit)) as Address;
const EXCHANGE = place(1);
const NOW = { slot: 100n, time: 100n };

type Held = { readonly owner: Address; readonly data: ReadonlyUint8Array };

/** A node that holds accounts and nothing else. */
function holding(accounts: ReadonlyMap<Address, Held>): client.Reader {
  const slotted = (value: unknown) => ({ context: { slot: 1 }, value });
  const json = (held: Held | undefined) => {
    if (held === undefined) return null;
    const { data, owner } = held;
    const base64 = [getBase64Decoder().decode(data), 'base64'];
    return { data: base64, executable: false, lamports: 1, owner, rentEpoch: 0, space: data.length };
  };
  const tagOf = (data: ReadonlyUint8Array): string => getBase58Decoder().decode(data.slice(0, 8));
  const methods: Record<string, (one: never, two: never) => unknown> = {
    getAccountInfo: (address) => slotted(json(accounts.get(address))),
    getMultipleAccounts: (addresses: Address[]) => slotted(addresses.map((one) => json(accounts.get(one)))),
    // By the discriminator only: nothing else is there that a filter would leave out.
    getProgramAccounts: (_, { filters: [tag] }: { filters: { memcmp: { bytes: string } }[] }) =>
      [...accounts].flatMap(([pubkey, held]) => {
        return tagOf(held.data) === tag?.memcmp.bytes ? [{ pubkey, account: json(held) }] : [];
      }),
  };
  const transport = <T>({ payload }: { payload: unknown }): Promise<T> => {
    const { id, method, params } = payload as { id: string; method: string; params: [never, never] };
    return Promise.resolve(
      JSON.parse(JSON.stringify({ jsonrpc: '2.0', id, result: methods[method]?.(...params) })) as T,
    );
  };
  return createSolanaRpcFromTransport(transport);
}

/** Every account type: its discriminator and its decoder. */
const TYPES = {
  Exchange: [client.EXCHANGE_DISCRIMINATOR, client.getExchangeDecoder()],
  Market: [client.MARKET_DISCRIMINATOR, client.getMarketDecoder()],
  Ladder: [client.LADDER_DISCRIMINATOR, client.getLadderDecoder()],
  MarginAccount: [client.MARGIN_ACCOUNT_DISCRIMINATOR, client.getMarginAccountDecoder()],
  Quote: [client.QUOTE_DISCRIMINATOR, client.getQuoteDecoder()],
  Proposal: [client.PROPOSAL_DISCRIMINATOR, client.getProposalDecoder()],
  Trader: [client.TRADER_DISCRIMINATOR, client.getTraderDecoder()],
  LossLedger: [client.LOSS_LEDGER_DISCRIMINATOR, client.getLossLedgerDecoder()],
  Insurance: [client.INSURANCE_DISCRIMINATOR, client.getInsuranceDecoder()],
  StakeAccount: [client.STAKE_ACCOUNT_DISCRIMINATOR, client.getStakeAccountDecoder()],
  Collateral: [client.COLLATERAL_DISCRIMINATOR, client.getCollateralDecoder()],
} as const satisfies Record<client.AccountType, readonly [ReadonlyUint8Array, FixedSizeDecoder<unknown>]>;

const NAMES = Object.keys(TYPES) as client.AccountType[];

/** An account of a type with nothing in it, so many bytes too long. */
function empty(type: client.AccountType, longer = 0): Uint8Array {
  const [discriminator, { fixedSize }] = TYPES[type];
  const data = new Uint8Array(fixedSize + longer);
  data.set(Uint8Array.from(discriminator).slice(0, data.length));
  return data;
}

const own = (data: ReadonlyUint8Array): Held => ({ owner: PROGRAM, data });

/** An exchange of so many markets and proposals, as instructions name it. */
function exchangeOf(counts: { readonly marketCount?: number; readonly proposalCount?: bigint }): client.Exchange {
  return { ...client.getExchangeDecoder().decode(empty('Exchange')), ...counts };
}

async function refusalOf(what: Promise<unknown>): Promise<client.WrongAccount> {
  const refusal: unknown = await what.then(
    () => new Error('it was accepted'),
    (error: unknown) => error,
  );
  if (refusal instanceof WrongAccount) return refusal;
  throw refusal;
}

describe('n11: an account is what it is read as, or a typed refusal says what it is', () => {
  const at = place(7);
  const reading = (held: Held) => holding(new Map([[at, held]]));
  const handle = { address: EXCHANGE, state: { ...exchangeOf({}), ledger: at, insurance: at }, markets: [] };
  const market = { number: 0, address: at, ladder: at, price: at };
  const LOADERS: readonly (readonly [client.AccountType, string, (rpc: client.Reader) => Promise<unknown>])[] = [
    ['MarginAccount', 'loadAccount', (rpc) => client.loadAccount(rpc, at)],
    ['Exchange', 'loadExchange', (rpc) => client.loadExchange(rpc, at)],
    ['LossLedger', 'loadLedger', (rpc) => client.loadLedger(rpc, handle)],
    ['Insurance', 'loadInsurance', (rpc) => client.loadInsurance(rpc, handle)],
    ['Market', 'loadLayers', (rpc) => client.loadLayers(rpc, market)],
    ['Market', 'fetchMarket', (rpc) => client.fetchMarket(rpc, at)],
    ['Ladder', 'fetchLadder', (rpc) => client.fetchLadder(rpc, at)],
    ['MarginAccount', 'fetchMarginAccount', (rpc) => client.fetchMarginAccount(rpc, at)],
    ['Quote', 'fetchAllMaybeQuote', (rpc) => client.fetchAllMaybeQuote(rpc, [at])],
    ['Proposal', 'fetchProposal', (rpc) => client.fetchProposal(rpc, at)],
    ['Trader', 'fetchTrader', (rpc) => client.fetchTrader(rpc, at)],
    ['StakeAccount', 'fetchStakeAccount', (rpc) => client.fetchStakeAccount(rpc, at)],
    ['Collateral', 'fetchCollateral', (rpc) => client.fetchCollateral(rpc, at)],
  ];

  test.each(LOADERS)('a %s, for %s', async (expected, _, load) => {
    for (const type of NAMES.filter((name) => name !== expected)) {
      const refusal = await refusalOf(load(reading(own(empty(type)))));
      expect([refusal.reason, refusal.expected, refusal.found.type]).toEqual(['AccountForeign', expected, type]);
      expect(refusal.message).toBe(`${at} is no ${expected}: its type is ${type}`);
    }
    const foreign = await refusalOf(load(reading({ owner: TOKEN, data: empty(expected) })));
    expect([foreign.reason, foreign.found.owner]).toEqual(['AccountForeign', TOKEN]);
    expect(foreign.message).toContain(`it belongs to the program ${TOKEN}`);
    const nonsense = await refusalOf(load(reading(own(new Uint8Array(300).fill(9)))));
    expect([nonsense.reason, nonsense.found.type]).toEqual(['AccountForeign', undefined]);
    expect((await refusalOf(load(reading(own(empty(expected, -1)))))).reason).toBe('AccountShort');
    expect((await refusalOf(load(reading(own(empty(expected, 1)))))).reason).toBe('AccountNewer');
    await load(reading(own(empty(expected))));
  });

  test.each(NAMES)('the decoder of a %s asks for its discriminator', (type) => {
    const [, decoder] = TYPES[type];
    const bytes = empty(type);
    decoder.decode(bytes);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    expect(() => decoder.decode(bytes)).toThrow(WrongAccount);
  });
});

describe('n2: one account of somebody else hides nobody', () => {
  const market = { number: 0, address: place(3), ladder: place(4), price: place(5) };
  const quoteOf = (account: Address): ReadonlyUint8Array =>
    client.getQuoteEncoder().encode({ ...client.getQuoteDecoder().decode(empty('Quote')), account });

  test('quotes without a margin account, of other lengths, or whose account is another, are reasons', async () => {
    const rpc = holding(
      new Map([
        [place(20), own(quoteOf(place(30)))],
        [place(21), own(quoteOf(place(31)))],
        [place(22), own(empty('Quote', 64))],
        [place(23), own(empty('Quote', -16))],
        [place(24), own(quoteOf(place(34)))],
        [place(25), own(quoteOf(place(35)))],
        [place(30), own(empty('MarginAccount'))],
        // 31 was closed, 34 is somebody's wallet: a margin account closed and its address used again.
        [place(34), { owner: TOKEN, data: new Uint8Array(165) }],
        [place(35), own(empty('MarginAccount'))],
      ]),
    );
    const quotes = await client.loadQuotes(rpc, market);
    expect(quotes.map((quote) => (quote.ok ? quote.account : quote.reason))).toEqual([
      place(30),
      'AccountMissing',
      'AccountNewer',
      'AccountShort',
      'AccountForeign',
      place(35),
    ]);
    expect(client.readable(quotes)).toHaveLength(2);
    expect(client.unreadable(quotes).map(({ address }) => address)).toEqual([
      place(31),
      place(22),
      place(23),
      place(34),
    ]);
    // What takers do with them does not fail either.
    const { books } = client.getMarketDecoder().decode(empty('Market'));
    const order = { side: 'long', lots: 1n, limit: 1n } as const;
    expect(client.bestMakers(quotes, books, order, NOW)).toEqual([]);
    expect(quotes.map((quote) => client.isLive(quote, NOW))).toEqual([false, false, false, false, false, false]);
  });

  test("an owner's accounts, an exchange's markets", async () => {
    const addresses = await Promise.all([0, 1, 2].map((number) => client.marketAddress(EXCHANGE, number)));
    const state = client.getExchangeEncoder().encode(exchangeOf({ marketCount: 3 }));
    const markets = addresses.flatMap((address, at) =>
      at === 2 ? [] : [[address, own(empty('Market', 8 * at))] as const],
    );
    const accounts = [
      [place(40), own(empty('MarginAccount'))],
      [place(41), own(empty('MarginAccount', 8))],
    ] as const;
    const rpc = holding(new Map([[EXCHANGE, own(state)], ...markets, ...accounts]));
    const exchange = await client.loadExchange(rpc, EXCHANGE);
    expect(exchange.markets.map(({ number }) => number)).toEqual([0]);
    expect([...(exchange.unread ?? [])].map(([number, { reason }]) => [number, reason])).toEqual([
      [1, 'AccountNewer'],
      [2, 'AccountMissing'],
    ]);
    expect(client.marketOf(exchange, 0).address).toBe(addresses[0]);
    expect(() => client.marketOf(exchange, 1)).toThrow(WrongAccount);
    expect(() => client.marketOf(exchange, 3)).toThrow('no market 3');
    const mine = await client.loadAccountsOf(rpc, exchange, place(9));
    expect(mine.map((one) => (one.ok ? one.address : one.reason))).toEqual([place(40), 'AccountNewer']);
  });

  test('markets and collateral as bytes: what is not there is none', async () => {
    const markets = [market, { ...market, address: place(50), ladder: place(51) }];
    const collaterals = [place(60), place(61)];
    const state = { ...exchangeOf({}), collaterals, collateralCount: 2 } as client.Exchange;
    const rpc = holding(
      new Map([
        [place(3), own(empty('Market'))],
        [place(4), own(empty('Ladder'))],
        [place(60), own(empty('Collateral'))],
        [place(61), { owner: TOKEN, data: empty('Collateral') }],
      ]),
    );
    const exchange = { address: EXCHANGE, state, markets };
    const found = await client.loadMarketData(rpc, exchange);
    expect(found.map((one) => [one.market.length > 0, one.ladder.length > 0])).toEqual([
      [true, true],
      [false, false],
    ]);
    expect((await client.loadKindData(rpc, exchange)).map(({ length }) => length > 0)).toEqual([true, false]);
    expect((await client.loadKinds(rpc, exchange)).map(({ number }) => number)).toEqual([0]);
  });
});

describe('n12: what a newer program wrote is listed as unknown', () => {
  const market = { number: 0, address: place(3), ladder: place(4), price: place(5) };
  const exchange = { address: EXCHANGE, state: exchangeOf({ proposalCount: 5n }), markets: [market] };
  const stored = { kind: CHANGE.guardian, market: 0n, field: 0n, to: 1n, key: place(9), numbers: [0n, 0n, 0n, 0n] };

  test('proposals of unknown kinds, lengths and ends wait among the others', async () => {
    const proposal = (own: Partial<client.Proposal>): ReadonlyUint8Array => {
      const { discriminator: _, ...rest } = client.getProposalDecoder().decode(empty('Proposal'));
      return client.getProposalEncoder().encode({ ...rest, ...stored, expiresAt: 2_000_000_000n, ...own });
    };
    const data = [
      proposal({ id: 0n }),
      proposal({ id: 1n, kind: 99n }),
      empty('Proposal', 32),
      proposal({ id: 3n, closed: 77n }),
    ];
    const addresses = await Promise.all(data.map((_, id) => client.proposalAddress(EXCHANGE, BigInt(id))));
    // The fifth is gone: it cannot wait.
    const rpc = holding(new Map(addresses.map((address, at) => [address, own(data[at] ?? new Uint8Array())])));
    const waiting = await client.loadWaiting(rpc, exchange, NOW);
    expect(waiting.map((one) => (one.ok ? one.change : one.reason))).toEqual([
      { guardian: place(9) },
      { unknown: 'kind', stored: expect.objectContaining({ kind: 99n }) as unknown },
      'AccountNewer',
    ]);
    // Each has the address that it is cancelled by.
    expect(waiting.map(({ address }) => address)).toEqual(addresses.slice(0, 3));
    const [third] = await client.loadProposals(rpc, exchange, [3n]);
    expect(third?.ok === true && client.proposalState(third, NOW)).toBe('unknown');
    expect((await refusalOf(client.loadProposal(rpc, exchange, 4n))).reason).toBe('AccountMissing');
    const [, unknown] = client.readable(waiting);
    if (unknown === undefined) throw new Error('two can be read');
    expect(() => client.executeChange(exchange, {} as never, unknown)).toThrow('use a newer client');
  });

  test.each([
    ['kind', { kind: 99n }],
    ['parameter', { kind: CHANGE.marketParameter, field: 9_999n }],
    ['parameter', { kind: CHANGE.exchangeParameter, field: 9_999n }],
    ['parameter', { kind: CHANGE.feeAccount, field: 2n }],
    ['parameter', { kind: CHANGE.oracle, field: 2n }],
    ['market', { kind: CHANGE.layer, market: 7n }],
    ['source', { kind: CHANGE.source, to: 99n }],
    ['source', { kind: CHANGE.secondSource, to: 99n }],
  ] as const)('a change with an unknown %s', (unknown, own) => {
    const change = { ...stored, ...own } satisfies client.StoredChange;
    expect(client.readChange(exchange, change)).toEqual({ unknown, stored: change });
  });

  test('events of unknown kinds and lengths are listed beside the others', () => {
    const [tag, bytes] = ['e445a52e51cb9a1d', (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))];
    const known = Object.entries(EVENTS_BY_TAG)[0]?.[0] ?? '';
    const long = bytes(tag + known + '00'.repeat(2_000));
    const keys = [PROGRAM, EVENT_AUTHORITY as Address];
    const inner = [bytes(`${tag}${'ff'.repeat(8)}00`), bytes(tag + known), long].map((data) => {
      return { programIdIndex: 0, accounts: [1], data: getBase58Decoder().decode(data) };
    });
    expect(client.eventsAmong(inner, keys).map(({ kind }) => kind === 'Unknown')).toEqual([true, true, false]);
    expect(client.decodeEvent(getBase58Encoder().encode(inner[0]?.data ?? ''))).toBeUndefined();
  });
});
