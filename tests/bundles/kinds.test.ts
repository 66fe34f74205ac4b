/** The packed client in a project of each module kind, and under each way TypeScript finds packages. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Consumer, expected, installConsumer } from './consumer.js';
import { output } from './run.js';

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const BASE = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'ES2022', '--lib', 'ES2022,DOM'];

let [modules, commonjs]: [Consumer | undefined, Consumer | undefined] = [undefined, undefined];
const inProject = (consumer: Consumer | undefined): string => {
  if (consumer === undefined) throw new Error('the project was not installed');
  return consumer.folder;
};
const runIn = async (consumer: Consumer | undefined, file: string): Promise<string> =>
  (await output(process.execPath, [file], inProject(consumer))).trim();

beforeAll(async () => {
  modules = await installConsumer('module');
  commonjs = await installConsumer('commonjs');
}, 300_000);

afterAll(() => {
  modules?.remove();
  commonjs?.remove();
});

describe('n17: a project of each module kind', () => {
  test('that imports, and one that requires, print what the engine says of every account', async () => {
    for (const consumer of [modules, commonjs]) {
      const printed = await runIn(consumer, 'node.js');
      expect(printed.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(expected);
    }
  });

  test('that holds both knows the errors of either', async () => {
    expect(JSON.parse(await runIn(commonjs, 'both.js'))).toEqual([false, true, false]);
  });

  test('that resolves by files alone, as Jest and older tools did, finds main and the generated part', () => {
    const root = join(inProject(commonjs), 'node_modules/@breakwater/client');
    for (const path of ['dist/cjs/index.js', 'generated/package.json', 'dist/cjs/generated/index.js']) {
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    }
    // No module is among what is required: `require` of one fails in most runners.
    const files = readdirSync(join(root, 'dist/cjs'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => file.endsWith('.mjs'))).toEqual([]);
  });

  test.each([
    ['node10', 'commonjs', ['--module', 'CommonJS', '--moduleResolution', 'node10']],
    ['node16 in CommonJS', 'commonjs', ['--module', 'Node16', '--moduleResolution', 'Node16']],
    ['node16 in modules', 'module', ['--module', 'Node16', '--moduleResolution', 'Node16']],
    ['nodenext in modules', 'module', ['--module', 'NodeNext', '--moduleResolution', 'NodeNext']],
    ['bundler', 'module', ['--module', 'ESNext', '--moduleResolution', 'Bundler']],
  ])('typed under %s', async (_, kind, flags) => {
    const consumer = kind === 'module' ? modules : commonjs;
    expect(await output(process.execPath, [TSC, ...BASE, ...flags, 'types.ts'], inProject(consumer))).toBe('');
  });
});
