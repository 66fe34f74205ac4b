import { createHash } from 'node:crypto';
import { getAddressEncoder, getU64Encoder } from '@solana/kit';
import { expect, test } from 'vitest';
import { claim, donate, getRecoveryRecordEncoder, isBankrupt, loadLedger, skim, units } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { eventOf, eventsOf, expectError, expectNear, share, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL], insurance: '400' });

test('the whole waterfall: insurance up to its cap, then deleveraging, then everyone alike, and claims remember it', async () => {
  const { network, exchange } = stage();
  await stage().send([skim(exchange, exchange.markets)]);
  const makers = await Promise.all(
    [0, 1].map(async () => {
      const maker = await stage().trader('200000');
      await maker.open('200000');
      await maker.allocate('SOL', '60000');
      await maker.quote('SOL', [['199.9', '300']], [['200.1', '300']]);
      return maker;
    }),
  );
  const bob = await stage().trader('5000');
  await bob.open('5000');
  await bob.buy('SOL', '400', '200.1');
  const before = await Promise.all(makers.map((maker) => maker.position('SOL')));

  // Through bankruptcy before anyone could act.
  await stage().price('SOL', '184');
  expect(isBankrupt(await bob.health())).toBe(true);
  const keeper = await stage().trader('0');
  await keeper.sync(bob);
  await expectError('TooEarly', keeper.resolve(bob, 'SOL'));
  await stage().pass(151);
  const events = await eventsOf(stage(), await keeper.resolve(bob, 'SOL'));

  const resolved = events.find((event) => event.kind === 'BankruptcyResolved');
  const deleveraged = events.find((event) => event.kind === 'Deleveraged');
  if (resolved?.kind !== 'BankruptcyResolved' || deleveraged?.kind !== 'Deleveraged') throw new Error('no waterfall');
  const { deficit, insured, absorbed, socialised, unfunded } = resolved;
  expect(deficit).toBe(insured + absorbed + socialised + unfunded);
  // A quarter of the cover an event.
  expect(insured).toBe(units.atoms('100'));
  expect(absorbed + socialised).toBeGreaterThan(0n);
  expect(unfunded).toBe(0n);
  expect(deleveraged.lots).toBe(units.lots('400', SOL.lotExponent));

  // The other side closed exactly as many lots, and both makers are owed what they were charged.
  const after = await Promise.all(makers.map((maker) => maker.position('SOL')));
  const sum = (seen: readonly { size: string }[]) => seen.reduce((total, { size }) => total + units.lots(size, -9), 0n);
  expect(sum(before)).toBe(-units.lots('400', SOL.lotExponent));
  expect(sum(after)).toBe(0n);
  const owed = (await Promise.all(makers.map((maker) => maker.claims('SOL')))).map(({ owed: [, short] }) => short);
  const total = owed.reduce((a, b) => a + b, 0n);
  expect(total).toBeLessThanOrEqual(absorbed + socialised + 2n);
  expect(total).toBeGreaterThan(share(absorbed + socialised, 1n, 2n));

  // The log: anyone can replay it.
  const ledger = await loadLedger(network.rpc, exchange);
  expect(ledger.count).toBe(resolved.record);
  const key = Buffer.from(getAddressEncoder().encode(exchange.address));
  let hash = key;
  for (const [at, record] of ledger.records.slice(0, Number(ledger.count)).entries()) {
    const number = Buffer.from(getU64Encoder().encode(at + 1));
    const bytes = Buffer.from(getRecoveryRecordEncoder().encode(record));
    hash = createHash('sha256')
      .update(Buffer.concat([hash, key, number, bytes]))
      .digest();
  }
  expect(Buffer.from(ledger.hash)).toEqual(hash);
  expect((await bob.position('SOL')).size).toBe('0');
  await expectError('NoPosition', keeper.resolve(bob, 'SOL'));

  // Somebody pays a part of it back, and whoever was charged collects it.
  const sol = stage().market('SOL');
  const collect = async (maker: Trader) => {
    const { paid } = await maker.claims('SOL');
    const claimed = await eventOf(stage(), await keeper.send([claim(exchange, await maker.address(), sol)]), 'Claimed');
    expect(claimed.amount).toBe(paid);
    return paid;
  };
  for (const maker of makers) await collect(maker);
  for (const maker of makers) await expectError('NothingToClaim', collect(maker));
  const giver = await stage().trader('50');
  const gift = { side: 'short', from: giver.wallet, amount: units.atoms('50') } as const;
  const donated = await eventOf(stage(), await giver.send([donate(exchange, giver.signer, sol, gift)]), 'Donated');
  expect(donated.toClaims).toBe(gift.amount);
  let collected = 0n;
  for (const maker of makers) collected += await collect(maker);
  expect(collected).toBeLessThanOrEqual(gift.amount);
  expectNear(collected, gift.amount, 2n);
});
