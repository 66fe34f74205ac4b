import {
  type Address,
  type AddressesByLookupTableAddress,
  appendTransactionMessageInstructions,
  type Base64EncodedWireTransaction,
  compressTransactionMessageUsingAddressLookupTables,
  createTransactionMessage,
  generateKeyPairSigner,
  getAddressEncoder,
  getBase64EncodedWireTransaction,
  type Instruction,
  type KeyPairSigner,
  pipe,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from '@solana/kit';
import { expect, test } from 'vitest';
import {
  addressesOf,
  fetchEvents,
  type ProgramEvent,
  type UnknownEvent,
  refresh,
  units,
  withdraw,
} from '@breakwater/client';
import { Network, Stage } from '@breakwater/localnet';
import { eventsOf, expectError, SOL, U64_MAX, useStage } from '../harness/index.js';

const LOOKUP_TABLES = 'AddressLookupTab1e1111111111111111111111111' as Address;
const BLOCKHASHES = 150;

// Time passes differently on the two: no funding.
const SETUP = { markets: [{ ...SOL, own: { ...SOL.own, fundingRateMax: 0 } }], insurance: '1000' };

const stage = useStage(SETUP, 'process');

/** A day in short: what it did, with addresses replaced by the order they appear in. */
async function aDay(at: Stage): Promise<string[]> {
  const maker = await at.trader('50000');
  const bob = await at.trader('1000');
  const keeper = await at.trader('50000');
  const signatures = [
    await maker.open('50000'),
    await maker.allocate('SOL', '20000'),
    await maker.quote('SOL', [['199.9', '50']], [['200.1', '50']]),
    await bob.open('500'),
    await keeper.open('50000'),
    await bob.buy('SOL', '40', '200.1'),
  ];
  await at.price('SOL', '192.8');
  signatures.push(await keeper.liquidate(bob, 'SOL'), await maker.withdraw('1000'));
  const events: (ProgramEvent | UnknownEvent)[] = [];
  for (const signature of signatures) events.push(...(await eventsOf(at, signature)));
  const seen: string[] = [];
  return events.map((event) =>
    JSON.stringify(event, (key, value: unknown) => {
      // A slot of this network's.
      if (key === 'expires') return 'later';
      if (typeof value === 'bigint') return `${value}`;
      if (typeof value !== 'string' || !/^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(value)) return value;
      if (!seen.includes(value)) seen.push(value);
      return `address ${seen.indexOf(value)}`;
    }),
  );
}

test('the same day comes to the same, event by event, in process and on a network', async () => {
  const network = await Network.start();
  try {
    const outside = await Stage.open(network, SETUP);
    const [here, there] = [await aDay(stage()), await aDay(outside)];
    expect(here.length).toBeGreaterThan(8);
    expect(here).toEqual(there);
  } finally {
    network.stop();
  }
});

/** A signed transaction as bytes. */
async function signed(
  payer: KeyPairSigner,
  instructions: readonly Instruction[],
  lookupTables: AddressesByLookupTableAddress = {},
): Promise<Base64EncodedWireTransaction> {
  const { value } = await stage().network.rpc.getLatestBlockhash().send();
  const message = pipe(
    createTransactionMessage({ version: 0 }),
    (m) => setTransactionMessageFeePayerSigner(payer, m),
    (m) => setTransactionMessageLifetimeUsingBlockhash(value, m),
    (m) => appendTransactionMessageInstructions(instructions, m),
    (m) => compressTransactionMessageUsingAddressLookupTables(m, lookupTables),
  );
  return getBase64EncodedWireTransaction(await signTransactionMessageWithSigners(message));
}

/** An error whose cause says so. */
const because = (words: string) => ({ cause: { message: expect.stringContaining(words) as string } });

test('a transaction is included once, and none that is older than 150 slots', async () => {
  const { network } = stage();
  const payer = await network.keypair();
  const submit = (wire: Base64EncodedWireTransaction) =>
    network.rpc.sendTransaction(wire, { encoding: 'base64' }).send();
  const [old, justInTime] = [await signed(payer, []), await signed(await network.keypair(), [])];
  const [first, ...rest] = await Promise.all(
    Array.from({ length: BLOCKHASHES - 1 }, async () => signed(await network.keypair(), [])),
  );
  if (first === undefined) throw new Error('many transactions');
  await submit(first);
  await expect(submit(first)).rejects.toMatchObject(because('already been processed'));
  for (const wire of rest) await submit(wire);
  await submit(justInTime);
  await expect(submit(old)).rejects.toMatchObject(because('Blockhash not found'));
  const young = await signed(payer, []);
  const signature = await submit(young);
  const { value } = await network.rpc.getSignatureStatuses([signature]).send();
  expect(value[0]).toMatchObject({ confirmationStatus: 'finalized', err: null });
});

test('a failure is told in the words of a node', async () => {
  const { exchange, network } = stage();
  const bob = await stage().trader('10');
  await bob.open('10');
  // Without a simulation: it is included, and fails there.
  const limits = { units: 200_000, priority: 0n } as const;
  const excess = withdraw(exchange, bob.signer, await bob.account(), bob.wallet, units.atoms('11'));
  await expectError('InsufficientFreeCash', network.send(bob.signer, excess, limits));
  const { address: nowhere } = await generateKeyPairSigner();
  const wire = await signed(bob.signer, [{ programAddress: nowhere, data: new Uint8Array() }]);
  await expect(network.rpc.sendTransaction(wire, { encoding: 'base64' }).send()).rejects.toMatchObject(
    because('may not be used for executing instructions'),
  );
  await expect(network.rpc.getVoteAccounts().send()).rejects.toThrow('getVoteAccounts is not answered in process');
});

test('keys from a lookup table count among the keys of a transaction', async () => {
  const { exchange, network, authority } = stage();
  const { address: table } = await generateKeyPairSigner();
  const addresses = addressesOf(exchange);
  const data = new Uint8Array(56 + 32 * addresses.length);
  const header = new DataView(data.buffer);
  header.setUint32(0, 1, true);
  header.setBigUint64(4, U64_MAX, true);
  addresses.forEach((address, at) => data.set(getAddressEncoder().encode(address), 56 + 32 * at));
  network.put(table, LOOKUP_TABLES, data);
  await network.publish(SOL.feed, { price: '201' });
  // The client looks nothing up where all fits; this transaction does.
  const wire = await signed(authority, refresh(exchange, [stage().market('SOL')]), { [table]: addresses });
  const signature = await network.rpc.sendTransaction(wire, { encoding: 'base64' }).send();
  const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
  const found = await network.rpc.getTransaction(signature, config).send();
  expect(found?.meta?.loadedAddresses?.writable).toContain(stage().market('SOL').address);
  const events = (await fetchEvents(network.rpc, signature)) ?? [];
  expect(events.map(({ kind }) => kind)).toContain('MarketRefreshed');
  expect((await stage().view('SOL')).market.mark.price).toBe(units.price('201', SOL.lotExponent));
});
