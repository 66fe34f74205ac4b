import { expect, test } from 'vitest';
import { isDistressed } from '@breakwater/client';
import { cast, cross, expectError, member, pair, plains, useStage } from '../harness/index.js';

const stage = useStage({ markets: plains(2) });

test('nobody takes a winner aside before the loser is resolved, nor the loser', async () => {
  const { bob } = await cast(stage());
  const dave = await member(stage(), '800');
  for (const market of ['M0', 'M1']) await pair(stage(), { market, taker: dave, maker: bob, size: '50' });
  await stage().price('M0', '108');
  await stage().price('M1', '89');
  // Together they are well; without the winner the rest would not be.
  expect(isDistressed(await dave.health())).toBe(false);
  for (const market of ['M0', 'M1']) await expectError('CannotIsolate', dave.isolate(market, true));
  expect((await dave.slot('M0'))?.position.isolated).toBe(0);
});

test('a position aside draws on nothing: more of it asks for margin of its own', async () => {
  const { bob } = await cast(stage());
  const dave = await member(stage(), '5000');
  await pair(stage(), { market: 'M0', taker: dave, maker: bob, size: '10' });
  await dave.allocate('M0', '100');
  await dave.isolate('M0', true);
  const purchase = { market: 'M0', taker: dave, maker: bob, size: '100' } as const;
  await expectError('InsufficientMargin', cross(stage(), purchase));
  await dave.allocate('M0', '1000');
  await cross(stage(), purchase);
  expect((await dave.position('M0')).size).toBe('110');
});

test('a loser aside takes nothing of the rest with it', async () => {
  const { bob } = await cast(stage());
  const dave = await member(stage(), '5000');
  await pair(stage(), { market: 'M0', taker: dave, maker: bob, size: '10' });
  await dave.allocate('M0', '100');
  await dave.isolate('M0', true);
  await expectError('NoPosition', dave.isolate('M1', true));
  const before = (await dave.account()).books.free;
  await stage().price('M0', '80');
  // Below maintenance alone: it may not join the others, and the others do not come to its help.
  await expectError('CannotIsolate', dave.isolate('M0', false));
  await bob.resolve(dave, 'M0');
  expect((await dave.position('M0')).size).toBe('0');
  expect((await dave.account()).books.free).toBeGreaterThanOrEqual(before);
});
