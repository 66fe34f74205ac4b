/** The packed client gives the same numbers in Node, in each bundler's build and in a browser that allows WebAssembly alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtByVite, builtByWebpack } from './build.js';
import { Chromium } from './chromium.js';
import { type Consumer, expected, installConsumer } from './consumer.js';
import { open, type Shown } from './page.js';
import { output, tool } from './run.js';
import { serve } from './site.js';

/** What the client says where a policy forbids WebAssembly; the browser's own words are a CompileError's. */
const REFUSAL = /^EngineUnavailable: the engine's WebAssembly does not load here .*must allow 'wasm-unsafe-eval'$/;

let consumer: Consumer;
let browser: Chromium;
let printed: string;

const inNode = async (major: string): Promise<string> =>
  (await output(await tool('tools/node/setup', major), ['node.js'], consumer.folder)).trim();

/** Opens a build under a policy, and tells what the browser asked the server for. */
async function opened(build: string, scripts: readonly string[]): Promise<Shown & { asked: readonly string[] }> {
  const site = await serve(build, scripts);
  try {
    return { ...(await open(browser, site.address)), asked: site.asked };
  } finally {
    site.close();
  }
}

beforeAll(async () => {
  consumer = await installConsumer();
  printed = await inNode('20');
  browser = new Chromium(await tool('tools/browser/setup'));
});

afterAll(async () => {
  await browser?.close();
  consumer?.remove();
});

test('Node 20 prints what the engine says of every account', () => {
  expect(printed.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(expected);
});

test('Node 22 prints what Node 20 does', async () => {
  expect(await inNode('22')).toBe(printed);
});

describe.each([
  ['Vite', builtByVite],
  ['webpack', builtByWebpack],
])('%s', (_, bundle) => {
  let build: string;
  beforeAll(async () => {
    build = await bundle(consumer.folder);
  });

  test('under a policy of its own scripts and WebAssembly, the page and its worker print what Node does', async () => {
    const { asked, ...shown } = await opened(build, ["'wasm-unsafe-eval'"]);
    expect(shown).toEqual({ page: printed, worker: printed, complaints: [] });
    expect(asked.filter((path) => !/\.(html|js)$/.test(path))).toEqual([]);
  });

  test('under a policy without WebAssembly, the client says what it needs', async () => {
    const { page, worker, complaints } = await opened(build, []);
    expect(page).toMatch(REFUSAL);
    expect(worker).toMatch(REFUSAL);
    expect(complaints).not.toEqual([]);
  });
});
