/** Proposals: changes that wait for the timelock, as they lie on the chain. */
import type { Address } from '@solana/kit';
import type { ExchangeHandle } from './accounts.js';
import { proposalAddress } from './addresses.js';
import { type Change, readChange, type UnknownChange } from './changes.js';
import type { Proposal } from './generated/index.js';
import { PROPOSAL } from './generated/tables.js';
import type { Now } from './numbers/views.js';
import { fetchAllAs, type Freshness, LAYOUT, type Reader, type Reading } from './reading.js';

/**
 * What became of a proposal: `early`, `due` and `expired` are a matter of the clock, `executed` and `cancelled` are final, and
 * `unknown` is closed in a way that this client does not know.
 */
export type ProposalState = 'early' | 'due' | 'expired' | 'executed' | 'cancelled' | 'unknown';

/** A proposal, as people say it. */
export type ProposalHandle = {
  /** Its account. */
  readonly address: Address;
  /** Its number: proposals are counted from 0. */
  readonly id: bigint;
  /** What it changes, or that this client does not know what. */
  readonly change: Change | UnknownChange;
  /** What a parameter was when it was proposed: once that is no more, it is outdated. Of an address its first eight bytes. */
  readonly from: bigint;
  /** Not executed before, unix seconds: pushed back by the authority's pauses of exits since it was made. */
  readonly readyAt: bigint;
  /** Not executed from here on, unix seconds. */
  readonly expiresAt: bigint;
  /** As the account holds it. */
  readonly stored: Proposal;
};

/** What has become of it by now. */
export function proposalState({ stored, readyAt, expiresAt }: ProposalHandle, now: Now): ProposalState {
  if (stored.closed === PROPOSAL.executed) return 'executed';
  if (stored.closed === PROPOSAL.cancelled) return 'cancelled';
  if (stored.closed !== 0n) return 'unknown';
  if (now.time < readyAt) return 'early';
  return now.time < expiresAt ? 'due' : 'expired';
}

/** Proposals by their numbers: a result or a reason for each, in their order. */
export async function loadProposals(
  rpc: Reader,
  exchange: ExchangeHandle,
  ids: readonly bigint[],
  fresh?: Freshness,
): Promise<Reading<ProposalHandle>[]> {
  const addresses = await Promise.all(ids.map((id) => proposalAddress(exchange.address, id)));
  const readings = await fetchAllAs(rpc, addresses, LAYOUT.proposal, fresh);
  return readings.map((reading, at) => {
    const address = addresses[at];
    if (!reading.ok) return reading;
    if (address === undefined) throw new RangeError('an address for each');
    const { value: stored } = reading;
    const { id, from } = stored;
    const since = exchange.state.exitHold.pushedBack - stored.pushedBack;
    const [readyAt, expiresAt] = [stored.readyAt + since, stored.expiresAt + since];
    return { ok: true, address, id, change: readChange(exchange, stored), from, readyAt, expiresAt, stored };
  });
}

/** A proposal by its number. Throws `WrongAccount` where there is none, or where this client cannot read it. */
export async function loadProposal(
  rpc: Reader,
  exchange: ExchangeHandle,
  id: bigint,
  fresh?: Freshness,
): Promise<ProposalHandle> {
  const [found] = await loadProposals(rpc, exchange, [id], fresh);
  if (found?.ok === true) return found;
  throw found?.error ?? new Error(`no proposal ${id}`);
}

/**
 * Proposals that wait: that can still be executed, now or later. What those who watch an exchange look at. A proposal that this
 * client cannot read may wait too: it is listed, with its address, to be looked at and cancelled.
 */
export async function loadWaiting(
  rpc: Reader,
  exchange: ExchangeHandle,
  now: Now,
  fresh?: Freshness,
): Promise<Reading<ProposalHandle>[]> {
  const ids = Array.from({ length: Number(exchange.state.proposalCount) }, (_, id) => BigInt(id));
  const all = await loadProposals(rpc, exchange, ids, fresh);
  return all.filter((found) => {
    return found.ok ? ['early', 'due'].includes(proposalState(found, now)) : found.reason !== 'AccountMissing';
  });
}
