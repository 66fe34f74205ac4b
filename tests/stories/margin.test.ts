import { expect, test } from 'vitest';
import { deposit, units, withdraw } from '@breakwater/client';
import { BTC, ETH, eventOf, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL, BTC, ETH] });

test('margin moves into a position and back, and a position may be taken aside', async () => {
  const maker = await stage().trader('200000');
  await maker.open('200000');
  for (const [market, bid, ask] of [
    ['SOL', '199.9', '200.1'],
    ['BTC', '99950', '100050'],
  ] as const) {
    await maker.allocate(market, '50000');
    await maker.quote(market, [[bid, '20']], [[ask, '20']]);
  }
  const bob = await stage().trader('20000');
  await bob.open('20000');
  await bob.buy('SOL', '20', '200.2');
  await bob.sell('BTC', '0.1', '99900');

  const before = (await bob.account()).books.free;
  await bob.allocate('SOL', '500');
  expect((await bob.account()).books.free).toBe(before - units.atoms('500'));
  await bob.allocate('SOL', '-300');
  expect((await bob.account()).books.free).toBe(before - units.atoms('200'));
  // The position alone keeps its initial margin.
  await expectError('InsufficientMargin', bob.allocate('SOL', '-200'));
  await expectError('InsufficientPaidIn', bob.allocate('SOL', '-19000'));
  await expectError('InsufficientFreeCash', bob.allocate('SOL', '30000'));
  await expectError('ZeroAmount', bob.allocate('SOL', '0'));
  await expectError('NoPosition', bob.isolate('ETH', true));

  await bob.allocate('SOL', '200');
  expect((await eventOf(stage(), await bob.isolate('SOL', true), 'PositionIsolated')).isolated).toBe(true);
  expect((await bob.slot('SOL'))?.position.isolated).toBe(1);
  expect((await bob.health()).positions).toBe(1);
  await bob.isolate('SOL', false);
  expect((await bob.health()).positions).toBe(2);
});

test("nobody moves another's money", async () => {
  const { exchange } = stage();
  const [bob, eve] = [await stage().trader('1000'), await stage().trader('1000')];
  await bob.open('1000');
  const account = await bob.account();
  await expectError('Unauthorised', eve.send(withdraw(exchange, eve.signer, account, eve.wallet, 1n)));
  await expectError(
    'Unauthorised',
    eve.send([await deposit(exchange, eve.signer, account.address, eve.wallet, units.atoms('1'))]),
  );
  await expectError('AccountNotEmpty', bob.close());
});
