/** One run: look, plan, do the first step that is not done, look again. */
import { createHash } from 'node:crypto';
import { requireCluster } from './cluster.js';
import type { Config } from './config/config.js';
import { programHash } from './loader/state.js';
import { inSol } from './money.js';
import type { Node } from './operator.js';
import { pasteLines } from './paste.js';
import { planLines, planOf } from './plan.js';
import { needed, type Step } from './step.js';
import { diff, verify } from './verify.js';
import { type Job, look, survey } from './world.js';

/** How a run ended, as the shell sees it. */
export const EXIT = {
  /** Everything is as the file says; or, without `--yes`, nothing stands against the plan. */
  complete: 0,
  /** Something differs, is blocked or failed. */
  failed: 1,
  /** The file, the cluster, a key or a flag was refused: nothing was looked at. */
  refused: 2,
  /** All that can be done now is done: the rest waits for the clock or for the multisig. */
  waits: 3,
} as const;

/** A way a run ends. */
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Takes what is told. */
export type Say = (line: string) => void;

/** What a run may do. */
export type Permission = {
  /** Whether to send anything. */
  readonly act: boolean;
  /** The step after which to stop. */
  readonly until: string | undefined;
};

/** What was reviewed: a file and a program. On mainnet it must be repeated to be sent. */
export function digestOf(configText: string, program: Uint8Array): string {
  return createHash('sha256').update(configText).update(programHash(program)).digest('hex').slice(0, 16);
}

/** Holds the chain against the file. Needs no key. */
export async function runVerify(rpc: Node, config: Config, program: Uint8Array, say: Say): Promise<Exit> {
  const { count, differences } = await verify(rpc, config, program, await look(rpc, config));
  for (const line of diff(differences)) say(line);
  say(
    differences.length === 0
      ? `verified: ${count} fields are as the file says`
      : `${differences.length} of ${count} fields differ`,
  );
  return differences.length === 0 ? EXIT.complete : EXIT.failed;
}

/** Why a run ends before all is done, and what somebody else must sign. */
function stop({ config }: Job, { name, state, what, paste }: Step, say: Say): Exit {
  say(`${state === 'waits' ? 'waiting' : 'blocked'} at ${name}: ${what}`);
  if (paste !== undefined) for (const line of pasteLines(paste, config.vault)) say(line);
  return state === 'waits' ? EXIT.waits : EXIT.failed;
}

/** Names of steps a plan has, for who asks for one it has not. */
export class NoSuchStep extends Error {
  override readonly name = 'NoSuchStep';
}

/** What stands against the steps that are asked for, by their names. */
function against(steps: readonly Step[], until: string | undefined): Step[] {
  const last = until === undefined ? steps.length - 1 : steps.findIndex(({ name }) => name === until);
  return steps.slice(0, last + 1).filter(({ state }) => state === 'blocked');
}

/** Shows a plan, and says whether anything stands against the steps that are asked for. */
async function present(job: Job, steps: readonly Step[], until: string | undefined, say: Say): Promise<boolean> {
  const { rpc, payer } = job.operator;
  const { value: balance } = await rpc.getBalance(payer.address, { commitment: 'confirmed' }).send();
  for (const line of planLines(steps, balance)) say(line);
  const last = until === undefined ? steps.length - 1 : steps.findIndex(({ name }) => name === until);
  if (last < 0) throw new NoSuchStep(`no step ${until}: there are ${steps.map(({ name }) => name).join(', ')}`);
  const short = needed(steps.slice(0, last + 1)) - balance;
  if (short > 0n) say(`too little SOL: send ${inSol(short)} more to ${payer.address}`);
  const blocking = against(steps, until);
  for (const step of blocking) stop(job, step, say);
  return short <= 0n && blocking.length === 0;
}

/** Plans and, if it may, acts. What is done is never done again: each step is decided by what is on the chain. */
export async function run(job: Job, { act, until }: Permission, say: Say): Promise<Exit> {
  let now = await planOf(job, await survey(job));
  const isFree = await present(job, now, until, say);
  // What could not be finished is not begun: a buffer alone is some 15 SOL.
  if (!act || !isFree) {
    say(act ? 'nothing was sent' : 'nothing was sent: --yes acts');
    return isFree ? EXIT.complete : EXIT.failed;
  }
  let before: string | undefined;
  for (;;) {
    const reached = until === undefined ? undefined : now.find(({ name }) => name === until);
    const step = now.find(({ state }) => state !== 'done');
    if (reached?.state === 'done' && (step === undefined || now.indexOf(step) > now.indexOf(reached))) {
      say(`stopped after ${reached.name}, as asked`);
      return EXIT.complete;
    }
    if (step === undefined) return runVerify(job.operator.rpc, job.config, job.program, say);
    if (step.act === undefined) return stop(job, step, say);
    if (before === `${step.name} ${step.what}`) throw new Error(`${step.name} was sent, and nothing came of it`);
    before = `${step.name} ${step.what}`;
    // What would be refused later, by now, is no reason to spend more before.
    const [blocking] = against(now, until);
    if (blocking !== undefined) return stop(job, blocking, say);
    say(`${step.name}: ${step.what}`);
    await step.act(say);
    now = await planOf(job, await survey(job));
  }
}

/** Refuses the wrong cluster, and what was not reviewed on mainnet. */
export async function requirePermission(
  rpc: Node,
  config: Config,
  wanted: { readonly genesis: string | undefined; readonly mainnet: string | undefined; readonly digest: string },
  act: boolean,
): Promise<string> {
  const genesis = await requireCluster(rpc, config.cluster, wanted.genesis);
  if (act && config.cluster === 'mainnet' && wanted.mainnet !== wanted.digest) {
    throw new Refused(`on mainnet say what was reviewed: --yes --mainnet ${wanted.digest}`);
  }
  return genesis;
}

/** Something that was asked for is refused. */
export class Refused extends Error {
  override readonly name = 'Refused';
}
