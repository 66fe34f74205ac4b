import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  createSolanaRpc,
  createSolanaRpcSubscriptions,
  generateKeyPairSigner,
  lamports,
  type KeyPairSigner,
} from '@solana/kit';
import { afterEach, expect, test } from 'vitest';
import {
  accountAddress,
  bestMakers,
  fetchEvents,
  loadAccountOf,
  loadExchange,
  loadNow,
  loadQuotes,
  loadView,
  marketOf,
  openAndFund,
  send,
  trade,
  units,
} from '@breakwater/client';
import { type Addresses, TOKEN_PROGRAM } from '@breakwater/localnet';
import { share } from '../harness/amounts.js';
import { Localnet } from '../harness/localnet.js';

/** An end takes at most this long, ms. */
const IN_TIME = 2_000;

let running: Localnet[] = [];
afterEach(() => {
  // Whatever a test that failed left behind.
  for (const { child } of running) child.kill('SIGKILL');
  running = [];
});

function start(args: readonly string[] = [], ports?: readonly string[]): Localnet {
  const started = Localnet.start(args, ports);
  running.push(started);
  return started;
}

const portOf = (url: string): number => Number(new URL(url).port);

/** Whether anybody listens on a port. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}

/** Somebody new, with SOL from the faucet and USDC from the network's own cheat. */
async function newcomer({ rpc: url, mint }: Addresses): Promise<KeyPairSigner> {
  const rpc = createSolanaRpc(url);
  const signer = await generateKeyPairSigner();
  await rpc.requestAirdrop(signer.address, lamports(2_000_000_000n)).send();
  const params = [signer.address, mint, { amount: 5_000_000_000 }, TOKEN_PROGRAM];
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'surfnet_setTokenAccount', params });
  await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return signer;
}

test('a stranger trades on `make localnet`, hears of it over the WebSocket, and SIGTERM ends it in time', async () => {
  const localnet = start();
  const addresses = await localnet.ready();
  const rpc = createSolanaRpc(addresses.rpc);
  const me = await newcomer(addresses);
  const exchange = await loadExchange(rpc, addresses.exchange);
  const { value } = await rpc
    .getTokenAccountsByOwner(me.address, { mint: addresses.mint }, { encoding: 'base64' })
    .send();
  const usdc = value[0]?.pubkey;
  if (usdc === undefined) throw new Error('no USDC');
  const sender = { rpc, payer: me };
  await send(sender, await openAndFund(exchange, me, usdc, units.atoms('1000')));

  const abort = new AbortController();
  const subscriptions = createSolanaRpcSubscriptions(addresses.ws);
  const account = await accountAddress(exchange.address, me.address);
  const notices = await subscriptions
    .accountNotifications(account, { commitment: 'confirmed', encoding: 'base64' })
    .subscribe({ abortSignal: abort.signal });
  // Listening begins with the first request for a notice: what came earlier nobody keeps.
  const heard = notices[Symbol.asyncIterator]().next();

  const sol = marketOf(exchange, 0);
  const [quotes, view, now] = await Promise.all([loadQuotes(rpc, sol), loadView(rpc, sol), loadNow(rpc)]);
  const { lotExponent } = view.market.params;
  const limit = share(view.market.mark.price, 101n, 100n);
  const order = { side: 'long', lots: units.lots('1', lotExponent), limit } as const;
  const makers = bestMakers(quotes, view.market, order, now);
  const mine = await loadAccountOf(rpc, exchange, me.address);
  const { signature } = await send(sender, await trade(exchange, me, mine, sol, { ...order, makers }));
  const events = await fetchEvents(rpc, signature);
  expect(events?.map(({ kind }) => kind)).toContain('Traded');

  const notice = await heard;
  if (notice.done === true) throw new Error('the subscription ended');
  expect(notice.value.value.owner).toBe(addresses.program);
  abort.abort();
  expect((await loadAccountOf(rpc, exchange, me.address)).books.slots[0]?.position.lots).toBe(order.lots);

  const { code, took } = await localnet.end('SIGTERM');
  expect(code).toBe(0);
  expect(took).toBeLessThan(IN_TIME);
  expect(existsSync(join(localnet.folder, 'target/localnet.json'))).toBe(false);
  const ports = [addresses.rpc, addresses.ws].map(portOf);
  expect(await Promise.all(ports.map(isTaken))).toEqual([false, false]);
});

test('it ends in time while it starts, and in the middle of a step', async () => {
  const starting = start(['--scenario', 'crash']);
  await starting.says('open their accounts');
  const early = await starting.end('SIGINT');
  expect(early.code).toBe(0);
  expect(existsSync(join(starting.folder, 'target/localnet.json'))).toBe(false);

  const playing = start();
  await playing.ready();
  const late = await playing.end('SIGINT');
  expect(late.code).toBe(0);
  expect(Math.max(early.took, late.took)).toBeLessThan(IN_TIME);
});

test('it says which port is taken, and which option it does not know', async () => {
  const first = start();
  const { rpc } = await first.ready();
  const second = start([], [String(portOf(rpc)), '0']);
  expect(await second.ended()).toBe(1);
  expect(second.output).toContain(`port ${portOf(rpc)} is taken`);
  const third = start(['--scenario', 'rally']);
  expect(await third.ended()).toBe(1);
  expect(third.output).toContain('no scenario rally');
  await first.end();
});
