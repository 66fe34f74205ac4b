import { expect, test } from 'vitest';
import { deposit, skim, units } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { cast, cross, expectError, member, pair, plain, useStage } from '../harness/index.js';

const stage = useStage({ markets: [plain(0), plain(1), plain(2, { deleverageAfterSlots: 151n })] });

/** Pays in without a word of what he owes. */
async function payInSilently(trader: Trader, usd: string): Promise<void> {
  const amount = units.atoms(usd);
  await trader.send([await deposit(stage().exchange, trader.signer, await trader.address(), trader.wallet, amount)]);
}

test('whoever is bankrupt in two markets and resolved in one neither trades nor leaves before the other is', async () => {
  const { bob } = await cast(stage());
  const dave = await stage().trader('10000');
  await dave.open('600');
  for (const market of ['M0', 'M1']) await pair(stage(), { market, taker: dave, maker: bob, size: '50' });
  await stage().price('M0', '85');
  await stage().price('M1', '85');
  await bob.resolve(dave, 'M0');
  expect((await dave.account()).books.swept).not.toBe(0n);
  expect((await dave.position('M1')).size).toBe('50');

  // What is paid in now serves debts first.
  await expectError('DebtFirst', payInSilently(dave, '5000'));
  await dave.deposit('5000');
  const attempts = [
    () => dave.withdraw('1'),
    () => dave.quote('M1', [], [['85.1', '1']]),
    () => cross(stage(), { market: 'M1', taker: dave, maker: bob, size: '1' }),
    () => dave.allocate('M1', '-1'),
    () => dave.isolate('M1', true),
  ];
  for (const attempt of attempts) await expectError('Bankrupt', attempt());

  await bob.resolve(dave, 'M1');
  expect((await dave.account()).books.swept).toBe(0n);
  await dave.withdraw('1');
});

test('whoever was deleveraged out of distress opens nothing for a while', async () => {
  const { bob } = await cast(stage());
  const dave = await stage().trader('1000');
  await dave.open('320');
  await pair(stage(), { market: 'M2', taker: dave, maker: bob, size: '50' });
  await stage().price('M2', '96.2');
  await dave.sync();
  await stage().pass(151);
  await bob.resolve(dave, 'M2');
  expect(Number((await dave.position('M2')).size)).toBeLessThan(50);
  await dave.deposit('500');
  const purchase = { market: 'M2', taker: dave, maker: bob, size: '1' } as const;
  await expectError('Barred', cross(stage(), purchase));

  const until = (await dave.slot('M2'))?.barredUntil ?? 0n;
  const { slot } = await stage().network.now();
  expect(until).toBeGreaterThan(slot);
  await stage().pass(Number(until - slot));
  await stage().refreshAll();
  await cross(stage(), purchase);
});

test('where nobody solvent stands opposite, a bankrupt long is closed against a bankrupt short', async () => {
  const { bob, carol } = await cast(stage());
  await stage().fund('1000000');
  await stage().send([skim(stage().exchange, stage().exchange.markets)]);
  const market = 'M1';
  const long = await member(stage(), '60');
  await pair(stage(), { market, taker: long, maker: bob, size: '10' });
  await stage().price(market, '80');
  const short = await member(stage(), '50');
  await carol.allocate(market, '2000');
  await cross(stage(), { market, taker: short, maker: carol, side: 'short', size: '10' });
  await stage().price(market, '90');
  // The rich leave each other: who remains is bankrupt.
  await cross(stage(), { market, taker: bob, maker: carol, size: '10' });
  for (const whom of [long, short]) await bob.sync(whom);
  await stage().pass(151);

  // The first resolution sweeps what the account has, which is progress; then there is nobody to close against.
  await bob.resolve(long, market);
  await expectError('NobodySolvent', bob.resolve(long, market));
  await expectError('NotSwept', bob.resolve(long, market, short));
  await bob.resolve(short, market);
  await bob.resolve(long, market, short);
  expect((await long.position(market)).size).toBe('0');
  expect((await short.position(market)).size).toBe('0');
});
