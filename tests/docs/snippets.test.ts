import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { commandsOf, runPage, unknownTargets } from '../harness/snippets.js';

/** What the pages here are given. */
export type Given = { readonly start: bigint };

const written: string[] = [];
afterAll(() => written.forEach((path) => rmSync(path)));

/** A page that nobody reads but this test. */
function page(name: string, ...lines: readonly string[]): string {
  const path = `target/page-${name}.md`;
  const at = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  writeFileSync(at, ['# A page', '', ...lines, ''].join('\n'));
  written.push(at);
  return path;
}

const run = { from: import.meta.url, given: { start: 40n } } as const;
const block = (...lines: readonly string[]): readonly string[] => ['```ts', ...lines, '```'];

test('blocks are one program: they share a scope, and the world moves between them', async () => {
  const happened: string[] = [];
  const path = page(
    'whole',
    ...block("import { units } from '@breakwater/client';", 'const sum: bigint = start + 2n;'),
    '## Later',
    'Prose, with `const code = 1` in it.',
    ...block('const text = units.usd(sum * 1_000_000n);'),
    '```sh',
    'make localnet   # until Ctrl-C',
    'make lemonade',
    '```',
  );
  const later = async () => happened.push('later');
  const made = await runPage<Given>({ ...run, page: path, meanwhile: { Later: later }, gives: ['sum', 'text'] });
  expect(made).toMatchObject({ sum: 42n, text: '42' });
  expect(happened).toEqual(['later']);
  expect(commandsOf(path)).toEqual(['make localnet', 'make lemonade']);
  expect(unknownTargets(path)).toEqual(['lemonade']);
});

test.each([
  ['types', 'const wrong: number = start;', /page-types\.md:4: Type 'bigint' is not assignable/],
  ['names', "import { borrow } from '@breakwater/client';", /page-names\.md:4: .*no exported member 'borrow'/],
  ['runs', "if (start > 1n) throw new Error('out of luck');", /page-runs\.md:4: out of luck/],
])('a page that drifts from the code fails by its own line: %s', async (name, line, fault) => {
  await expect(runPage<Given>({ ...run, page: page(name, ...block(line)) })).rejects.toThrow(fault);
});

test('a page with nothing to run, and a heading it does not have, are mistakes', async () => {
  await expect(runPage<Given>({ ...run, page: page('prose', 'Words.') })).rejects.toThrow('nothing to run');
  const path = page('headless', ...block('void start;'));
  const meanwhile = { Elsewhere: () => Promise.resolve() };
  await expect(runPage<Given>({ ...run, page: path, meanwhile })).rejects.toThrow('no heading Elsewhere');
  expect(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')).toContain('void start;');
});
