/** What happens should the module trap all the same: tried with a build that does so on purpose. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replaceModule } from '../src/engine/module.js';
import { assess, getMarginAccountDecoder, getMarginAccountEncoder } from '../src/index.js';
import { loadDays } from './vectors.js';

const [day] = loadDays();
if (day === undefined) throw new Error('vectors without a day');
const { markets, now, kinds, accounts } = day;

beforeAll(() => {
  replaceModule(readFileSync(fileURLToPath(new URL('../../../target/wasm/fault.wasm', import.meta.url))));
});
afterAll(() => replaceModule(undefined));

/** An account the build traps on. */
function poisoned(data: Uint8Array): Uint8Array {
  const account = getMarginAccountDecoder().decode(data);
  const books = { ...account.books, quoteEpoch: 18_446_744_073_709_551_615n };
  return new Uint8Array(getMarginAccountEncoder().encode({ ...account, books }));
}

test('a trap is told of that account alone, and the module is there again for the next', () => {
  const data = accounts.slice(0, 5).map((entry) => entry.data);
  const [one = new Uint8Array()] = data;
  const bad = poisoned(one);
  const expected = assess(data, markets, now, { kinds });
  const found = assess([bad, ...data, bad, bad], markets, now, { kinds });
  const fault = { ok: false, reason: 'EngineFault' };
  expect(found).toEqual([fault, ...expected, fault, fault]);
  expect(assess(data, markets, now, { kinds })).toEqual(expected);
});
