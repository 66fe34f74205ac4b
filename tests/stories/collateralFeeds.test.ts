import type { ReadonlyUint8Array } from '@solana/kit';
import { expect, test } from 'vitest';
import { countedOf, isUnfunded, refresh, refreshCollateral } from '@breakwater/client';
import { healthOf, type Holder, JITOSOL, Pledge, saleNow, type Trader, value, WETH } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL] });

/** Two kinds, at their first prices. */
async function kinds(): Promise<{ jito: Pledge; weth: Pledge }> {
  const network = stage().network;
  const jito = await Pledge.list(stage(), JITOSOL);
  const weth = await Pledge.list(stage(), WETH);
  await network.advance(3);
  await network.show(JITOSOL.feed, { price: JITOSOL.first });
  await network.show(WETH.feed, { price: WETH.first });
  await stage().send(refreshCollateral(stage().exchange, await jito.kinds()));
  await stage().price('SOL', '200');
  return { jito, weth };
}

/** Somebody with 600 USD who is long 50 SOL at 200 USD, other collateral behind it. */
async function long(pledged: readonly (readonly [Pledge, string])[]): Promise<{ alice: Trader; holders: Holder[] }> {
  const maker = await stage().trader('100000');
  await maker.open('100000');
  await maker.allocate('SOL', '50000');
  await maker.quote('SOL', [], [['200', '50']]);
  const alice = await stage().trader('600');
  await alice.open('600');
  const holders: Holder[] = [];
  for (const [pledge, tokens] of pledged) {
    const holder = await pledge.wallet(alice, '100');
    await holder.deposit(tokens);
    holders.push(holder);
  }
  await value(alice);
  await alice.buy('SOL', '50', '200');
  return { alice, holders };
}

/** Lets slots pass in which only these feeds publish; anyone sees that the distress goes on. */
async function silence(slots: number, alice: Trader, live: readonly (readonly [ReadonlyUint8Array, string])[]) {
  for (let passed = 0; passed < slots; passed += 50) {
    await stage().network.advance(50);
    for (const [feed, price] of live) await stage().network.show(feed, { price });
    await stage().send(refresh(stage().exchange, stage().exchange.markets));
    await value(alice);
    await alice.sync();
  }
}

test('of two kinds the first that has a price is sold, not the one the buyer likes', async () => {
  const { jito, weth } = await kinds();
  const { alice, holders } = await long([
    [jito, '5'],
    [weth, '0.5'],
  ]);
  const buyer = await stage().trader('50000');
  const [staked, ethers] = [await jito.wallet(buyer, '0'), await weth.wallet(buyer, '0')];
  await stage().price('SOL', '187');
  expect(isUnfunded(await healthOf(alice))).toBe(true);
  await expectError('CollateralFirst', ethers.buy(alice, weth.amount('0.001')));
  await expect(saleNow(alice, await weth.kind())).rejects.toThrow('CollateralFirst');
  await staked.buy(alice, jito.amount('0.01'));

  // JitoSOL's feed falls silent: what it counted for maintenance it still counts, and nobody borrows on it.
  await silence(160, alice, [
    [SOL.feed, '187'],
    [WETH.feed, '4000'],
  ]);
  const { initial, maintenance } = await eventOf(stage(), await value(alice), 'CollateralValued');
  const [of, books] = [(await weth.kind()).state.books, (await alice.account()).books.pledge.amounts];
  const ether = countedOf(of, books[1] ?? 0n, of.mark.price - of.mark.confidence);
  expect(initial).toBe(ether);
  expect(maintenance).toBeGreaterThan(initial + 900_000_000n);
  await expectError('CollateralFirst', staked.buy(alice, jito.amount('0.01')));
  const before = await saleNow(alice, await weth.kind(), weth.amount('0.001'));
  const sold = await eventOf(stage(), await ethers.buy(alice, weth.amount('0.001')), 'CollateralSold');
  expect([sold.index, BigInt(sold.discount), sold.proceeds]).toEqual([1, before.discount, before.proceeds]);
  expect(before.discount).toBeGreaterThan(1_000n);

  // What is paid in late is not sold at the late price: the discount begins again.
  await holders[1]?.deposit('0.1');
  const after = await eventOf(stage(), await ethers.buy(alice, weth.amount('0.001')), 'CollateralSold');
  expect(after.discount).toBeLessThan(150);
  expect(await ethers.balance()).toBe(weth.amount('0.002'));
});

test('a silent feed holds a sale up within the haircut, and no longer', async () => {
  const { jito } = await kinds();
  const { alice } = await long([[jito, '5']]);
  await silence(160, alice, [[SOL.feed, '200']]);
  const buyer = await stage().trader('50000');
  const staked = await jito.wallet(buyer, '0');
  await stage().network.advance(3);
  await stage().network.show(SOL.feed, { price: '187' });
  await stage().send(refresh(stage().exchange, stage().exchange.markets));
  await expect(saleNow(alice, await jito.kind())).rejects.toThrow('StaleMark');
  await expectError('StaleMark', staked.buy(alice, jito.amount('0.01')));
  // The distress runs from when anyone has seen it.
  await value(alice);
  await alice.sync();
  await silence(200, alice, [[SOL.feed, '187']]);
  const foreseen = await saleNow(alice, await jito.kind(), jito.amount('0.01'));
  expect(foreseen.discount).toBeGreaterThanOrEqual(2_000n);
  const sold = await eventOf(stage(), await staked.buy(alice, jito.amount('0.01')), 'CollateralSold');
  expect([BigInt(sold.discount), sold.proceeds]).toEqual([foreseen.discount, foreseen.proceeds]);
});
