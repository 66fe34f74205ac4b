/** Every program error as its sentence. */
import { ERRORS } from './generated/tables.js';

/** Name of an error of the program. */
export type ErrorName = (typeof ERRORS)[number]['name'];

const BY_CODE: ReadonlyMap<number, (typeof ERRORS)[number]> = new Map(ERRORS.map((error) => [error.code, error]));

/** A transaction that failed, or would have: what the program says, and what to do. */
export class TransactionFailure extends Error {
  override readonly name = 'TransactionFailure';

  constructor(
    /** Name of the error: the program's, Anchor's or the runtime's. */
    readonly errorName: string,
    /** What to do about it. */
    readonly sentence: string,
    /** Which instruction failed, from 0; none where the transaction as a whole did. */
    readonly instruction: number | undefined,
    /** What the programs logged. */
    readonly logs: readonly string[],
  ) {
    super(`${errorName}: ${sentence}`);
  }
}

/** The error of a number, if it is the program's. */
export function errorOfCode(code: number): { readonly name: ErrorName; readonly sentence: string } | undefined {
  return BY_CODE.get(code);
}

/** What an RPC node says of a failed transaction: `{ InstructionError: [2, { Custom: 6104 }] }` and the like. */
export type RawError = string | Readonly<Record<string, unknown>>;

function loggedName(logs: readonly string[]): { name: string; sentence: string } | undefined {
  for (const line of [...logs].reverse()) {
    const found = /Error Code: (\w+)\. Error Number: \d+\. Error Message: (.*?)\.?$/.exec(line);
    if (found?.[1] !== undefined) return { name: found[1], sentence: found[2] ?? '' };
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

/** Explains what a node says of a failed transaction. */
export function explain(error: RawError, logs: readonly string[] = []): TransactionFailure {
  const inside = instructionOf(error);
  const code = customCode(inside?.what);
  const known = code === undefined ? undefined : errorOfCode(code);
  const { name, sentence } = known ??
    loggedName(logs) ?? { name: unnamed(error, inside?.what), sentence: 'the runtime refused it' };
  return new TransactionFailure(name, sentence, inside?.at, logs);
}

/** The innermost word of an error nobody has named. */
function unnamed(error: RawError, what: unknown): string {
  const said = what ?? error;
  if (typeof said === 'string') return said;
  const [word, value] = Object.entries(said as Record<string, unknown>)[0] ?? ['Unknown', undefined];
  return word === 'Custom' ? `Custom(${String(value)})` : word;
}
