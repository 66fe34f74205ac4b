import { expect, test } from 'vitest';
import { loadInsurance, loadStake, PAUSE, setPause, sharesWorth, skim, units } from '@breakwater/client';
import { Saver, type Trader } from '@breakwater/localnet';
import { DAY, days, eventOf, expectError, share, SOL, useStage } from '../harness/index.js';

const usd = units.atoms;
const stage = useStage({ markets: [{ ...SOL, own: { ...SOL.own, eventShare: 10_000 } }] }, 'process');

const fund = () => loadInsurance(stage().network.rpc, stage().exchange);
const lamports = async (of: Trader | Saver) =>
  (await stage().network.rpc.getBalance(of.signer.address, { commitment: 'confirmed' }).send()).value;

/** Somebody buys 400 SOL with 5,000 USD and goes bankrupt; returns what insurance pays for it. */
async function bankruptcy(maker: Trader, keeper: Trader): Promise<bigint> {
  await stage().price('SOL', '200');
  await maker.quote('SOL', [['199.9', '500']], [['200.1', '500']]);
  const bob = await stage().trader('5000');
  await bob.open('5000');
  await bob.buy('SOL', '400', '200.1');
  await stage().price('SOL', '184');
  await keeper.sync(bob);
  await stage().pass(151);
  return (await eventOf(stage(), await keeper.resolve(bob, 'SOL'), 'BankruptcyResolved')).insured;
}

test('stakers share a loss by what they have there, to the atom, and a loss of everything ends their shares', async () => {
  const { exchange, authority } = stage();
  const maker = await stage().trader('500000');
  await maker.open('500000');
  await maker.allocate('SOL', '200000');
  const keeper = await stage().trader('0');
  const [sam, tim, una] = await Promise.all(['3000', '2000', '2000'].map((had) => Saver.with(stage(), had)));
  if (sam === undefined || tim === undefined || una === undefined) throw new Error('three savers');
  await sam.stake('2111.111111');
  await tim.stake('777.777777');
  await stage().send([skim(exchange, exchange.markets)]);
  const whole = usd('2888.888888');
  expect((await fund()).covers).toBe(whole);

  // The cover pays the first bankruptcy whole: each has lost in proportion.
  const first = await bankruptcy(maker, keeper);
  expect(first).toBeGreaterThan(usd('1000'));
  expect(first).toBeLessThan(whole);
  const left = whole - first;
  const [sams, tims] = [await sam.worth(), await tim.worth()];
  expect(sams + tims).toBeLessThanOrEqual(left);
  expect(sams + tims).toBeGreaterThanOrEqual(left - 2n);
  // With the atom that nobody holds.
  expect(sams).toBe(share(usd('2111.111111'), left + 1n, whole + 1n));
  // Whoever comes now bears none of it, and costs nobody anything.
  await una.stake('500.000007');
  expect(await una.worth()).toBeGreaterThanOrEqual(usd('500.000006'));
  expect(await una.worth()).toBeLessThanOrEqual(usd('500.000007'));
  expect(await sam.worth()).toBeGreaterThanOrEqual(sams);

  // Tim leaves with a third of his, and Una with hers: what the shares said, to the atom.
  const third = share((await tim.held()).shares, 1n, 3n);
  await tim.requestExit(third);
  await una.requestExit();
  await sam.requestExit();
  await days(stage(), 7);
  await stage().send([skim(exchange, exchange.markets)]);
  expect((await fund()).covers).toBe(0n);
  const his = sharesWorth(await fund(), third);
  expect((await eventOf(stage(), await tim.exit(), 'StakeExited')).paid).toBe(his);
  const hers = await una.worth();
  expect((await eventOf(stage(), await una.exit(), 'StakeExited')).paid).toBe(hers);
  expect(await una.balance()).toBe(usd('2000') - usd('500.000007') + hers);

  // A pause of exits keeps Sam in, and what he staked goes on paying.
  const pause = setPause(exchange, authority, { bits: PAUSE.unstaking, seconds: BigInt(DAY) });
  await stage().send([pause]);
  await expectError('Paused', sam.exit());
  await stage().send([skim(exchange, exchange.markets)]);
  const own = (await fund()).staked;
  const second = await bankruptcy(maker, keeper);
  expect(second).toBe(own);
  const lost = await fund();
  expect(lost).toMatchObject({ staked: 0n, protocol: 0n, booked: 0n, shares: 0n, epoch: 1n });
  expect([await sam.worth(), await tim.worth()]).toEqual([0n, 0n]);

  // Old shares are worth nothing: Sam's stake closes and returns its rent, Tim begins anew.
  await days(stage(), 1);
  const before = await lamports(sam);
  const { paid } = await eventOf(stage(), await sam.exit(), 'StakeExited');
  expect(paid).toBe(0n);
  expect(await lamports(sam)).toBeGreaterThan(before);
  expect(await loadStake(stage().network.rpc, exchange, sam.signer.address)).toBeUndefined();
  await tim.stake('100');
  expect(await tim.worth()).toBe(usd('100'));
  expect((await tim.held()).epoch).toBe(1n);
});
