import { expect, test } from 'vitest';
import { isDistressed, type Side, units } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL], insurance: '10000' });

/** A trader whose 400 SOL are in distress after a move of 3.6 %, and a keeper. */
async function distressed(side: Side): Promise<{ bob: Trader; keeper: Trader }> {
  await stage().price('SOL', '200');
  const maker = await stage().trader('200000');
  await maker.open('200000');
  await maker.allocate('SOL', '100000');
  await maker.quote('SOL', [['199.9', '500']], [['200.1', '500']]);
  const bob = await stage().trader('5000');
  await bob.open('5000');
  if (side === 'long') await bob.buy('SOL', '400', '200.1');
  else await bob.sell('SOL', '400', '199.9');
  const keeper = await stage().trader('100000');
  await keeper.open('100000');
  await stage().price('SOL', side === 'long' ? '192.8' : '207.2');
  return { bob, keeper };
}

test.each(['long', 'short'] as const)(
  'a keeper takes a %s over in slices until the account is healthy',
  async (side) => {
    const { bob, keeper } = await distressed(side);
    await expectError('DuplicateAccount', bob.liquidate(bob, 'SOL'));
    expect(isDistressed(await bob.health())).toBe(true);
    const taken: bigint[] = [];
    while (isDistressed(await bob.health())) {
      const liquidated = await eventOf(stage(), await keeper.liquidate(bob, 'SOL'), 'Liquidated');
      taken.push(liquidated.lots);
      if (isDistressed(await bob.health())) await expectError('SliceUsed', keeper.liquidate(bob, 'SOL'));
      await stage().pass(25);
    }
    const slice = units.lots('80', SOL.lotExponent);
    expect(taken.length).toBeGreaterThan(1);
    expect(taken.every((lots) => lots > 0n && lots <= slice)).toBe(true);
    const sum = taken.reduce((total, lots) => total + lots, 0n);
    expect((await keeper.position('SOL')).size).toBe(units.size(side === 'long' ? sum : -sum, SOL.lotExponent));
    await expectError('NotInDistress', keeper.liquidate(bob, 'SOL'));
  },
);
