import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BREAKWATER_PROGRAM_ADDRESS } from '@breakwater/client';
import { chunkCount } from '@breakwater/migrations/loader/buffer';
import { loadProgram, programHash, type ProgramData } from '@breakwater/migrations/loader/state';
import { generateKeyPairSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import { pasted } from './pasted.js';
import { PROGRAM, type Run, type Site, useSite } from './site.js';

const OLD = new Uint8Array(readFileSync(PROGRAM));
/** A later version: four thousand bytes more, behind the last section, where nobody looks. */
const NEW = new Uint8Array(OLD.length + 4_000).fill(7);
NEW.set(OLD);

const site = useSite();

/** Runs the script with the later version, as far as the program. */
function run(...flags: string[]): Promise<Run> {
  const path = join(site().folder, 'new.so');
  writeFileSync(path, NEW);
  return site().run(['--program', path, '--until', 'program', ...flags]);
}

async function programOf({ network }: Site): Promise<ProgramData> {
  const found = await loadProgram(network.rpc, BREAKWATER_PROGRAM_ADDRESS);
  if (found.kind !== 'program') throw new Error(`the program is ${found.kind}`);
  return found.data;
}

test('the operator replaces an earlier version that has too little room', async () => {
  await site().putProgram(BREAKWATER_PROGRAM_ADDRESS, OLD, site().operator.address);
  const missing = 3_000;
  await site().writeBuffer(NEW, missing);
  const { code, out } = await run('--yes');
  expect(code, out).toBe(0);
  const there = chunkCount(NEW.subarray(0, NEW.length - missing + 1)) - 1;
  expect(out).toMatch(new RegExp(`to do +buffer +write ${chunkCount(NEW) - there} of ${chunkCount(NEW)} pieces`));
  const versions = `${programHash(OLD).slice(0, 12)} to ${programHash(NEW).slice(0, 12)}`;
  expect(out).toContain(`program: upgrade ${BREAKWATER_PROGRAM_ADDRESS} from ${versions}`);
  const { authority, bytes } = await programOf(site());
  expect(authority).toBe(site().operator.address);
  expect(programHash(bytes)).toBe(programHash(NEW));
  // The loader grows it by ten kilobytes at least.
  expect(bytes.length).toBe(OLD.length + 10_240);
  expect((await run()).out).toMatch(/done +buffer +not needed: the program runs/);
});

test('once the multisig upgrades, the script writes the new version and hands it the buffer', async () => {
  await site().putProgram(BREAKWATER_PROGRAM_ADDRESS, OLD, site().multisig.vault);
  await site().writeBuffer(NEW, 900);
  const held = await site().balance();
  const { code, out } = await run('--yes');
  expect(code, out).toBe(3);
  expect(out).toContain('waiting at program: the multisig upgrades');
  expect((await programOf(site())).bytes.length).toBe(OLD.length + 10_240);
  const again = await run('--yes');
  expect(again.code).toBe(3);
  expect(pasted(again.out)).toEqual(pasted(out));
  await site().multisig.send([pasted(out)]);
  expect(programHash((await programOf(site())).bytes)).toBe(programHash(NEW));
  // The buffer's rent came back to whoever had laid it out.
  expect(await site().balance()).toBeGreaterThan(held);
  expect((await run()).out).toMatch(/done +program/);
});

test('a program only somebody else may upgrade, or nobody, is left alone', async () => {
  for (const authority of [(await generateKeyPairSigner()).address, undefined]) {
    await site().putProgram(BREAKWATER_PROGRAM_ADDRESS, OLD, authority);
    await site().writeBuffer(NEW, 0);
    const held = await site().balance();
    const { code, out } = await run('--yes');
    expect(code, out).toBe(1);
    expect(out).toContain(`is another version, and only ${authority ?? 'nobody'} may upgrade it`);
    expect(await site().balance()).toBe(held);
  }
});

test('a buffer that is not needed any more gives its rent back', async () => {
  await site().putProgram(BREAKWATER_PROGRAM_ADDRESS, NEW, site().operator.address);
  await site().writeBuffer(NEW, 0);
  const held = await site().balance();
  const { code, out } = await run('--yes', '--until', 'buffer');
  expect(code, out).toBe(0);
  expect(await site().balance()).toBeGreaterThan(held + 14_000_000_000n);
});
