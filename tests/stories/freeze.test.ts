import { expect, test } from 'vitest';
import {
  cancelQuote,
  clearPauses,
  closeAccount,
  collectFees,
  fundInsurance,
  guardianPause,
  loadGuards,
  NO_PAUSE,
  openAndFund,
  PAUSE,
  refresh,
  skim,
  tripBreaker,
  units,
} from '@breakwater/client';
import { Governor, officeOf, Stage } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useNetwork } from '../harness/index.js';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const FROZEN = { bits: PAUSE.freeze, seconds: BigInt(HOUR) };

// In process: days pass here, and the network in a process of its own loses count of its slots past an epoch.
const network = useNetwork('process');

/** Bob is long against a maker, Ann has money and no position; the market waits 30 s before liquidating after a freeze. */
async function scene() {
  const stage = await Stage.open(network(), { markets: [{ ...SOL, own: { ...SOL.own, graceSeconds: 30n } }] });
  const [maker, bob, ann] = [await stage.trader('60000'), await stage.trader('6000'), await stage.trader('2000')];
  await maker.open('50000');
  await maker.allocate('SOL', '20000');
  await bob.open('300');
  await ann.open('1000');
  await maker.quote('SOL', [['200', '50']], [['200', '50']]);
  await bob.buy('SOL', '25', '200');
  return { stage, governor: new Governor(stage, officeOf(stage, stage.authority)), maker, bob, ann };
}

test('frozen, no money moves but margin; what governs and what reads goes on', async () => {
  const { stage, governor, maker, bob, ann } = await scene();
  const { exchange, guardian } = stage;
  const sol = stage.market('SOL');
  const zoe = await stage.trader('100');
  await expectError('OnlyAuthorityFreezes', network().send(guardian, [guardianPause(exchange, guardian, FROZEN)]));
  const told = await eventOf(stage, await governor.pause(FROZEN), 'PauseBitsSet');
  const { time } = await network().now();
  expect(told.bits).toBe(PAUSE.freeze);
  expect(told.frozenUntil).toBeLessThanOrEqual(time + BigInt(HOUR));
  const seen = await loadGuards(network().rpc, exchange, sol, await network().now());
  expect(seen.paused).toBe(PAUSE.freeze);

  const zoes = await openAndFund(exchange, zoe.signer, zoe.wallet, units.atoms('10'));
  const gift = fundInsurance(exchange, ann.signer, ann.wallet, units.atoms('10'));
  const refused: readonly (() => Promise<unknown>)[] = [
    () => zoe.send(zoes),
    () => ann.deposit('10'),
    // Flat money too: nothing but a freeze holds it.
    () => ann.withdraw('10'),
    () => ann.request('10'),
    () => bob.withdraw('1'),
    () => maker.allocate('SOL', '-10'),
    () => bob.isolate('SOL', true),
    () => ann.buy('SOL', '1', '201'),
    () => bob.sell('SOL', '1', '199'),
    () => maker.quote('SOL', [['199', '10']], []),
    () => maker.liquidate(bob, 'SOL'),
    () => maker.resolve(bob, 'SOL'),
    () => maker.sync(bob),
    () => ann.send([skim(exchange)]),
    () => ann.send([gift]),
    () => ann.send([collectFees(exchange, sol)]),
  ];
  for (const attempt of refused) await expectError('Paused', attempt());

  // Margin may always be added, an offer taken back, a price read, a change proposed.
  await maker.allocate('SOL', '10');
  await maker.send([await cancelQuote(exchange, maker.signer, await maker.address(), sol)]);
  await stage.send(refresh(exchange, [sol]));
  await governor.propose({ parameter: 'penalty', market: sol, to: 55n });
  await expectError('NothingTripped', ann.send([tripBreaker(exchange)]));
});

test('a freeze is lifted by whoever set it, shortened but never prolonged, and there is none for a week after its two days', async () => {
  const { stage, governor, ann } = await scene();
  await expectError('PauseTooLong', governor.pause({ ...FROZEN, seconds: BigInt(2 * DAY + 1) }));
  await governor.pause({ ...FROZEN, seconds: BigInt(2 * DAY) });
  const first = (await governor.exchange()).state.pauses.frozenUntil;
  await network().advanceSeconds(DAY);
  await governor.pause({ ...FROZEN, seconds: BigInt(2 * DAY) });
  expect((await governor.exchange()).state.pauses.frozenUntil).toBe(first);
  await expectError('Paused', ann.withdraw('10'));
  await governor.pause(FROZEN);
  expect((await governor.exchange()).state.pauses.frozenUntil).toBeLessThan(first);
  await governor.pause(NO_PAUSE);
  await ann.withdraw('10');
  // Within the two days it may be frozen again, until their end.
  await governor.pause({ ...FROZEN, seconds: BigInt(2 * DAY) });
  expect((await governor.exchange()).state.pauses.frozenUntil).toBe(first);
  await network().advanceSeconds(DAY + 1);
  await expectError('FreezeTooSoon', governor.pause(FROZEN));
  // Pauses that are no freeze may follow at once.
  await governor.pause({ bits: PAUSE.deposits, seconds: 60n });
  await network().advanceSeconds(7 * DAY + 1);
  await governor.pause(FROZEN);
  await network().advanceSeconds(HOUR + 1);
  const cleared = await eventOf(stage, await ann.send([clearPauses(stage.exchange)]), 'PauseBitsSet');
  expect([cleared.bits, cleared.frozenUntil]).toEqual([0n, 0n]);
});

test('a freeze ends by itself: flat money leaves at once, and owners act before anyone is liquidated', async () => {
  const { stage, governor, maker, bob, ann } = await scene();
  await governor.pause(FROZEN);
  await network().advanceSeconds(HOUR - 30);
  await expectError('Paused', ann.withdraw('1000'));
  await network().advanceSeconds(31);
  // Nobody has published or refreshed anything.
  await ann.withdraw('1000');
  expect(await network().balance(ann.wallet)).toBe(units.atoms('2000'));
  await ann.send([closeAccount(stage.exchange, ann.signer, await ann.address())]);

  await stage.price('SOL', '192.8');
  await expectError('GracePeriod', maker.liquidate(bob, 'SOL'));
  await bob.deposit('200');
  await bob.allocate('SOL', '200');
  await network().advanceSeconds(31);
  await network().refeed();
  await expectError('NotInDistress', maker.liquidate(bob, 'SOL'));
});
