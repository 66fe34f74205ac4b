import { expect, test } from 'vitest';
import { deposit, openAndFund, traderAddress, units } from '@breakwater/client';
import { expectError, SOL, useStage } from '../harness/index.js';

const usd = units.atoms;
const stage = useStage({ markets: [SOL], own: { depositsMax: usd('1000') } });

test('an exchange takes as much as it was opened for, and whoever leaves makes room', async () => {
  const { exchange, network } = stage();
  const [ann, bob] = [await stage().trader('2000'), await stage().trader('2000')];
  await ann.open('600');
  await expectError('DepositsFull', bob.open('400.000001'));
  await bob.open('300');
  await expectError('BelowMinimum', bob.deposit('0.999999'));
  await bob.deposit('100');
  await expectError('DepositsFull', ann.deposit('1'));
  await ann.withdraw('50');
  await expectError('DepositsFull', bob.deposit('50.000001'));
  await bob.deposit('50');
  expect(await network.balance(exchange.state.collateralVault)).toBe(usd('1000'));
  expect([await ann.free(), await bob.free()]).toEqual(['550', '450']);
});

test("an owner's debts stand in his own record: a deposit with another's is refused", async () => {
  const { exchange } = stage();
  const [ann, eve] = [await stage().trader('10'), await stage().trader('10')];
  for (const somebody of [ann, eve]) {
    const [open] = await openAndFund(exchange, somebody.signer, somebody.wallet, usd('1'));
    if (open === undefined) throw new Error('an account is opened before it is paid into');
    await somebody.send([open]);
  }
  const [hers, other] = [
    await traderAddress(exchange.address, ann.signer.address),
    await traderAddress(exchange.address, eve.signer.address),
  ];
  const built = await deposit(exchange, eve.signer, await eve.address(), eve.wallet, usd('1'));
  const accounts = built.accounts?.map((meta) => (meta.address === other ? { ...meta, address: hers } : meta)) ?? [];
  await expectError('WrongTrader', eve.send([{ ...built, accounts }]));
});
