import { expect, test } from 'vitest';
import { clearPauses, guardianPause, NO_PAUSE, PAUSE, setPause } from '@breakwater/client';
import { daysInSeconds, eventOf, expectError, SOL, useStage } from '../harness/index.js';

const DAY = daysInSeconds(1);

const stage = useStage({ markets: [SOL] });

test("the guardian's pause ends by itself, however nobody lifts it, and there are three a week", async () => {
  const { exchange, guardian, authority, network } = stage();
  const pause = (bits: bigint, seconds = DAY) =>
    network.send(guardian, [guardianPause(exchange, guardian, { bits, seconds })]);
  const bob = await stage().trader('100');
  await bob.open('10');

  await expectError('OnlyAuthorityFreezes', pause(PAUSE.freeze));
  await expectError('PauseTooLong', pause(PAUSE.deposits, DAY + 1n));
  await expectError('ZeroAmount', pause(PAUSE.deposits, 0n));
  const wrong = guardianPause(exchange, authority, { bits: PAUSE.deposits, seconds: DAY });
  await expectError('Unauthorised', stage().send([wrong]));

  const { time } = await network.now();
  const { guardianUntil, bits } = await eventOf(stage(), await pause(PAUSE.deposits), 'PauseBitsSet');
  expect(bits).toBe(PAUSE.deposits);
  expect(guardianUntil).toBeGreaterThanOrEqual(time + DAY);
  await expectError('Paused', bob.deposit('1'));
  // The authority lifts its own pauses only.
  await stage().send([setPause(exchange, authority, NO_PAUSE)]);
  await expectError('Paused', bob.deposit('1'));
  await expectError('PauseNotExpired', bob.send([clearPauses(exchange)]));

  await network.advanceSeconds(Number(DAY) + 1);
  await bob.deposit('1');
  const cleared = await eventOf(stage(), await bob.send([clearPauses(exchange)]), 'PauseBitsSet');
  expect(cleared.bits).toBe(0n);

  await pause(PAUSE.quoting);
  await pause(PAUSE.listing);
  await expectError('PausesUsedUp', pause(PAUSE.deposits));
  await pause(0n, 0n);
  await network.advanceSeconds(6 * Number(DAY));
  await pause(PAUSE.deposits);
});

test('the authority freezes for two days at most, and not again for a week', async () => {
  const { exchange, authority, network } = stage();
  const freeze = (seconds: bigint) => stage().send([setPause(exchange, authority, { bits: PAUSE.freeze, seconds })]);
  await expectError('PauseTooLong', freeze(daysInSeconds(2) + 1n));
  await freeze(daysInSeconds(2));
  await network.advanceSeconds(2 * Number(DAY) + 1);
  await expectError('FreezeTooSoon', freeze(DAY));
});
