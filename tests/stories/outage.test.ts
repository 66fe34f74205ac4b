import { expect, test } from 'vitest';
import { loadGuards, reasonsIn, refresh } from '@breakwater/client';
import { type Quote, Stage, type Setup, type Trader } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useNetwork } from '../harness/index.js';

/** The guards' own defaults: a halt holds for 15 s after the price is back, and liquidation waits another 30. */
const HOLD = 15;
const GRACE = 30;
const GUARDS = { haltHoldSeconds: BigInt(HOLD), guardHoldSeconds: 300n, graceSeconds: BigInt(GRACE) };
const SETUP: Setup = { markets: [{ ...SOL, own: { ...SOL.own, ...GUARDS } }] };

const network = useNetwork();

/** Bob is long 5,000 USD on a margin of 300, against a rich maker; Kim liquidates. */
async function scene(): Promise<{ stage: Stage; bob: Trader; maker: Trader; kim: Trader }> {
  const stage = await Stage.open(network(), SETUP);
  const maker = await stage.trader('100000');
  await maker.open('100000');
  await maker.allocate('SOL', '20000');
  const [bob, kim] = [await stage.trader('400'), await stage.trader('50000')];
  await bob.open('300');
  await kim.open('50000');
  await maker.quote('SOL', [['200', '50']], [['200', '50']]);
  await bob.buy('SOL', '25', '200');
  return { stage, bob, maker, kim };
}

/** What the price account says, and what the market makes of it. */
async function says(stage: Stage, quote: Quote) {
  await stage.network.publish(SOL.feed, quote);
  return eventOf(stage, await stage.send(refresh(stage.exchange, [stage.market('SOL')])), 'MarketRefreshed');
}

const standing = async (stage: Stage) =>
  loadGuards(stage.network.rpc, stage.exchange, stage.market('SOL'), await stage.network.now());

/** Seconds pass, and the feed goes on saying the same. */
async function passes(stage: Stage, seconds: number): Promise<void> {
  await stage.network.advanceSeconds(seconds);
  await stage.network.refeed();
  await stage.send(refresh(stage.exchange, [stage.market('SOL')]));
}

test('a price nobody can be sure of halts; when it is back, owners act first', async () => {
  const { stage, bob, maker, kim } = await scene();
  await says(stage, { price: '194' });
  await maker.quote('SOL', [['193.9', '50']], []);
  const told = await says(stage, { price: '194', confidence: '97' });
  expect([told.accepted, told.level, reasonsIn(told.tripped)]).toEqual([false, 2, ['wide']]);
  await expectError('PriceQuality', bob.sell('SOL', '1', '190'));

  // The price is sure again, and Bob below maintenance: for the hold and the grace nobody liquidates him.
  const back = await says(stage, { price: '192.8' });
  expect([back.accepted, back.level]).toEqual([true, 2]);
  expect(await standing(stage)).toMatchObject({ level: 'halted', market: ['wide'], exchange: [], paused: 0n });
  await expectError('MarketHalted', kim.liquidate(bob, 'SOL'));
  await expectError('MarketHalted', kim.resolve(bob, 'SOL'));
  await expectError('MarketHalted', kim.buy('SOL', '1', '195'));
  await expectError('MarketHalted', bob.withdraw('1'));
  await expectError('MarketHalted', maker.allocate('SOL', '-1'));
  await expectError('MarketHalted', maker.quote('SOL', [['192.7', '50']], []));
  // What helps passes: money in, margin, a look at his account.
  await kim.sync(bob);
  await bob.deposit('1');
  await bob.allocate('SOL', '1');

  await passes(stage, HOLD + 1);
  const { level, graceUntil } = await standing(stage);
  const { time } = await network().now();
  expect(level).toBe('open');
  expect(graceUntil).toBeGreaterThan(time);
  expect(graceUntil).toBeLessThanOrEqual(time + BigInt(GRACE));
  await expectError('GracePeriod', kim.liquidate(bob, 'SOL'));
  await expectError('GracePeriod', kim.resolve(bob, 'SOL'));
  await maker.quote('SOL', [['192.7', '50']], []);
  await bob.sell('SOL', '1', '192');

  await passes(stage, GRACE);
  const taken = await eventOf(stage, await kim.liquidate(bob, 'SOL'), 'Liquidated');
  expect(taken.lots).toBeGreaterThan(0n);
});

test('reducing passes in a halted market at a price that is back, and never through zero', async () => {
  const { stage, bob, maker } = await scene();
  await maker.quote('SOL', [['200', '50']], []);
  await says(stage, { price: '200', confidence: '100' });
  await says(stage, { price: '200' });
  expect((await standing(stage)).level).toBe('halted');
  await bob.sell('SOL', '1', '199');
  expect((await bob.position('SOL')).size).toBe('24');
  await expectError('MarketHalted', bob.sell('SOL', '30', '199'));
});

test.each([
  ['far from its own average', { price: '200', average: '19' }, 'divergence'],
  ['farther from the last one than the slots between explain', { price: '20' }, 'jump'],
] as const)('a price %s halts too', async (_, quote, reason) => {
  const { stage, bob, kim } = await scene();
  const told = await says(stage, quote);
  expect([told.accepted, told.level, reasonsIn(told.tripped)]).toEqual([false, 2, [reason]]);
  expect(await standing(stage)).toMatchObject({ level: 'halted', market: [reason] });
  await expectError('PriceQuality', bob.sell('SOL', '1', '190'));
  await expectError('MarketHalted', kim.liquidate(bob, 'SOL'));
  await says(stage, { price: '200' });
  await passes(stage, HOLD + 1);
  expect((await standing(stage)).level).toBe('open');
});

test('a feed falls silent: nobody having looked halts nothing, its own last word does, and it comes back by itself', async () => {
  const { stage, bob, kim } = await scene();
  const shown = () => stage.send(refresh(stage.exchange, [stage.market('SOL')]));
  await network().advance(100);
  // The mark is not too old yet, and neither is the source.
  expect((await eventOf(stage, await shown(), 'MarketRefreshed')).tripped).toBe(0n);
  await network().advance(51);
  await expectError('StaleMark', bob.sell('SOL', '1', '190'));
  expect((await standing(stage)).level).toBe('open');
  const told = await eventOf(stage, await shown(), 'MarketRefreshed');
  expect([told.accepted, told.level, reasonsIn(told.tripped)]).toEqual([false, 2, ['stale']]);
  expect(told.phase).toBe(0);

  await says(stage, { price: '192.8' });
  await expectError('MarketHalted', kim.liquidate(bob, 'SOL'));
  await passes(stage, HOLD + 1);
  await expectError('GracePeriod', kim.liquidate(bob, 'SOL'));
  await passes(stage, GRACE);
  await kim.liquidate(bob, 'SOL');
});

test('a gap in the feed nobody wrote down has its grace too', async () => {
  const { stage, bob, kim } = await scene();
  await network().advance(500);
  await says(stage, { price: '192.8' });
  expect((await standing(stage)).level).toBe('open');
  await expectError('GracePeriod', kim.liquidate(bob, 'SOL'));
  await passes(stage, GRACE);
  await kim.liquidate(bob, 'SOL');
});
