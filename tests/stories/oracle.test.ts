import type { Address } from '@solana/kit';
import { expect, test } from 'vitest';
import { reasonsIn, refresh } from '@breakwater/client';
import { RECEIVER, updateOf } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useStage } from '../harness/index.js';

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

test('what can never be a price of the feed is refused by name', async () => {
  await expectError(
    'PriceExponent',
    from((data) => written(data, (view) => view.setInt32(EXPONENT_AT, 5, true))),
  );
  await expectError(
    'PriceFromFuture',
    from((data, time) => written(data, (view) => view.setBigInt64(TIME_AT, time + 60n, true))),
  );
  await expectError(
    'PriceWentBack',
    from((data) => written(data, (view) => view.setBigInt64(TIME_AT, 1_000n, true))),
  );
  await expectError(
    'PriceNotVerified',
    from((data) => Uint8Array.from([...data.slice(0, 40), 0, 5, ...data.slice(41, 133)])),
  );
  await expectError(
    'WrongOracleAccount',
    from((data) => data.fill(9, 0, 8)),
  );
  const told = await eventOf(stage(), await from((data) => data), 'MarketRefreshed');
  expect(told.accepted).toBe(true);
});

test.each([0n, -1n])('a price of %s is bad, keeps the old mark and is no error', async (price) => {
  const sent = from((data) => written(data, (view) => view.setBigInt64(PRICE_AT, price, true)));
  const told = await eventOf(stage(), await sent, 'MarketRefreshed');
  expect([told.accepted, told.quality, reasonsIn(told.reasons)]).toEqual([false, 0, ['notPositive']]);
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
