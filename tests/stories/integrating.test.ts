/** What bots and wallets of other venues reported, on a network. */
import {
  createSolanaRpcSubscriptions,
  getBase58Encoder,
  getBase64EncodedWireTransaction,
  type KeyPairSigner,
  type SignatureBytes,
  type Transaction,
  type TransactionSigner,
} from '@solana/kit';
import { expect, test } from 'vitest';
import {
  addressesOf,
  budgetFor,
  cancelQuote,
  createLookupTable,
  deposit,
  loadQuotes,
  loadRecentSlots,
  openLookupTable,
  readable,
  refresh,
  selectMakers,
  send,
  subscribeEvents,
  trade,
  units,
} from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { expectError, failureOf, member, plains, useStage } from '../harness/index.js';

const stage = useStage({ markets: plains(2) });

/** Limits known already: nothing is simulated, so that what fails does so on the chain. */
const ON_CHAIN = { units: 1_400_000, priority: 0n } as const;

/** A wallet that only signs and sends, as some in browsers and most on phones do. */
function sendingWallet(signer: KeyPairSigner): TransactionSigner {
  const { rpc } = stage().network;
  return {
    address: signer.address,
    async signAndSendTransactions(all: readonly Transaction[]) {
      const sent = all.map(async (one): Promise<SignatureBytes> => {
        const [signatures] = await signer.signTransactions([one as never]);
        const signed = { ...one, signatures: { ...one.signatures, ...signatures } };
        const wire = getBase64EncodedWireTransaction(signed);
        const signature = await rpc.sendTransaction(wire, { encoding: 'base64', skipPreflight: true }).send();
        return getBase58Encoder().encode(signature) as SignatureBytes;
      });
      return Promise.all(sent);
    },
  };
}

/** Somebody who sells 5 units in M0 at a price. */
async function seller(ask: string): Promise<Trader> {
  const maker = await member(stage(), '20000');
  await maker.allocate('M0', '5000');
  await maker.quote('M0', [], [[ask, '5']]);
  return maker;
}

test('a45: a wallet that only signs and sends pays in', async () => {
  const { network, exchange } = stage();
  const bob = await member(stage(), '100');
  const payer = sendingWallet(bob.signer);
  const wallet = await network.wallet(bob.signer.address, units.atoms('50'));
  const built = [await deposit(exchange, payer, await bob.address(), wallet, units.atoms('50'))];
  const { slot } = await send({ rpc: network.rpc, payer }, built);
  expect(slot).toBeGreaterThan(0n);
  expect(await bob.free()).toBe('150');
});

test('a37: the same deposit twice at once pays in twice, as two transactions', async () => {
  const { network, exchange } = stage();
  const bob = await member(stage(), '100');
  const wallet = await network.wallet(bob.signer.address, units.atoms('50'));
  const built = [await deposit(exchange, bob.signer, await bob.address(), wallet, units.atoms('25'))];
  const sender = { rpc: network.rpc, payer: bob.signer };
  const [one, two] = await Promise.all([send(sender, built, ON_CHAIN), send(sender, built, ON_CHAIN)]);
  expect(one.signature).not.toBe(two.signature);
  expect(await bob.free()).toBe('150');
});

test('n6: the makers who answer are not those of the simulation, and units suffice', async () => {
  const { network, exchange } = stage();
  const [ann, ...others] = [await seller('100.1'), await seller('100.2'), await seller('100.3'), await seller('100.4')];
  const bob = await member(stage(), '5000');
  const handle = stage().market('M0');
  const [quotes, view, now] = [await loadQuotes(network.rpc, handle), await stage().view('M0'), await network.now()];
  const lots = units.lots('4', stage().listing('M0').lotExponent);
  const order = { side: 'long', lots, limit: units.price('101', stage().listing('M0').lotExponent) } as const;
  const { expected } = selectMakers(quotes, view.market, order, now, await bob.address());
  expect(expected).toBe(lots);
  const makers = await Promise.all([ann, ...others].map((maker) => maker?.address() ?? bob.address()));
  const built = await trade(exchange, bob.signer, await bob.account(), handle, { ...order, makers });
  // In simulation the first answers alone; on the chain he closed most of it meanwhile, and all of them answer.
  const limits = await budgetFor({ rpc: network.rpc, payer: bob.signer }, built);
  for (const maker of [ann, ...others]) await maker?.quote('M0', [], [[maker === ann ? '100.1' : '100.2', '1']]);
  await send({ rpc: network.rpc, payer: bob.signer }, built, limits);
  expect((await bob.position('M0')).size).toBe('4');
});

test('n9: a lookup table is made whatever slots were skipped, and a slot without a block is named', async () => {
  const { network, exchange } = stage();
  const bob = await member(stage(), '100');
  const sender = { rpc: network.rpc, payer: bob.signer };
  const tables = new Set<string>();
  for (let time = 0; time < 6; time += 1) {
    await network.advance(1 + time);
    for (const table of Object.keys(await openLookupTable(sender, addressesOf(exchange).slice(0, 3))))
      tables.add(table);
  }
  // Two in the same slot are two as well.
  const both = await Promise.all([1, 2].map(() => openLookupTable(sender, addressesOf(exchange).slice(0, 2))));
  for (const table of both.flatMap((one) => Object.keys(one))) tables.add(table);
  expect(tables.size).toBe(8);
  const slots = await loadRecentSlots(network.rpc);
  const gone = Array.from({ length: 100 }, (_, at) => (slots[0] ?? 0n) - BigInt(at)).find(
    (slot) => !slots.includes(slot),
  );
  if (gone === undefined) throw new Error('no slot was skipped');
  const { transactions } = await createLookupTable(bob.signer, gone, addressesOf(exchange));
  const refusal = await failureOf(send(sender, transactions[0] ?? []).then(() => undefined));
  expect(refusal.sentence).toContain('loadRecentSlot');
});

test('n10: behind a log that is cut, the program that was called keeps its name', async () => {
  const { network, exchange } = stage();
  const bob = await member(stage(), '100');
  const lookupTables = await openLookupTable({ rpc: network.rpc, payer: bob.signer }, addressesOf(exchange));
  await network.advance(2);
  await network.republish();
  const sender = { rpc: network.rpc, payer: bob.signer, lookupTables };
  const noise = Array.from({ length: 26 }, () => refresh(exchange, [stage().market('M0')])).flat();
  const much = await deposit(exchange, bob.signer, await bob.address(), bob.wallet, units.atoms('999999'));
  for (const budget of [undefined, ON_CHAIN]) {
    const failure = await failureOf(send(sender, [...noise, much], budget).then(() => undefined));
    expect([failure.errorName, failure.instruction]).toEqual(['TokenInsufficientFunds', 26]);
    expect(failure.signature === undefined).toBe(budget === undefined);
  }
});

test('n13: what is read through the same node after a send is there', async () => {
  const { network, exchange } = stage();
  const bob = await member(stage(), '100');
  const built = [await deposit(exchange, bob.signer, await bob.address(), bob.wallet, 0n)];
  await expectError(
    'ZeroAmount',
    send({ rpc: network.rpc, payer: bob.signer }, built).then(() => undefined),
  );
  const wallet = await network.wallet(bob.signer.address, units.atoms('5'));
  const paid = [await deposit(exchange, bob.signer, await bob.address(), wallet, units.atoms('5'))];
  const { slot } = await send({ rpc: network.rpc, payer: bob.signer }, paid);
  expect(slot).toBeGreaterThan(0n);
  expect(await bob.free()).toBe('105');
});

test('n19: events are heard as they happen, each once, over a connection that is the client’s own', async () => {
  const { network } = stage();
  const bob = await member(stage(), '100');
  const rpcSubscriptions = createSolanaRpcSubscriptions(network.surfnet.wsUrl);
  const abort = new AbortController();
  const heard = subscribeEvents({ rpc: network.rpc, rpcSubscriptions }, await bob.address(), abort.signal);
  const first = heard.next();
  // The subscription is there once the node has answered: until then others' calls wait for it too.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await bob.withdraw('1');
  await bob.withdraw('2');
  const told = [(await first).value, (await heard.next()).value];
  abort.abort();
  const amounts = told
    .flatMap((one) => one?.events ?? [])
    .map((event) => (event.kind === 'Withdrawn' ? event.amount : 0n));
  expect(amounts).toEqual([units.atoms('1'), units.atoms('2')]);
  expect((await heard.next()).done).toBe(true);
});

test('n8: a maker who takes is filled by the others', async () => {
  const me = await seller('100.01');
  const other = await seller('100.02');
  const { network, exchange } = stage();
  const handle = stage().market('M0');
  const { lotExponent } = stage().listing('M0');
  const order = { side: 'long', lots: units.lots('1', lotExponent), limit: units.price('101', lotExponent) } as const;
  const [quotes, view, now] = [await loadQuotes(network.rpc, handle), await stage().view('M0'), await network.now()];
  expect(readable(quotes)).toHaveLength(2);
  const found = selectMakers(quotes, view.market, order, now, await me.address());
  expect(found.makers).toEqual([await other.address()]);
  await me.send(await trade(exchange, me.signer, await me.account(), handle, { ...order, ...found }));
  expect((await me.position('M0')).size).toBe('1');
  await other.send([await cancelQuote(exchange, other.signer, await other.address(), handle)]);
});
