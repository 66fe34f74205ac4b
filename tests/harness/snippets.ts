/**
 * A page of the docs is a program: its TypeScript blocks, in their order, are one module, which is type-checked and run.
 *
 * The module has as many lines as the page, and a block stands where the page has it: whatever fails is reported by the
 * page's own line. Prose becomes comments. A page imports what it uses, once; blocks share one scope. What it may use without having
 * made it is what the test gives by name, with a type the test exports as `Given`; and before a heading's first block the test may
 * let something happen in the world (`meanwhile`).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TESTS = join(ROOT, 'tests');

/** What a page is run with. */
export type PageRun<Given extends object> = {
  /** The page, from the repository's root: `docs/integrating.md`. */
  readonly page: string;
  /** The test's own `import.meta.url`: it exports the type `Given`. */
  readonly from: string;
  /** Names the page may use without having made them. */
  readonly given: Given;
  /** What happens in the world before the first block under a heading, by the heading's text. */
  readonly meanwhile?: Readonly<Record<string, () => Promise<unknown>>>;
  /** Names the page makes that the test looks at afterwards. */
  readonly gives?: readonly string[];
};

/** What pages that are being run were given, by their path. */
const running = new Map<string, PageRun<object>>();

/** For the module made from a page: what its test gives it. */
export function givenTo<Given extends object>(page: string): Given {
  // The type is the one the test gives with: `runPage` takes no other.
  return runOf(page).given as Given;
}

/** For the module made from a page: lets happen what happens before a heading. */
export async function meanwhile(page: string, heading: string): Promise<void> {
  await runOf(page).meanwhile?.[heading]?.();
}

function runOf(page: string): PageRun<object> {
  const found = running.get(page);
  if (found === undefined) throw new Error(`${page} is not being run: see runPage`);
  return found;
}

/** A line of a page, and the language of the block it is in. */
type Line = { readonly text: string; readonly language: string | undefined };

/** The lines of a page. Fences and prose are in no language. */
function linesOf(text: string): Line[] {
  let language: string | undefined;
  return text.split('\n').map((line) => {
    const fence = /^```(\w*)/.exec(line);
    if (fence === null) return { text: line, language };
    language = language === undefined ? (fence[1] ?? '') : undefined;
    return { text: line, language: undefined };
  });
}

const headingOf = ({ text, language }: Line): string | undefined =>
  language === undefined ? /^#+ (.*)$/.exec(text)?.[1] : undefined;

/** The module a page is, line for line. */
function moduleOf(run: PageRun<object>, lines: readonly Line[], at: string): string {
  const hooks = new Set(Object.keys(run.meanwhile ?? {}));
  const page = JSON.stringify(run.page);
  const module = lines.map((line) => {
    const heading = headingOf(line);
    if (line.language === 'ts') return line.text;
    if (heading === undefined || !hooks.delete(heading)) return line.text === '' ? '' : `// ${line.text}`;
    return `await meanwhile(${page}, ${JSON.stringify(heading)}); // ${line.text}`;
  });
  if (hooks.size > 0) throw new Error(`${run.page} has no heading ${[...hooks].join(', ')}`);
  const up = (to: string): string => JSON.stringify(relative(dirname(at), to).replace(/\.ts$/, '.js'));
  const preamble = [
    `import { givenTo, meanwhile } from ${up(join(TESTS, 'harness/snippets.ts'))}`,
    `import type { Given } from ${up(fileURLToPath(run.from))}`,
    `const { ${Object.keys(run.given).join(', ')} } = givenTo<Given>(${page})`,
  ];
  // Its first line is a heading, and what is given stands there.
  return [`${preamble.join('; ')}; ${module[0] ?? ''}`, ...module.slice(1), exportsOf(run.gives)].join('\n');
}

function exportsOf(gives: readonly string[] = []): string {
  return `export { ${gives.join(', ')} };\n`;
}

/** What the compiler finds wrong with a module, as strict as with everything else here; lines are the page's. */
function faultsOf(file: string, page: string): string[] {
  const path = join(TESTS, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, ts.sys.readFile) as { config: object };
  const only = { ...config, include: [], files: [file] };
  // With the path of the file, so that types are found wherever the page is run from.
  const { options } = ts.parseJsonConfigFileContent(only, ts.sys, TESTS, undefined, path);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options));
  return found.map(({ file: of, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    if (of === undefined || start === undefined) return text;
    const line = of.getLineAndCharacterOfPosition(start).line + 1;
    return `${of.fileName === file ? page : relative(ROOT, of.fileName)}:${line}: ${text}`;
  });
}

/** The page's line in an error's stack. */
function located(error: unknown, file: string, page: string): unknown {
  if (!(error instanceof Error)) return error;
  const line = new RegExp(`${basename(file).replace('.', '\\.')}:(\\d+)`).exec(error.stack ?? '')?.[1];
  return line === undefined ? error : new Error(`${page}:${line}: ${error.message}`, { cause: error });
}

/** Type-checks a page and runs it. Returns what it `gives`, by name. */
export async function runPage<Given extends object>(run: PageRun<Given>): Promise<Readonly<Record<string, unknown>>> {
  const file = join(TESTS, 'docs/.pages', `${basename(run.page, '.md')}.ts`);
  const lines = linesOf(readFileSync(join(ROOT, run.page), 'utf8'));
  if (!lines.some(({ language }) => language === 'ts')) throw new Error(`${run.page} has nothing to run`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, moduleOf(run, lines, file));
  const faults = faultsOf(file, run.page);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  running.set(run.page, run);
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw located(error, file, run.page);
  } finally {
    running.delete(run.page);
  }
}

/** The commands of a page's `sh` blocks, comments taken off. */
export function commandsOf(page: string): string[] {
  const lines = linesOf(readFileSync(join(ROOT, page), 'utf8')).filter(({ language }) => language === 'sh');
  return lines.map(({ text }) => text.replace(/(^|\s)#.*$/, '').trim()).filter((command) => command !== '');
}

/** Targets of `make` that a page names and the Makefile does not have. */
export function unknownTargets(page: string): string[] {
  const makefile = readFileSync(join(ROOT, 'Makefile'), 'utf8');
  const targets = commandsOf(page).flatMap((command) => /^make ([a-z-]+)/.exec(command)?.[1] ?? []);
  return targets.filter((target) => !new RegExp(`^${target}:`, 'm').test(makefile));
}
