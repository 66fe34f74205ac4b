import { beforeEach, expect, test } from 'vitest';
import {
  atomsFloor,
  isBankrupt,
  isDistressed,
  isUnfunded,
  kindBooks,
  proceedsOf,
  resolve,
  units,
  withdraw,
  withValuation,
} from '@breakwater/client';
import { healthOf, type Holder, JITOSOL, saleNow, Pledge, type Trader, value } from '@breakwater/localnet';
import { eventOf, expectError, expectNear, pico, share, SOL, useStage } from '../harness/index.js';

/** Atoms that seconds of funding and rounding may take of a position. */
const FUNDING = 2_000n;

const stage = useStage({ markets: [SOL], insurance: '10000' });

/** Everybody who may have paid tokens in. */
const holders: Holder[] = [];

beforeEach(() => holders.splice(0));

/** Staked SOL at 240 USD: a fifth of its value is not counted, and at most 2,000 USD of it in an account. */
async function jitoSol(): Promise<Pledge> {
  const own = { ...JITOSOL.own, accountMax: units.atoms('2000') };
  const jito = await Pledge.list(stage(), { ...JITOSOL, own });
  await stage().price('SOL', '200');
  await jito.price('240');
  return jito;
}

/** Tokens for somebody who pays in. */
async function tokensOf(pledge: Pledge, trader: Trader, tokens: string): Promise<Holder> {
  const holder = await pledge.wallet(trader, tokens);
  holders.push(holder);
  return holder;
}

/** Every token of the kind is in an account, in its books and in its vault. */
async function expectConserved(pledge: Pledge): Promise<void> {
  const { state } = await pledge.kind();
  const held = await Promise.all(holders.map((holder) => holder.held()));
  expect(held.reduce((sum, amount) => sum + amount, 0n)).toBe(state.books.booked);
  expect(await stage().network.balance(state.vault)).toBe(state.books.booked);
}

/** Somebody with 600 USD and 5 JitoSOL who is long 50 SOL at 200 USD. */
async function long(pledge: Pledge): Promise<{ alice: Trader; tokens: Holder }> {
  const maker = await stage().trader('100000');
  await maker.open('100000');
  await maker.allocate('SOL', '50000');
  await maker.quote('SOL', [], [['200', '50']]);
  const alice = await stage().trader('600');
  await alice.open('600');
  const tokens = await tokensOf(pledge, alice, '5');
  await tokens.deposit('5');
  await value(alice);
  await alice.buy('SOL', '50', '200');
  return { alice, tokens };
}

/** A keeper with USDC outside to buy with, and an account to take positions over. */
async function keeperOf(pledge: Pledge): Promise<{ keeper: Trader; basket: Holder }> {
  const keeper = await stage().trader('60000');
  await keeper.open('50000');
  return { keeper, basket: await pledge.wallet(keeper, '0') };
}

test('staked SOL counts with its haircut, up to its cap, and leaves without anyone when nothing needs it', async () => {
  const pledge = await jitoSol();
  const alice = await stage().trader('10');
  await alice.open('10');
  const tokens = await tokensOf(pledge, alice, '20');
  const deposited = await eventOf(stage(), await tokens.deposit('5'), 'CollateralDeposited');
  expect([deposited.amount, deposited.held]).toEqual([pledge.amount('5'), pledge.amount('5')]);
  const first = await eventOf(stage(), await value(alice), 'CollateralValued');
  // 1,200 USD less a fifth; for initial margin less the confidence interval of 0.05 % as well.
  expect(first.maintenance).toBe(units.atoms('960'));
  expect(first.initial).toBe(units.atoms('959.52'));
  const health = await alice.health();
  expect(health.equity).toBe(pico(units.atoms('970')));
  expect(health.pledged).toBe(units.atoms('960'));

  // 10 of them are worth 2,400 USD, 2,000 count.
  await tokens.deposit('5');
  const second = await eventOf(stage(), await value(alice), 'CollateralValued');
  expect([second.initial, second.maintenance]).toEqual([units.atoms('1600'), units.atoms('1600')]);
  await expectConserved(pledge);

  await expectError('InsufficientCollateral', tokens.withdrawUnits(pledge.amount('10') + 1n));
  await expectError('ZeroAmount', tokens.withdraw('0'));
  await expectError('ZeroAmount', tokens.deposit('0'));
  await expectError('AccountNotEmpty', alice.close());
  // A day later, with no price of anything.
  await stage().network.advanceSeconds(86_400);
  await tokens.withdraw('10');
  expect(await tokens.balance()).toBe(pledge.amount('20'));
  await expectConserved(pledge);
});

test('it stays where margin needs it, and an old valuation serves nobody', async () => {
  const pledge = await jitoSol();
  const { alice, tokens } = await long(pledge);
  // Money of some 345 USD for an initial margin of 487.50.
  await stage().price('SOL', '195');
  await expectError('InsufficientMargin', tokens.withdraw('5'));
  await tokens.withdraw('3');
  await expectConserved(pledge);
  await stage().pass(10);
  await expectError('CollateralUnvalued', alice.withdraw('1'));
  await expectError('CollateralUnvalued', alice.sync());
  const [account, kinds] = [await alice.account(), await pledge.kinds()];
  const out = withdraw(stage().exchange, alice.signer, account, alice.wallet, units.atoms('1'));
  await alice.send(withValuation(stage().exchange, account, kinds, out));
  expect(await stage().network.balance(alice.wallet)).toBe(units.atoms('1'));
  // By its health with 2 JitoSOL he is not liquidated, though his money is below initial margin.
  const { keeper } = await keeperOf(pledge);
  await value(alice);
  await expectError('NotInDistress', keeper.liquidate(alice, 'SOL'));
});

test('no money is left: a keeper buys at a price that falls, to the atom as foreseen, until the account is cured', async () => {
  const pledge = await jitoSol();
  const { alice, tokens } = await long(pledge);
  const { keeper, basket } = await keeperOf(pledge);
  await value(alice);
  await expectError('NotInDistress', basket.buy(alice));

  await stage().price('SOL', '187');
  await pledge.price('225');
  const health = await healthOf(alice);
  expect([isDistressed(health), isUnfunded(health), isBankrupt(health)]).toEqual([true, true, false]);
  await value(alice);
  await expectError('CollateralFirst', keeper.liquidate(alice, 'SOL'));
  await expectError('TooMuch', basket.buy(alice, pledge.amount('5')));

  const discounts: bigint[] = [];
  const before = { usdc: await stage().network.balance(keeper.wallet), held: await tokens.held() };
  let paid = 0n;
  for (const tokensWanted of ['0.05', '0.1']) {
    const amount = pledge.amount(tokensWanted);
    const foreseen = await saleNow(alice, await pledge.kind(), amount);
    const sold = await eventOf(stage(), await basket.buy(alice, amount), 'CollateralSold');
    expect([sold.amount, BigInt(sold.discount), sold.proceeds]).toEqual([amount, foreseen.discount, foreseen.proceeds]);
    discounts.push(foreseen.discount);
    paid += sold.proceeds;
    await stage().pass(50);
    await pledge.price('225');
  }
  expect(discounts[0]).toBe(100n);
  // 50 slots and some of a thousand, from 1 % to a whole.
  expect(discounts[1]).toBeGreaterThan(100n + share(9_900n, 50n, 1_000n));

  const foreseen = await saleNow(alice, await pledge.kind());
  const kind = kindBooks(await pledge.kinds()).get(0);
  if (kind === undefined) throw new Error('a kind');
  const held = await tokens.held();
  const last = await eventOf(stage(), await basket.buy(alice), 'CollateralSold');
  expect(BigInt(last.discount)).toBe(foreseen.discount);
  expectNear(last.amount, foreseen.amount, 100_000n);
  expect(last.proceeds).toBe(proceedsOf(kind, [held, last.amount], foreseen.discount));
  paid += last.proceeds;

  expect(before.usdc - (await stage().network.balance(keeper.wallet))).toBe(paid);
  expect(await basket.balance()).toBe(before.held - (await tokens.held()));
  await expectConserved(pledge);
  expect(isDistressed(await healthOf(alice))).toBe(false);
  await expectError('NotInDistress', basket.buy(alice));
  await value(alice);
  await expectError('NotInDistress', keeper.liquidate(alice, 'SOL'));
});

test('what the collateral does not bring goes to the waterfall, and not before it is sold', async () => {
  const pledge = await jitoSol();
  const { alice, tokens } = await long(pledge);
  const { keeper, basket } = await keeperOf(pledge);
  for (const price of ['185', '170', '155']) await stage().price('SOL', price);
  await pledge.price('240');
  expect(isBankrupt(await healthOf(alice))).toBe(true);
  await value(alice);
  await keeper.sync(alice);
  await stage().pass(151);
  await pledge.price('240');
  await value(alice);
  await expectError('CollateralFirst', keeper.resolve(alice, 'SOL'));
  await value(alice);
  await expectError('CollateralFirst', keeper.liquidate(alice, 'SOL'));

  const owed = atomsFloor(-(await alice.health()).equity);
  const sold = await eventOf(stage(), await basket.buy(alice), 'CollateralSold');
  expect(sold.amount).toBe(pledge.amount('5'));
  expect(await tokens.held()).toBe(0n);
  expect(sold.discount).toBeGreaterThan(1_500);

  // Whoever bears it is told whose it was: another's record is refused.
  const account = await alice.account();
  const sol = stage().market('SOL');
  const mistaken = await resolve(stage().exchange, { ...account, owner: keeper.signer.address }, sol);
  await expectError('WrongTrader', keeper.send(mistaken));
  const resolved = await eventOf(stage(), await keeper.resolve(alice, 'SOL'), 'BankruptcyResolved');
  // Equity counted 960 USD of collateral that brought what the buyer paid.
  expectNear(resolved.deficit, owed + units.atoms('960') - sold.proceeds, FUNDING);
  const { deficit, insured, absorbed, socialised, unfunded } = resolved;
  expect(deficit).toBe(insured + absorbed + socialised + unfunded);
  expect(insured).toBeGreaterThan(0n);
  expect((await alice.position('SOL')).size).toBe('0');
});
