import type { Address } from '@solana/kit';
import { generateKeyPairSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import {
  type ErrorName,
  feedAddress,
  loadGuards,
  marketParams,
  type PriceSource,
  reasonsIn,
  refresh,
  SOURCE,
} from '@breakwater/client';
import {
  feedId,
  Governor,
  type Listing,
  officeOf,
  PUSH_ORACLE,
  pushAccountOf,
  RECEIVER,
  Stage,
  updateOf,
} from '@breakwater/localnet';
import { eventOf, expectError, SOL, useNetwork } from '../harness/index.js';

const GUARDS = { haltHoldSeconds: 15n, guardHoldSeconds: 300n, disagreement: 200 };
/** Another publisher of the same asset. */
const OTHER = feedId('02'.repeat(32));

const network = useNetwork();

function listed(second: PriceSource): Listing {
  return { ...SOL, own: { ...SOL.own, ...GUARDS }, second };
}

async function opened(second: PriceSource): Promise<Stage> {
  if (second.kind === 'pull') await network().show(second.feed, { price: SOL.first });
  return Stage.open(network(), { markets: [listed(second)] });
}

/** Both publish at once, and the market is refreshed. */
async function say(stage: Stage, first: string, second: string) {
  await network().publish(SOL.feed, { price: first });
  await network().show(OTHER, { price: second });
  return eventOf(stage, await refreshed(stage), 'MarketRefreshed');
}

const refreshed = (stage: Stage, market = stage.market('SOL')) => stage.send(refresh(stage.exchange, [market]));

const standing = async (stage: Stage) =>
  loadGuards(network().rpc, stage.exchange, stage.market('SOL'), await network().now());

test('a market is listed with a second source, and refreshed with both or not at all', async () => {
  const stage = await opened({ kind: 'pull', feed: OTHER });
  const sol = stage.market('SOL');
  expect(sol.second).toBe(await feedAddress(OTHER));
  await say(stage, '200', '200.5');
  const { second, ...alone } = sol;
  await expectError('WrongSecondSource', refreshed(stage, alone));
  const plain = await Stage.open(network(), { markets: [SOL] });
  await network().publish(SOL.feed, { price: '200' });
  await expectError('WrongSecondSource', refreshed(plain, { ...plain.market('SOL'), second: second ?? sol.price }));
  const params = marketParams('bare', { lotExponent: SOL.lotExponent, ...SOL.own });
  const odd = { ...SOL, second: { kind: 'push', account: sol.price } } as const;
  await expectError('WrongSource', plain.list(odd, params, { secondSource: 7 }));
  expect(SOURCE.none).toBe(255);
});

test('the second source is pinned like the first', async () => {
  const stage = await opened({ kind: 'pull', feed: OTHER });
  const sol = stage.market('SOL');
  await network().publish(SOL.feed, { price: '200' });
  const { time, slot } = await network().now();
  const update = (feed = OTHER) => updateOf(feed, { price: '200' }, time, slot);
  const { address: at } = await generateKeyPairSigner();
  const cases: readonly (readonly [ErrorName, Address, Uint8Array])[] = [
    ['WrongFeed', RECEIVER, update(SOL.feed)],
    ['PriceNotVerified', RECEIVER, Uint8Array.from([...update().slice(0, 40), 0, 5, ...update().slice(41, 133)])],
  ];
  for (const [name, owner, data] of cases) {
    network().put(at, owner, data);
    await expectError(name, refreshed(stage, { ...sol, second: at }));
  }
  // An account of another program, or none that can be read, says nothing: the first alone.
  const silent = [[PUSH_ORACLE, update()] as const, [RECEIVER, new Uint8Array(134)] as const];
  for (const [owner, data] of silent) {
    network().put(at, owner, data);
    const told = await eventOf(stage, await refreshed(stage, { ...sol, second: at }), 'MarketRefreshed');
    expect([told.quality, told.level]).toEqual([2, 0]);
  }
  // Any account of the receiver may carry it.
  network().put(at, RECEIVER, update());
  await refreshed(stage, { ...sol, second: at });
});

test('two that are sure and disagree guard the market, and nobody hides it', async () => {
  const stage = await opened({ kind: 'pull', feed: OTHER });
  const maker = await stage.trader('50000');
  await maker.open('50000');
  await maker.allocate('SOL', '20000');
  const told = await say(stage, '200', '195.9');
  expect([told.accepted, told.level, reasonsIn(told.tripped)]).toEqual([true, 1, ['disagreement']]);
  expect((await stage.view('SOL')).market.mark).toMatchObject({ price: 200_000_000_000n, quality: 1n });
  await expectError('PriceQuality', maker.quote('SOL', [['199', '10']], []));

  // An older update of the second, from before it disagreed, changes nothing; nor does one of tomorrow.
  await network().publish(SOL.feed, { price: '200' });
  const { time, slot } = await network().now();
  const { second = SOL.feed } = stage.market('SOL');
  if (typeof second !== 'string') throw new Error('no second source');
  network().put(second, RECEIVER, updateOf(OTHER, { price: '200' }, time - 30n, slot));
  await refreshed(stage);
  expect((await standing(stage)).market).toEqual(['disagreement']);
  network().put(second, RECEIVER, updateOf(OTHER, { price: '200' }, time + 30n, slot));
  await refreshed(stage);
  expect((await standing(stage)).market).toEqual(['disagreement']);

  const agreed = await say(stage, '200', '200');
  expect([agreed.quality, agreed.level]).toEqual([2, 1]);
  expect((await standing(stage)).market).toEqual(['disagreement']);
  await network().advanceSeconds(301);
  await say(stage, '200', '200');
  expect((await standing(stage)).level).toBe('open');
  await maker.quote('SOL', [['199', '10']], []);
});

test('the first falls silent and exits go on at the second, a push account', async () => {
  const { address: account } = await generateKeyPairSigner();
  network().put(account, PUSH_ORACLE, pushAccountOf({ price: '200' }, (await network().now()).time));
  const stage = await opened({ kind: 'push', account });
  const [maker, bob, kim] = [await stage.trader('60000'), await stage.trader('300'), await stage.trader('50000')];
  await maker.open('60000');
  await maker.allocate('SOL', '20000');
  await bob.open('300');
  await kim.open('50000');
  await maker.quote('SOL', [['200', '50']], [['200', '50']]);
  await bob.buy('SOL', '25', '200');

  const push = async (price: string, slots: number) => {
    await network().advance(slots);
    network().put(account, PUSH_ORACLE, pushAccountOf({ price }, (await network().now()).time));
    return eventOf(stage, await refreshed(stage), 'MarketRefreshed');
  };
  const told = await push('196', 160);
  expect([told.accepted, told.level, reasonsIn(told.tripped)]).toEqual([true, 1, ['second']]);
  expect((await stage.view('SOL')).market.mark).toMatchObject({ price: 196_000_000_000n, quality: 1n });
  await push('192.8', 100);
  await expectError('PriceQuality', maker.quote('SOL', [], [['200', '10']]));
  await kim.liquidate(bob, 'SOL');

  // The first is back.
  await network().publish(SOL.feed, { price: '193' });
  await refreshed(stage);
  expect((await stage.view('SOL')).market.mark).toMatchObject({ price: 193_000_000_000n, quality: 2n });
});

test('a second source is added, and taken off, through the timelock', async () => {
  const stage = await Stage.open(network(), { markets: [SOL], own: { timelockSeconds: 3_600n } });
  const governor = new Governor(stage, officeOf(stage, stage.authority));
  const market = stage.market('SOL');
  for (const secondSource of [{ kind: 'pull', feed: OTHER }, 'none'] as const) {
    const id = await governor.propose({ secondSource, market });
    await network().advanceSeconds(3_601);
    await governor.execute(id);
    const seen = (await governor.exchange()).markets[0]?.second;
    expect(seen).toBe(secondSource === 'none' ? undefined : await feedAddress(OTHER));
  }
});
