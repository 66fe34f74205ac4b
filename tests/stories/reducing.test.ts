import { expect, test } from 'vitest';
import { atomsFloor, cure, quote, trade, units } from '@breakwater/client';
import type { Trader } from '@breakwater/localnet';
import { cross, eventOf, eventsOf, expectError, expectNear, member, pair, plains, useStage } from '../harness/index.js';

const stage = useStage({ markets: plains(2), own: { depositsMax: units.atoms('200000') } });

/** Somebody with so many USD, of what is in his wallet, long 10 at 100, and the short against him. */
async function long(usd: string, wallet = usd): Promise<{ owner: Trader; short: Trader }> {
  for (const name of ['M0', 'M1']) await stage().price(name, '100');
  const [owner, short] = [await stage().trader(wallet), await member(stage(), '20000')];
  await owner.open(usd);
  await pair(stage(), { market: 'M0', taker: owner, maker: short, size: '10' });
  return { owner, short };
}

const equity = async (trader: Trader) => atomsFloor((await trader.health()).equity);

test('between maintenance and initial margin the owner quotes to close, and closes', async () => {
  const { owner, short } = await long('60');
  await stage().price('M0', '97.5');
  await expectError('InsufficientMargin', cross(stage(), { market: 'M0', taker: short, maker: owner, size: '10.1' }));
  await cross(stage(), { market: 'M0', taker: short, maker: owner, size: '10' });
  expect((await owner.position('M0')).size).toBe('0');
  // 25 lost, 5 bps of 1,000 paid as the taker and 2 of 975 as the maker.
  expectNear(await equity(owner), units.atoms('34.305'), 3n);
});

test('a losing leg is closed with what the other has', async () => {
  const { owner, short } = await long('110');
  await pair(stage(), { market: 'M1', taker: owner, maker: short, size: '10' });
  await stage().price('M1', '108');
  await stage().price('M0', '92');
  const before = await equity(owner);
  await cross(stage(), { market: 'M0', taker: owner, maker: short, side: 'short', size: '10' });
  expect((await owner.position('M0')).size).toBe('0');
  // 5 bps of 920 are all it costs.
  expectNear(await equity(owner), before - units.atoms('0.46'), 6n);
});

test('a position is not closed for less than the account has', async () => {
  const { owner, short } = await long('60');
  await stage().price('M0', '94.6');
  const cheap = { market: 'M0', taker: owner, maker: short, side: 'short', size: '10', price: '93' } as const;
  await expectError('LegUnderwater', cross(stage(), cheap));
  await cross(stage(), { ...cheap, price: '94.6' });
  expect((await owner.position('M0')).size).toBe('0');
});

test('each fill is told, who is gone is passed over, and less than the least fill is refused', async () => {
  await stage().price('M0', '100');
  const makers = await Promise.all(
    ['100.3', '100.1', '100.2'].map(async (ask) => {
      const maker = await member(stage(), '2000');
      await maker.allocate('M0', '2000');
      await maker.quote('M0', [], [[ask, '5']]);
      return maker;
    }),
  );
  const [last, gone, best] = makers;
  if (last === undefined || gone === undefined || best === undefined) throw new Error('three makers');
  const taker = await member(stage(), '5000');
  const addresses = await Promise.all(makers.map((maker) => maker.address()));
  const { exchange } = stage();
  const order = { side: 'long', lots: units.lots('8', -8), limit: units.price('101', -8), makers: addresses } as const;
  const take = async (size: string, minFill: string) =>
    taker.send(
      await trade(exchange, taker.signer, await taker.account(), stage().market('M0'), {
        ...order,
        lots: units.lots(size, -8),
        minFill: units.lots(minFill, -8),
      }),
    );
  await gone.cancel('M0');
  await expectError('MinFillNotReached', take('11', '10.01'));
  const signature = await take('8', '8');
  const fills = (await eventsOf(stage(), signature)).flatMap((event) => (event.kind === 'Filled' ? [event] : []));
  expect(fills.map(({ taker, maker }) => [taker, maker])).toEqual([
    [await taker.address(), await best.address()],
    [await taker.address(), await last.address()],
  ]);
  const told = fills.map(({ lots, price }) => [units.size(lots, -8), units.perUnit(price, -8)]);
  expect(told).toEqual([
    ['5', '100.2'],
    ['3', '100.3'],
  ]);
  expect(units.usd((await eventOf(stage(), signature, 'Traded')).value)).toBe('801.9');
});

test('a pegged level fills at no older mark than its maker allows', async () => {
  await stage().price('M0', '100');
  const [maker, taker] = [await member(stage(), '2000'), await member(stage(), '2000')];
  await maker.allocate('M0', '2000');
  const { exchange, network } = stage();
  const away = { size: units.lots('5', -8), price: units.price('0.1', -8), pegged: 1n };
  const offers = { bids: [], asks: [away], expires: (await network.now()).slot + 1_000n, markAgeSlotsMax: 25 };
  await maker.send(await quote(exchange, maker.signer, await maker.account(), stage().market('M0'), offers));
  const order = { side: 'long', lots: units.lots('1', -8), limit: units.price('101', -8) } as const;
  const take = async () =>
    trade(exchange, taker.signer, await taker.account(), stage().market('M0'), {
      ...order,
      makers: [await maker.address()],
    });
  await taker.send(await take());
  await network.advance(35);
  // Shown again, the price is as old as it is.
  await expectError('StaleMark', taker.send(await take()));
  await stage().price('M0', '100');
  await taker.send(await take());
});

test('who fills the deposits keeps nobody from the cure', async () => {
  const { owner } = await long('60', '160');
  const { exchange, network } = stage();
  const held = await network.balance(exchange.state.collateralVault);
  const rich = await stage().trader('200000');
  await rich.open(units.usd(units.atoms('200000') - held));
  await stage().price('M0', '96');
  const pay = async (usd: string) =>
    owner.send(await cure(exchange, owner.signer, await owner.account(), owner.wallet, units.atoms(usd)));
  await expectError('DepositsFull', owner.deposit('20'));
  // Initial margin is 48.
  await expectError('DepositsFull', pay('48.01'));
  await pay('48');
  // Restored: there is nothing left to cure.
  await expectError('DepositsFull', pay('1'));
});
