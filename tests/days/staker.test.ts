import { expect, test } from 'vitest';
import {
  exitStake,
  type InsuranceBooks,
  loadInsurance,
  loadStake,
  requestExit,
  skim,
  stakeAddress,
  units,
} from '@breakwater/client';
import { Saver, type Trader } from '@breakwater/localnet';
import { calm, days, daysInSeconds, eventOf, eventsOf, expectError, share, SOL, useStage } from '../harness/index.js';

const usd = units.atoms;
/** The cover a market is listed with: here all that is in the fund at first. */
const listing = { ...SOL, own: { ...SOL.own, coverGrant: usd('4000') } };
const stage = useStage({ markets: [listing] }, 'process');

const fund = (): Promise<InsuranceBooks> => loadInsurance(stage().network.rpc, stage().exchange);

/** A maker on both sides. */
async function quoting(maker: Trader, bid: string, ask: string): Promise<void> {
  await maker.quote('SOL', [[bid, '500']], [[ask, '500']]);
}

/** Somebody long 400 SOL with 5,000 USD, who goes bankrupt when the price falls by 8 %. */
async function daring(ask: string): Promise<Trader> {
  const bold = await stage().trader('5000');
  await bold.open('5000');
  await bold.buy('SOL', '400', ask);
  return bold;
}

/** Resolves somebody, and sees the fund pay: the protocol's tranche first, the stakers' second, nobody's twice. */
async function resolved(keeper: Trader, whom: Trader): Promise<bigint> {
  await keeper.sync(whom);
  await stage().pass(151);
  const before = await fund();
  const { deficit, insured, unfunded } = await eventOf(
    stage(),
    await keeper.resolve(whom, 'SOL'),
    'BankruptcyResolved',
  );
  const after = await fund();
  expect(insured).toBeGreaterThan(0n);
  expect(insured).toBeLessThan(deficit);
  expect(unfunded).toBe(0n);
  const fromProtocol = before.protocol < insured ? before.protocol : insured;
  expect(before.protocol - after.protocol).toBe(fromProtocol);
  expect(before.staked - after.staked).toBe(insured - fromProtocol);
  return before.staked - after.staked;
}

test('a staker earns, is slashed while he waits, waits while the market is in trouble, and leaves with exactly what is left', async () => {
  const { exchange, network } = stage();
  const sam = await Saver.with(stage(), '4000');
  await expectError('StakeTooSmall', sam.stakeAtoms(usd('1') - 1n));
  const { shares } = await eventOf(stage(), await sam.stake('4000'), 'Staked');
  expect(await sam.worth()).toBe(usd('4000'));
  // What is there becomes the market's cover.
  await stage().send([skim(exchange, exchange.markets)]);
  expect((await fund()).covers).toBe(usd('4000'));

  const maker = await stage().trader('500000');
  await maker.open('500000');
  await maker.allocate('SOL', '200000');
  await quoting(maker, '199.9', '200.1');
  const bob = await daring('200.1');
  const keeper = await stage().trader('100000');
  await keeper.open('100000');

  // A liquidation's penalty is insurance revenue: half of it is the stakers', the odd atom the protocol's.
  const cat = await stage().trader('500');
  await cat.open('500');
  await cat.buy('SOL', '40', '200.1');
  await stage().price('SOL', '192.8');
  const events = await eventsOf(stage(), await keeper.liquidate(cat, 'SOL'));
  expect(events.map(({ kind }) => kind)).toContain('Liquidated');
  const earning = await fund();
  const penalty = earning.booked - usd('4000');
  expect(penalty).toBeGreaterThan(0n);
  const half = share(penalty, 1n, 2n);
  expect(earning.staked).toBe(usd('4000') + half);
  expect(earning.protocol).toBe(penalty - half);
  expect(await sam.worth()).toBeGreaterThan(usd('4000'));
  await quoting(maker, '192.7', '192.9');
  for (const holder of [cat, keeper]) {
    const { size } = await holder.position('SOL');
    await holder.sell('SOL', size, '192.7', true);
  }

  await expectError('InsufficientShares', sam.requestExit(shares + 1n));
  await expectError('InsufficientShares', sam.exit());
  const { time } = await network.now();
  const { leavesAt } = await eventOf(stage(), await sam.requestExit(), 'ExitRequested');
  expect(leavesAt).toBe(time + daysInSeconds(7));
  await days(stage(), 6);
  await expectError('ExitCooling', sam.exit());

  // On the sixth day Bob goes bankrupt: whoever is leaving pays like everyone.
  await stage().price('SOL', '184');
  const worth = await sam.worth();
  const slashed = await resolved(keeper, bob);
  expect(slashed).toBeGreaterThan(usd('900'));
  expect(worth - (await sam.worth())).toBeGreaterThanOrEqual(slashed - 1n);
  await calm(stage(), 'SOL');
  await network.advanceSeconds(Number(leavesAt - (await network.now()).time));
  await network.republish();

  // On the seventh Dan is: what the cover does not reach keeps everyone in, and so does the market's recovery.
  await quoting(maker, '183.9', '184.1');
  const dan = await daring('184.1');
  await stage().price('SOL', '169');
  await expectError('ExitWaits', sam.exit());
  await resolved(keeper, dan);
  await expectError('ExitWaits', sam.exit());
  await calm(stage(), 'SOL');

  // In a calm market the cover stays: only what the fund has beyond it may leave.
  await expectError('ExitWaits', sam.exit());
  await stage().fund('500');
  const partly = await eventOf(stage(), await sam.exit(), 'StakeExited');
  expect(partly.paid).toBe(usd('500'));
  expect(partly.waiting).toBe(shares - partly.shares);
  await expectError('ExitWaits', sam.exit());

  // Everyone has left the market: a day after its cover was last filled it is released, and Sam leaves with what is left.
  expect((await stage().view('SOL')).market.sides.map(({ lots }) => lots)).toEqual([0n, 0n]);
  await days(stage(), 1);
  await stage().send([skim(exchange, exchange.markets)]);
  expect((await fund()).covers).toBe(0n);
  const left = await sam.worth();
  const { paid, staked } = await eventOf(stage(), await sam.exit(), 'StakeExited');
  expect(paid).toBe(left);
  expect(await sam.balance()).toBe(partly.paid + left);
  // The last one out leaves no more than the atom nobody holds, and his stake is closed.
  expect(staked).toBe(0n);
  expect(await loadStake(network.rpc, exchange, sam.signer.address)).toBeUndefined();
});

test('an exit nobody takes lapses two days after its cool-down', async () => {
  const ann = await Saver.with(stage(), '10');
  await ann.stake('10');
  await ann.requestExit();
  await days(stage(), 9);
  await expectError('ExitLapsed', ann.exit());
});

test('nobody leaves without showing every market: what must stay is asked of all of them', async () => {
  const { exchange, network } = stage();
  const ann = await Saver.with(stage(), '10');
  await ann.stake('10');
  await ann.requestExit();
  const none = await exitStake({ ...exchange, markets: [] }, ann.signer, ann.wallet);
  await expectError('AllMarkets', network.send(ann.signer, none));
});

test("a stake is its owner's: a request for another's is refused", async () => {
  const { exchange, network } = stage();
  const [ann, eve] = [await Saver.with(stage(), '10'), await Saver.with(stage(), '10')];
  await ann.stake('10');
  await eve.stake('10');
  const [hers, other] = [
    await stakeAddress(exchange.address, ann.signer.address),
    await stakeAddress(exchange.address, eve.signer.address),
  ];
  const request = await requestExit(exchange, eve.signer, 1n);
  const accounts = request.accounts?.map((meta) => (meta.address === other ? { ...meta, address: hers } : meta)) ?? [];
  await expectError('WrongStake', network.send(eve.signer, [{ ...request, accounts }]));
  const { leavesAt } = await ann.held();
  expect(leavesAt).toBe(0n);
});
