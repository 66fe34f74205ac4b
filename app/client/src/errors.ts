/** Every error as its sentence: the program's own, and those of what it stands on. */
import type { Address, ReadonlyUint8Array, Signature } from '@solana/kit';
import {
  calledError,
  callsNone,
  type Explained,
  type ForeignErrorName,
  frameworkError,
  runtimeSentence,
} from './foreignErrors.js';
import { BREAKWATER_PROGRAM_ADDRESS } from './generated/index.js';
import { ERRORS } from './generated/tables.js';
import { type Told, toldBy } from './logs.js';

export type { ForeignErrorName } from './foreignErrors.js';

/** Name of an error of the program. */
export type ErrorName = (typeof ERRORS)[number]['name'];

/** What sending itself may come to, without any program having refused. */
export const SENDING = {
  AlreadySent: 'Look its signature up: the wallet signed again what was sent before, and nothing was sent twice',
  Expired: 'Sign and send it again with a newer blockhash: nobody has included it in time, and nobody will',
  Refused: 'The node did not take it: nothing was sent',
  TooLarge: 'Use a lookup table, pass fewer makers, or send it in two',
  Unconfirmed: 'Look its signature up before sending anything again: no node has shown what became of it',
  Unsigned: 'Look at the account before sending it again: the wallet did not say that it signed and sent it',
  Unreachable: 'Try again: the node does not answer, and nothing was sent',
} as const;

/** Name of any error this client can name. */
export type FailureName = ErrorName | ForeignErrorName | keyof typeof SENDING;

const BY_CODE: ReadonlyMap<number, (typeof ERRORS)[number]> = new Map(ERRORS.map((error) => [error.code, error]));

/** What a program returned: no log can lose it. */
export type Returned = { readonly program: Address; readonly data: ReadonlyUint8Array };

/** Where a transaction failed. */
export type Where = {
  /** Which instruction failed, from 0; none where the transaction as a whole did. */
  readonly instruction?: number | undefined;
  /** Which program refused: the innermost, where one called another; none where that is not proven. */
  readonly program?: string | undefined;
  /** What the programs logged. */
  readonly logs?: readonly string[];
  /** What the last program that returned something returned. */
  readonly returned?: Returned | undefined;
  /** Its signature where it was sent: none means that nothing was, and that no fee is paid. */
  readonly signature?: Signature | undefined;
};

/** A transaction that failed, or would have: what the program says, and what to do. */
export class TransactionFailure extends Error {
  override readonly name = 'TransactionFailure';

  /** By its name: a project may hold this package twice, as a module and as CommonJS. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'TransactionFailure';
  }
  /** Which instruction failed, from 0; none where the transaction as a whole did. */
  readonly instruction: number | undefined;
  /** Which program refused: the innermost, where one called another; none where that is not proven. */
  readonly program: string | undefined;
  /** What the programs logged. */
  readonly logs: readonly string[];
  /** What the last program that returned something returned. */
  readonly returned: Returned | undefined;
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
    this.returned = where.returned;
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
  /** The program of each instruction sent; none given: this one. */
  readonly programs?: readonly Address[];
  /** The program of each instruction that the failing one called, in their order; none given: not known. */
  readonly called?: readonly Address[] | undefined;
  /** What the last program that returned something returned. */
  readonly returned?: Returned | undefined;
  /** Compute units it took, and those it might take. */
  readonly units?: { readonly taken: number; readonly limit: number } | undefined;
  readonly signature?: Signature | undefined;
};

function instructionOf(error: RawError): { at: number; what: unknown } | undefined {
  const found = typeof error === 'string' ? undefined : error['InstructionError'];
  return Array.isArray(found) ? { at: Number(found[0]), what: found[1] as unknown } : undefined;
}

function customCode(what: unknown): number | undefined {
  if (typeof what !== 'object' || what === null || !('Custom' in what)) return undefined;
  return Number(what.Custom);
}

/** Whether this program raises a number itself. Those it calls, the token programs and the system program, count from 0. */
const isOwn = (code: number): boolean => code >= OWN_FROM || frameworkError(code) !== undefined;
/** Anchor numbers a program's own errors from here. */
const OWN_FROM = 6_000;

/**
 * The program that raised a number, where that is proven: by the log; because the instruction's program calls no other; or by what
 * the instruction called last, for a failed call ends everything. None where it may have been either.
 */
function raiserOf(code: number, top: Address | undefined, called: readonly Address[] | undefined): string | undefined {
  if (top === undefined) return undefined;
  if (callsNone(top) || called?.length === 0) return top;
  // This program passes on what those it calls refuse, and they have no numbers like its own.
  if (top !== BREAKWATER_PROGRAM_ADDRESS) return undefined;
  return isOwn(code) ? top : called?.filter((program) => program !== BREAKWATER_PROGRAM_ADDRESS).at(-1);
}

/** A number means what the program says that raised it: others count from 6000 too. */
function coded(code: number, program: string | undefined, { named }: Told, top: Address | undefined): Explained {
  const said = named?.number === code ? named : undefined;
  const known =
    program === undefined
      ? undefined
      : program === BREAKWATER_PROGRAM_ADDRESS
        ? (errorOfCode(code) ?? frameworkError(code) ?? said)
        : (calledError(program, code) ?? said);
  if (known !== undefined) return known;
  const name = `Custom(${code})`;
  if (program === BREAKWATER_PROGRAM_ADDRESS)
    return { name, sentence: 'Use a newer client: this one knows no such error' };
  if (program !== undefined) return { name, sentence: `${program} refused it with this number: see its own errors` };
  const whose = top === undefined ? 'The program, or one that it called,' : `${top}, or a program that it called,`;
  return { name, sentence: `${whose} refused it with this number; which of them is unknown, for the log does not say` };
}

/** Explains what a node says of a failed transaction: what it does not prove is called unknown. */
export function explain(error: RawError, circumstances: Circumstances = {}): TransactionFailure {
  const { logs = [], programs, called, returned, signature } = circumstances;
  const told = toldBy(logs);
  const inside = instructionOf(error);
  const instruction = inside?.at;
  const sent = programs === undefined ? BREAKWATER_PROGRAM_ADDRESS : programs[inside?.at ?? -1];
  const top = inside === undefined ? undefined : sent;
  const code = customCode(inside?.what);
  const where = { instruction, logs, returned, signature };
  if (code !== undefined) {
    const program = told.program ?? raiserOf(code, top, called);
    const { name, sentence } = coded(code, program, told, top);
    return new TransactionFailure(name, sentence, { ...where, program });
  }
  const program = inside === undefined ? undefined : (told.program ?? (called?.length === 0 ? top : undefined));
  const name = ranOut(told, circumstances) ? 'ComputationalBudgetExceeded' : word(inside?.what ?? error);
  const sentence = runtimeSentence(name, program ?? top, told) ?? 'The runtime refused it';
  return new TransactionFailure(name, sentence, { ...where, program });
}

/** Whether units ran out inside a program: the runtime only says that it did not complete. */
function ranOut({ reason }: Told, { units }: Circumstances): boolean {
  if (reason !== undefined) return /exceeded CUs meter|computational budget exceeded/i.test(reason);
  return units !== undefined && units.taken >= units.limit;
}

/** The runtime's word for an error, without what it adds to it. */
function word(said: unknown): string {
  if (typeof said === 'string') return said;
  if (typeof said !== 'object' || said === null) return 'Unknown';
  return Object.keys(said)[0] ?? 'Unknown';
}
