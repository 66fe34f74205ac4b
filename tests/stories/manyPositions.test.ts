import { createHash } from 'node:crypto';
import {
  appendTransactionMessageInstructions,
  createTransactionMessage,
  fetchAddressesForLookupTables,
  getTransactionMessageSize,
  type Instruction,
  pipe,
  setTransactionMessageFeePayer,
} from '@solana/kit';
import { expect, test } from 'vitest';
import {
  addressesOf,
  isDistressed,
  liquidate,
  openLookupTable,
  shortened,
  TRANSACTION_BYTES_MAX,
  units,
  withdraw,
} from '@breakwater/client';
import { feedId, type Listing, type Trader } from '@breakwater/localnet';
import { eventOf, SOL, useStage } from '../harness/index.js';

/** As many markets as an account has slots. */
const MARKETS: readonly Listing[] = Array.from({ length: 8 }, (_, number) => {
  const name = `M${number}`;
  return { ...SOL, name, feed: feedId(createHash('sha256').update(name).digest('hex')) };
});

const stage = useStage({ markets: MARKETS, insurance: '10000' });

/** A transaction of somebody's, but for when. */
function messageOf(who: Trader, instructions: readonly Instruction[]) {
  return pipe(
    createTransactionMessage({ version: 0 }),
    (built) => setTransactionMessageFeePayer(who.signer.address, built),
    (built) => appendTransactionMessageInstructions(instructions, built),
  );
}

/** Its bytes: as it is, and with the network's lookup tables. */
function sizes(who: Trader, instructions: readonly Instruction[]): readonly [plain: number, looked: number] {
  const message = messageOf(who, instructions);
  const short = shortened(message, who.stage.network.lookupTables);
  return [getTransactionMessageSize(message), getTransactionMessageSize(short)];
}

/** Sends without any table. */
async function plainly(attempt: () => Promise<unknown>): Promise<unknown> {
  const { network } = stage();
  const { lookupTables } = network;
  network.lookupTables = {};
  try {
    return await attempt();
  } finally {
    network.lookupTables = lookupTables;
  }
}

test('eight positions: what one does with them fits a transaction by a lookup table only', async () => {
  const { network, exchange } = stage();
  const bob = await stage().trader('20000');
  await bob.open('20000');
  const tables = await openLookupTable({ rpc: network.rpc, payer: bob.signer }, addressesOf(exchange));
  await network.advance(1);
  const [table] = Object.keys(tables) as (keyof typeof tables)[];
  if (table === undefined) throw new Error('a table');
  expect(await fetchAddressesForLookupTables([table], network.rpc)).toEqual(tables);
  network.lookupTables = tables;

  for (const { name } of MARKETS) {
    const maker = await stage().trader('60000');
    await maker.open('60000');
    await network.refeed();
    await maker.allocate(name, '50000');
    await maker.quote(name, [['199.9', '500']], [['200', '500']]);
    await bob.buy(name, name === 'M3' ? '400' : '10', '200');
  }
  expect((await bob.health()).positions).toBe(8);

  // A dollar out, with the whole account checked at fresh prices.
  await network.republish();
  const out = withdraw(exchange, bob.signer, await bob.account(), bob.wallet, units.atoms('1'));
  const [plain, looked] = sizes(bob, out);
  expect(plain).toBeGreaterThan(TRANSACTION_BYTES_MAX);
  expect(looked).toBeLessThanOrEqual(TRANSACTION_BYTES_MAX);
  const before = await bob.account();
  await expect(plainly(() => bob.send(out))).rejects.toThrow();
  expect(await bob.account()).toEqual(before);
  await bob.send(out);
  expect(await network.balance(bob.wallet)).toBe(units.atoms('1'));

  // A keeper takes a slice of one position, the other seven passed along.
  const keeper = await stage().trader('100000');
  await keeper.open('100000');
  await network.republish();
  for (const price of ['185', '170', '155']) await stage().price('M3', price);
  await network.republish();
  expect(isDistressed(await bob.health())).toBe(true);
  const market = stage().market('M3');
  const [own, victim] = [await keeper.address(), await bob.account()];
  const take = await liquidate(exchange, keeper.signer, own, victim, market);
  const [without, by] = sizes(keeper, take);
  expect(without).toBeGreaterThan(TRANSACTION_BYTES_MAX);
  expect(by).toBeLessThanOrEqual(TRANSACTION_BYTES_MAX);
  await expect(plainly(() => keeper.send(take))).rejects.toThrow();
  const liquidated = await eventOf(stage(), await keeper.send(take), 'Liquidated');
  expect(liquidated.lots).toBeGreaterThan(0n);
  expect((await keeper.position('M3')).size).toBe(units.size(liquidated.lots, SOL.lotExponent));
});

test('what fits without a table is sent without one', async () => {
  const { network, exchange } = stage();
  const eve = await stage().trader('100');
  await eve.open('100');
  const out = withdraw(exchange, eve.signer, await eve.account(), eve.wallet, units.atoms('1'));
  const message = messageOf(eve, out);
  const tables = { [exchange.address]: addressesOf(exchange) };
  expect(shortened(message, tables)).toBe(message);
  // The table is none: were it used, the transaction would be refused.
  network.lookupTables = tables;
  await eve.send(out);
  network.lookupTables = {};
  expect(await network.balance(eve.wallet)).toBe(units.atoms('1'));
});
