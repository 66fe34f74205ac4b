import { expect, test } from 'vitest';
import { claim, deposit, donate, loadOwed, loadTrader, type Owed, units } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { BTC, eventOf, expectError, expectNear, SOL, useStage } from '../harness/index.js';

const usd = units.atoms;
const stage = useStage({ markets: [SOL, BTC] });

/** Resolves a bankrupt position nobody insures; returns what the other side bore. */
async function resolved(keeper: Trader, whom: Trader, market: string): Promise<bigint> {
  const { deficit, absorbed, socialised } = await eventOf(
    stage(),
    await keeper.resolve(whom, market),
    'BankruptcyResolved',
  );
  expect(deficit).toBe(absorbed + socialised);
  return deficit;
}

test('what a debtor pays in later serves his debts first, across his accounts, and reaches whoever bore them', async () => {
  const { exchange, network } = stage();
  const maker = await stage().trader('500000');
  await maker.open('500000');
  for (const market of ['SOL', 'BTC']) await maker.allocate(market, '100000');
  await maker.quote('SOL', [['199.9', '100']], [['200.1', '100']]);
  await maker.quote('BTC', [['99950', '1']], [['100050', '1']]);

  // Bob has three margin accounts: 40 SOL in the first, 0.08 BTC in the second, ten dollars in the third.
  const bob = await stage().trader('5000');
  const [second, third] = [bob.with(1), bob.with(2)];
  await bob.open('500');
  await second.open('500');
  await third.open('10');
  await bob.buy('SOL', '40', '200.1');
  await second.buy('BTC', '0.08', '100050');
  expect(await loadTrader(network.rpc, exchange, bob.signer.address)).toMatchObject({ owed: 0n });
  expect(await loadTrader(network.rpc, exchange, exchange.address)).toBeUndefined();
  await stage().price('SOL', '170');
  await stage().price('BTC', '85000');
  const keeper = await stage().trader('0');
  const [inSol, inBtc] = [await resolved(keeper, bob, 'SOL'), await resolved(keeper, second, 'BTC')];
  const collect = async (market: string): Promise<bigint> => {
    const claiming = claim(exchange, await maker.address(), stage().market(market));
    return (await eventOf(stage(), await keeper.send([claiming]), 'Claimed')).amount;
  };
  // What he had beyond his keys' cash was charged too, and has come back already.
  for (const market of ['SOL', 'BTC']) await collect(market);

  // What he owes is found from his address alone.
  const owed = await loadOwed(network.rpc, exchange, bob.signer.address);
  expect(owed.total).toBe(inSol + inBtc);
  expect(owed.accounts).toEqual([await bob.address(), await second.address()]);
  expect(owed.markets.map(({ number }) => number)).toEqual([0, 1]);
  await expectError('AccountNotEmpty', bob.close());

  // He may leave nothing out that stands before his own money.
  const into = await third.address();
  const pay = async (amount: bigint, serving: Owed) =>
    third.send([await deposit(exchange, bob.signer, into, bob.wallet, amount, serving)]);
  await expectError('DebtFirst', pay(owed.total + usd('5'), { accounts: [], markets: [] }));
  const [first] = owed.accounts;
  if (first === undefined) throw new Error('an account that owes');
  await expectError('DebtFirst', pay(owed.total + usd('5'), { ...owed, accounts: [first] }));
  await expectError('DebtFirst', pay(owed.total + usd('5'), { ...owed, markets: owed.markets.slice(1) }));

  // A part serves as far as it goes, and none of it is his, into whichever account he pays.
  const part = await third.deposit('100');
  expect(await eventOf(stage(), part, 'DebtServed')).toMatchObject({
    served: usd('100'),
    owed: owed.total - usd('100'),
  });
  expect(await eventOf(stage(), part, 'Deposited')).toMatchObject({ amount: usd('100'), free: usd('10') });
  const more = await bob.deposit('50');
  expect(await eventOf(stage(), more, 'DebtServed')).toMatchObject({
    served: usd('50'),
    owed: owed.total - usd('150'),
  });
  expect(await bob.free()).toBe('0');
  const rest = await third.deposit(units.usd(owed.total - usd('145')));
  expect(await eventOf(stage(), rest, 'DebtServed')).toMatchObject({ served: owed.total - usd('150'), owed: 0n });
  expect(await third.free()).toBe('15');
  expect((await loadOwed(network.rpc, exchange, bob.signer.address)).total).toBe(0n);

  // The maker has been charged in both markets, and is paid back in both, to what rounding leaves behind.
  for (const [name, lost] of [
    ['SOL', inSol],
    ['BTC', inBtc],
  ] as const) {
    const paid = await collect(name);
    expect(paid).toBeLessThanOrEqual(lost);
    expectNear(paid, lost, 2n);
    const gift = { side: 'short', from: bob.wallet, amount: 1n } as const;
    await expectError('NothingOwed', bob.send([donate(exchange, bob.signer, stage().market(name), gift)]));
  }

  // Whoever owes nothing keeps what he pays in, and leaves with it.
  await third.deposit('5');
  expect(await third.free()).toBe('20');
  await third.withdraw('20');
  for (const account of [bob, second, third]) await account.close();
});
