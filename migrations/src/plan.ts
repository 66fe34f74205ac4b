/** The plan: every step in its order, and what they cost. */
import { BREAKWATER_PROGRAM_ADDRESS } from '@breakwater/client';
import { inSol } from './money.js';
import { rehearse } from './rehearsal.js';
import { blocked, needed, type Step } from './step.js';
import { acceptStep, executeStep, offerStep } from './steps/authority.js';
import { exchangeStep, insuranceStep, marketStep } from './steps/exchange.js';
import { bufferStep, programStep, upgradeAuthorityStep } from './steps/program.js';
import type { Job, OperatorWorld } from './world.js';

/** Every step as it stands now. */
export async function planOf(job: Job, world: OperatorWorld): Promise<Step[]> {
  const { config } = job;
  const program = [await bufferStep(job, world), await programStep(job, world)];
  if (config.program.id !== BREAKWATER_PROGRAM_ADDRESS) {
    // Instructions name the program they are for: those of this client would reach another one.
    const why = `the client was built for ${BREAKWATER_PROGRAM_ADDRESS}: build it for ${config.program.id} first`;
    return [...program, blocked('exchange', why)];
  }
  const refusals = await rehearse(job, world);
  const markets = await Promise.all(config.markets.map((_, at) => marketStep(job, world, at, refusals)));
  return [
    ...program,
    await exchangeStep(job, world, refusals),
    ...markets.filter((step) => step !== undefined),
    await insuranceStep(job, world),
    await offerStep(job, world),
    executeStep(job, world),
    acceptStep(job, world),
    upgradeAuthorityStep(job, world),
  ];
}

/** The plan as people read it. */
export function planLines(steps: readonly Step[], balance: bigint): string[] {
  const width = Math.max(...steps.map(({ name }) => name.length));
  const lines = steps.map(({ name, state, what, lamports }) => {
    const cost = lamports === 0n ? '' : ` (${inSol(lamports)} SOL)`;
    return `  ${state.padEnd(7)}  ${name.padEnd(width)}  ${what}${cost}`;
  });
  return [...lines, `  needs ${inSol(needed(steps))} SOL at its height; the operator holds ${inSol(balance)}`];
}
