/** Every error as its sentence: the program's own, and those of what it stands on. */
import type { Address, Signature } from '@solana/kit';
import {
  calledError,
  type Explained,
  type ForeignErrorName,
  frameworkError,
  runtimeSentence,
} from './foreignErrors.js';
import { BREAKWATER_PROGRAM_ADDRESS } from './generated/index.js';
import { ERRORS } from './generated/tables.js';

export type { ForeignErrorName } from './foreignErrors.js';

/** Name of an error of the program. */
export type ErrorName = (typeof ERRORS)[number]['name'];

/** What sending itself may come to, without any program having refused. */
export const SENDING = {
  Expired: 'Sign and send it again with a newer blockhash: nobody has included it in time, and nobody will',
  Refused: 'The node did not take it: nothing was sent',
  TooLarge: 'Use a lookup table, pass fewer makers, or send it in two',
  Unconfirmed: 'Look its signature up before sending anything again: the node stopped answering',
  Unreachable: 'Try again: the node does not answer, and nothing was sent',
} as const;

/** Name of any error this client can name. */
export type FailureName = ErrorName | ForeignErrorName | keyof typeof SENDING;

const BY_CODE: ReadonlyMap<number, (typeof ERRORS)[number]> = new Map(ERRORS.map((error) => [error.code, error]));

/** Where a transaction failed. */
export type Where = {
  /** Which instruction failed, from 0; none where the transaction as a whole did. */
  readonly instruction?: number | undefined;
  /** Which program refused: the innermost, where one called another. */
  readonly program?: string | undefined;
  /** What the programs logged. */
  readonly logs?: readonly string[];
  /** Its signature where it was sent: none means that nothing was, and that no fee is paid. */
  readonly signature?: Signature | undefined;
};

/** A transaction that failed, or would have: what the program says, and what to do. */
export class TransactionFailure extends Error {
  override readonly name = 'TransactionFailure';
  /** Which instruction failed, from 0; none where the transaction as a whole did. */
  readonly instruction: number | undefined;
  /** Which program refused: the innermost, where one called another. */
  readonly program: string | undefined;
  /** What the programs logged. */
  readonly logs: readonly string[];
  /** Its signature where it was sent: none means that nothing was, and that no fee is paid. */
  readonly signature: Signature | undefined;

  constructor(
    /** Name of the error: the program's, Anchor's, a called program's or the runtime's. */
    readonly errorName: string,
    /** What to do about it. */
    readonly sentence: string,
    where: Where = {},
    options?: ErrorOptions,
  ) {
    super(`${errorName}: ${sentence}`, options);
    this.instruction = where.instruction;
    this.program = where.program;
    this.logs = where.logs ?? [];
    this.signature = where.signature;
  }
}

/** The error of a number, if it is the program's. */
export function errorOfCode(code: number): { readonly name: ErrorName; readonly sentence: string } | undefined {
  return BY_CODE.get(code);
}

/** What an RPC node says of a failed transaction: `{ InstructionError: [2, { Custom: 6104 }] }` and the like. */
export type RawError = string | Readonly<Record<string, unknown>>;

/** What is known of a failed transaction besides its error. */
export type Circumstances = {
  readonly logs?: readonly string[];
  /** The program of each instruction sent: says whose a number is where there are no logs. */
  readonly programs?: readonly Address[];
  readonly signature?: Signature;
};

function loggedName(logs: readonly string[]): Explained | undefined {
  for (const line of [...logs].reverse()) {
    const found = /Error Code: (\w+)\. Error Number: \d+\. Error Message: (.*?)\.?$/.exec(line);
    if (found?.[1] !== undefined) return { name: found[1], sentence: found[2] ?? '' };
  }
  return undefined;
}

/** The program that failed first: a failed call ends whoever called. */
function failedFirst(logs: readonly string[]): string | undefined {
  for (const line of logs) {
    const found = /^Program (\w{32,44}) failed: /.exec(line);
    if (found?.[1] !== undefined) return found[1];
  }
  return undefined;
}

function instructionOf(error: RawError): { at: number; what: unknown } | undefined {
  const found = typeof error === 'string' ? undefined : error['InstructionError'];
  return Array.isArray(found) ? { at: Number(found[0]), what: found[1] as unknown } : undefined;
}

function customCode(what: unknown): number | undefined {
  if (typeof what !== 'object' || what === null || !('Custom' in what)) return undefined;
  return Number(what.Custom);
}

/** A number means what the program says that raised it: others count from 6000 too. */
function coded(code: number, program: string, logs: readonly string[]): Explained {
  const known =
    program === BREAKWATER_PROGRAM_ADDRESS
      ? (errorOfCode(code) ?? frameworkError(code))
      : (calledError(program, code) ?? loggedName(logs));
  return known ?? { name: `Custom(${code})`, sentence: `${program} refused it with this number: see its own errors` };
}

/** Explains what a node says of a failed transaction. */
export function explain(error: RawError, circumstances: Circumstances = {}): TransactionFailure {
  const { logs = [], programs = [], signature } = circumstances;
  const inside = instructionOf(error);
  const instruction = inside?.at;
  const program = inside === undefined ? undefined : (failedFirst(logs) ?? programs[inside.at]);
  const code = customCode(inside?.what);
  const where = { instruction, program, logs, signature };
  if (code !== undefined) {
    const { name, sentence } = coded(code, program ?? BREAKWATER_PROGRAM_ADDRESS, logs);
    return new TransactionFailure(name, sentence, where);
  }
  const name = ranOut(logs) ? 'ComputationalBudgetExceeded' : word(inside?.what ?? error);
  return new TransactionFailure(name, runtimeSentence(name) ?? 'The runtime refused it', where);
}

/** Whether units ran out inside a program: the runtime only says that it did not complete. */
function ranOut(logs: readonly string[]): boolean {
  return logs.some((line) => / failed: exceeded CUs meter/.test(line));
}

/** The runtime's word for an error, without what it adds to it. */
function word(said: unknown): string {
  if (typeof said === 'string') return said;
  if (typeof said !== 'object' || said === null) return 'Unknown';
  return Object.keys(said)[0] ?? 'Unknown';
}
