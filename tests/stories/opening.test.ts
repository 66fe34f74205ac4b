import { expect, test } from 'vitest';
import { cancelListing, loadGuards } from '@breakwater/client';
import { Governor, officeOf, Stage } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useNetwork } from '../harness/index.js';

const LOCK = 3_600;

const network = useNetwork();

/** An exchange that has just listed a market, and people who wait for it. */
async function scene() {
  const stage = await Stage.open(network(), { markets: [SOL], own: { timelockSeconds: BigInt(LOCK) } });
  const [maker, bob] = [await stage.trader('60000'), await stage.trader('6000')];
  await maker.open('60000');
  await bob.open('5000');
  return { stage, maker, bob };
}

/** What people try first: an offer, and an order that finds none. */
async function opensNotYet({ stage, maker, bob }: Awaited<ReturnType<typeof scene>>): Promise<void> {
  await stage.price('SOL', '200');
  await expectError('MarketNotOpen', maker.quote('SOL', [['199.9', '50']], [['200.1', '50']]));
  await expectError('MarketNotOpen', bob.buy('SOL', '1', '200.2'));
}

test('a market opens when the timelock of its listing has run out', async () => {
  const all = await scene();
  const { stage, maker, bob } = all;
  const { time } = await network().now();
  const { opensAt } = await loadGuards(network().rpc, stage.exchange, stage.market('SOL'), await network().now());
  expect(opensAt).toBeGreaterThan(time);
  expect(opensAt).toBeLessThanOrEqual(time + BigInt(LOCK));
  // Margin may be brought there before.
  await maker.allocate('SOL', '20000');
  await opensNotYet(all);
  await network().advanceSeconds(LOCK - 60);
  await opensNotYet(all);
  await network().advanceSeconds(61);
  await stage.price('SOL', '200');
  await maker.quote('SOL', [['199.9', '50']], [['200.1', '50']]);
  await bob.buy('SOL', '1', '200.2');
  const governor = new Governor(stage, officeOf(stage, stage.authority));
  await expectError('ProposalClosed', governor.cancelListing('SOL'));
});

test('until then the authority or the guardian takes it back, and it never opens', async () => {
  for (const office of ['authority', 'guardian'] as const) {
    const all = await scene();
    const { stage, bob, maker } = all;
    const governor = new Governor(stage, officeOf(stage, stage[office]));
    const byBob = cancelListing(stage.exchange, bob.signer, stage.market('SOL'));
    await expectError('Unauthorised', bob.send([byBob]));
    await maker.allocate('SOL', '20000');
    const told = await eventOf(stage, await governor.cancelListing('SOL'), 'ListingCancelled');
    expect([told.market, told.by]).toEqual([0, stage[office].address]);
    await expectError('ProposalClosed', governor.cancelListing('SOL'));
    await network().advanceSeconds(LOCK + 1);
    await opensNotYet(all);
    // Whoever had brought margin takes it home.
    await maker.take('SOL', 20_000_000_000n);
    await maker.withdraw('60000');
  }
});
