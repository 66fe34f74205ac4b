import { expect, test } from 'vitest';
import { isBankrupt, units } from '@breakwater/client';
import { eventOf, expectError, SOL, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL] });

test('where nobody insures a shortfall nobody takes it over, and nobody opens on the side that pays for it', async () => {
  const maker = await stage().trader('200000');
  await maker.open('200000');
  await maker.allocate('SOL', '60000');
  await maker.quote('SOL', [['199.9', '100']], [['200.1', '100']]);
  const [ann, bob, keeper, eve] = [
    await stage().trader('5000'),
    await stage().trader('500'),
    await stage().trader('50000'),
    await stage().trader('50000'),
  ];
  await ann.open('5000');
  await ann.allocate('SOL', '5000');
  await ann.buy('SOL', '10', '200.1');
  await bob.open('500');
  await bob.buy('SOL', '40', '200.1');
  for (const rich of [keeper, eve]) await rich.open('50000');

  await stage().price('SOL', '180');
  expect(isBankrupt(await bob.health())).toBe(true);
  // Tier 1 would leave a debt and there is no cover to pay it: it ends here, and deleveraging need not wait.
  await expectError('CoverExhausted', keeper.liquidate(bob, 'SOL'));
  await maker.quote('SOL', [['179.9', '100']], [['180.1', '100']]);
  await expectError('Uninsured', eve.sell('SOL', '1', '179.8'));
  // A maker opens there no more than a taker does: his ask stands, and does not fill. Whoever reduces goes on.
  await expectError('NothingFilled', eve.buy('SOL', '1', '180.2'));
  await ann.sell('SOL', '4', '179.8', true);

  const resolved = await eventOf(stage(), await keeper.resolve(bob, 'SOL'), 'BankruptcyResolved');
  expect(resolved.insured).toBe(0n);
  expect(resolved.absorbed + resolved.socialised).toBe(resolved.deficit);
  expect(resolved.lots).toBe(units.lots('40', SOL.lotExponent));
  await eve.sell('SOL', '1', '179.8');
  expect((await eve.position('SOL')).size).toBe('-1');
  expect((await ann.position('SOL')).size).toBe('6');
});
