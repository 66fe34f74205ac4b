import { expect, test } from 'vitest';
import { rebase } from '@breakwater/client';
import { eventOf, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL] });

test('the price goes ninefold: anyone moves the ladder to a new grid, and positions find their place on it', async () => {
  const { exchange, network } = stage();
  const sol = stage().market('SOL');
  const maker = await stage().trader('200000');
  await maker.open('200000');
  await maker.allocate('SOL', '150000');
  await maker.quote('SOL', [['199.9', '30']], [['200.1', '30']]);
  const bob = await stage().trader('20000');
  await bob.open('20000');
  await bob.buy('SOL', '20', '200.2');
  await expectError('RebaseNotDue', bob.send([rebase(exchange, sol, 64)]));

  await network.advance(140);
  await stage().price('SOL', '1800');
  const before = await bob.position('SOL');
  const first = await eventOf(stage(), await bob.send([rebase(exchange, sol, 64)]), 'Rebased');
  expect(first.finished).toBe(false);
  await expectError('Rebasing', bob.allocate('SOL', '10'));
  let { finished } = first;
  while (!finished) ({ finished } = await eventOf(stage(), await bob.send([rebase(exchange, sol, 512)]), 'Rebased'));
  expect(await bob.position('SOL')).toEqual(before);
  const synced = await bob.sync();
  await eventOf(stage(), synced, 'PositionSynced');
  await bob.allocate('SOL', '10');
  expect((await bob.slot('SOL'))?.position.gridEpoch).toBe(1);
});
