/** Instructions with one account in the place of another: whoever sends a transaction chooses its accounts. */
import { type AccountMeta, type Address, type Instruction, type KeyPairSigner } from '@solana/kit';
import { BREAKWATER_PROGRAM_ADDRESS, type FailureName } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { expect } from 'vitest';
import { reach, refusalOf } from './refusals.js';

/** The program's last instruction among others: what a builder puts in front of it stays as it is. */
function last(instructions: readonly Instruction[]): number {
  return instructions.findLastIndex(({ programAddress }) => programAddress === BREAKWATER_PROGRAM_ADDRESS);
}

/** Accounts of the program's last instruction. */
function accountsOf(instructions: readonly Instruction[]): readonly AccountMeta[] {
  return instructions[last(instructions)]?.accounts?.filter((meta): meta is AccountMeta => 'address' in meta) ?? [];
}

/**
 * The program's last instruction with one account in the place of another: of those named twice, the last, because the program
 * itself stands where an account is left out. Who signed must be followed by who signs.
 */
export function swapped(
  instructions: readonly Instruction[],
  from: Address,
  to: Address | KeyPairSigner,
): Instruction[] {
  const other = typeof to === 'string' ? { address: to } : { address: to.address, signer: to };
  const all = accountsOf(instructions);
  const place = all.findLastIndex(({ address }) => address === from);
  const accounts = all.map((meta, at) => (at === place ? { ...meta, ...other } : meta));
  return instructions.map((instruction, at) =>
    at === last(instructions) ? { ...instruction, accounts } : instruction,
  );
}

/** A case: what stands in the place of what, and the name of the refusal. */
export type Swap = readonly [
  what: string,
  accounts: readonly [from: Address, to: Address | KeyPairSigner],
  name: FailureName,
];

/**
 * Sends an instruction with each account in turn swapped for a wrong one, every one of which must be named in `swaps`; then as it
 * was, which must succeed: so the swap alone was the reason.
 */
export async function expectSwaps(
  sender: Trader,
  instructions: readonly Instruction[],
  swaps: readonly Swap[],
): Promise<void> {
  const tried = new Set(swaps.map(([, [from]]) => from));
  // The program itself is only handed on to its events: where it stands in an empty place too, nothing misses it.
  const needed = accountsOf(instructions).filter(({ address }) => address !== BREAKWATER_PROGRAM_ADDRESS);
  const untried = needed.filter(({ address }) => !tried.has(address));
  expect(untried, 'accounts nobody swaps').toEqual([]);
  const found: string[] = [];
  for (const [what, [from, to]] of swaps) {
    found.push(`${what}: ${await refusalOf(sender.send(swapped(instructions, from, to)))}`);
  }
  expect(found).toEqual(swaps.map(([what, , name]) => `${what}: ${name}`));
  for (const [, , name] of swaps) reach(name);
  await sender.send(instructions);
}
