/**
 * What is to be created, rehearsed in this process: the compiled program itself, on a chain of its own, with the accounts it will
 * read and the cluster's clock. So each rule is the program's, each market's too, and is asked before anything is spent.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, fetchEncodedAccounts, generateKeyPairSigner, type KeyPairSigner } from '@solana/kit';
import {
  exchangeAddress,
  initialiseExchange,
  LADDER_SIZE,
  loadExchange,
  send,
  SOURCE,
  TransactionFailure,
} from '@breakwater/client';
import { Chain, chainRpc } from '@breakwater/localnet';
import type { StepName } from './step.js';
import { listing, priceAccount } from './steps/exchange.js';
import type { Job, OperatorWorld } from './world.js';

/** Why the program refuses to create something, by the step that would. */
export type Refusals = ReadonlyMap<StepName, string>;

const SYSTEM = '11111111111111111111111111111111' as Address;
/** What the rehearsal's authority has, lamports. */
const PURSE = 1_000_000_000_000n;
/** Listing writes 205 kB. */
const LIMITS = { units: 1_400_000, priority: 0n } as const;
/** Accounts one request asks for. */
const REQUEST = 100;

/** Accounts that creating an exchange and listing its markets reads. */
async function readBy({ config }: Job): Promise<Address[]> {
  const { mint, treasury, keeperFees } = config.exchange;
  const all = config.markets.flatMap(({ first, second }) => [first, second]);
  const sources = all.filter(({ kind }) => kind !== SOURCE.none);
  const prices = await Promise.all(sources.map((source) => priceAccount(source)));
  return [...new Set([mint, treasury, keeperFees, ...prices])];
}

/** A chain in this process with the program, the accounts it will read, and the clock as it is. */
async function stageOf(job: Job, { now }: OperatorWorld): Promise<Chain> {
  const chain = new Chain();
  // The clock first: a program runs from the slot of its deployment on.
  chain.setNow(now.slot, now.time);
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-rehearsal-'));
  try {
    writeFileSync(join(folder, 'program.so'), job.program);
    chain.deploy(job.config.program.id, join(folder, 'program.so'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const addresses = await readBy(job);
  for (let at = 0; at < addresses.length; at += REQUEST) {
    const config = { commitment: 'confirmed' } as const;
    const accounts = await fetchEncodedAccounts(job.operator.rpc, addresses.slice(at, at + REQUEST), config);
    for (const account of accounts) {
      // A program would no longer run here.
      if (!account.exists || account.executable) continue;
      chain.put(account.address, account.lamports, account.programAddress, new Uint8Array(account.data));
    }
  }
  return chain;
}

/** What the program says against something; nothing where it does not. */
async function refusalOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (error instanceof TransactionFailure) return `the program refuses it, as things are: ${error.message}`;
    throw error;
  }
}

async function perform(job: Job, chain: Chain, authority: KeyPairSigner): Promise<Refusals> {
  const { exchange, markets } = job.config;
  const refusals = new Map<StepName, string>();
  const sender = { rpc: chainRpc(chain), payer: authority };
  const created = await refusalOf(send(sender, [await initialiseExchange(authority, exchange)], LIMITS));
  if (created !== undefined) return refusals.set('exchange', created);
  const address = await exchangeAddress(exchange.id);
  for (const market of markets) {
    const [handle, base] = [await loadExchange(sender.rpc, address), await generateKeyPairSigner()];
    const rent = await sender.rpc.getMinimumBalanceForRentExemption(BigInt(LADDER_SIZE)).send();
    const built = await listing(handle, authority, base, rent, market);
    const refusal = await refusalOf(send(sender, built, LIMITS));
    if (refusal !== undefined) refusals.set(`market:${market.name}`, refusal);
  }
  return refusals;
}

/** What the program would refuse, now, of what is not there yet. */
export async function rehearse(job: Job, world: OperatorWorld): Promise<Refusals> {
  const missing = job.config.markets.length - (world.standing?.markets.length ?? -1);
  if (missing <= 0 || job.rehearsal === false) return new Map();
  let chain: Chain;
  try {
    chain = await stageOf(job, world);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return new Map([['exchange', `it cannot be rehearsed here (${why}): --no-rehearsal leaves that out`]]);
  }
  const authority = await generateKeyPairSigner();
  chain.put(authority.address, PURSE, SYSTEM, new Uint8Array());
  return perform(job, chain, authority);
}
