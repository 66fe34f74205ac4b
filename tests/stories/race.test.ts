import { expect, test } from 'vitest';
import {
  auctionCollateral,
  type ErrorName,
  isDistressed,
  liquidate,
  loadExchange,
  loadLedger,
  type ProgramEvent,
  resolve,
  units,
  withdraw,
} from '@breakwater/client';
import { healthOf, type Holder, JITOSOL, Pledge, type Trader } from '@breakwater/localnet';
import { eventOf, expectError, SOL, useStage } from '../harness/index.js';
import { type Finish, late, race, type Runner } from '../harness/race.js';

const stage = useStage({ markets: [SOL], insurance: '10000' });

/** Somebody with 5,000 USD who is long 400 SOL at 200 USD, and the price then. */
async function long(then: string): Promise<Trader> {
  await stage().price('SOL', '200');
  const maker = await stage().trader('200000');
  await maker.open('200000');
  await maker.allocate('SOL', '100000');
  await maker.quote('SOL', [], [['200', '400']]);
  const bob = await stage().trader('6000');
  await bob.open('5000');
  await bob.buy('SOL', '400', '200');
  await stage().price('SOL', then);
  return bob;
}

async function keepers(): Promise<[Trader, Trader]> {
  const one = async () => {
    const keeper = await stage().trader('110000');
    await keeper.open('100000');
    return keeper;
  };
  return [await one(), await one()];
}

async function taking(keeper: Trader, victim: Trader, size?: string): Promise<Runner> {
  const lots = size === undefined ? 0n : units.lots(size, SOL.lotExponent);
  const { exchange } = stage();
  const [own, of] = [await keeper.address(), await victim.account()];
  return {
    signer: keeper.signer,
    instructions: await liquidate(exchange, keeper.signer, own, of, stage().market('SOL'), lots),
  };
}

/** Who gained and who did not, which failed on the chain by that name. */
function oneOf(finishes: readonly Finish[], error: ErrorName): [won: number, lost: number] {
  const won = finishes.findIndex((finish) => finish.error === undefined);
  const lost = 1 - won;
  expect(finishes.map((finish) => finish.error)).toEqual(won === 0 ? [undefined, error] : [error, undefined]);
  return [won, lost];
}

function element<T>(list: readonly T[], at: number): T {
  const found = list[at];
  if (found === undefined) throw new RangeError(`nothing at ${at}`);
  return found;
}

/** What the winner's transaction did. */
async function gained<K extends ProgramEvent['kind']>(finishes: readonly Finish[], won: number, kind: K) {
  return eventOf(stage(), element(finishes, won).signature, kind);
}

/** Lots of both sides are equal, and the vault holds what is booked. */
async function expectConserved(): Promise<void> {
  const { market } = await stage().view('SOL');
  expect(market.sides[0]?.lots).toBe(market.sides[1]?.lots);
  const { state } = await loadExchange(stage().network.rpc, stage().exchange.address);
  expect(await stage().network.balance(state.collateralVault)).toBe(state.collateralBooked);
}

test('two keepers for one liquidation: one takes the slice, the other nothing, and the victim loses it once', async () => {
  const bob = await long('192.8');
  const pair = await keepers();
  const before = await Promise.all(pair.map((keeper) => keeper.account()));
  const finishes = await race(stage(), await Promise.all(pair.map((keeper) => taking(keeper, bob))));
  const [won, lost] = oneOf(finishes, 'SliceUsed');
  const liquidated = await gained(finishes, won, 'Liquidated');
  expect(liquidated.lots).toBe(units.lots('80', SOL.lotExponent));
  expect((await bob.position('SOL')).size).toBe('320');
  expect((await element(pair, won).position('SOL')).size).toBe('80');
  expect(await element(pair, lost).account()).toEqual(element(before, lost));
  await expectConserved();
});

test('two keepers with half a slice each: both gain, and together no more than the slice', async () => {
  const bob = await long('192.8');
  const pair = await keepers();
  const finishes = await race(stage(), await Promise.all(pair.map((keeper) => taking(keeper, bob, '40'))));
  expect(finishes.map((finish) => finish.error)).toEqual([undefined, undefined]);
  expect((await bob.position('SOL')).size).toBe('320');
  for (const keeper of pair) expect((await keeper.position('SOL')).size).toBe('40');
  await expectError('SliceUsed', element(pair, 0).liquidate(bob, 'SOL'));
  await expectConserved();
});

test('a keeper comes too late: the victim has paid in meanwhile', async () => {
  const bob = await long('192.8');
  const [keeper] = await keepers();
  expect(isDistressed(await bob.health())).toBe(true);
  const finished = await late(stage(), await taking(keeper, bob), () => bob.deposit('1000'));
  expect(finished.error).toBe('NotInDistress');
  expect((await bob.position('SOL')).size).toBe('400');
  expect((await keeper.position('SOL')).size).toBe('0');
});

test('two buyers for what cures an account: one cures it, the other finds it healthy', async () => {
  const jito = await Pledge.list(stage(), JITOSOL);
  const bob = await long('187');
  const tokens = await jito.wallet(bob, '20');
  await tokens.deposit('20');
  expect(isDistressed(await healthOf(bob))).toBe(true);
  const pair = await keepers();
  const baskets = await Promise.all(pair.map((keeper) => jito.wallet(keeper, '0')));
  const [kinds, kind, victim] = await Promise.all([jito.kinds(), jito.kind(), bob.account()]);
  const runners = baskets.map(({ trader, wallet }: Holder): Runner => {
    const bid = { kind, from: trader.wallet, to: wallet, amount: 0n };
    const instructions = auctionCollateral(stage().exchange, trader.signer, victim, kinds, bid);
    return { signer: trader.signer, instructions };
  });
  const usdc = await Promise.all(pair.map((keeper) => stage().network.balance(keeper.wallet)));
  const finishes = await race(stage(), runners);
  const [won, lost] = oneOf(finishes, 'NotInDistress');
  const sold = await gained(finishes, won, 'CollateralSold');
  expect(await element(baskets, won).balance()).toBe(sold.amount);
  expect(await element(baskets, lost).balance()).toBe(0n);
  expect(await tokens.held()).toBe(jito.amount('20') - sold.amount);
  const paid = await Promise.all(
    pair.map(async (keeper, at) => element(usdc, at) - (await stage().network.balance(keeper.wallet))),
  );
  expect([element(paid, won), element(paid, lost)]).toEqual([sold.proceeds, 0n]);
  await expectConserved();
});

test('two resolve one bankruptcy: its deficit is borne once', async () => {
  const bob = await long('184');
  const pair = await keepers();
  await element(pair, 0).sync(bob);
  await stage().pass(151);
  const { count } = await loadLedger(stage().network.rpc, stage().exchange);
  const victim = await bob.account();
  const instructions = await resolve(stage().exchange, victim, stage().market('SOL'));
  const finishes = await race(
    stage(),
    pair.map(({ signer }) => ({ signer, instructions })),
  );
  const [won] = oneOf(finishes, 'NoPosition');
  const resolved = await gained(finishes, won, 'BankruptcyResolved');
  expect(resolved.record).toBe(count + 1n);
  expect((await loadLedger(stage().network.rpc, stage().exchange)).count).toBe(count + 1n);
  await expectConserved();
});

test('one owner, two wallets open: what is there leaves once', async () => {
  const eve = await stage().trader('1000');
  await eve.open('1000');
  const account = await eve.account();
  const other = await stage().network.wallet(eve.signer.address, 0n);
  const all = units.atoms('1000');
  const runners = [eve.wallet, other].map((to): Runner => {
    return { signer: eve.signer, instructions: withdraw(stage().exchange, eve.signer, account, to, all) };
  });
  oneOf(await race(stage(), runners), 'InsufficientFreeCash');
  const balances = await Promise.all([eve.wallet, other].map((wallet) => stage().network.balance(wallet)));
  expect(balances.toSorted()).toEqual([0n, all]);
  expect((await eve.account()).books.free).toBe(0n);
  await expectConserved();
});
