import { expect, test } from 'vitest';
import { type InsuranceBooks, loadInsurance, units } from '@breakwater/client';
import { Underwriter } from '@breakwater/localnet';
import { days, eventOf, expectError, offerLayer, SOL, useStage } from '../harness/index.js';

const usd = units.atoms;
const DAYS = { limit: '1000', attachment: '0', premium: 1_000n, days: 1 } as const;
/** Without a grant nothing but the layer insures the market. */
const listing = { ...SOL, own: { ...SOL.own, coverGrant: 0n } };
const stage = useStage({ markets: [listing] }, 'process');

const fund = (): Promise<InsuranceBooks> => loadInsurance(stage().network.rpc, stage().exchange);

test('an expired layer pays for no later price, and stays until the market needs it no more', async () => {
  const una = await Underwriter.with(stage(), '1000');
  const place = ['SOL', 0] as const;
  await offerLayer(stage(), place, una.signer.address, DAYS);
  await una.fund(place, '1000');
  const maker = await stage().trader('100000');
  await maker.open('100000');
  await maker.allocate('SOL', '50000');
  await stage().price('SOL', '200');
  await maker.quote('SOL', [['199.9', '100']], [['200.1', '100']]);
  const [bob, keeper] = [await stage().trader('500'), await stage().trader('0')];
  await bob.open('500');
  await bob.buy('SOL', '40', '200.1');
  const charged = async () => (await stage().view('SOL')).market.sides.map(({ claims }) => claims.now.loss);
  const before = await charged();
  await stage().price('SOL', '184');
  // While it lasts nobody is charged for what it would pay.
  expect(await charged()).toEqual(before);

  await days(stage(), 1);
  await expectError('LayerBound', una.withdraw(place));
  const resolved = await eventOf(stage(), await keeper.resolve(bob, 'SOL'), 'BankruptcyResolved');
  expect(resolved.deficit).toBeGreaterThan(usd('100'));
  expect(resolved.insured).toBe(0n);
  expect(await fund()).toMatchObject({ layers: usd('1000'), booked: usd('1000') });
  expect((await eventOf(stage(), await una.withdraw(place), 'LayerWithdrawn')).amount).toBe(usd('1000'));
});
