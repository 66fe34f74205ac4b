import { expect, test } from 'vitest';
import { atomsFloor, NO_MARKET, units } from '@breakwater/client';
import { eventOf, expectError, expectNear, SOL, useStage } from '../harness/index.js';

/** Atoms that seconds of funding and rounding may take of a position. */
const FUNDING = 1_000n;

const stage = useStage({ markets: [SOL], insurance: '10000' });

test("a trader's day: buys, sells higher, waits for the profit to become money, leaves with all of it", async () => {
  const { network } = stage();
  const maker = await stage().trader('100000');
  await maker.open('100000');
  await maker.allocate('SOL', '50000');
  await maker.quote('SOL', [['199.9', '50']], [['200.1', '50']]);

  const bob = await stage().trader('5000');
  await bob.open('5000');
  const bought = await eventOf(stage(), await bob.buy('SOL', '20', '200.2'), 'Traded');
  expect(units.usd(bought.value)).toBe('4002');
  expect((await bob.position('SOL')).size).toBe('20');

  await stage().price('SOL', '220');
  const { equity } = await bob.health();
  expectNear(atomsFloor(equity), units.atoms('5000') - bought.takerFee + units.atoms('398'), FUNDING);

  await maker.quote('SOL', [['219.9', '50']], [['220.1', '50']]);
  await expectError('LimitNotReached', bob.sell('SOL', '20', '219.95', true));
  const sold = await eventOf(stage(), await bob.sell('SOL', '20', '219.9', true), 'Traded');
  expect((await bob.position('SOL')).size).toBe('0');

  // Fresh profit is not money: what was paid in is.
  const profit = sold.value - bought.value - sold.takerFee - bought.takerFee;
  const free = (await bob.account()).books.free;
  expect(free).toBeLessThanOrEqual(units.atoms('5000'));
  await expectError('InsufficientFreeCash', bob.withdraw('5001'));

  await network.advanceSeconds(86_400);
  await network.republish();
  const synced = await eventOf(stage(), await bob.sync(), 'PositionSynced');
  expect(synced.unlocked).toBeGreaterThan(0n);
  const all = (await bob.account()).books.free;
  expectNear(all, units.atoms('5000') + profit, FUNDING);
  await bob.withdrawAtoms(all);
  expect(await network.balance(bob.wallet)).toBe(all);
  expect((await bob.account()).books.slots.every((slot) => slot.market === NO_MARKET)).toBe(true);
  await bob.close();
  await expect(bob.account()).rejects.toThrow('does not exist');
});

test('bad input is refused by name and changes nothing', async () => {
  const eve = await stage().trader('1000');
  await expectError('BelowMinimum', eve.open('0.5'));
  await eve.open('1000');
  const before = await eve.account();
  await expectError('ZeroAmount', eve.deposit('0'));
  await expectError('ZeroAmount', eve.withdraw('0'));
  await expectError('InsufficientFreeCash', eve.withdraw('1000.000001'));
  expect(await eve.account()).toEqual(before);
});
