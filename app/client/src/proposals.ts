/** Proposals: changes that wait for the timelock, as they lie on the chain. */
import type { Address } from '@solana/kit';
import { type ExchangeHandle, fetchData, type Reader } from './accounts.js';
import { proposalAddress } from './addresses.js';
import { type Change, readChange } from './changes.js';
import { getProposalDecoder, type Proposal } from './generated/index.js';
import { PROPOSAL } from './generated/tables.js';
import type { Now } from './numbers/views.js';

/** What became of a proposal: `early` and `expired` are a matter of the clock, the last two are final. */
export type ProposalState = 'early' | 'due' | 'expired' | 'executed' | 'cancelled';

/** A proposal, as people say it. */
export type ProposalHandle = {
  /** Its account. */
  readonly address: Address;
  /** Its number: proposals are counted from 0. */
  readonly id: bigint;
  /** What it changes. */
  readonly change: Change;
  /** What a parameter was when it was proposed: once that is no more, it is outdated. Of an address its first eight bytes. */
  readonly from: bigint;
  /** Not executed before, unix seconds. */
  readonly readyAt: bigint;
  /** Not executed from here on, unix seconds. */
  readonly expiresAt: bigint;
  /** As the account holds it. */
  readonly stored: Proposal;
};

/** What has become of it by now. */
export function proposalState({ stored }: ProposalHandle, now: Now): ProposalState {
  if (stored.closed === PROPOSAL.executed) return 'executed';
  if (stored.closed === PROPOSAL.cancelled) return 'cancelled';
  if (now.time < stored.readyAt) return 'early';
  return now.time < stored.expiresAt ? 'due' : 'expired';
}

/** Proposals by their numbers. */
export async function loadProposals(
  rpc: Reader,
  exchange: ExchangeHandle,
  ids: readonly bigint[],
): Promise<ProposalHandle[]> {
  const addresses = await Promise.all(ids.map((id) => proposalAddress(exchange.address, id)));
  const data = await fetchData(rpc, addresses);
  const decoded = data.map((bytes) => getProposalDecoder().decode(bytes));
  return decoded.flatMap((stored, at) => {
    const address = addresses[at];
    if (address === undefined) return [];
    const { id, from, readyAt, expiresAt } = stored;
    return [{ address, id, change: readChange(exchange, stored), from, readyAt, expiresAt, stored }];
  });
}

/** A proposal by its number. */
export async function loadProposal(rpc: Reader, exchange: ExchangeHandle, id: bigint): Promise<ProposalHandle> {
  const [found] = await loadProposals(rpc, exchange, [id]);
  if (found === undefined) throw new Error(`no proposal ${id}`);
  return found;
}

/** Proposals that wait: that can still be executed, now or later. What those who watch an exchange look at. */
export async function loadWaiting(rpc: Reader, exchange: ExchangeHandle, now: Now): Promise<ProposalHandle[]> {
  const ids = Array.from({ length: Number(exchange.state.proposalCount) }, (_, id) => BigInt(id));
  const all = await loadProposals(rpc, exchange, ids);
  return all.filter((proposal) => ['early', 'due'].includes(proposalState(proposal, now)));
}
