/** Steps of a plan: what each is, and how it stands. */
import type { Instruction } from '@solana/kit';
import type { Operator } from './operator.js';

/** Names of steps, as `--until` takes them; markets are `market:NAME`. */
export type StepName =
  | 'buffer'
  | 'program'
  | 'exchange'
  | `market:${string}`
  | 'insurance'
  | 'offer'
  | 'execute'
  | 'accept'
  | 'upgrade-authority';

/** Something to be done, and how far it is. */
export type Step = {
  readonly name: StepName;
  /** `waits`: for the clock, or for somebody else. `blocked`: for nothing that comes by itself. */
  readonly state: 'done' | 'to do' | 'waits' | 'blocked';
  /** What it is, or why it is not done. */
  readonly what: string;
  /** What it takes from the operator's balance, lamports; less than nothing where rent comes back. */
  readonly lamports: bigint;
  /** Does it. */
  readonly act?: (say: (line: string) => void) => Promise<void>;
  /** What somebody else must sign, where the step waits for that. */
  readonly paste?: Instruction;
};

/** A step that is done. */
export const done = (name: StepName, what: string): Step => ({ name, state: 'done', what, lamports: 0n });

/** A step that nothing here can do. */
export const blocked = (name: StepName, what: string): Step => ({ name, state: 'blocked', what, lamports: 0n });

/** A step that time or somebody else does. */
export const waits = (name: StepName, what: string, paste?: Instruction): Step => ({
  name,
  state: 'waits',
  what,
  lamports: 0n,
  ...(paste === undefined ? {} : { paste }),
});

/** Fee of a signature, lamports. */
const FEE = 5_000n;
/** Units of a transaction that is not written here by the thousand: none takes more but the listing of a market. */
const UNITS = 300_000n;
/** Parts of a lamport that priority is counted in. */
const MICRO = 1_000_000n;

/** What one transaction costs its payer, lamports: its signature, and the priority that the operator has asked for. */
export function feeOf({ priority = 0n }: Pick<Operator, 'priority'>, units: bigint = UNITS): bigint {
  return FEE + (priority * units + MICRO - 1n) / MICRO;
}

/** A step to be done. */
export const toDo = (name: StepName, what: string, lamports: bigint, act: NonNullable<Step['act']>): Step => ({
  name,
  state: 'to do',
  what,
  lamports,
  act,
});

/** What an operator must hold for steps in their order: rent that comes back later must be laid out first. */
export function needed(steps: readonly Step[]): bigint {
  let [sum, most] = [0n, 0n];
  for (const { lamports } of steps) {
    sum += lamports;
    if (sum > most) most = sum;
  }
  return most;
}
