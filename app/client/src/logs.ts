/**
 * What a transaction's log proves. A node cuts it at 10 kB: it leaves out lines that no longer fit, one by one, so that from the
 * first cut on no line shows who was running.
 */

/** Where a log is cut. */
const CUT = 'Log truncated';

/** What a log proves of a failure. */
export type Told = {
  /** The program that failed first, which is the innermost: a failed call ends all who called. */
  readonly program?: string;
  /** Why the runtime says that it failed. */
  readonly reason?: string;
  /** The error by which that program named it itself. */
  readonly named?: { readonly name: string; readonly number: number; readonly sentence: string };
  /** Whether lines may be missing: nothing was logged, or the log was cut. */
  readonly isPartial: boolean;
};

type Named = NonNullable<Told['named']>;

function namedIn(line: string): Named | undefined {
  const found = /^Program log: .*Error Code: (\w+)\. Error Number: (\d+)\. Error Message: (.*?)\.?$/.exec(line);
  if (found === null) return undefined;
  const [, name = '', number = '', sentence = ''] = found;
  return { name, number: Number(number), sentence };
}

/** What a log proves. A program's own lines begin with `Program log: `, so that none can say that another failed. */
export function toldBy(logs: readonly string[]): Told {
  const running: string[] = [];
  let last: { readonly by: string | undefined; readonly named: Named } | undefined;
  for (const line of logs) {
    if (line === CUT) return { isPartial: true };
    const [, called] = /^Program (\w{32,44}) invoke \[\d+\]$/.exec(line) ?? [];
    if (called !== undefined) running.push(called);
    if (/^Program \w{32,44} success$/.test(line)) running.pop();
    const named = namedIn(line);
    if (named !== undefined) last = { by: running.at(-1), named };
    const [, program, reason] = /^Program (\w{32,44}) failed: (.*)$/.exec(line) ?? [];
    if (program === undefined) continue;
    const own = last !== undefined && last.by === program ? { named: last.named } : {};
    return { program, ...(reason === undefined ? {} : { reason }), ...own, isPartial: false };
  }
  return { isPartial: logs.length === 0 };
}
