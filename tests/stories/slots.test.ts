import { fetchAddressesForLookupTables } from '@solana/kit';
import { expect, test } from 'vitest';
import { addressesOf, createLookupTable, send, sync, units } from '@breakwater/client';
import { expectError, failureOf, member, plains, useStage } from '../harness/index.js';

const stage = useStage({ markets: plains(9) });

test('an account has eight markets at most', async () => {
  const carol = await member(stage(), '1000');
  for (const { name } of stage().listings.slice(0, 8)) await carol.allocate(name, '1');
  await expectError('SlotsFull', carol.allocate('M8', '1'));
  await carol.take('M3', units.atoms('1'));
  await carol.sync();
  await carol.allocate('M8', '1');
});

test('a transaction over many markets is too large, and fits with a lookup table', async () => {
  const { network, exchange } = stage();
  const bob = await member(stage(), '1000');
  for (const { name } of stage().listings.slice(0, 8)) await bob.allocate(name, '10');
  const built = sync(exchange, await bob.account());
  const failure = await failureOf(bob.send(built));
  expect(failure.errorName).toBe('TooLarge');
  expect(failure.sentence).toMatch(/^It has \d+ bytes, and 1232 fit\. Use a lookup table/);

  const { slot } = await network.now();
  const { table, transactions } = await createLookupTable(bob.signer, slot - 1n, addressesOf(exchange));
  for (const instructions of transactions) await bob.send(instructions);
  await network.advance(2);
  const lookupTables = await fetchAddressesForLookupTables([table], network.rpc);
  await send({ rpc: network.rpc, payer: bob.signer, lookupTables }, built);
});
