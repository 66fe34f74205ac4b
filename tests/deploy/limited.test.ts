/** Deploying through a node that limits, with a priority, and with what is known beforehand asked beforehand. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDefaultRpcTransport, createSolanaRpcFromTransport, getBase16Encoder } from '@solana/kit';
import { patient } from '@breakwater/client';
import { chunkCount } from '@breakwater/migrations/loader/buffer';
import { createNode } from '@breakwater/migrations/node';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROGRAM, type Site, useSite } from './site.js';

const site = useSite();

type Limiter = { readonly url: string; readonly asked: string[]; limited: number; close(): void };

/** Stands before a site's node and refuses one request of so many, in each of the ways that providers do. */
async function limiter(at: Site, every: number): Promise<Limiter> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { id, method } = JSON.parse(body) as { id: unknown; method: string };
      asked.push(method);
      if (asked.length % every === 0) {
        found.limited += 1;
        const way = found.limited % 3;
        const error = { code: -32429, message: 'Too many requests' };
        response.statusCode = way === 0 ? 429 : way === 1 ? 200 : 503;
        response.setHeader('content-type', way === 2 ? 'text/html' : 'application/json');
        response.end(way === 2 ? '<html>busy</html>' : JSON.stringify({ jsonrpc: '2.0', id, error }));
        return;
      }
      const headers = { 'content-type': 'application/json' };
      void fetch(at.network.surfnet.rpcUrl, { method: 'POST', headers, body })
        .then((answer) => answer.text())
        .then((text) => {
          response.setHeader('content-type', 'application/json');
          response.end(text);
        })
        .catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const found = { url: `http://127.0.0.1:${port}`, asked, limited: 0, close: () => void server.close() };
  return found;
}

describe('n15: a node that limits, a network that is busy, a key that is elsewhere', () => {
  test('one request in five refused ends no run, and a plan asks little', { timeout: 240_000 }, async () => {
    await site().prepare();
    const before = await limiter(site(), 5);
    const plan = await site().run(['--rpc', before.url]);
    expect(plan.code, plan.out).toBe(0);
    expect(before.limited).toBeGreaterThan(0);
    expect(before.asked.length).toBeLessThan(40);
    before.close();
    const node = await limiter(site(), 5);
    await site().publish();
    const { code, out } = await site().run(['--yes', '--rpc', node.url]);
    expect(code, out).toBe(3);
    expect(out).toContain('waiting at execute');
    expect(node.limited).toBeGreaterThan(10);
    node.close();
  });

  test('a priority is paid, and is in what the plan says it needs', async () => {
    await site().prepare();
    const needs = (out: string): number => Number(/needs ([\d.]+) SOL at its height/.exec(out)?.[1]);
    const [plain, dear] = [await site().run([]), await site().run(['--priority', '5000000'])];
    expect(plain.code, plain.out).toBe(0);
    expect(needs(dear.out)).toBeGreaterThan(needs(plain.out));
    const held = await site().balance();
    const { code, out } = await site().run(['--yes', '--until', 'buffer', '--priority', '5000000']);
    expect(code, out).toBe(0);
    const pieces = chunkCount(new Uint8Array(9_000));
    const paid = held - (await site().balance());
    // Each piece its signature and 10,000 units at 5 lamports.
    expect(Number(paid)).toBeGreaterThanOrEqual(pieces * 55_000);
    const wrong = await site().run(['--priority', '0.5']);
    expect(wrong.code).toBe(2);
    expect(wrong.out).toContain('--priority must be a whole number');
  });

  test('a hardware wallet is told what to do, and a plan needs an address only', async () => {
    const ledger = await site().run(['--yes', '--keypair', 'usb://ledger?key=0']);
    expect(ledger.code).toBe(2);
    expect(ledger.out).toContain('make a new key file for the operator');
    await site().prepare();
    const plan = await site().run(['--operator', site().operator.address]);
    expect(plan.code, plan.out).toBe(0);
    expect(plan.out).toContain('nothing was sent');
    const act = await site().run(['--yes', '--operator', site().operator.address]);
    expect(act.code).toBe(2);
    expect(act.out).toContain('--yes needs the key');
  });

  test('what is asked together is one request, what is constant is asked once, and each gets its own answer', async () => {
    const node = await limiter(site(), 1_000);
    const rpc = createNode(node.url);
    const { operator, multisig, network } = site();
    const addresses = [operator.address, network.mint, multisig.vault];
    const config = { encoding: 'base64', commitment: 'confirmed' } as const;
    const read = async () => Promise.all(addresses.map((address) => rpc.getAccountInfo(address, config).send()));
    const found = await read();
    expect(node.asked).toEqual(['getMultipleAccounts']);
    const plain = createSolanaRpcFromTransport(patient(createDefaultRpcTransport({ url: network.surfnet.rpcUrl })));
    for (const [at, address] of addresses.entries()) {
      const { value } = await plain.getAccountInfo(address, config).send();
      expect(found[at]?.value).toEqual(value);
    }
    for (const size of [10n, 10n, 20n]) await rpc.getMinimumBalanceForRentExemption(size).send();
    expect(node.asked).toEqual(['getMultipleAccounts', ...Array(2).fill('getMinimumBalanceForRentExemption')]);
    node.close();
  });
});

describe('n16: what the program will refuse is known before anything is spent', () => {
  test.each([
    ['too wide a price', 'BTC', { price: '100000', confidence: '9000' }, 'market:BTC'],
    ['a price of nothing', 'ETH', { price: '0' }, 'market:ETH'],
  ] as const)('%s: nothing is sent, and it is the third market that is named', async (_, name, quote, step) => {
    await site().prepare();
    const feed = site().draft.markets.find((market) => market.name === name)?.price.feed ?? '';
    await site().network.show(getBase16Encoder().encode(feed), quote);
    const held = await site().balance();
    const { code, out } = await site().run(['--yes']);
    expect(code, out).toBe(1);
    expect(out).toMatch(new RegExp(`blocked at ${step}: the program refuses it, as things are: \\w+: `));
    expect(out).toContain('nothing was sent');
    expect(await site().balance()).toBe(held);
  });

  test('a price that is too old, or parameters that the engine does not list', async () => {
    await site().prepare();
    const draft = structuredClone(site().draft);
    const [first] = draft.markets;
    if (first === undefined) throw new Error('a market');
    first.params['takerFee'] = 9_999;
    const rule = await site().run(['--yes'], draft);
    expect(rule.code, rule.out).toBe(1);
    expect(rule.out).toMatch(/blocked at market:SOL: the program refuses it, as things are: Rule\w+: /);
    await site().network.advanceSeconds(3_600);
    const old = await site().run(['--yes']);
    expect(old.code, old.out).toBe(1);
    expect(old.out).toMatch(/blocked at market:SOL: the program refuses it, as things are: \w+: /);
    await site().publish();
    const plan = await site().run([]);
    expect(plan.code, plan.out).toBe(0);
  });

  test('what is refused meanwhile stops a run before the next step', { timeout: 120_000 }, async () => {
    await site().prepare();
    const feed = site().draft.markets.find(({ name }) => name === 'ETH')?.price.feed ?? '';
    const { ended } = site().start(site().draft, ['--genesis', site().genesis, '--yes'], (out) => {
      if (out.includes('buffer: write')) void site().network.show(getBase16Encoder().encode(feed), { price: '0' });
    });
    const { code, out } = await ended;
    expect(code, out).toBe(1);
    expect(out).toContain('blocked at market:ETH');
    expect(out).not.toContain('\nmarket:SOL: list it');
  });
});

test('n15: the shipped program is written in as many pieces as the documents say', () => {
  expect(chunkCount(readFileSync(PROGRAM))).toBeGreaterThan(2_000);
});
