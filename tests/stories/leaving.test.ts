import type { Address, Signature } from '@solana/kit';
import { expect, test } from 'vitest';
import {
  claim,
  deposit,
  isBankrupt,
  loadExchange,
  NO_MARKET,
  PICO,
  quoteAddress,
  skim,
  units,
} from '@breakwater/client';
import { JITOSOL, Pledge, type Trader } from '@breakwater/localnet';
import { BTC, eventOf, expectError, SOL, useStage } from '../harness/index.js';
import { leftIn, total } from '../harness/left.js';

const DAY = 86_400;
/** What the divisions of one market may leave behind in a day, besides fees. */
const DUST = 10n * PICO;

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

/** Takes the cash of positions without lots back, and what has matured. */
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

test('everyone leaves: a bankrupt pays what he owes, claims are whole, no account remains, and what the vault still holds has a name', async () => {
  const { network, exchange } = stage();
  await stage().send([skim(exchange, exchange.markets)]);
  const { collateralVault, insuranceVault } = exchange.state;
  const insured = await network.balance(insuranceVault);
  const maker = await somebody('300000');
  for (const market of ['SOL', 'BTC']) await maker.allocate(market, '80000');
  await quote(maker, 0);
  const [cora, dora, emil, bob] = [
    await somebody('30000'),
    await somebody('30000'),
    await somebody('30000'),
    await somebody('1300'),
  ];
  const fay = await somebody('100');
  const jito = await Pledge.list(stage(), JITOSOL);
  const tokens = await jito.wallet(fay, '3');
  await tokens.deposit('3');
  const everybody = [maker, cora, dora, emil, bob, fay];
  await bob.buy('SOL', '100', '200.2');
  await dora.sell('SOL', '11.07', '199.8');

  // Bob is bankrupt before anyone could act: who stands against him is charged, and holds claims.
  await stage().price('SOL', '184');
  expect(isBankrupt(await bob.health())).toBe(true);
  await dora.sync(bob);
  await stage().pass(151);
  const resolved = await eventOf(stage(), await dora.resolve(bob, 'SOL'), 'BankruptcyResolved');
  expect(resolved.absorbed + resolved.socialised).toBeGreaterThan(0n);
  const owed = (await Promise.all([maker, dora].map((who) => who.claims('SOL')))).map((claims) => claims.owed[1]);
  for (const amount of owed) expect(amount).toBeGreaterThan(0n);
  expect((await dora.position('SOL')).size).toBe('0');
  await expectError('AccountNotEmpty', bob.close());

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
  }
  for (const who of everybody) {
    for (const market of ['SOL', 'BTC']) expect((await who.position(market)).size).toBe('0');
  }

  // Whoever still holds claims stays, until Bob has paid all he owes.
  await expectError('AccountNotEmpty', maker.close());
  const debt = (await bob.account()).books.slots.flatMap((slot) => slot.debt).reduce((a, b) => a + b, 0n);
  expect(debt).toBeGreaterThan(0n);
  const payday = await network.wallet(bob.signer.address, debt);
  const sol = stage().market('SOL');
  const back = await deposit(exchange, bob.signer, await bob.address(), payday, debt, { accounts: [], markets: [sol] });
  const paid = await eventOf(stage(), await bob.send([back]), 'Deposited');
  expect((await bob.account()).books.slots.flatMap((slot) => slot.debt).every((amount) => amount === 0n)).toBe(true);
  expect(paid.free).toBe((await bob.account()).books.free);
  for (const who of [maker, dora]) {
    if ((await who.claims('SOL')).paid > 0n) await who.send([claim(exchange, await who.address(), sol)]);
  }

  // Other collateral keeps an account open like money.
  await fay.withdraw('100');
  await expectError('AccountNotEmpty', fay.close());
  await tokens.withdraw('3');
  const { state: kind } = await jito.kind();
  expect([kind.books.booked, await network.balance(kind.vault)]).toEqual([0n, 0n]);

  // Profit matures in a day; margin that left without lots matures where it was more than paid in: another day.
  await network.advanceSeconds(DAY);
  await network.refeed();
  for (const who of everybody) await leave(who);
  await network.advanceSeconds(DAY);
  await network.refeed();
  for (const who of everybody) {
    await who.sync();
    const { free, slots } = (await who.account()).books;
    expect(slots.every((slot) => slot.market === NO_MARKET || slot.units.every(({ units: held }) => held === 0n))).toBe(
      true,
    );
    if (free > 0n) await who.withdrawAtoms(free);
    await expectRentBack(who, await who.address(), () => who.close());
    await expect(who.account()).rejects.toThrow('does not exist');
  }

  await stage().send([skim(exchange, exchange.markets)]);
  const { state } = await loadExchange(network.rpc, exchange.address);
  let booked = 0n;
  for (const name of ['SOL', 'BTC']) {
    const { market } = await stage().view(name);
    expect(market.sides.map((side) => side.members)).toEqual([0, 0]);
    const left = leftIn(market);
    expect(total(left)).toBe(market.booked * PICO);
    const { fees, dust, ...others } = left;
    expect(fees).toBeGreaterThan(0n);
    for (const [what, amount] of Object.entries({ ...others, dust })) {
      expect(amount >= -DUST && amount <= DUST, `${what}: ${amount}`).toBe(true);
    }
    booked += market.booked;
  }
  expect(await network.balance(collateralVault)).toBe(booked);
  expect(state.collateralBooked).toBe(booked);

  // What people came with, Bob's wages and the fund: all of it is in their wallets, in the fund or in what is named above.
  const wallets = await Promise.all(everybody.map((who) => network.balance(who.wallet)));
  const outside = wallets.reduce((sum, amount) => sum + amount, 0n);
  const brought = units.atoms('391400') + debt + insured;
  expect(outside + (await network.balance(insuranceVault)) + booked).toBe(brought);
});
