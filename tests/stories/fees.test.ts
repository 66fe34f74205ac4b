import { expect, test } from 'vitest';
import { collectFees, getDistributeSurplusInstruction, NO_PAUSE, PAUSE, setPause, units } from '@breakwater/client';
import { Governor, officeOf } from '@breakwater/localnet';
import { BTC, eventOf, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL, BTC] });

test('fees of trades go to the keepers and the treasury, to the atom, and where the authority says from then on', async () => {
  const { network, exchange, authority } = stage();
  const sol = stage().market('SOL');
  const maker = await stage().trader('60000');
  await maker.open('60000');
  await maker.allocate('SOL', '20000');
  const bob = await stage().trader('6000');
  await bob.open('5000');
  const anyone = await stage().trader('0');
  const collect = (from = exchange) => anyone.send([collectFees(from, sol)]);
  const held = () => Promise.all([exchange.state.keeperFees, exchange.state.treasury].map((at) => network.balance(at)));
  await expectError('ZeroAmount', collect());

  await maker.quote('SOL', [['199.9', '50']], [['200.1', '50']]);
  await bob.buy('SOL', '10', '200.2');
  // 2,001 USD at 5 and at 2 bps; a tenth of it is the keepers'.
  const told = await eventOf(stage(), await collect(), 'FeesCollected');
  expect([told.served, told.keepers, told.treasury]).toEqual([0n, 140_070n, 1_260_630n]);
  expect(await held()).toEqual([140_070n, 1_260_630n]);
  await expectError('ZeroAmount', collect());

  await bob.sell('SOL', '10', '199.8');
  const bobs = { ...exchange, state: { ...exchange.state, treasury: bob.wallet } };
  await expectError('WrongTreasury', collect(bobs));
  await expectError('WrongTreasury', collect({ ...exchange, state: { ...exchange.state, keeperFees: bob.wallet } }));
  await stage().send([setPause(exchange, authority, { bits: PAUSE.unstaking, seconds: 60n })]);
  await expectError('Paused', collect());
  await stage().send([setPause(exchange, authority, NO_PAUSE)]);

  const governor = new Governor(stage(), officeOf(stage(), authority));
  const treasury = await network.wallet(authority.address, 0n);
  await governor.execute(await governor.propose({ treasury }));
  await expectError('WrongTreasury', collect());
  await collect(await governor.exchange());
  // 1,999 USD this time.
  expect(await network.balance(treasury)).toBe(1_399_300n - 139_930n);
  expect(await held()).toEqual([280_000n, 1_260_630n]);
  // What is left of everybody's money is still in the vault.
  const left = (await network.balance(exchange.state.collateralVault)) + 1_400_700n + 1_399_300n;
  expect(left).toBe(units.atoms('65000'));
});

test('what insures all markets is judged with all of them in view', async () => {
  const { exchange } = stage();
  const { insurance, collateralVault, insuranceVault, vaultAuthority } = exchange.state;
  const accounts = { exchange: exchange.address, insurance, collateralVault, insuranceVault, vaultAuthority };
  await expectError('AllMarkets', stage().send([getDistributeSurplusInstruction(accounts)]));
});
