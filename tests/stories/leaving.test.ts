import { expect, test } from 'vitest';
import { loadExchange, type ExchangeHandle } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { BTC, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL, BTC] });

test('everyone leaves: no account remains, and what the vault still holds is exactly what is booked', async () => {
  const { network } = stage();
  const maker = await stage().trader('300000');
  await maker.open('300000');
  const quotes = [
    ['SOL', '199.8', '200.2'],
    ['BTC', '99900', '100100'],
  ] as const;
  for (const [market, bid, ask] of quotes) {
    await maker.allocate(market, '80000');
    await maker.quote(market, [[bid, '40']], [[ask, '40']]);
  }
  const traders = await Promise.all(
    [1, 2, 3].map(async () => {
      const trader = await stage().trader('30000');
      await trader.open('30000');
      return trader;
    }),
  );
  const [cora, dora, emil] = traders;
  if (cora === undefined || dora === undefined || emil === undefined) throw new Error('three traders');
  await cora.buy('SOL', '37.13', '201');
  await dora.sell('SOL', '11.07', '199');
  await emil.buy('BTC', '0.3333', '100200');
  await stage().price('SOL', '207.31');
  await stage().price('BTC', '98123.45');

  await maker.quote('SOL', [['207.2', '40']], [['207.4', '40']]);
  await maker.quote('BTC', [['98100', '40']], [['98150', '40']]);
  await cora.sell('SOL', '37.13', '207', true);
  await dora.buy('SOL', '11.07', '208', true);
  await emil.sell('BTC', '0.3333', '98000', true);
  await maker.cancel('SOL');
  await maker.cancel('BTC');

  await network.advanceSeconds(86_400);
  await network.republish();
  for (const somebody of [maker, ...traders]) {
    for (const slot of (await somebody.account()).books.slots) {
      if (slot.market === 0n) await leave(somebody, 'SOL');
      if (slot.market === 1n) await leave(somebody, 'BTC');
    }
    await somebody.sync();
  }
  // Margin that left without lots became maturing profit where it was more than paid in: another day.
  await network.advanceSeconds(86_400);
  await network.republish();
  for (const somebody of [maker, ...traders]) {
    await somebody.sync();
    await somebody.withdrawAtoms((await somebody.account()).books.free);
    await somebody.close();
    await expect(somebody.account()).rejects.toThrow('does not exist');
  }

  const exchange: ExchangeHandle = await loadExchange(network.rpc, stage().exchange.address);
  expect(await network.balance(exchange.state.collateralVault)).toBe(exchange.state.collateralBooked);
  for (const name of ['SOL', 'BTC']) {
    const { market } = await stage().view(name);
    expect(market.sides.map((side) => side.lots)).toEqual([0n, 0n]);
    expect(market.sides.map((side) => side.members)).toEqual([0, 0]);
  }
});

/** Takes the cash of a position without lots back. */
async function leave(somebody: Trader, market: string): Promise<void> {
  const spare = (await somebody.slot(market))?.position.spare ?? 0n;
  if (spare > 0n) await somebody.take(market, spare);
}
