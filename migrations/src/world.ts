/** What is on the chain of what a file asks for: read anew before every step, so that a run may begin anywhere. */
import { type Address, fetchEncodedAccount, type KeyPairSigner } from '@solana/kit';
import {
  type ExchangeHandle,
  exchangeAddress,
  fetchData,
  getInsuranceDecoder,
  getMarketDecoder,
  type Insurance,
  loadExchange,
  loadNow,
  loadProposals,
  type Market,
  type Now,
  type ProposalHandle,
  proposalState,
  readable,
} from '@breakwater/client';
import type { Config } from './config/config.js';
import { bufferAddress } from './loader/buffer.js';
import { type Deployed, loadBuffer, type LoaderBuffer, loadProgram } from './loader/state.js';
import type { Node, Operator } from './operator.js';

/** What one run works with. */
export type Job = {
  readonly config: Config;
  readonly operator: Operator;
  /** The compiled program. */
  readonly program: Uint8Array;
  /** Whether to rehearse in this process what is to be created; none: it is. */
  readonly rehearsal?: boolean;
  /** The program's own key: needed once, for its first deployment. */
  readonly programSigner: KeyPairSigner | undefined;
};

/** An exchange as it is. */
export type Standing = {
  readonly handle: ExchangeHandle;
  readonly markets: readonly Market[];
  readonly insurance: Insurance;
};

/** The chain, as far as a file is concerned with it. */
export type World = {
  readonly now: Now;
  readonly deployed: Deployed;
  readonly exchange: Address;
  readonly standing: Standing | undefined;
};

/** The same with what only an operator has. */
export type OperatorWorld = World & {
  readonly bufferAddress: Address;
  readonly buffer: LoaderBuffer | undefined;
  /** An offer of the authority to the vault that may yet be executed. */
  readonly offer: ProposalHandle | undefined;
};

const CONFIRMED = { commitment: 'confirmed' } as const;

/** An exchange as it is, if there is one. */
async function loadStanding(rpc: Node, address: Address): Promise<Standing | undefined> {
  const account = await fetchEncodedAccount(rpc, address, CONFIRMED);
  if (!account.exists || account.data.length === 0) return undefined;
  const handle = await loadExchange(rpc, address);
  const addresses = [handle.state.insurance, ...handle.markets.map((market) => market.address)];
  const [insurance, ...markets] = await fetchData(rpc, addresses);
  if (insurance === undefined) throw new Error(`${address} has no insurance fund`);
  return {
    handle,
    markets: markets.map((bytes) => getMarketDecoder().decode(bytes)),
    insurance: getInsuranceDecoder().decode(insurance),
  };
}

/** What anyone can see. */
export async function look(rpc: Node, config: Config): Promise<World> {
  const exchange = await exchangeAddress(config.exchange.id);
  const [now, deployed, standing] = await Promise.all([
    loadNow(rpc),
    loadProgram(rpc, config.program.id),
    loadStanding(rpc, exchange),
  ]);
  return { now, deployed, exchange, standing };
}

/** The latest offer of the authority to the vault that waits or is due. */
async function findOffer(job: Job, world: World): Promise<ProposalHandle | undefined> {
  const { standing, now } = world;
  if (standing === undefined) return undefined;
  const ids = Array.from({ length: Number(standing.handle.state.proposalCount) }, (_, id) => BigInt(id));
  const proposals = await loadProposals(job.operator.rpc, standing.handle, ids);
  return readable(proposals)
    .filter(({ change }) => 'authority' in change && change.authority === job.config.vault)
    .findLast((proposal) => ['early', 'due'].includes(proposalState(proposal, now)));
}

/** The same with the operator's own: his buffer, his offer. */
export async function survey(job: Job): Promise<OperatorWorld> {
  const world = await look(job.operator.rpc, job.config);
  const address = await bufferAddress(job.operator.payer.address, job.program);
  const [buffer, offer] = await Promise.all([loadBuffer(job.operator.rpc, address), findOffer(job, world)]);
  return { ...world, bufferAddress: address, buffer, offer };
}
