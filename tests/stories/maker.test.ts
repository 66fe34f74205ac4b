import { expect, test } from 'vitest';
import { atomsFloor, units } from '@breakwater/client';
import { BTC, eventOf, expectError, expectNear, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL, BTC] });

test("a maker's day: quotes both sides, is taken on both, keeps the spread, takes the quote back", async () => {
  const maker = await stage().trader('100000');
  await maker.open('100000');
  await maker.allocate('SOL', '40000');
  await maker.quote(
    'SOL',
    [
      ['199.8', '30'],
      ['199.5', '30'],
    ],
    [
      ['200.2', '30'],
      ['200.5', '30'],
    ],
  );

  const [cora, dora] = [await stage().trader('20000'), await stage().trader('20000')];
  await cora.open('20000');
  await dora.open('20000');
  const bought = await eventOf(stage(), await cora.buy('SOL', '40', '200.6'), 'Traded');
  expect(units.usd(bought.value)).toBe('8011');
  expect((await maker.position('SOL')).size).toBe('-40');
  const sold = await eventOf(stage(), await dora.sell('SOL', '40', '199.4'), 'Traded');
  expect(units.usd(sold.value)).toBe('7989');

  // Flat again: the spread of 22 USD less fees.
  expect((await maker.position('SOL')).size).toBe('0');
  const { equity } = await maker.health();
  const earned = bought.value - sold.value - bought.makerFees - sold.makerFees;
  expectNear(atomsFloor(equity), units.atoms('100000') + earned, 1_000n);

  await maker.cancel('SOL');
  await expectError('NothingFilled', cora.sell('SOL', '1', '199'));
});

test('the best price fills first, whoever was asked first', async () => {
  const makers = await Promise.all(
    ['200.4', '200.1', '200.3'].map(async (ask) => {
      const maker = await stage().trader('20000');
      await maker.open('20000');
      await maker.allocate('SOL', '10000');
      await maker.quote('SOL', [], [[ask, '5']]);
      return maker;
    }),
  );
  const taker = await stage().trader('20000');
  await taker.open('20000');
  const traded = await eventOf(stage(), await taker.buy('SOL', '10', '200.5'), 'Traded');
  expect(units.usd(traded.value)).toBe('2002');
  const sizes = await Promise.all(makers.map(async (maker) => (await maker.position('SOL')).size));
  expect(sizes).toEqual(['0', '-5', '-5']);
});

test('a quote that makes no sense, or that margin does not carry, is refused by name', async () => {
  const maker = await stage().trader('1000');
  await maker.open('1000');
  await expectError(
    'QuotesOutOfOrder',
    maker.quote(
      'SOL',
      [
        ['199', '1'],
        ['199.5', '1'],
      ],
      [],
    ),
  );
  await expectError('WrongStep', maker.quote('SOL', [['199', '0.001']], []));
  await maker.quote('SOL', [], [['200.05', '1']]);
  const taker = await stage().trader('5000');
  await taker.open('5000');
  // Nothing allocated: the quote stands, but no fill is backed.
  await expectError('NothingFilled', taker.buy('SOL', '1', '200.06'));
});

test('a quote dies when its account has not been checked lately', async () => {
  const maker = await stage().trader('50000');
  await maker.open('50000');
  await maker.allocate('BTC', '20000');
  await maker.quote('BTC', [], [['100010', '0.1']]);
  const taker = await stage().trader('50000');
  await taker.open('50000');
  await taker.buy('BTC', '0.01', '100020');
  await stage().pass(60);
  await expectError('NothingFilled', taker.buy('BTC', '0.01', '100020'));
});
