import { expect, test } from 'vitest';
import {
  BREAKWATER_PROGRAM_ADDRESS,
  fetchLadder,
  getLadderEncoder,
  isBankrupt,
  rebase,
  type LadderSide,
} from '@breakwater/client';
import { cast, cross, eventOf, expectError, member, pair, plains, U64_MAX, useStage } from '../harness/index.js';

const stage = useStage({ markets: plains(2) });

/** Moves the ladder of a market to the grid its mark asks for. */
async function regrid(market: string): Promise<void> {
  let finished = false;
  while (!finished) {
    const step = rebase(stage().exchange, stage().market(market), 2_048);
    ({ finished } = await eventOf(stage(), await stage().send([step]), 'Rebased'));
  }
}

test('a position whose bankruptcy price is off the grid waits until the grid has moved', async () => {
  const { bob, carol } = await cast(stage());
  await stage().network.advance(1_000);
  await stage().price('M1', '7000');
  await bob.allocate('M1', '5000');
  const purchase = { market: 'M1', taker: carol, maker: bob, size: '1' } as const;
  await expectError('KeyOffGrid', cross(stage(), purchase));
  await regrid('M1');
  await cross(stage(), purchase);
  expect((await carol.position('M1')).size).toBe('1');
});

test('a position nobody has touched for eight grids must be synced before the ninth', async () => {
  const { bob } = await cast(stage());
  const hodler = await member(stage(), '10000');
  await hodler.allocate('M1', '1200');
  await pair(stage(), { market: 'M1', taker: hodler, maker: bob, size: '10' });
  const before = await hodler.position('M1');
  // Down a decade, and back.
  const far = async (round: number) => {
    await stage().network.advance(100);
    await stage().price('M1', round % 2 === 0 ? '10' : '100');
  };
  for (let round = 0; round < 8; round += 1) {
    await far(round);
    await regrid('M1');
  }
  await far(8);
  await expectError('GridHistoryFull', regrid('M1'));
  await bob.sync(hodler);
  await bob.sync();
  await regrid('M1');
  await far(9);
  expect((await hodler.position('M1')).size).toBe(before.size);
});

test('without a free record nobody is deleveraged, until somebody syncs', async () => {
  const { network } = stage();
  const { alice, bob } = await cast(stage());
  await stage().price('M0', '93');
  expect(isBankrupt(await alice.health())).toBe(true);
  const { ladder } = stage().market('M0');
  const { data } = await fetchLadder(network.rpc, ladder);
  // To fill 256 records takes as many bankruptcies of traders nobody syncs: their bits are written instead.
  const full = (side: LadderSide) => ({ ...side, liveRecords: side.liveRecords.map(() => U64_MAX) });
  const sides = data.books.sides.map(full);
  const forged = getLadderEncoder().encode({ ...data, books: { ...data.books, sides } });
  network.put(ladder, BREAKWATER_PROGRAM_ADDRESS, new Uint8Array(forged));
  await expectError('RecordsFull', bob.resolve(alice, 'M0'));

  network.put(ladder, BREAKWATER_PROGRAM_ADDRESS, new Uint8Array(getLadderEncoder().encode(data)));
  await bob.resolve(alice, 'M0');
});
