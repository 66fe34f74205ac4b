import { expect, test } from 'vitest';
import { type AccountHandle, quote, resolve, trade, units } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL] });

/** A maker who quotes 100 SOL a side, and a taker. */
async function pair(): Promise<{ maker: Trader; taker: Trader; account: AccountHandle }> {
  await stage().price('SOL', '200');
  const maker = await stage().trader('100000');
  await maker.open('100000');
  await maker.allocate('SOL', '50000');
  await maker.quote('SOL', [['199.9', '100']], [['200.1', '100']]);
  const taker = await stage().trader('20000');
  await taker.open('20000');
  return { maker, taker, account: await taker.account() };
}

/** Buys from one maker, whatever a client would have chosen. */
async function take(taker: Trader, account: AccountHandle, maker: Trader, lots: string, limit = '201') {
  const makers = [await maker.address()];
  const order = {
    side: 'long',
    lots: units.lots(lots, SOL.lotExponent),
    limit: units.price(limit, SOL.lotExponent),
  } as const;
  return trade(stage().exchange, taker.signer, account, stage().market('SOL'), { ...order, makers });
}

test('an order that cannot fill says why', async () => {
  const { maker, taker, account } = await pair();
  await expectError('NothingFilled', taker.send(await take(taker, account, maker, '0.05')));
  await taker.buy('SOL', '1', '200.2');
  // Of what would leave dust behind nothing fills.
  await expectError('NothingFilled', taker.sell('SOL', '0.95', '199.8'));
  await maker.quote('SOL', [], [['210', '100']]);
  await expectError('PriceOutOfBand', taker.send(await take(taker, await taker.account(), maker, '1', '211')));
  const { slot } = await stage().network.now();
  const offers = { bids: [], asks: [], expires: slot };
  await maker.send(await quote(stage().exchange, maker.signer, await maker.account(), stage().market('SOL'), offers));
  await expectError('QuoteNotLive', taker.send(await take(taker, await taker.account(), maker, '1')));
});

test('nothing happens at a mark nobody has refreshed', async () => {
  const { maker, taker, account } = await pair();
  await stage().network.advance(200);
  const [, alone] = await take(taker, account, maker, '1');
  if (alone === undefined) throw new Error('a refresh and a trade');
  await expectError('StaleMark', taker.send([alone]));
});

test('a healthy account is neither liquidated nor resolved', async () => {
  const { maker, taker } = await pair();
  await taker.buy('SOL', '10', '200.2');
  await expectError('NotInDistress', maker.liquidate(taker, 'SOL'));
  await expectError(
    'NotBankrupt',
    maker.send(await resolve(stage().exchange, await taker.account(), stage().market('SOL'))),
  );
  expect((await taker.position('SOL')).size).toBe('10');
});
