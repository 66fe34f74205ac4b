import { expect, test } from 'vitest';
import { claim, distributeSurplus, loadInsurance, units } from '@breakwater/client';
import { Saver, type Trader } from '@breakwater/localnet';
import { calm, eventOf, expectError, expectNear, SOL, useStage } from '../harness/index.js';

const usd = units.atoms;
const stage = useStage({ markets: [SOL] }, 'process');

/** Anyone pays surplus out. */
async function distribute(anyone: Trader): Promise<{ amount: bigint; mustStay: bigint }> {
  return eventOf(stage(), await anyone.send(distributeSurplus(stage().exchange)), 'SurplusDistributed');
}

/** Pays a maker what his claims were paid. */
async function collect(maker: Trader): Promise<bigint> {
  const claiming = claim(stage().exchange, await maker.address(), stage().market('SOL'));
  return (await eventOf(stage(), await maker.send([claiming]), 'Claimed')).amount;
}

test('what the protocol holds beyond its target pays whoever was charged; stakers stand in for it and keep theirs', async () => {
  const { exchange, network } = stage();
  const fund = () => loadInsurance(network.rpc, exchange);
  const anyone = await stage().trader('1000');
  await expectError('NothingOwed', distribute(anyone));

  // Nobody insures Bob: the maker is charged. Ann stays.
  const maker = await stage().trader('500000');
  await maker.open('500000');
  await maker.allocate('SOL', '100000');
  await maker.quote('SOL', [['199.9', '500']], [['200.1', '500']]);
  const [ann, bob] = [await stage().trader('20000'), await stage().trader('5000')];
  await ann.open('20000');
  await ann.allocate('SOL', '20000');
  await ann.buy('SOL', '40', '200.1');
  await bob.open('5000');
  await bob.buy('SOL', '400', '200.1');
  await stage().price('SOL', '180');
  const charged = await eventOf(stage(), await anyone.resolve(bob, 'SOL'), 'BankruptcyResolved');
  expect(charged.insured).toBe(0n);
  expect(charged.absorbed + charged.socialised).toBeGreaterThan(usd('1000'));

  // What Bob had beyond his key's cash was charged too, and has come back already.
  await collect(maker);

  // While the market recovers nothing leaves what insures it.
  await expectError('ExitWaits', distribute(anyone));
  await calm(stage(), 'SOL');
  await expectError('NoSurplus', distribute(anyone));

  // A hundredth of what is open must stay: 40 SOL at 180.
  await stage().fund('300');
  const first = await distribute(anyone);
  expect(first.mustStay).toBe(usd('72'));
  expect(first.amount).toBe(usd('228'));
  expect((await fund()).protocol).toBe(usd('72'));
  await expectError('NoSurplus', distribute(anyone));

  // What stakers bring stands for the target: the protocol's last atom goes to the charged, and none of the stakers'.
  const sam = await Saver.with(stage(), '100');
  await sam.stake('100');
  expect((await distribute(anyone)).amount).toBe(usd('72'));
  expect(await fund()).toMatchObject({ protocol: 0n, staked: usd('100'), booked: usd('100') });
  await expectError('NoSurplus', distribute(anyone));
  expect(await sam.worth()).toBe(usd('100'));

  const collected = await collect(maker);
  expect(collected).toBeLessThanOrEqual(usd('300'));
  expectNear(collected, usd('300'), 2n);
});
