import { expect, test } from 'vitest';
import { type InsuranceBooks, loadInsurance, units } from '@breakwater/client';
import { type Trader, Underwriter } from '@breakwater/localnet';
import { days, eventOf, eventsOf, expectError, offerLayer, share, SOL, useStage } from '../harness/index.js';

const usd = units.atoms;
const MONTH = { limit: '1000', attachment: '0', premium: 1_000n, days: 30 } as const;
/** Without a grant the cover holds only what the market has earned: the layers insure it. */
const listing = { ...SOL, own: { ...SOL.own, coverGrant: 0n } };
const stage = useStage({ markets: [listing] }, 'process');

const fund = (): Promise<InsuranceBooks> => loadInsurance(stage().network.rpc, stage().exchange);

/** Resolves somebody after his auction; returns what insurance paid, and what of it came from the cover. */
async function resolved(keeper: Trader, whom: Trader): Promise<{ deficit: bigint; insured: bigint; cover: bigint }> {
  await keeper.sync(whom);
  await stage().pass(151);
  const before = await fund();
  const { deficit, insured } = await eventOf(stage(), await keeper.resolve(whom, 'SOL'), 'BankruptcyResolved');
  const after = await fund();
  const cover = before.protocol - after.protocol;
  expect(before.layers - after.layers).toBe(insured - cover);
  return { deficit, insured, cover };
}

test('a layer is offered, funded, earns, pays in its order, expires and leaves with what it has', async () => {
  const { exchange } = stage();
  const [una, val] = [await Underwriter.with(stage(), '1100'), await Underwriter.with(stage(), '1100')];
  const [first, second] = [['SOL', 0] as const, ['SOL', 1] as const];
  await expectError('WrongUnderwriter', una.fund(first, '1'));
  await offerLayer(stage(), first, una.signer.address, MONTH);
  // Val's layer pays once insurance has paid 200 USD in the market.
  await offerLayer(stage(), second, val.signer.address, { ...MONTH, attachment: '200' });
  const offer = (seat: number, terms: Partial<typeof MONTH> | { premium: bigint } | { limit: string }) =>
    offerLayer(stage(), ['SOL', seat], val.signer.address, { ...MONTH, ...terms });
  await expectError('LayerTerms', offer(2, { limit: '0' }));
  await expectError('LayerTerms', offer(4, {}));
  // All layers together earn at most half.
  await expectError('LayerTerms', offer(2, { premium: 3_001n }));

  await expectError('WrongUnderwriter', val.fund(first, '1'));
  await expectError('ZeroAmount', una.fund(first, '0'));
  await una.fund(first, '600');
  await expectError('LayerFull', una.fund(first, '400.000001'));
  await una.fund(first, '400');
  await val.fund(second, '1000');
  await expectError('LayerTaken', offer(0, {}));
  expect((await fund()).layers).toBe(usd('2000'));

  const maker = await stage().trader('500000');
  await maker.open('500000');
  await maker.allocate('SOL', '200000');
  await maker.quote('SOL', [['199.9', '500']], [['200.1', '500']]);
  const keeper = await stage().trader('100000');
  await keeper.open('100000');
  const people = await Promise.all(['500', '500', '5000'].map((margin) => stage().trader(margin)));
  const [cat, bob, dan] = people;
  if (cat === undefined || bob === undefined || dan === undefined) throw new Error('three people');
  await cat.open('500');
  await cat.buy('SOL', '40', '200.1');

  // A penalty: a tenth of it for each layer, rounded down, the rest for the protocol.
  await stage().price('SOL', '192.8');
  const events = await eventsOf(stage(), await keeper.liquidate(cat, 'SOL'));
  expect(events.map(({ kind }) => kind)).toContain('Liquidated');
  const { protocol, layers } = await fund();
  const penalty = protocol + layers - usd('2000');
  expect(penalty).toBeGreaterThan(10n);
  const tenth = share(penalty, 1n, 10n);
  expect([(await una.layer(first)).earned, (await val.layer(second)).earned]).toEqual([tenth, tenth]);
  // Nobody has looked at the price for a while: taking a premium looks itself.
  await stage().pass(151);
  expect((await eventOf(stage(), await una.premium(first), 'PremiumTaken')).amount).toBe(tenth);
  expect(await una.balance()).toBe(usd('100') + tenth);
  await expectError('ZeroAmount', una.premium(first));
  await expectError('WrongUnderwriter', val.premium(first));
  await expectError('LayerBound', una.withdraw(first));
  await maker.quote('SOL', [['192.7', '500']], [['192.9', '500']]);
  for (const holder of [cat, keeper]) await holder.sell('SOL', (await holder.position('SOL')).size, '192.7', true);

  // A small bankruptcy is Una's alone: it is insured whole, so nobody is charged.
  await bob.open('500');
  await bob.buy('SOL', '40', '192.9');
  await stage().price('SOL', '178');
  const small = await resolved(keeper, bob);
  expect(small.insured).toBe(small.deficit);
  expect(small.insured).toBeLessThan(usd('200'));
  const left = usd('1000') - (small.insured - small.cover);
  expect((await una.layer(first)).amount).toBe(left);
  expect((await val.layer(second)).amount).toBe(usd('1000'));

  // A large one takes what an event may of hers, a quarter, and from 200 USD on of Val's; the rest is the other side's.
  await maker.quote('SOL', [['177.9', '500']], [['178.1', '500']]);
  await dan.open('5000');
  await dan.buy('SOL', '400', '178.1');
  await stage().price('SOL', '163');
  await expectError('LayerBound', val.premium(second));
  const large = await resolved(keeper, dan);
  expect(large.insured).toBeLessThan(large.deficit);
  const [hers, his] = [await una.layer(first), await val.layer(second)];
  const quarter = share(left, 1n, 4n);
  expect(left - hers.amount).toBe(quarter);
  expect(usd('1000') - his.amount).toBe(usd('250'));
  expect(large.insured).toBe(quarter + usd('250') + large.cover);

  // The month is over: nobody pays in, both leave with what there is, and their seats are free.
  await expectError('LayerBound', val.withdraw(second));
  await days(stage(), 30);
  await expectError('LayerExpired', val.fund(second, '1'));
  expect((await eventOf(stage(), await una.withdraw(first), 'LayerWithdrawn')).amount).toBe(hers.amount + hers.earned);
  await val.withdraw(second);
  expect(await una.balance()).toBe(usd('100') + tenth + hers.amount + hers.earned);
  expect(await val.balance()).toBe(usd('100') + his.amount + his.earned);
  expect((await fund()).layers).toBe(0n);
  expect(await stage().network.balance(exchange.state.insuranceVault)).toBe((await fund()).booked);
  await expectError('WrongUnderwriter', una.withdraw(first));
  await offer(0, {});
  await val.fund(first, '1');
});
