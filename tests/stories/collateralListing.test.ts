import { expect, test } from 'vitest';
import {
  type CollateralParams,
  collateralParams,
  depositCollateral,
  feedAddress,
  listCollateral,
  loadExchange,
  SOURCE,
  valueCollateral,
  withdrawCollateral,
} from '@breakwater/client';
import { CBBTC, JITOSOL, Pledge, Stage, type Trader, WETH } from '@breakwater/localnet';
import { bit, eventOf, expectError, SOL, useStage } from '../harness/index.js';

const DAY = 86_400n;

/** An exchange whose changes wait for a day. */
const stage = useStage({ markets: [SOL], own: { timelockSeconds: DAY } });

/** Another exchange on the same network, without a timelock: what it lists is open at once. */
async function atOnce(): Promise<Stage> {
  return Stage.open(stage().network, { markets: [SOL] });
}

async function somebody(on: Stage): Promise<Trader> {
  const trader = await on.trader('100');
  await trader.open('100');
  return trader;
}

test('a new kind waits for the timelock, and may be taken back until it opens', async () => {
  const { network, guardian, authority } = stage();
  const jito = await Pledge.prepare(stage(), JITOSOL);
  const { time } = await network.now();
  const listed = await eventOf(stage(), await jito.list(), 'CollateralListed');
  expect([listed.index, listed.mint]).toEqual([0, jito.mint]);
  // 240 USD a token of nine decimals: 0.24 atom a smallest unit.
  expect(listed.price).toBe(240_000_000_000n);
  expect(listed.opensAt).toBeGreaterThanOrEqual(time + DAY);
  const alice = await somebody(stage());
  const tokens = await jito.wallet(alice, '10');
  await expectError('MarketNotOpen', tokens.deposit('1'));

  const wrapped = await Pledge.list(stage(), CBBTC);
  await expectError('Unauthorised', wrapped.cancel(alice.signer));
  const cancelled = await eventOf(stage(), await wrapped.cancel(guardian), 'CollateralCancelled');
  expect([cancelled.index, cancelled.by]).toEqual([1, guardian.address]);
  await expectError('NothingChanges', wrapped.cancel(authority));

  await network.advanceSeconds(Number(listed.opensAt - (await network.now()).time));
  await network.refeed();
  await tokens.deposit('1');
  expect(await tokens.held()).toBe(jito.amount('1'));
  const coins = await wrapped.wallet(alice, '1');
  await expectError('MarketNotOpen', coins.deposit('1'));
  await expectError('ProposalClosed', jito.cancel(authority));
});

/** Parameters that break the rule. */
const BROKEN: readonly (readonly [why: string, own: Partial<CollateralParams>])[] = [
  ['no haircut', { haircut: 0 }],
  ['an auction that starts at the haircut', { discountStart: 2_000 }],
  ['an auction of seconds', { auctionSlots: 10n }],
  ['the decimals of another mint', { unitExponent: -8 }],
  ['nothing of it', { totalMax: 0n }],
  ['more in an account than an exchange may hold', { accountMax: bit(60) }],
];

test.each(BROKEN)('a kind with %s is not listed', async (_, own) => {
  const jito = await Pledge.prepare(stage(), JITOSOL);
  await expectError('RuleCollateral', jito.list(own));
});

test('three kinds are listed, in order, at good prices of their own', async () => {
  const on = await atOnce();
  const { network, authority } = on;
  const jito = await Pledge.prepare(on, JITOSOL);
  await expectError('WrongIndex', jito.list({}, 1));
  await network.publish(JITOSOL.feed, { price: JITOSOL.first, confidence: '12' });
  await expectError('PriceQuality', jito.list());
  await network.publish(JITOSOL.feed, { price: JITOSOL.first });
  const feed = { source: SOURCE.pull, feed: JITOSOL.feed, price: await feedAddress(JITOSOL.feed) };
  const dollars = { ...feed, mint: network.mint, params: collateralParams({ unitExponent: -6 }) };
  await expectError('WrongMint', on.send([await listCollateral(on.exchange, authority, dollars)]));
  const eve = await somebody(on);
  const hers = { ...feed, mint: jito.mint, params: collateralParams(JITOSOL.own) };
  await expectError('Unauthorised', eve.send([await listCollateral(on.exchange, eve.signer, hers)]));

  await jito.list();
  await Pledge.list(on, CBBTC);
  await Pledge.list(on, WETH);
  const fourth = await Pledge.prepare(on, JITOSOL);
  await expectError('CollateralSlotsFull', fourth.list());
  expect((await loadExchange(network.rpc, on.exchange.address)).state.collateralCount).toBe(3);
});

test('an exchange takes so much of a kind, at a price that holds, and nobody passes another kind for it', async () => {
  const on = await atOnce();
  const jito = await Pledge.prepare(on, JITOSOL);
  await jito.list({ totalMax: jito.amount('100') });
  const wrapped = await Pledge.list(on, CBBTC);
  const [alice, bob] = [await somebody(on), await somebody(on)];
  const [hers, his] = [await jito.wallet(alice, '200'), await jito.wallet(bob, '200')];
  await hers.deposit('60');
  await expectError('CollateralCap', his.deposit('40.000000001'));
  await his.deposit('40');
  await expectError('CollateralCap', hers.deposit('0.000000001'));
  await hers.withdraw('1');
  await his.deposit('1');

  const [kinds, account] = [await jito.kinds(), await alice.account()];
  const [kind, other] = [await jito.kind(), await wrapped.kind()];
  const unpledged = { ...account, books: { ...account.books, pledge: { ...account.books.pledge, amounts: [] } } };
  await expectError('WrongCollateral', alice.send(valueCollateral(on.exchange, unpledged, kinds)));
  const out = { kind: { ...kind, state: other.state }, wallet: hers.wallet, amount: 1n };
  await expectError('WrongVault', alice.send(withdrawCollateral(on.exchange, alice.signer, account, kinds, out)));
  const coins = await wrapped.wallet(alice, '1');
  const mistaken = { kind, wallet: coins.wallet, amount: 1n };
  await expectError('WrongMint', alice.send(depositCollateral(on.exchange, alice.signer, account.address, mistaken)));

  // Nobody answers a fall that no price shows yet with what has fallen.
  await on.network.publish(JITOSOL.feed, { price: '240', confidence: '12' });
  await expectError('PriceQuality', his.deposit('0.5'));
});
