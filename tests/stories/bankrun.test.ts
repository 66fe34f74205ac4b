import { expect, test } from 'vitest';
import { BPS, loadExchange, type Reopening, reopeningOf, TransactionFailure, units } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { eventOf, expectError, share, SOL, useStage, wholeParts } from '../harness/index.js';

const DAY = 86_400;
/** From being called within which a withdrawal is collected. */
const HOUR = 3_600n;
const PEOPLE = 12;
const EACH = '10000';
/** What each wants, and what of it the exemption lets through uncounted. */
const WANTED = '3000';
const EXEMPT = '1';

/** A tenth of the vault an hour, a third of it a day; a dollar a day whoever asks. */
const stage = useStage({
  markets: [SOL],
  own: {
    outflowFloor: units.atoms('10'),
    outflowExempt: units.atoms(EXEMPT),
    outflowHour: 1_000,
    outflowDay: 3_333,
  },
});

/** What a withdrawal is refused with, and what it is told. */
async function refused(name: 'OutflowLimit' | 'RequestNotReady', attempt: Promise<unknown>): Promise<Reopening> {
  const failure = await attempt.catch((error: unknown) => error);
  await expectError(name, failure instanceof Error ? Promise.reject(failure) : attempt);
  const told = failure instanceof TransactionFailure ? reopeningOf(failure) : undefined;
  if (told === undefined) throw new Error('the refusal says nothing');
  return told;
}

/** Lets time pass until a second of the clock. */
async function until(time: bigint): Promise<void> {
  const { network } = stage();
  await network.advanceSeconds(Number(time - (await network.now()).time));
}

/** Every atom is in the vault, booked and somebody's, or in a wallet. */
async function expectConserved(people: readonly Trader[]): Promise<void> {
  const { network } = stage();
  const { state } = await loadExchange(network.rpc, stage().exchange.address);
  const inside = await Promise.all(people.map(async (somebody) => (await somebody.account()).books.free));
  const outside = await Promise.all(people.map((somebody) => network.balance(somebody.wallet)));
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
  const vault = await network.balance(state.collateralVault);
  expect(vault).toBe(state.collateralBooked);
  expect(vault).toBe(sum(inside));
  expect(vault + sum(outside)).toBe(sum(people.map(() => units.atoms(EACH))));
}

test('a bank run: what may leave leaves, everyone else is told when, and each leaves then, in the order they asked', async () => {
  const { network } = stage();
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => stage().trader(EACH)));
  for (const somebody of people) await somebody.open(EACH);
  await network.advanceSeconds(DAY + 1);
  await expectConserved(people);

  // Everybody at once: the burst, a third of an hour's tenth, has room for one.
  const outcomes = await Promise.allSettled(people.map((somebody) => somebody.withdraw(WANTED)));
  const winners = people.filter((_, at) => outcomes[at]?.status === 'fulfilled');
  expect(winners).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') await expectError('OutflowLimit', Promise.reject(outcome.reason as Error));
  }
  await expectConserved(people);
  const [bob, ...others] = people.filter((somebody) => !winners.includes(somebody));
  if (bob === undefined) throw new Error('the others');

  // What the refusal says is true: not a second earlier, and then.
  const told = await refused('OutflowLimit', bob.withdraw(WANTED));
  expect(told.most).toBe(units.atoms(WANTED));
  expect(told.reopensAt).toBeGreaterThan((await network.now()).time);
  await until(told.reopensAt - 1n);
  expect(await refused('OutflowLimit', bob.withdraw(WANTED))).toEqual(told);
  await until(told.reopensAt);
  await bob.withdraw(WANTED);

  // The others queue, and each is told a moment of his own.
  const queue: { who: Trader; readyAt: bigint }[] = [];
  const [late, ...first] = others;
  if (late === undefined) throw new Error('somebody who comes late');
  for (const who of first) {
    const asked = await eventOf(stage(), await who.request(WANTED), 'WithdrawalRequested');
    expect(asked.counted).toBe(units.atoms(WANTED) - units.atoms(EXEMPT));
    expect(asked.readyAt).toBeGreaterThan(queue.at(-1)?.readyAt ?? (await network.now()).time);
    queue.push({ who, readyAt: asked.readyAt });
  }
  // However little, nobody passes them; what is exempt leaves all the same.
  const behind = await refused('OutflowLimit', late.withdraw('2'));
  expect(behind.reopensAt).toBeGreaterThanOrEqual(queue.at(-1)?.readyAt ?? 0n);
  await late.withdraw(EXEMPT);
  await expectError('OutflowLimit', late.withdraw('0.000001'));

  for (const [at, { who, readyAt }] of queue.entries()) {
    const next = queue[at + 1];
    await until(readyAt - 1n);
    expect((await refused('RequestNotReady', who.withdraw(WANTED))).reopensAt).toBe(readyAt);
    await until(readyAt);
    if (next !== undefined) {
      expect((await refused('RequestNotReady', next.who.withdraw(WANTED))).reopensAt).toBe(next.readyAt);
    }
    await expectError('OutflowLimit', late.withdraw('2'));
    await who.withdraw(WANTED);
    expect(await network.balance(who.wallet)).toBe(units.atoms(WANTED));
    await expectConserved(people);
  }

  // It recovers: two days on a burst leaves at once, and not an atom more.
  await network.advanceSeconds(2 * DAY);
  const again = await refused('OutflowLimit', late.withdraw('9999'));
  expect(again.reopensAt).toBe((await network.now()).time);
  const { state } = await loadExchange(network.rpc, stage().exchange.address);
  expect(again.most).toBe(share(wholeParts(state.collateralBooked, 1_000n, BPS), 1n, 3n) + units.atoms(EXEMPT));
  await expectError('OutflowLimit', late.withdrawAtoms(again.most + 1n));
  await late.withdrawAtoms(again.most);
  await expectConserved(people);
});

test('whoever does not come when he is called loses his place, and nobody else does', async () => {
  const { network } = stage();
  const people = await Promise.all(Array.from({ length: 3 }, () => stage().trader(EACH)));
  for (const somebody of people) await somebody.open(EACH);
  await network.advanceSeconds(3 * DAY);
  const [ann, ben, cleo] = people;
  if (ann === undefined || ben === undefined || cleo === undefined) throw new Error('three people');
  // Three quarters of what leaves at once: so much takes three quarters of an hour.
  const { most } = await refused('OutflowLimit', ann.withdraw(EACH));
  const wanted = units.usd(share(most, 3n, 4n));
  const places: bigint[] = [];
  for (const who of people) {
    const asked = await eventOf(stage(), await who.request(wanted), 'WithdrawalRequested');
    places.push(asked.readyAt);
  }
  const [first = 0n, second = 0n, third = 0n] = places;
  // Who gives his request up may ask again at once, and gets his money no sooner.
  await cleo.request('0');
  const again = await eventOf(stage(), await cleo.request(wanted), 'WithdrawalRequested');
  expect(again.readyAt).toBeGreaterThanOrEqual(third);
  await until(second);
  await ben.withdraw(wanted);
  await until(first + HOUR);
  await expectError('OutflowLimit', ann.withdraw(wanted));
  await until(again.readyAt);
  await cleo.withdraw(wanted);
});
