import { expect, test } from 'vitest';
import { NO_PAUSE, PAUSE, setPause, units } from '@breakwater/client';
import { bit, BTC, eventOf, expectError, SOL, useStage } from '../harness/index.js';

const HOUR = 3_600n;

const stage = useStage({ markets: [SOL, BTC] });

test('a pause stops what it names and nothing else, in one market or in all', async () => {
  const { exchange } = stage();
  const maker = await stage().trader('60000');
  await maker.open('60000');
  await maker.allocate('SOL', '20000');
  const bob = await stage().trader('6000');
  await bob.open('5000');
  await maker.quote('SOL', [['199.9', '50']], [['200.1', '50']]);
  await bob.buy('SOL', '5', '200.2');

  const sol = stage().market('SOL');
  const set = await stage().send([
    setPause(exchange, stage().authority, { bits: PAUSE.tradeIncrease, seconds: HOUR, market: sol }),
  ]);
  expect((await eventOf(stage(), set, 'PauseBitsSet')).bits).toBe(PAUSE.tradeIncrease);
  await expectError('Paused', bob.buy('SOL', '1', '200.2'));
  await bob.sell('SOL', '1', '199.8');

  await stage().send([
    setPause(exchange, stage().authority, { bits: PAUSE.deposits | PAUSE.withdrawals | PAUSE.quoting, seconds: HOUR }),
  ]);
  await expectError('Paused', bob.deposit('10'));
  await expectError('Paused', bob.withdraw('10'));
  await expectError('Paused', maker.quote('SOL', [['199.9', '50']], []));
  // Margin may always be added.
  await bob.allocate('SOL', '10');

  await stage().send([setPause(exchange, stage().authority, NO_PAUSE)]);
  await stage().send([setPause(exchange, stage().authority, { ...NO_PAUSE, market: sol })]);
  await bob.deposit('10');
  await bob.withdraw('10');
});

test('only the authority pauses, and only bits there are', async () => {
  const { exchange, authority } = stage();
  const eve = await stage().trader('0');
  await expectError(
    'Unauthorised',
    eve.send([setPause(exchange, eve.signer, { bits: PAUSE.deposits, seconds: HOUR })]),
  );
  await expectError(
    'UnknownPauseBits',
    stage().send([setPause(exchange, authority, { bits: bit(40), seconds: HOUR })]),
  );
  // Who deposits, stakes or lists asks no market: there such a bit would do nothing.
  const market = stage().market('SOL');
  for (const bits of [PAUSE.deposits, PAUSE.unstaking, PAUSE.listing | PAUSE.quoting]) {
    await expectError(
      'ExchangeWidePause',
      stage().send([setPause(exchange, authority, { bits, seconds: HOUR, market })]),
    );
  }
});

test('flat money leaves while withdrawals are paused', async () => {
  const { exchange, authority } = stage();
  const flat = await stage().trader('1000');
  await flat.open('1000');
  await stage().send([setPause(exchange, authority, { bits: PAUSE.withdrawals, seconds: HOUR })]);
  await flat.withdraw('1000');
  expect(await stage().network.balance(flat.wallet)).toBe(units.atoms('1000'));
  await stage().send([setPause(exchange, authority, NO_PAUSE)]);
});
