import { expect, test } from 'vitest';
import { isBankrupt, isDistressed } from '@breakwater/client';
import { cast, cross, expectError, member, pair, plains, useStage } from '../harness/index.js';

const stage = useStage({ markets: plains(2) });

test('a liquidator takes as much as cures, with money somebody has checked lately', async () => {
  const { alice, bob, carol } = await cast(stage());
  const dave = await member(stage(), '10000');
  await pair(stage(), { market: 'M1', taker: dave, maker: bob, size: '1' });
  await stage().pass(60);
  await stage().price('M0', '96.2');
  expect(isDistressed(await alice.health())).toBe(true);
  expect(isBankrupt(await alice.health())).toBe(false);

  await expectError('TooMuch', carol.liquidate(alice, 'M0', '50'));
  await expectError('LiquidatorUnchecked', dave.liquidate(alice, 'M0'));
  const poor = await member(stage(), '1');
  await expectError('InsufficientMargin', poor.liquidate(alice, 'M0'));
  await expectError('NoPosition', carol.liquidate(dave, 'M0'));
  // A quote, here of nothing, is a check of the whole account.
  await stage().price('M1', '100');
  await dave.quote('M0', [], []);
  await dave.liquidate(alice, 'M0');
});

test('a liquidation that would leave a debt nobody covers is refused: that is for the other tiers', async () => {
  const { alice, carol } = await cast(stage());
  await stage().price('M0', '93');
  expect(isBankrupt(await alice.health())).toBe(true);
  await expectError('CoverExhausted', carol.liquidate(alice, 'M0'));
});

test('nobody opens on the side that would be charged for the other', async () => {
  const { bob, carol } = await cast(stage());
  const dora = await member(stage(), '10000');
  await pair(stage(), { market: 'M0', taker: dora, maker: bob, size: '10' });
  await stage().price('M0', '93');
  const sale = { market: 'M0', taker: carol, maker: bob, side: 'short', size: '0.1' } as const;
  await expectError('Uninsured', cross(stage(), sale));
  // Shorts are charged for longs, not longs for longs.
  await cross(stage(), { ...sale, taker: carol, maker: dora, side: 'long' });
});

test('who reduces below the price must not leave the account worse', async () => {
  const { alice, carol } = await cast(stage());
  await carol.allocate('M0', '10000');
  await stage().price('M0', '94.7');
  const sale = { market: 'M0', taker: alice, maker: carol, side: 'short', size: '25' } as const;
  await expectError('HealthFalls', cross(stage(), { ...sale, price: '92.85' }));
  await cross(stage(), sale);
  expect((await alice.position('M0')).size).toBe('25');
});

test('a bankrupt account is resolved, and closed against bankrupt accounts of the other side only', async () => {
  const { alice, bob } = await cast(stage());
  const dave = await member(stage(), '300');
  await pair(stage(), { market: 'M0', taker: dave, maker: bob, size: '50' });
  await stage().price('M0', '93');
  await expectError('SameSide', bob.resolve(alice, 'M0', dave));
  await expectError('NotSwept', bob.resolve(alice, 'M0', bob));
  await expectError('DuplicateAccount', bob.resolve(alice, 'M0', alice));
  await bob.resolve(alice, 'M0');
  expect((await alice.position('M0')).size).toBe('0');
});
