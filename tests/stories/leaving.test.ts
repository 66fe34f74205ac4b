import type { Address, Signature } from '@solana/kit';
import { expect, test } from 'vitest';
import { claim, deposit, isBankrupt, loadExchange, quoteAddress, skim, units } from '@breakwater/client';
import { JITOSOL, Pledge, type Trader } from '@breakwater/localnet';
import { BTC, eventOf, expectError, pico, SOL, useStage } from '../harness/index.js';
import { leftIn, total } from '../harness/left.js';

const DAY = 86_400;
/** What the divisions of one market may leave behind in a day, besides fees. */
const DUST = pico(10n);

const stage = useStage({ markets: [SOL, BTC], insurance: '400' });

/** SOL somebody has, lamports; zero where there is no account. */
async function lamports(address: Address): Promise<bigint> {
  return (await stage().network.rpc.getBalance(address, { commitment: 'confirmed' }).send()).value;
}

/** What a transaction cost whoever sent it, lamports. */
async function feeOf(signature: Signature): Promise<bigint> {
  const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 } as const;
  const found = await stage().network.rpc.getTransaction(signature, config).send();
  if (found?.meta == null) throw new Error(`the network does not know ${signature}`);
  return found.meta.fee;
}

/** Does what closes an account of somebody's; its rent comes back to him, to the lamport. */
async function expectRentBack(who: Trader, account: Address, close: () => Promise<Signature>): Promise<void> {
  const [rent, before] = await Promise.all([lamports(account), lamports(who.signer.address)]);
  expect(rent).toBeGreaterThan(0n);
  const fee = await feeOf(await close());
  expect(await lamports(who.signer.address)).toBe(before + rent - fee);
  expect(await lamports(account)).toBe(0n);
}

/** Takes the cash of positions without lots back, and what has vested. */
async function leave(who: Trader): Promise<void> {
  for (const market of ['SOL', 'BTC']) {
    const spare = (await who.slot(market))?.position.spare ?? 0n;
    if (spare > 0n) await who.take(market, spare);
  }
  await who.sync();
}

async function somebody(usd: string): Promise<Trader> {
  const trader = await stage().trader(usd);
  await trader.open(usd);
  return trader;
}

const offers = {
  SOL: [
    ['199.8', '200.2'],
    ['183.9', '184.1'],
    ['190.2', '190.4'],
  ],
  BTC: [
    ['99900', '100100'],
    ['99900', '100100'],
    ['98100', '98150'],
  ],
} as const;

/** A maker quotes in both markets around the price of a part of the day. */
async function quote(maker: Trader, part: 0 | 1 | 2): Promise<void> {
  for (const market of ['SOL', 'BTC'] as const) {
    const [bid, ask] = offers[market][part];
    await maker.quote(market, [[bid, '120']], [[ask, '120']]);
  }
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

async function debtOf(who: Trader): Promise<bigint> {
  return sum((await who.account()).books.slots.flatMap((slot) => slot.debt));
}

/** Bob is bankrupt before anyone could act: who stands against him is charged, and holds claims. */
async function goBankrupt(bob: Trader, against: readonly [Trader, Trader]): Promise<void> {
  const [, keeper] = against;
  await stage().price('SOL', '184');
  expect(isBankrupt(await bob.health())).toBe(true);
  await keeper.sync(bob);
  await stage().pass(151);
  const resolved = await eventOf(stage(), await keeper.resolve(bob, 'SOL'), 'BankruptcyResolved');
  expect(resolved.absorbed + resolved.socialised).toBeGreaterThan(0n);
  for (const who of against) {
    const [, owed] = (await who.claims('SOL')).owed;
    expect(owed).toBeGreaterThan(0n);
    expect((await who.position('SOL')).size).toBe('0');
  }
  await expectError('AccountNotEmpty', bob.close());
}

/** Whoever holds claims stays until Bob has paid all he owes. What that was, atoms. */
async function payBack(bob: Trader, creditors: readonly Trader[]): Promise<bigint> {
  const { network, exchange } = stage();
  for (const who of creditors) await expectError('AccountNotEmpty', who.close());
  const debt = await debtOf(bob);
  expect(debt).toBeGreaterThan(0n);
  const wages = await network.wallet(bob.signer.address, debt);
  const sol = stage().market('SOL');
  await bob.send([
    await deposit(exchange, bob.signer, await bob.address(), wages, debt, { accounts: [], markets: [sol] }),
  ]);
  expect(await debtOf(bob)).toBe(0n);
  for (const who of creditors) {
    const { paid } = await who.claims('SOL');
    expect(paid).toBeGreaterThan(0n);
    await who.send([claim(exchange, await who.address(), sol)]);
  }
  return debt;
}

/** The last of somebody: free cash to his wallet, and the rent of his account. */
async function goHome(who: Trader): Promise<void> {
  await who.sync();
  const { free, slots } = (await who.account()).books;
  expect(slots.filter((slot) => slot.units.some((held) => held.units !== 0n))).toEqual([]);
  if (free > 0n) await who.withdrawAtoms(free);
  await expectRentBack(who, await who.address(), () => who.close());
  await expect(who.account()).rejects.toThrow('does not exist');
}

/** What the markets still hold, all of it by name: fees, and what divisions have left. Atoms. */
async function expectNamed(): Promise<bigint> {
  const { network, exchange } = stage();
  let booked = 0n;
  for (const name of ['SOL', 'BTC']) {
    const { market } = await stage().view(name);
    expect(market.sides.map((side) => side.members)).toEqual([0, 0]);
    const left = leftIn(market);
    expect(total(left)).toBe(pico(market.booked));
    const { fees, ...others } = left;
    expect(fees).toBeGreaterThan(0n);
    for (const [what, amount] of Object.entries(others)) {
      expect(amount >= -DUST && amount <= DUST, `${what}: ${amount}`).toBe(true);
    }
    booked += market.booked;
  }
  const { state } = await loadExchange(network.rpc, exchange.address);
  expect(await network.balance(state.collateralVault)).toBe(booked);
  expect(state.collateralBooked).toBe(booked);
  return booked;
}

test('everyone leaves: a bankrupt pays what he owes, claims are whole, no account remains, and what stays has a name', async () => {
  const { network, exchange } = stage();
  await stage().send([skim(exchange, exchange.markets)]);
  const { insuranceVault } = exchange.state;
  const insured = await network.balance(insuranceVault);
  const maker = await somebody('300000');
  for (const market of ['SOL', 'BTC']) await maker.allocate(market, '80000');
  const [cora, dora, emil] = [await somebody('30000'), await somebody('30000'), await somebody('30000')];
  const [bob, fay] = [await somebody('1300'), await somebody('100')];
  const everybody = [maker, cora, dora, emil, bob, fay];
  const jito = await Pledge.list(stage(), JITOSOL);
  const tokens = await jito.wallet(fay, '3');
  await tokens.deposit('3');

  await quote(maker, 0);
  await bob.buy('SOL', '100', '200.2');
  await dora.sell('SOL', '11.07', '199.8');
  await goBankrupt(bob, [maker, dora]);

  await quote(maker, 1);
  await cora.buy('SOL', '37.13', '184.2');
  await dora.sell('SOL', '11.07', '183.8');
  await emil.buy('BTC', '0.3333', '100200');
  await stage().price('SOL', '190.31');
  await stage().price('BTC', '98123.45');
  await quote(maker, 2);
  await cora.sell('SOL', '37.13', '190', true);
  await dora.buy('SOL', '11.07', '191', true);
  await emil.sell('BTC', '0.3333', '98000', true);
  for (const market of ['SOL', 'BTC']) {
    const at = await quoteAddress(await maker.address(), stage().market(market).address);
    await expectRentBack(maker, at, () => maker.cancel(market));
    for (const who of everybody) expect((await who.position(market)).size).toBe('0');
  }
  const wages = await payBack(bob, [maker, dora]);

  // Other collateral keeps an account open like money.
  await fay.withdraw('100');
  await expectError('AccountNotEmpty', fay.close());
  await tokens.withdraw('3');
  const { state: kind } = await jito.kind();
  expect([kind.books.booked, await network.balance(kind.vault)]).toEqual([0n, 0n]);

  // Profit vests in a day; margin that left without lots vests where it was more than paid in: another day.
  await network.advanceSeconds(DAY);
  await network.refeed();
  for (const who of everybody) await leave(who);
  await network.advanceSeconds(DAY);
  await network.refeed();
  for (const who of everybody) await goHome(who);

  // What people came with, Bob's wages and the fund: in their wallets, in the fund, or named.
  await stage().send([skim(exchange, exchange.markets)]);
  const booked = await expectNamed();
  const outside = sum(await Promise.all(everybody.map((who) => network.balance(who.wallet))));
  const brought = units.atoms('391400') + wages + insured;
  expect(outside + (await network.balance(insuranceVault)) + booked).toBe(brought);
});
