import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BREAKWATER_PROGRAM_ADDRESS, initialiseExchange } from '@breakwater/client';
import { GENESIS } from '@breakwater/migrations/cluster';
import { readConfig } from '@breakwater/migrations/config/config';
import { chunkCount } from '@breakwater/migrations/loader/buffer';
import { getBase16Encoder } from '@solana/kit';
import { describe, expect, test } from 'vitest';
import { pasted } from './pasted.js';
import { type Draft, PROGRAM, shipped, Site, useSite } from './site.js';

const TIMELOCK = 172_800;
const SOL = 1_000_000_000n;

const site = useSite();

/** A node that knows its first block and nothing else; counts what it is asked. */
async function nodeOf(genesis: string): Promise<{ url: string; asked: string[]; close: () => void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { id, method } = JSON.parse(body) as { id: unknown; method: string };
      asked.push(method);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: genesis }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, close: () => server.close() };
}

/** A draft of the site's for another cluster. */
function draftFor(at: Site, cluster: string): Draft {
  return { ...structuredClone(at.draft), cluster };
}

describe('a cluster that is not the one of the file is refused before anything else', () => {
  test('a local network that nobody named, or another one', async () => {
    const unnamed = await site().start(site().draft, ['--yes']).ended;
    expect(unnamed.code, unnamed.out).toBe(2);
    expect(unnamed.out).toContain(`pass --genesis ${site().genesis}`);
    const other = await site().start(site().draft, ['--yes', '--genesis', GENESIS.devnet]).ended;
    expect(other.code, other.out).toBe(2);
    expect(other.out).toContain('unknown cluster');
  });

  test('a file for devnet at a local network', async () => {
    const { code, out } = await site().run(['--yes'], draftFor(site(), 'devnet'));
    expect(code, out).toBe(2);
    expect(out).toContain(`the file is for devnet; the node is of an unknown cluster, genesis ${site().genesis}`);
  });

  test('a file for a local network at a node of mainnet; mainnet itself without what was reviewed', async () => {
    const node = await nodeOf(GENESIS.mainnet);
    const local = await site().start(site().draft, ['--rpc', node.url, '--yes', '--genesis', GENESIS.mainnet]).ended;
    expect(local.code, local.out).toBe(2);
    expect(local.out).toContain('the node is of mainnet');
    const main = draftFor(site(), 'mainnet');
    const unreviewed = await site().start(main, ['--rpc', node.url, '--yes']).ended;
    expect(unreviewed.code).toBe(2);
    const digest = /--yes --mainnet ([0-9a-f]{16})/.exec(unreviewed.out)?.[1];
    expect(digest).toBeDefined();
    main.insurance.paidIn = '2000';
    const outdated = await site().start(main, ['--rpc', node.url, '--yes', '--mainnet', digest ?? '']).ended;
    expect(outdated.code).toBe(2);
    expect(outdated.out).not.toContain(digest);
    node.close();
    expect(node.asked).toEqual(['getGenesisHash', 'getGenesisHash', 'getGenesisHash']);
  });
});

test('without leave to act the whole plan is shown with its costs, and nothing is sent', async () => {
  const before = await site().balance();
  const { out } = await site().run([]);
  const pieces = chunkCount(readFileSync(PROGRAM));
  expect(out).toMatch(new RegExp(`to do +buffer +write ${pieces} of ${pieces} pieces`));
  expect(out).toMatch(/blocked +program +a first deployment needs the key of 5TLC/);
  expect(out).toMatch(/to do +exchange +create .* \(0\.0\d+ SOL\)/);
  expect(out).toMatch(/blocked +market:SOL +no price to list it at/);
  expect(out).toMatch(/blocked +insurance +the operator's .* holds 0 USDC: 3000 are to be paid in/);
  expect(out).toContain('nothing was sent');
  expect(await site().balance()).toBe(before);
});

test('what the operator lacks is told before anything is sent', async () => {
  const poor = await Site.open(1);
  try {
    await poor.prepare();
    const { code, out } = await poor.run(['--yes']);
    expect(code, out).toBe(1);
    const [, more] = /too little SOL: send ([\d.]+) more to/.exec(out) ?? [];
    expect(Number(more)).toBeGreaterThan(10);
    expect(await poor.balance()).toBe(SOL);
  } finally {
    poor.close();
  }
});

test('an exchange that somebody else created with the same id is left alone', async () => {
  const taken = await Site.open();
  try {
    const { network, draft } = taken;
    network.surfnet.deploy({ programId: BREAKWATER_PROGRAM_ADDRESS, soPath: PROGRAM });
    await taken.publish();
    const eve = await network.keypair();
    const wallet = await network.wallet(eve.address, 0n);
    const own = { guardian: eve.address, treasury: wallet, keeperFees: wallet };
    const wanted = { ...readConfig(JSON.stringify(draft)).exchange, ...own };
    await network.send(eve, [await initialiseExchange(eve, wanted)]);
    const held = await taken.balance();
    const { code, out } = await taken.run(['--yes']);
    expect(code, out).toBe(1);
    expect(out).toContain(`is governed by ${eve.address}: neither the operator nor the multisig`);
    expect(await taken.balance()).toBe(held);
  } finally {
    taken.close();
  }
});

const STEPS = [
  'buffer',
  'program',
  'exchange',
  'market:SOL',
  'market:BTC',
  'market:ETH',
  'insurance',
  'offer',
] as const;

test('from nothing to verified, stopped after every step and run again', { timeout: 300_000 }, async () => {
  await site().prepare();
  for (const [at, name] of STEPS.entries()) {
    await site().publish();
    const { code, out } = await site().run(['--yes', '--until', name]);
    expect(code, out).toBe(0);
    expect(out).toContain(`stopped after ${name}`);
    for (const earlier of STEPS.slice(0, at)) expect(out).toMatch(new RegExp(`^ +done +${earlier} `, 'm'));
    for (const later of STEPS.slice(at)) expect(out).toMatch(new RegExp(`^ +to do +${later} `, 'm'));
  }

  const held = await site().balance();
  for (const _ of [0, 1]) {
    const { code, out } = await site().run(['--yes']);
    expect(code, out).toBe(3);
    expect(out).toMatch(/waiting at execute: the offer, proposal 0, waits until 20\d\d-/);
  }
  expect(await site().balance()).toBe(held);
  const early = await site().run(['--verify']);
  expect(early.code).toBe(1);
  expect(early.out).toContain(
    `exchange.authority\n  - file   ${site().multisig.vault}\n  + chain  ${site().operator.address}`,
  );

  await site().network.advanceSeconds(TIMELOCK + 1);
  const due = await site().run(['--yes']);
  expect(due.code, due.out).toBe(3);
  expect(due.out).toContain('waiting at accept');
  await site().multisig.send([pasted(due.out)]);
  expect((await site().exchange()).state.authority).toBe(site().multisig.vault);

  const last = await site().run(['--yes']);
  expect(last.code, last.out).toBe(0);
  expect(last.out).toContain('upgrade-authority: hand upgrades of the program to');
  expect(last.out).toMatch(/verified: 2\d\d fields are as the file says/);
  const left = await site().balance();
  const again = await site().run(['--yes']);
  expect(again.code, again.out).toBe(0);
  expect(again.out).not.toMatch(/^ +(to do|waits|blocked)/m);
  expect(await site().balance()).toBe(left);
});

test("what the repository ships is complete but for addresses that are the deployer's to fill in", () => {
  for (const name of ['localnet', 'devnet', 'mainnet'] as const) {
    const draft = shipped(name);
    expect(draft.cluster).toBe(name);
    expect(draft.markets.map(({ price }) => getBase16Encoder().encode(price.feed).length)).toEqual([32, 32, 32]);
  }
});
