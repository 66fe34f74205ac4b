import { expect, test } from 'vitest';
import { guardianPause, PAUSE } from '@breakwater/client';
import { BTC, DAY, eventOf, expectError, SOL, useStage } from '../harness/index.js';

const WEEK = 7 * DAY;
const stage = useStage({ markets: [SOL, BTC] }, 'process');

const pauseFor = (bits: bigint, market?: string) => {
  const { exchange, guardian, network } = stage();
  const where = market === undefined ? {} : { market: stage().market(market) };
  return network.send(guardian, [guardianPause(exchange, guardian, { bits, seconds: BigInt(DAY), ...where })]);
};

/** Every three hours and a little: a day's pause is over eight looks later, and a week is gone after 56. */
const LOOK = 3 * 3_600 + 30;
const LOOKS_A_DAY = 8;
const WEEKS = 3;

test('a guardian who pauses whenever he can pauses three days a week, and flat money leaves on every one of them', async () => {
  const { network } = stage();
  const bob = await stage().trader('2000');
  await bob.open('1000');
  const began = (await network.now()).time;
  const set: bigint[] = [];
  let pausedLooks = 0;
  for (let look = 0; look < LOOKS_A_DAY * 7 * WEEKS; look += 1) {
    await network.advanceSeconds(Number(began - (await network.now()).time) + look * LOOK);
    const { time } = await network.now();
    const [last, oldest] = [set.at(-1), set.at(-3)];
    if (last !== undefined && time < last + BigInt(DAY)) {
      pausedLooks += 1;
      await expectError('Paused', bob.deposit('1'));
    } else if (oldest !== undefined && time < oldest + BigInt(WEEK)) {
      await expectError('PausesUsedUp', pauseFor(PAUSE.deposits));
      await bob.deposit('1');
    } else {
      await pauseFor(PAUSE.deposits | PAUSE.withdrawals);
      set.push(time);
    }
    await bob.withdraw('1');
  }
  expect(set).toHaveLength(3 * WEEKS);
  // The look that sets a pause is the day's first.
  expect(pausedLooks + set.length).toBe(3 * LOOKS_A_DAY * WEEKS);
});

test('pauses of single markets count in the same week', async () => {
  const { network } = stage();
  await network.advanceSeconds(WEEK);
  for (const market of ['SOL', 'BTC']) {
    const { bits, market: number } = await eventOf(stage(), await pauseFor(PAUSE.quoting, market), 'PauseBitsSet');
    expect([bits, number]).toEqual([PAUSE.quoting, stage().market(market).number]);
  }
  await network.advanceSeconds(3 * DAY);
  await pauseFor(PAUSE.listing);
  await expectError('PausesUsedUp', pauseFor(PAUSE.tradeIncrease, 'SOL'));
  await network.advanceSeconds(4 * DAY);
  // Two of the three are a week old, the third is not.
  await pauseFor(PAUSE.tradeIncrease, 'SOL');
  await pauseFor(PAUSE.tradeIncrease, 'BTC');
  await expectError('PausesUsedUp', pauseFor(PAUSE.tradeIncrease));
});
