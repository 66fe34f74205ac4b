import type { Address, KeyPairSigner } from '@solana/kit';
import { expect, test } from 'vitest';
import type { Network, Trader } from '@breakwater/localnet';
import { SOL, useStage } from '../harness/index.js';
import { runPage } from '../harness/snippets.js';

/** What the page begins with. */
export type Given = {
  readonly rpc: Network['rpc'];
  readonly exchangeAddress: Address;
  readonly me: KeyPairSigner;
  readonly myUsdc: Address;
};

const page = 'docs/running-a-keeper.md';
const stage = useStage({ markets: [SOL], insurance: '400' });

/** A long with five thousand USD behind it. */
async function long(size: string): Promise<Trader> {
  const trader = await stage().trader('5000');
  await trader.open('5000');
  await trader.buy('SOL', size, '200.1');
  return trader;
}

test('docs/running-a-keeper.md: its keeper liquidates and resolves', async () => {
  const { network, exchange } = stage();
  for (const _ of [0, 1]) {
    const maker = await stage().trader('200000');
    await maker.open('200000');
    await maker.allocate('SOL', '80000');
    await maker.quote('SOL', [['199.9', '400']], [['200.1', '400']]);
  }
  const bob = await long('400');
  const carol = await long('300');
  const keeper = await stage().trader('150000');

  const at: Record<string, string> = {};
  const note = async (when: string): Promise<void> => {
    at[`bob ${when}`] = (await bob.position('SOL')).size;
    at[`carol ${when}`] = (await carol.position('SOL')).size;
  };
  const meanwhile = {
    'A price falls': () => stage().price('SOL', '193'),
    'It falls further': async () => {
      await note('after a slice');
      await stage().price('SOL', '178');
    },
    'The auction is over': () => stage().pass(151),
  };
  const given: Given = {
    rpc: network.rpc,
    exchangeAddress: exchange.address,
    me: keeper.signer,
    myUsdc: keeper.wallet,
  };
  const gives = ['quiet', 'seen', 'told', 'helped', 'broken', 'rest', 'left', 'log', 'refused'];
  const made = await runPage<Given>({ page, from: import.meta.url, given, meanwhile, gives });

  expect(made).toMatchObject({ quiet: 0, seen: 1, helped: 1, broken: 2, left: [] });
  // The dry run said what it would do, and did nothing; then it was done.
  expect(made['told']).toContainEqual(expect.stringMatching(/^liquidate: would take \d+ units$/));
  expect(Number(at['bob after a slice'])).toBeLessThan(400);
  expect(at['carol after a slice']).toBe('300');
  expect(made['log']).toContainEqual(expect.stringMatching(/^resolve: takes \d+ units$/));
  expect((await bob.position('SOL')).size).toBe('0');
  expect((await carol.position('SOL')).size).toBe('0');
  const { market } = await stage().view('SOL');
  expect(market.tally.partialLiquidations).toBeGreaterThan(0n);
  expect(market.tally.resolutions).toBeGreaterThan(0n);
  expect(made['refused']).toEqual(['NothingTripped', 'RebaseNotDue', 'SettleTooEarly']);
});
