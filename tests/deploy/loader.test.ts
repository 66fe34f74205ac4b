import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bufferAddress, missingChunks } from '@breakwater/migrations/loader/buffer';
import { isSame, loadBuffer, loadProgram } from '@breakwater/migrations/loader/state';
import { type Address, getAddressEncoder } from '@solana/kit';
import { expect, test } from 'vitest';
import { type Draft, keyFile, PROGRAM, type Site, useSite } from './site.js';

const SMALL = new Uint8Array(readFileSync(PROGRAM.replace('breakwater.so', 'multisig.so')));
const PIECES = 60;

const site = useSite();

/** A small program that says it is built for a new address, the key of that address, and a file for it. */
async function another(at: Site, name: string) {
  const keyPath = join(at.folder, `${name}.json`);
  const { address } = await keyFile(keyPath);
  // What follows the last section of a program is not looked at: enough of it for many pieces.
  const program = new Uint8Array(PIECES * 900 - 10);
  program.set(SMALL);
  for (let byte = SMALL.length; byte < program.length - 32; byte += 1) program[byte] = 1 + (byte % 251);
  program.set(getAddressEncoder().encode(address), program.length - 32);
  const path = join(at.folder, `${name}.so`);
  writeFileSync(path, program);
  const draft: Draft = { ...structuredClone(at.draft), program: { id: address, room: 200_000 } };
  const flags = ['--genesis', at.genesis, '--program', path, '--program-keypair', keyPath];
  return { address, program, draft, flags };
}

test('a first deployment killed while it writes goes on with what is missing', async () => {
  const { address, program, draft, flags } = await another(site(), 'first');
  const { rpc } = site().network;
  const buffer = await bufferAddress(site().operator.address, program);
  const left = async (): Promise<number> => {
    const found = await loadBuffer(rpc, buffer);
    return found === undefined ? PIECES : missingChunks(program, found.bytes).length;
  };
  const { child, ended } = site().start(draft, ['--yes', '--until', 'program', '--parallel', '1', ...flags]);
  await expect.poll(left, { timeout: 30_000, interval: 20 }).toBeLessThan(PIECES - 5);
  child.kill('SIGKILL');
  expect((await ended).code).toBeNull();
  const open = await left();
  expect(open).toBeGreaterThan(0);

  const plan = await site().start(draft, flags).ended;
  expect(plan.out).toContain(`write ${open} of ${PIECES} pieces of ${address}`);
  const held = await site().balance();
  const { code, out } = await site().start(draft, ['--yes', '--until', 'buffer', ...flags]).ended;
  expect(code, out).toBe(0);
  expect(await left()).toBe(0);
  // A signature a piece, and nothing for those that were there; priority costs nothing here.
  expect(held - (await site().balance())).toBe(BigInt(5_000 * open));

  const deployed = await site().start(draft, ['--yes', '--until', 'program', ...flags]).ended;
  expect(deployed.code, deployed.out).toBe(0);
  const found = await loadProgram(rpc, address);
  if (found.kind !== 'program') throw new Error(`it is ${found.kind}`);
  expect(found.data.authority).toBe(site().operator.address);
  expect(found.data.bytes.length).toBe(200_000);
  expect(isSame(found.data.bytes, program)).toBe(true);
  expect(await loadBuffer(rpc, buffer)).toBeUndefined();

  const client = await site().start(draft, ['--yes', ...flags]).ended;
  expect(client.code).toBe(1);
  expect(client.out).toContain('blocked at exchange: the client was built for 5TLC');
});

test('lamports sent to its addresses beforehand do not stop a deployment', async () => {
  const { address, program, draft, flags } = await another(site(), 'funded');
  const buffer = await bufferAddress(site().operator.address, program);
  for (const spoiled of [address, buffer]) site().network.surfnet.fundSol(spoiled, 1_000_000);
  const { code, out } = await site().start(draft, ['--yes', '--until', 'program', ...flags]).ended;
  expect(code, out).toBe(0);
  expect((await loadProgram(site().network.rpc, address)).kind).toBe('program');
});

test("a key that is not the program's, and a program that was built for another address, are refused", async () => {
  const one = await another(site(), 'one');
  const two = await another(site(), 'two');
  const held = await site().balance();
  const wrongKey = await site().start({ ...one.draft }, ['--yes', ...one.flags.slice(0, 4), ...two.flags.slice(4)])
    .ended;
  expect(wrongKey.code, wrongKey.out).toBe(2);
  expect(wrongKey.out).toContain(`the key of ${two.address}, not of program.id ${one.address}`);
  const wrongProgram = await site().start(one.draft, ['--yes', ...two.flags]).ended;
  expect(wrongProgram.code, wrongProgram.out).toBe(2);
  expect(wrongProgram.out).toContain('was built for another address');
  const noKey = await site().start(one.draft, ['--yes', '--until', 'program', ...one.flags.slice(0, 4)]).ended;
  expect(noKey.out).toContain('a first deployment needs the key of');
  expect(await site().balance()).toBe(held);
  expect(await loadProgram(site().network.rpc, one.address as Address)).toEqual({ kind: 'none' });
});

test('a key file is refused with a sentence, and what is in it is not shown', async () => {
  const path = join(site().folder, 'half.json');
  writeFileSync(path, JSON.stringify(Array.from({ length: 32 }, () => 77)));
  const { code, out } = await site().run(['--keypair', path]);
  expect(code).toBe(2);
  expect(out).toContain(`${path} holds no key`);
  expect(out).not.toContain('77,77');
});
