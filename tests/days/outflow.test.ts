import { expect, test } from 'vitest';
import { BPS, loadExchange, requestWithdrawal, units } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { DAY, daysInSeconds, eventOf, expectError, share, SOL, useStage, wholeParts } from '../harness/index.js';

const usd = units.atoms;
const HOUR = 3_600;
/** What may leave whatever is there: ten times the hour's floor in a day. */
const FLOOR = { hour: usd('1000'), day: usd('10000') };

const stage = useStage({ markets: [SOL], own: { outflowFloor: FLOOR.hour, outflowExempt: 0n } }, 'process');

/** What may leave in an hour and in a day: a tenth and a third of what is there, and never less than the floor. */
type Allowance = { readonly hour: bigint; readonly day: bigint };

async function allowance(): Promise<Allowance> {
  const { network, exchange } = stage();
  const { params, collateralBooked } = (await loadExchange(network.rpc, exchange.address)).state;
  const allowed = (bps: number, least: bigint): bigint => {
    const part = wholeParts(collateralBooked, BigInt(bps), BPS);
    return part > least ? part : least;
  };
  return { hour: allowed(params.outflowHour, FLOOR.hour), day: allowed(params.outflowDay, FLOOR.day) };
}

/** Somebody's place in the queue. */
type Promised = { readonly who: Trader; readonly amount: bigint; readonly readyAt: bigint; readonly under: Allowance };
/** What left, when. */
type Left = { readonly time: bigint; readonly amount: bigint; readonly under: Allowance };

/** Asks for as much as one may at once; none where nothing is left to ask for. */
async function ask(who: Trader): Promise<Promised | undefined> {
  const { free } = (await who.account()).books;
  if (free === 0n) return undefined;
  const under = await allowance();
  const most = [share(under.hour, 1n, 3n), wholeParts(under.day, 23n, 48n), free].reduce((a, b) => (a < b ? a : b));
  const { readyAt, counted } = await eventOf(stage(), await who.request(units.usd(most)), 'WithdrawalRequested');
  expect(counted).toBe(most);
  return { who, amount: most, readyAt, under };
}

/** Most that left in any window of so many seconds, and the largest allowance it was counted under. */
function worst(left: readonly Left[], seconds: number, of: keyof Allowance): { sum: bigint; under: bigint }[] {
  return left.map(({ time }) => {
    const inside = left.filter((one) => one.time >= time && one.time < time + BigInt(seconds));
    const under = inside.map((one) => one.under[of]).reduce((a, b) => (a > b ? a : b));
    return { sum: inside.reduce((total, { amount }) => total + amount, 0n), under };
  });
}

test('a bank run: everyone is paid in the order of asking, no hour and no day lets out more than its share, and it ends', async () => {
  const { network, exchange } = stage();
  const people = await Promise.all(Array.from({ length: 5 }, () => stage().trader('20000')));
  for (const person of people) await person.open('20000');
  // What came in yesterday is counted.
  await network.advanceSeconds(DAY + 1);
  const began = (await network.now()).time;

  const queue: Promised[] = [];
  for (const person of people) {
    const promised = await ask(person);
    if (promised !== undefined) queue.push(promised);
  }
  expect(queue).toHaveLength(5);
  const left: Left[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { who, amount, readyAt, under } = next;
    // Nobody who asked later is ready earlier.
    expect(queue.every((later) => later.readyAt >= readyAt)).toBe(true);
    const { time } = await network.now();
    if (time < readyAt) {
      await expectError('RequestNotReady', who.withdrawAtoms(amount));
      await network.advanceSeconds(Number(readyAt - time));
    }
    await who.withdrawAtoms(amount);
    left.push({ time: (await network.now()).time, amount, under });
    const again = await ask(who);
    if (again !== undefined) queue.push(again);
  }

  for (const { sum, under } of worst(left, HOUR, 'hour')) expect(sum).toBeLessThanOrEqual(under);
  const daily = worst(left, DAY, 'day');
  for (const { sum, under } of daily) expect(sum).toBeLessThanOrEqual(under);
  // The bound is what held them: the first day let out most of it, under shares that fell with the vault.
  const [first] = daily;
  expect(first?.sum).toBeGreaterThan(share(first?.under ?? 0n, 8n, 10n));

  const took = (await network.now()).time - began;
  // A burst, then half a day's allowance a day: a sixth of what is left, and 5,000 USD where that is less.
  expect(took).toBeGreaterThan(daysInSeconds(10));
  expect(took).toBeLessThan(daysInSeconds(12));
  for (const person of people) expect(await network.balance(person.wallet)).toBe(usd('20000'));
  expect(await network.balance(exchange.state.collateralVault)).toBe(0n);
});

test('a place in the queue lapses an hour after it was ready; given up, it is free at once', async () => {
  const { network } = stage();
  const ann = await stage().trader('20000');
  await ann.open('20000');
  await network.advanceSeconds(DAY + 1);
  await ann.request('200');
  await ann.request('0');
  await expectError('NothingRequested', ann.request('0'));
  const { readyAt } = await eventOf(stage(), await ann.request('100'), 'WithdrawalRequested');
  const wait = readyAt + BigInt(HOUR) - (await network.now()).time;
  await network.advanceSeconds(Number(wait) - 1);
  await expectError('AlreadyRequested', ann.request('50'));
  // Until then it is hers to give up; lapsed, anyone's to clear.
  const eve = await stage().trader('0');
  const clear = async () => eve.send([requestWithdrawal(stage().exchange, eve.signer, await ann.address(), 0n)]);
  await expectError('Unauthorised', clear());
  await network.advanceSeconds(1);
  const told = await eventOf(stage(), await clear(), 'WithdrawalRequested');
  expect([told.account, told.amount]).toEqual([await ann.address(), 0n]);
  await ann.request('50');
});
