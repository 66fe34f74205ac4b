import { type Account, type Address, type Instruction, type KeyPairSigner, type TransactionSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import {
  addressesOf,
  type Insurance,
  loadExchange,
  openLookupTable,
  parameterValue,
  PAUSE,
  units,
} from '@breakwater/client';
import { Multisig, type Network, Stage, type Trader } from '@breakwater/localnet';
import { BTC, ETH, SOL, useNetwork } from '../harness/index.js';
import { runPage, unknownTargets } from '../harness/snippets.js';

const PAGE = 'docs/governing.md';
const DAY = 86_400;
const WEEK = 7 * DAY;

/** What the page has without having made it. */
export type Given = {
  readonly rpc: Network['rpc'];
  /** The exchange. */
  readonly address: Address;
  readonly founder: KeyPairSigner;
  readonly guardian: KeyPairSigner;
  readonly keeper: KeyPairSigner;
  /** Holds the office of guardian later. */
  readonly newGuardian: KeyPairSigner;
  /** The multisig's vault, and what sends what it signs. */
  readonly vault: TransactionSigner;
  readonly members: (instructions: readonly Instruction[]) => Promise<unknown>;
  /** The vault's USDC. */
  readonly vaultUsdc: Address;
  /** A feed nobody has listed. */
  readonly eth: { readonly feed: typeof ETH.feed; readonly price: Address };
  /** Another feed of the first market's asset. */
  readonly spareFeed: typeof ETH.feed;
  /** Margin accounts with positions in the first market. */
  readonly holders: readonly Address[];
};

const network = useNetwork();

/** People who trade: something to collect, to guard and to settle. */
async function trade(stage: Stage, maker: Trader, bob: Trader): Promise<void> {
  await stage.network.refeed();
  await stage.refreshAll();
  await maker.open('50000');
  await maker.allocate('SOL', '20000');
  await bob.open('5000');
  await maker.quote('SOL', [['199.9', '50']], [['200.1', '50']]);
  await bob.allocate('SOL', '1000');
  await bob.buy('SOL', '10', '200.2');
}

test('the page governs: every snippet runs, in order, and does what it says', async () => {
  const stage = await Stage.open(network(), { markets: [SOL, BTC], defaults: 'standard', insurance: '1000' });
  const multisig = await Multisig.create(network(), 2, 3);
  const [maker, bob] = [await stage.trader('60000'), await stage.trader('6000')];
  const pass = (seconds: number) => network().advanceSeconds(seconds);
  // What a vault signs for names its members beside everything else.
  const { rpc, payer } = network();
  const ethPrice = async () => network().publish(ETH.feed, { price: ETH.first });
  const price = await ethPrice();
  network().lookupTables = await openLookupTable({ rpc, payer }, [...addressesOf(stage.exchange), price]);
  await network().advance(1);
  const given: Given = {
    rpc: network().rpc,
    address: stage.exchange.address,
    founder: stage.authority,
    guardian: stage.guardian,
    keeper: await network().keypair(),
    newGuardian: await network().keypair(),
    vault: multisig.signer,
    members: (instructions) => multisig.send(instructions),
    vaultUsdc: await network().wallet(multisig.vault, units.atoms('10000')),
    eth: { feed: ETH.feed, price },
    spareFeed: new Uint8Array(32).fill(7),
    holders: [await bob.address(), await maker.address()],
  };
  const { params } = (await stage.view('SOL')).market;

  const page = await runPage<Given>({
    page: PAGE,
    from: import.meta.url,
    given,
    meanwhile: {
      'Two days later': () => pass(2 * DAY + 1),
      'When the timelock has run out': () => pass(2 * DAY + 1),
      'Listing a market': ethPrice,
      Fees: () => trade(stage, maker, bob),
      'The oracle falls silent': () => network().advance(200),
      'The feed is back': () => network().refeed(),
      'Two days after that': () => pass(2 * DAY + 1),
      'The exchange is frozen': () => pass(DAY),
      'A market is dead': () => pass(WEEK + 60),
    },
    gives: [
      'governs',
      'level',
      'what',
      'from',
      'readyAt',
      'expiresAt',
      'opensAt',
      'silent',
      'before',
      'after',
      'frozen',
      'thawed',
    ],
  });

  expect(page['governs']).toBe(multisig.vault);
  expect(page['what']).toMatchObject({ parameter: 'takerFee', to: BigInt(params.takerFee) - 1n });
  expect(page['from']).toBe(BigInt(params.takerFee));
  const { state } = await loadExchange(network().rpc, stage.exchange.address);
  expect([state.guardian, state.marketCount]).toEqual([given.newGuardian.address, 3]);
  expect(page['silent']).toMatchObject({ level: 'halted', market: ['stale'] });
  expect(page['level']).toBe('open');
  expect(page['frozen']).toMatchObject({ level: 'open', paused: PAUSE.freeze });
  expect(page['thawed']).toMatchObject({ level: 'open', paused: 0n });
  expect(page['expiresAt']).toBe(BigInt(WEEK) + (page['readyAt'] as bigint));
  const [before, after] = [page['before'], page['after']] as Account<Insurance>[];
  // Beside what is given, the covers' refill brings the fund what the market collected for it: a fifth of its fees.
  expect((after?.data.books.booked ?? 0n) - (before?.data.books.booked ?? 0n)).toBe(units.atoms('10000') + 240_120n);
  const now = (await stage.view('SOL')).market;
  expect(now.settled).not.toBe(0n);
  expect(now.params.takerFee).toBe(params.takerFee - 1);
  expect(parameterValue(now.params, 'bracket0Initial')).toBe(parameterValue(params, 'bracket0Initial') + 50n);
  expect((await bob.position('SOL')).size).toBe('0');
  expect((await maker.position('SOL')).size).toBe('0');
});

test('commands of the page are commands there are', () => {
  expect(unknownTargets(PAGE)).toEqual([]);
});
