import { expect, test } from 'vitest';
import { loadAccount, loadExchange, loadQuotes, traderAddress, WrongAccount } from '@breakwater/client';
import { member, plains, useStage } from '../harness/index.js';

const stage = useStage({ markets: plains(1) }, 'process');

test('n2: a maker who closes his account and leaves his quote hides no other, and people trade on', async () => {
  const [maker, gone, taker] = [
    await member(stage(), '20000'),
    await member(stage(), '100'),
    await member(stage(), '5000'),
  ];
  await maker.allocate('M0', '10000');
  await maker.quote('M0', [['99.9', '10']], [['100.1', '10']]);
  await gone.quote('M0', [], [['100.01', '1']]);
  await gone.withdraw('100');
  await gone.close();
  const quotes = await loadQuotes(stage().network.rpc, stage().market('M0'));
  expect(quotes.filter(({ ok }) => ok)).toHaveLength(1);
  expect(quotes.flatMap((quote) => (quote.ok ? [] : [quote.reason]))).toEqual(['AccountMissing']);
  await taker.buy('M0', '2', '101');
  expect((await taker.position('M0')).size).toBe('2');
});

test('n11: what a wallet pastes is refused by what it is', async () => {
  const { network, exchange } = stage();
  const bob = await member(stage(), '100');
  const record = await traderAddress(exchange.address, bob.signer.address);
  const pasted = [
    [stage().market('M0').address, 'Market'],
    [stage().market('M0').ladder, 'Ladder'],
    [exchange.address, 'Exchange'],
    [record, 'Trader'],
    [exchange.state.ledger, 'LossLedger'],
  ] as const;
  for (const [address, type] of pasted) {
    await expect(loadAccount(network.rpc, address)).rejects.toThrow(
      `${address} is no MarginAccount: its type is ${type}`,
    );
  }
  await expect(loadExchange(network.rpc, await bob.address())).rejects.toThrow(WrongAccount);
  await expect(loadAccount(network.rpc, bob.wallet)).rejects.toThrow('it belongs to the program Token');
});
