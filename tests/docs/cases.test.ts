/** docs/integration-cases.md is true: each case has tests of its number where the page says, and no such test is left out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['app/client/test', 'tests/stories', 'tests/deploy', 'tests/bundles', 'tests/docs'];

/** Rows of the table: a case, and the files its tests are in. */
function rows(): { name: string; files: string[]; cells: string[] }[] {
  const page = readFileSync(join(ROOT, 'docs/integration-cases.md'), 'utf8');
  const lines = page.split('\n').filter((line) => /^\| [NA]\d+ \|/.test(line));
  return lines.map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, name = '', , , tests = ''] = cells;
    return { name, cells, files: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file) };
  });
}

/** Cases that titles of a file's tests begin with: `n2: ...`, `n2, n4: ...`. */
function casesIn(file: string): Set<string> {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const titles = [...text.matchAll(/(?:test|describe)(?:\.each\([\s\S]*?\))?\(\s*['"`]((?:[na]\d+(?:, )?)+):/g)];
  return new Set(titles.flatMap(([, cases = '']) => cases.toUpperCase().split(', ')));
}

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder)).flatMap((name) => (name.endsWith('.test.ts') ? [`${folder}/${name}`] : [])),
);

test('every case has what happened, what answers it, and what was taken out', () => {
  const names = rows().map(({ name }) => name);
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, cells } of rows())
    expect([name, cells.slice(2, 6).every((cell) => cell !== '')]).toEqual([name, true]);
});

test('every file that a case names has a test of its number', () => {
  for (const { name, files: named } of rows()) {
    expect([name, named.length > 0]).toEqual([name, true]);
    for (const file of named) expect([name, file, casesIn(file).has(name)]).toEqual([name, file, true]);
  }
});

test('every test with a number is on the page', () => {
  const named = new Set(rows().flatMap(({ name, files: own }) => own.map((file) => `${name} ${file}`)));
  for (const file of files) {
    for (const name of casesIn(file)) expect([...named]).toContain(`${name} ${file}`);
  }
});
