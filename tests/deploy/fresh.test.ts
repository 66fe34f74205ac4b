import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROGRAM, useSite } from './site.js';

const site = useSite();

test('debug', async () => {
  console.log((await site().run([])).out);
  await site().reserve();
  await site().publish();
  await site().writeBuffer(new Uint8Array(readFileSync(PROGRAM)), 9_000);
  const t = Date.now();
  const r = await site().run(['--yes']);
  console.log(r, Date.now() - t);
  expect(1).toBe(1);
});
