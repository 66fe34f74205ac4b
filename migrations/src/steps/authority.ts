/** Steps that hand the exchange to the multisig: offered, waited for, executed, accepted by the multisig itself. */
import { createNoopSigner } from '@solana/kit';
import {
  acceptAuthority,
  executeChange,
  getProposalDecoder,
  offerAuthority,
  proposalState,
  send,
} from '@breakwater/client';
import { done, feeOf, type Step, toDo, waits } from '../step.js';
import type { Job, OperatorWorld } from '../world.js';

const iso = (seconds: bigint): string => new Date(Number(seconds) * 1_000).toISOString();

/** How far the hand-over is. */
function stageOf({ config }: Job, world: OperatorWorld): 'none' | 'offered' | 'executed' | 'accepted' {
  const { standing, offer, now } = world;
  if (standing === undefined) return 'none';
  const { authority, nextAuthority, offerLapsesAt } = standing.handle.state;
  if (authority === config.vault) return 'accepted';
  if (nextAuthority === config.vault && now.time < offerLapsesAt) return 'executed';
  return offer === undefined ? 'none' : 'offered';
}

/** Offers the authority to the vault. */
export async function offerStep(job: Job, world: OperatorWorld): Promise<Step> {
  const { config, operator } = job;
  if (stageOf(job, world) !== 'none') return done('offer', `the authority was offered to ${config.vault}`);
  const size = BigInt(getProposalDecoder().fixedSize);
  const rent = await operator.rpc.getMinimumBalanceForRentExemption(size).send();
  return toDo('offer', `offer the authority to ${config.vault}`, rent + feeOf(operator), async () => {
    if (world.standing === undefined) throw new Error('there is no exchange to hand over');
    await send(operator, [await offerAuthority(world.standing.handle, operator.payer, config.vault)]);
  });
}

/** Executes the offer once its timelock has run out. */
export function executeStep(job: Job, world: OperatorWorld): Step {
  const { config, operator } = job;
  const { offer, standing, now } = world;
  const stage = stageOf(job, world);
  if (stage === 'executed' || stage === 'accepted') return done('execute', 'the offer was executed');
  const timelock = config.exchange.params.timelockSeconds;
  if (offer !== undefined && proposalState(offer, now) === 'early') {
    return waits('execute', `the offer, proposal ${offer.id}, waits until ${iso(offer.readyAt)}: run this again then`);
  }
  return toDo('execute', `execute the offer, ${timelock} s after it was made`, feeOf(operator), async () => {
    if (offer === undefined || standing === undefined) throw new Error('there is no offer to execute');
    await send(operator, [executeChange(standing.handle, operator.payer, offer)]);
  });
}

/** What only the multisig can do: it proves that its vault signs before anything is final. */
export function acceptStep(job: Job, world: OperatorWorld): Step {
  const { config } = job;
  const { standing } = world;
  if (stageOf(job, world) === 'accepted') return done('accept', `${config.vault} governs`);
  const paste = standing === undefined ? undefined : acceptAuthority(standing.handle, createNoopSigner(config.vault));
  const isDue = stageOf(job, world) === 'executed';
  const what = `the multisig accepts the authority with its vault ${config.vault}`;
  const lapses = standing === undefined ? '' : iso(standing.handle.state.offerLapsesAt);
  return isDue ? waits('accept', `${what} before ${lapses}: instruction below`, paste) : waits('accept', what);
}
