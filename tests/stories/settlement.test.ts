import { expect, test } from 'vitest';
import { isSettled, settleMarket, settlePosition } from '@breakwater/client';
import { eventOf, expectError, SOL, useStage } from '../harness/index.js';

const WEEK = 604_800;

const stage = useStage({ markets: [SOL] });

test('a feed dies: after a week anyone makes the last mark final, and positions close at it with nobody opposite', async () => {
  const { exchange, network } = stage();
  const sol = stage().market('SOL');
  const maker = await stage().trader('60000');
  await maker.open('60000');
  await maker.allocate('SOL', '20000');
  await maker.quote('SOL', [['199.9', '50']], [['200.1', '50']]);
  const bob = await stage().trader('5000');
  await bob.open('5000');
  await bob.buy('SOL', '10', '200.2');
  const anyone = await stage().trader('0');

  await expectError('SettleTooEarly', anyone.send([settleMarket(exchange, sol)]));
  const close = async () => anyone.send([settlePosition(exchange, await bob.account(), sol)]);
  await expectError('NotSettled', close());
  await network.advanceSeconds(WEEK + 60);
  const declared = await eventOf(stage(), await anyone.send([settleMarket(exchange, sol)]), 'MarketSettled');
  const view = await stage().view('SOL');
  expect(isSettled(view.market)).toBe(true);
  expect(declared.price).toBe(view.market.mark.price);
  await expectError('MarketSettled', anyone.send([settleMarket(exchange, sol)]));

  // A mark that is final does not age, and nothing more is asked of positions that only close.
  const health = await bob.health();
  expect([health.positions, health.unmarked, health.initial, health.maintenance]).toEqual([1, 0, 0n, 0n]);
  const before = (await bob.account()).books.free;
  const settled = await eventOf(stage(), await close(), 'PositionSettled');
  expect(settled.drawn).toBe(0n);
  expect(settled.free).toBeGreaterThan(before);
  expect((await bob.position('SOL')).size).toBe('0');
  await bob.withdrawAtoms(settled.free);
  expect(await network.balance(bob.wallet)).toBe(settled.free);
  await anyone.send([settlePosition(exchange, await maker.account(), sol)]);
  expect((await maker.position('SOL')).size).toBe('0');
});
