import { expect, test } from 'vitest';
import { units } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { DAY, days, expectError, SOL, useStage } from '../harness/index.js';

const usd = units.atoms;
const MINUTE = 60;
const HALF_HOUR = 1_800;
const WHOLE = 10_000;
/** Most that maintenance margin rises in an hour, bps of what it is in calm. */
const HOURLY = 2_500;
const [NORMAL, STRESSED, RECOVERY] = [0, 1, 2];

/** What reacts to volatility as a liquid market is listed with, and nothing else that reacts. */
const own = {
  volatilityMultiplierMax: 20_000,
  stressMargin: 12_500,
  stressFee: 15_000,
  insuranceShare: 2_000,
  stressInsuranceShare: 6_000,
} as const;
const stage = useStage({ markets: [{ ...SOL, own: { ...SOL.own, ...own } }] }, 'process');

const books = async () => (await stage().view('SOL')).market;

/** What buying a unit adds to protocol fees and to what insurance is due. */
async function feesOf(buyer: Trader): Promise<[protocol: bigint, insurance: bigint]> {
  const before = await books();
  await buyer.buy('SOL', '1', '200.3');
  const after = await books();
  return [after.fees - before.fees, after.insuranceDue - before.insuranceDue];
}

/** Lets time pass and the market look at a price. */
async function look(seconds: number, price: string) {
  await stage().network.advanceSeconds(seconds);
  await stage().price('SOL', price);
  return (await books()).stance;
}

test('a volatile hour asks for more at once and liquidates nobody; a calm week later everything is as it was', async () => {
  const maker = await stage().trader('500000');
  await maker.open('500000');
  await maker.allocate('SOL', '100000');
  const quoting = () => maker.peg('SOL', '0', '100');
  await quoting();
  const [ann, bob, keeper] = [
    await stage().trader('10000'),
    await stage().trader('10000'),
    await stage().trader('1000'),
  ];
  for (const person of [ann, bob]) await person.open('10000');
  await keeper.open('1000');

  // 5,000 USD long: 250 is its initial margin. Of 450 paid in 150 may leave.
  await ann.buy('SOL', '25', '200');
  await ann.allocate('SOL', '200');
  await ann.take('SOL', usd('100'));
  // 5 and 2 bps of 200 USD, a fifth of it insurance's.
  expect(await feesOf(bob)).toEqual([112_000n, 28_000n]);

  // An hour of one per cent a minute, against a normal one per cent an hour.
  let last = (await books()).stance;
  for (let minute = 0; minute < 60; minute += 1) {
    const stance = await look(MINUTE, minute % 2 === 0 ? '202' : '200');
    const passed = Number(stance.movedAt - last.movedAt);
    expect(stance.maintenance).toBeGreaterThanOrEqual(last.maintenance);
    expect(stance.maintenance - last.maintenance).toBeLessThanOrEqual(Math.ceil((HOURLY * passed) / 3_600));
    last = stance;
  }
  const { phase, initial, maintenance } = (await books()).stance;
  expect(phase).toBe(STRESSED);
  expect(initial).toBe(25_000);
  expect(maintenance).toBeGreaterThan(12_300);
  expect(maintenance).toBeLessThan(12_600);

  // What could leave an hour ago stays, and trading is dearer: half as much again, three fifths of it insurance's.
  await expectError('InsufficientMargin', ann.take('SOL', usd('50')));
  await quoting();
  expect(await feesOf(bob)).toEqual([84_000n, 126_000n]);
  await expectError('NotInDistress', keeper.liquidate(ann, 'SOL'));

  // Half an hour at a time the market comes down by the steps it went up, each after an hour of calm.
  const phases: number[] = [];
  const began = (await stage().network.now()).time;
  for (let half = 0; half < 48; half += 1) {
    const stance = await look(HALF_HOUR, '200');
    if (phases.at(-1) !== stance.phase) phases.push(stance.phase);
    if (stance.phase === NORMAL) break;
  }
  expect(phases).toEqual([STRESSED, RECOVERY, NORMAL]);
  const took = Number((await stage().network.now()).time - began);
  expect(took).toBeGreaterThan(2 * 3_600);
  expect(took).toBeLessThan(DAY);

  await days(stage(), 6);
  const calmed = await books();
  expect(calmed.stance).toMatchObject({ phase: NORMAL, initial: WHOLE, maintenance: WHOLE });
  await quoting();
  expect(await feesOf(bob)).toEqual([112_000n, 28_000n]);
  await ann.take('SOL', usd('50'));
});
