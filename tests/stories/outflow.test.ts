import { expect, test } from 'vitest';
import { units } from '@breakwater/client';
import { eventOf, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({
  markets: [SOL],
  own: { outflowFloor: units.atoms('10'), outflowExempt: units.atoms('1') },
});

test('more than the vault lets out at once waits in a queue, and leaves when it was told', async () => {
  const { network } = stage();
  const people = await Promise.all(['40000', '40000', '20000'].map((usd) => stage().trader(usd)));
  for (const [at, usd] of ['40000', '40000', '20000'].entries()) await people[at]?.open(usd);
  const [ann, bob, cid] = people;
  if (ann === undefined || bob === undefined || cid === undefined) throw new Error('three people');
  // What came in today may leave today: the bound is on what was there before.
  await network.advanceSeconds(86_401);

  // A tenth an hour, a third of that at once.
  await ann.withdraw('3000');
  await expectError('OutflowLimit', bob.withdraw('3000'));
  await expectError('NothingRequested', bob.request('0'));
  await expectError('InsufficientFreeCash', bob.request('40001'));
  const { readyAt, counted } = await eventOf(stage(), await bob.request('3000'), 'WithdrawalRequested');
  const { time } = await network.now();
  expect(counted).toBe(units.atoms('2999'));
  expect(readyAt).toBeGreaterThan(time);
  expect(readyAt).toBeLessThanOrEqual(time + 3_600n);
  await expectError('AlreadyRequested', bob.request('10'));
  await expectError('RequestNotReady', bob.withdraw('3000'));
  // Nobody passes who asks later; a small amount may always leave.
  await expectError('OutflowLimit', cid.withdraw('100'));
  await cid.withdraw('1');

  await network.advanceSeconds(Number(readyAt - time) + 1);
  await bob.withdraw('3000');
  expect(await network.balance(bob.wallet)).toBe(units.atoms('3000'));
});
