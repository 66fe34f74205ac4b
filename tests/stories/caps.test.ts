import { expect, test } from 'vitest';
import { units } from '@breakwater/client';
import { Stage, TOKEN_PROGRAM, walletData } from '@breakwater/localnet';
import { bit, cross, expectError, member, pair, plain, U64_MAX, useStage } from '../harness/index.js';

const stage = useStage({
  markets: [plain(0), plain(1, { openInterestMax: units.lots('1', -8) })],
  own: { depositsMax: units.atoms('500000') },
});

test("a market's open interest has a cap, and a position a smallest size", async () => {
  const bob = await member(stage(), '50000');
  const carol = await member(stage(), '50000');
  await bob.allocate('M1', '1000');
  const purchase = { market: 'M1', taker: carol, maker: bob } as const;
  await expectError('OpenInterestCap', cross(stage(), { ...purchase, size: '1.01' }));
  await cross(stage(), { ...purchase, size: '1' });
  await expectError('OpenInterestCap', cross(stage(), { ...purchase, size: '0.01' }));

  // A cent's worth below the smallest: Bob, who is short already, would not be left with dust.
  await pair(stage(), { market: 'M0', taker: await member(stage(), '1000'), maker: bob, size: '1' });
  await expectError('DustPosition', cross(stage(), { market: 'M0', taker: carol, maker: bob, size: '0.0099' }));
  await cross(stage(), { market: 'M0', taker: carol, maker: bob, size: '0.01' });
});

test('an exchange accepts so much and no more', async () => {
  const rich = await stage().trader('600000');
  await rich.open('400000');
  await expectError('DepositsFull', rich.deposit('100001'));
  await rich.deposit('100000');
  expect(await stage().network.balance(stage().exchange.state.collateralVault)).toBe(units.atoms('500000'));
  await expectError('DepositsFull', rich.deposit('1'));
});

test('no exchange begins with a smallest deposit of nothing, or one beyond its largest total', async () => {
  const begin = (own: { depositMin: bigint; depositsMax: bigint }) => Stage.open(stage().network, { markets: [], own });
  await expectError('RuleDeposits', begin({ depositMin: 0n, depositsMax: 1_000_000n }));
  await expectError('RuleDeposits', begin({ depositMin: 1_000_001n, depositsMax: 1_000_000n }));
  await begin({ depositMin: 1_000_000n, depositsMax: 1_000_000n });
});

test('amounts and prices beyond all bounds are refused, not wrapped around', async () => {
  const { network } = stage();
  const carol = await member(stage(), '10');
  // No faucet gives that many: the wallet is written whole.
  network.put(carol.wallet, TOKEN_PROGRAM, walletData(network.mint, carol.signer.address, bit(63)));
  await expectError('Overflow', carol.deposit(units.usd(bit(63))));
  await expectError('InsufficientFreeCash', carol.withdrawAtoms(U64_MAX));
  // The most a feed can say is no price: the market keeps its mark.
  const { mark } = (await stage().view('M0')).market;
  await stage().price('M0', '92233720368.54775807');
  expect((await stage().view('M0')).market.mark.price).toBe(mark.price);
  expect((await carol.account()).books.free).toBe(units.atoms('10'));
});

test('a vault that lacks an atom of what is booked: nothing more happens until somebody explains it', async () => {
  const { network, exchange } = stage();
  const { collateralVault, vaultAuthority } = exchange.state;
  const carol = await stage().trader('100');
  await carol.open('10');
  // Nothing on chain takes tokens out past the books: the vault is written, to see that the program would notice.
  network.put(collateralVault, TOKEN_PROGRAM, walletData(network.mint, vaultAuthority, units.atoms('10') - 1n));
  const before = await carol.account();
  await expectError('NotConserved', carol.deposit('10'));
  await expectError('NotConserved', carol.withdraw('1'));
  expect(await carol.account()).toEqual(before);
  network.put(collateralVault, TOKEN_PROGRAM, walletData(network.mint, vaultAuthority, units.atoms('10')));
  await carol.deposit('10');
});
