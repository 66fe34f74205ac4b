import { afterAll, beforeAll, expect, test } from 'vitest';
import { Localnet } from '../harness/localnet.js';
import { runPage, unknownTargets } from '../harness/snippets.js';

/** The page makes everything itself. */
export type Given = Record<never, never>;

const page = 'docs/integrating.md';
const root = process.cwd();
let localnet: Localnet | undefined;

beforeAll(async () => {
  localnet = Localnet.start();
  await localnet.ready();
  // The page reads `target/localnet.json` from where it is run.
  process.chdir(localnet.folder);
});

afterAll(async () => {
  process.chdir(root);
  await localnet?.end();
});

test('docs/integrating.md, from an empty wallet to money in it again', async () => {
  expect(unknownTargets(page)).toEqual([]);
  const gives = [
    'order',
    'makers',
    'holding',
    'liquidation',
    'bankruptcy',
    'mark',
    'traded',
    'own',
    'refusals',
    'flat',
  ];
  const made = await runPage<Given>({ page, from: import.meta.url, given: {}, gives });
  expect(made).toMatchObject({
    holding: { side: 'long', lots: (made['order'] as { lots: bigint }).lots },
    traded: { kind: 'Traded' },
    own: { quote: { books: { bids: expect.arrayContaining([expect.objectContaining({ pegged: 1n })]) as unknown } } },
    refusals: ['InsufficientFreeCash'],
  });
  expect(made['makers']).not.toHaveLength(0);
  // Ten thousand USD behind two thousand of SOL: nothing liquidates it, but its own margin is thin.
  expect(made['liquidation']).toBeUndefined();
  expect(made['bankruptcy']).toBeLessThan(made['mark'] as bigint);
});
