import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { faultsIn } from './bigint.js';

const OPERATORS = ['*', '/', '%', '**', '<<', '>>'];
const SETTINGS = { compilerOptions: { target: 'ES2022', module: 'NodeNext', strict: true, types: [] } };

/** What is wrong in a repository of these files. */
function faultsOf(files, unitFiles = {}) {
  const root = mkdtempSync(join(tmpdir(), 'bigint-lint-'));
  try {
    writeFileSync(join(root, 'tsconfig.base.json'), JSON.stringify(SETTINGS));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return faultsIn(root, unitFiles);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Place and operator of each operation flagged in one file. */
const flaggedIn = (text) => faultsOf({ 'tests/one.ts': text }).map((fault) => fault.split(' on bigint')[0]);

test('every operator is flagged, alone and in an assignment', () => {
  const lines = OPERATORS.flatMap((operator) => [`a ${operator} 2n;`, `a ${operator}= 2n;`]);
  const expected = OPERATORS.flatMap((operator, at) => [
    `tests/one.ts:${2 * at + 2}:3: \`${operator}\``,
    `tests/one.ts:${2 * at + 3}:3: \`${operator}=\``,
  ]);
  assert.deepEqual(flaggedIn(['export let a = 5n;', ...lines].join('\n')), expected);
});

/** Operations with an operand that can be a bigint. */
const BIGINTS = {
  'a literal': '2n * 3n;',
  'a variable': '{ let x = 2n; x * x; }',
  'a property': '{ const x = { atoms: 2n }; x.atoms * x.atoms; }',
  'a property assigned to': '{ const x = { atoms: 2n }; x.atoms *= x.atoms; }',
  'an element': '{ const x: bigint[] = [2n]; x[0]! * x[0]!; }',
  "a function's result": '{ const x = () => 2n; x() * x(); }',
  'a conversion': 'BigInt(2) * BigInt(3);',
  'a branded bigint': "{ const x = 2n as bigint & { unit?: 'atoms' }; x * x; }",
  'one of a union': '(x: bigint | undefined, y: any) => y * x!;',
  'one of two kinds of number': '(x: bigint | number, y: any) => x * y;',
  'one of a nullable property': '(x: { atoms?: bigint }) => (x.atoms ?? 0n) / (x.atoms ?? 1n);',
  'beside any': '(x: bigint, y: any) => y * x;',
  'a generic': '<T extends bigint>(x: T, y: T) => x * y;',
  'a generic with a union as its bound': '<T extends bigint | string>(x: T, y: any) => x * y;',
  'a property of a generic': '<T extends { n: bigint }>(x: T) => x.n * x.n;',
  'a generic property': '<K extends string>(x: { [P in K]: bigint }, key: K) => x[key] * x[key];',
};

test('an operand is a bigint by its type, however it is written', () => {
  const found = new Set(flaggedIn(Object.values(BIGINTS).join('\n')).map((place) => Number(place.split(':')[1])));
  const missed = Object.keys(BIGINTS).filter((_, at) => !found.has(at + 1));
  assert.deepEqual(missed, []);
});

test('numbers, sums of bigints, bits and what is written in strings pass', () => {
  const lines = [
    'export let n = 6; declare let x: bigint; declare let either: bigint | number; declare let y: any;',
    ...OPERATORS.map((operator) => `export const n${operator.codePointAt(0)}${operator.length} = n ${operator} 2;`),
    ...OPERATORS.map((operator) => `n ${operator}= 2;`),
    "export const s = x + 1n - 2n; export const b = (x & 1n) | (x ^ 2n); export const t = '2n * 3n'; // 2n * 3n",
    'export const least = x < 2n ? -x : x; x += 1n; export const c = Number(x) * 2; export const d = BigInt(2 * n);',
    "if (typeof either === 'number') n = either * 2; export const any = y * y;",
  ];
  assert.deepEqual(flaggedIn(lines.join('\n')), []);
});

test('sources are checked in every folder, scripts too, and neither generated nor compiled ones', () => {
  const text = 'export const a = 2n * 3n;';
  const checked = [
    'app/client/scripts/a.js',
    'app/client/vite.config.ts',
    'tests/a/b.test.ts',
    'tools/localnet/src/a.ts',
  ];
  const others = [
    'app/client/src/generated/a.ts',
    'app/client/dist/a.js',
    'tests/docs/.pages/a.ts',
    'tests/node_modules/a/index.ts',
    'migrations/src/a.ts',
  ];
  const faults = faultsOf(Object.fromEntries([...checked, ...others].map((path) => [path, text])));
  assert.deepEqual(
    faults.map((fault) => fault.split(':')[0]),
    checked,
  );
});

test('a unit file may, and an entry that is out of date is a fault', () => {
  const files = { 'tests/amounts.ts': 'export const a = 2n * 3n;', 'tests/plain.ts': 'export const a = 2n + 3n;' };
  assert.deepEqual(faultsOf(files, { 'tests/amounts.ts': 'products' }), []);
  assert.deepEqual(faultsOf(files, { 'tests/amounts.ts': '', 'tests/plain.ts': '', 'tests/gone.ts': '' }), [
    'tests/plain.ts: a unit file without an operation on bigint: take it off the list',
    'tests/gone.ts: a unit file that does not exist: take it off the list',
  ]);
});

test('an import without types is a fault: its bigints would pass', () => {
  const text = "import { atoms } from './gone.js'; export const a = atoms * atoms;";
  const [fault, ...others] = faultsOf({ 'tests/one.ts': text });
  assert.match(fault, /^tests\/one\.ts:1:23: '\.\/gone\.js' has no types here/);
  assert.deepEqual(others, []);
});
