import type { Address } from '@solana/kit';
import { expect, test } from 'vitest';
import { type ErrorName, marketParams, reasonsIn, refresh } from '@breakwater/client';
import { RECEIVER, updateOf } from '@breakwater/localnet';
import { BTC, eventOf, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL] });

/** Refreshes from an update somebody else might have posted. */
async function from(change: (data: Uint8Array, time: bigint) => Uint8Array, owner: Address = RECEIVER) {
  await stage().network.advance(10);
  const now = await stage().network.now();
  const data = updateOf(SOL.feed, { price: '201' }, now.time, now.slot);
  stage().network.put(stage().market('SOL').price, owner, change(data, now.time));
  return stage().send(refresh(stage().exchange, [stage().market('SOL')]));
}

const PRICE_AT = 73;
const EXPONENT_AT = 89;
const TIME_AT = 93;

function written(data: Uint8Array, write: (view: DataView) => void): Uint8Array {
  write(new DataView(data.buffer, data.byteOffset, data.byteLength));
  return data;
}

const PRICES: readonly (readonly [ErrorName, (data: Uint8Array, time: bigint) => Uint8Array])[] = [
  ['PriceExponent', (data) => written(data, (view) => view.setInt32(EXPONENT_AT, 5, true))],
  ['PriceFromFuture', (data, time) => written(data, (view) => view.setBigInt64(TIME_AT, time + 60n, true))],
  ['WrongOracleAccount', (data) => data.fill(9, 0, 8)],
];

test('what can never be a price of the feed lists nothing, and says nothing to a refresh', async () => {
  const params = marketParams('bare', { lotExponent: BTC.lotExponent, ...BTC.own });
  const at = await stage().priceAccount(BTC);
  for (const [name, change] of PRICES) {
    const { time, slot } = await stage().network.now();
    stage().network.put(at, RECEIVER, change(updateOf(BTC.feed, { price: BTC.first }, time, slot), time));
    await expectError(name, stage().list(BTC, params));
    const told = await eventOf(stage(), await from(change), 'MarketRefreshed');
    expect([told.accepted, told.level]).toEqual([false, 0]);
  }
  const { time, slot } = await stage().network.now();
  stage().network.put(at, stage().exchange.address, updateOf(BTC.feed, { price: BTC.first }, time, slot));
  await expectError('WrongOracleOwner', stage().list(BTC, params));
});

test('anyone may pass any update: an older one changes nothing and succeeds, a part of one is refused', async () => {
  const older = await from((data) => written(data, (view) => view.setBigInt64(TIME_AT, 1_000n, true)));
  expect((await eventOf(stage(), older, 'MarketRefreshed')).accepted).toBe(false);
  await expectError(
    'PriceNotVerified',
    from((data) => Uint8Array.from([...data.slice(0, 40), 0, 5, ...data.slice(41, 133)])),
  );
  const told = await eventOf(stage(), await from((data) => data), 'MarketRefreshed');
  expect(told.accepted).toBe(true);
});

test('a bad price keeps the old mark and is no error; what needs a good one is refused', async () => {
  await stage().price('SOL', '200');
  const bob = await stage().trader('1000');
  await bob.open('1000');
  await stage().price('SOL', { price: '210', confidence: '40' });
  const { market } = await stage().view('SOL');
  expect(market.mark.price).toBe(200_000_000_000n);
  expect(market.mark.quality).toBe(0n);
  await expectError('PriceQuality', bob.quote('SOL', [['190', '1']], []));
  // Flat money needs no oracle.
  await bob.withdraw('1000');
});
