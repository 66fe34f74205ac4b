import { readConfig } from '@breakwater/migrations/config/config';
import { BadConfig } from '@breakwater/migrations/config/fields';
import { exchangeParams, type MarketParams, marketParams, units } from '@breakwater/client';
import { expect, test } from 'vitest';
import { type Draft, shipped } from './site.js';

const KEY = 'SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf';

/** What the repository ships for a cluster, with every address filled in. */
function filled(name: 'localnet' | 'devnet' | 'mainnet'): Draft {
  const draft = shipped(name);
  draft.multisig.vault = KEY;
  const fill = Object.entries(draft.exchange).filter(
    ([, value]) => typeof value === 'string' && value.startsWith('REPL'),
  );
  for (const [field] of fill) draft.exchange[field] = draft.program.id;
  return draft;
}

/** The faults of a file, each a line. */
function faultsOf(text: string): readonly string[] {
  try {
    readConfig(text);
    return [];
  } catch (error) {
    if (error instanceof BadConfig) return error.faults;
    throw error;
  }
}

/** A part of a draft, to be bent as nobody should. */
type Bent = Record<string, unknown>;
const first = (draft: Draft): Bent & { params: Bent & { brackets: Bent[] }; price: Bent; secondPrice: Bent } => {
  const [market] = draft.markets as unknown as (Bent & {
    params: Bent & { brackets: Bent[] };
    price: Bent;
    secondPrice: Bent;
  })[];
  if (market === undefined) throw new Error('no market');
  return market;
};

/** One fault each, and what is said of it. */
const FAULTY: readonly (readonly [string, (draft: Draft) => void, string])[] = [
  [
    'a cluster nobody knows',
    (d) => (d.cluster = 'testnet'),
    'cluster must be one of mainnet, devnet, localnet, and is "testnet"',
  ],
  ['no address', (d) => (d.multisig.vault = 'me'), 'multisig.vault must be an address, and is "me"'],
  ['a part left out', (d) => Reflect.deleteProperty(d, 'insurance'), 'insurance is missing'],
  [
    'a parameter left out',
    (d) => Reflect.deleteProperty(first(d).params, 'takerFee'),
    'markets[0].params.takerFee is missing',
  ],
  [
    'a parameter of the exchange left out',
    (d) => Reflect.deleteProperty(d.exchange.params, 'depositMin'),
    'exchange.params.depositMin is missing',
  ],
  [
    'a name written wrong',
    (d) => (first(d).params['takerFees'] = 5),
    'markets[0].params.takerFees is not a field there',
  ],
  [
    'a fraction',
    (d) => (first(d).params['takerFee'] = 0.5),
    'markets[0].params.takerFee must be a whole number, and is 0.5',
  ],
  ['a text for a number', (d) => (first(d).params['penalty'] = '50'), 'penalty must be a whole number, and is "50"'],
  [
    'too wide a number',
    (d) => (first(d).params['penalty'] = 2 ** 33),
    'penalty must be from 0 to 4294967295, and is 8589934592',
  ],
  [
    'a number for an amount',
    (d) => (d.insurance.paidIn = 5 as unknown as string),
    'insurance.paidIn must be a decimal number: 5',
  ],
  [
    'less than an atom',
    (d) => (d.insurance.paidIn = '0.0000001'),
    'insurance.paidIn must be a decimal number: 0.0000001 has more',
  ],
  ['a debt', (d) => (d.insurance.paidIn = '-1'), 'insurance.paidIn must be a decimal number: -1 is out of range'],
  [
    'less than a lot',
    (d) => (first(d).params['step'] = '0.0000000001'),
    'markets[0].params.step must be a decimal number',
  ],
  [
    'half a feed',
    (d) => (first(d).price['feed'] = 'ef0d'),
    'markets[0].price.feed must be 32 bytes in hex, and is "ef0d"',
  ],
  [
    'no source',
    (d) => (first(d).price['source'] = 'none'),
    'markets[0].price.source must be one of pull, push, and is "none"',
  ],
  [
    'a push feed that is no address',
    (d) => (first(d).price['source'] = 'push'),
    'markets[0].price.feed must be an address',
  ],
  [
    'a feed of nothing',
    (d) => (first(d).secondPrice['feed'] = KEY),
    'markets[0].secondPrice.feed is not a field there',
  ],
  [
    'a long name',
    (d) => (first(d)['name'] = 'SOL against the dollar'),
    'markets[0].name must be at most 16 bytes, and is 22',
  ],
  ['no name', (d) => (first(d)['name'] = ''), 'markets[0].name must not be empty'],
  ['a name twice', (d) => (first(d)['name'] = 'BTC'), 'markets[1].name is that of another market: "BTC"'],
  ['no bracket', (d) => (first(d).params.brackets = []), 'markets[0].params.brackets must be one to 4'],
  [
    'a last bracket that ends',
    (d) => first(d).params.brackets.pop(),
    'markets[0].params.brackets[2].upTo must be "unbounded" in the last bracket',
  ],
  ['no market', (d) => (d.markets = []), 'markets must not be empty'],
  ['a list that is none', (d) => (d.markets = 3 as unknown as []), 'markets must be a list, and is 3'],
  [
    'an object that is none',
    (d) => (d.exchange = 'x' as unknown as Draft['exchange']),
    'exchange must be an object, and is "x"',
  ],
  ['too much room', (d) => (d.program.room = 11_000_000), 'program.room must be from 1 to 10485715, and is 11000000'],
  [
    'a guardian who governs',
    (d) => (d.exchange['guardian'] = KEY),
    'exchange.guardian must not be multisig.vault: it is meant to act when the multisig cannot meet',
  ],
  [
    'an hour of timelock on mainnet',
    (d) => (d.exchange.params['timelockSeconds'] = 3_600),
    'exchange.params.timelockSeconds must be at least a day (86400) on mainnet, and is 3600',
  ],
];

test.each(FAULTY)('%s is named', (_, bend, said) => {
  const draft = filled('mainnet');
  expect(faultsOf(JSON.stringify(draft))).toEqual([]);
  bend(draft);
  const faults = faultsOf(JSON.stringify(draft));
  expect(
    faults.some((fault) => fault.includes(said)),
    faults.join('\n'),
  ).toBe(true);
});

test('all faults are told at once; text that is no JSON is one', () => {
  const draft = shipped('devnet');
  first(draft).params['band'] = 'wide';
  expect(faultsOf(JSON.stringify(draft)).map((fault) => fault.split(' ')[0])).toEqual([
    'multisig.vault',
    'exchange.id',
    'exchange.guardian',
    'exchange.treasury',
    'exchange.keeperFees',
    'markets[0].params.band',
  ]);
  expect(faultsOf('{')).toHaveLength(1);
});

test("what the repository ships is the engine's standard, whatever units it is written in", () => {
  for (const name of ['localnet', 'devnet', 'mainnet'] as const) {
    const { exchange, markets } = readConfig(JSON.stringify(filled(name)));
    expect(exchange.params).toEqual(exchangeParams('standard'));
    for (const { params } of markets) {
      const { lotExponent, step, positionMin } = params;
      const own: Partial<MarketParams> = { lotExponent, step, positionMin };
      expect(params).toEqual(marketParams('standard', own));
    }
    expect(markets.map(({ params }) => units.size(params.step, params.lotExponent))).toEqual([
      '0.01',
      '0.00001',
      '0.001',
    ]);
  }
});
