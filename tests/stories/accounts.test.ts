import { type Address, generateKeyPairSigner, type Instruction } from '@solana/kit';
import { expect, test } from 'vitest';
import {
  allocate,
  deposit,
  type ErrorName,
  fundInsurance,
  getTradeInstructionDataDecoder,
  getTradeInstructionDataEncoder,
  pairsOf,
  refresh,
  skim,
  sync,
  trade,
  units,
  withAccounts,
  withdraw,
} from '@breakwater/client';
import { mintData, Stage, TOKEN_PROGRAM, type Trader, walletData } from '@breakwater/localnet';
import { BTC, expectError, SOL, swapped, useStage } from '../harness/index.js';

const stage = useStage({ markets: [SOL, BTC] });

async function bob(): Promise<Trader> {
  const trader = await stage().trader('1000');
  await trader.open('500');
  return trader;
}

test('money moves only between the accounts it belongs to', async () => {
  const { exchange, network } = stage();
  const { collateralVault, vaultAuthority, insuranceVault } = exchange.state;
  const trader = await bob();
  const account = await trader.account();
  const put = [await deposit(exchange, trader.signer, account.address, trader.wallet, units.atoms('1'))];
  const take = withdraw(exchange, trader.signer, account, trader.wallet, units.atoms('1'));
  const pay = [fundInsurance(exchange, trader.signer, trader.wallet, units.atoms('1'))];

  const { address: mint } = await generateKeyPairSigner();
  network.put(mint, TOKEN_PROGRAM, mintData(network.payer.address));
  const { address: foreign } = await generateKeyPairSigner();
  network.put(foreign, TOKEN_PROGRAM, walletData(mint, trader.signer.address, units.atoms('10')));

  const cases: readonly (readonly [ErrorName, Instruction[]])[] = [
    ['WrongVault', swapped(put, collateralVault, insuranceVault)],
    ['WrongVault', swapped(take, collateralVault, insuranceVault)],
    ['WrongVault', swapped(pay, insuranceVault, collateralVault)],
    ['WrongVaultAuthority', swapped(take, vaultAuthority, trader.signer.address)],
    ['WrongMint', swapped(put, trader.wallet, foreign)],
    ['WrongMint', swapped(take, trader.wallet, foreign)],
    ['NotATokenAccount', swapped(put, trader.wallet, exchange.address)],
    ['WrongInsurance', swapped(pay, exchange.state.insurance, trader.wallet)],
    ['DuplicateAccount', swapped(take, trader.wallet, collateralVault)],
    ['WrongAccountType', swapped(put, account.address, stage().market('SOL').address)],
    ['WrongOwner', swapped(put, account.address, trader.wallet)],
    ['AccountClosed', swapped(put, account.address, (await generateKeyPairSigner()).address)],
  ];
  for (const [name, instructions] of cases) await expectError(name, trader.send(instructions));
  expect(await trader.account()).toEqual(account);
});

test('markets, ladders and feeds belong together', async () => {
  const { exchange } = stage();
  const [sol, btc] = [stage().market('SOL'), stage().market('BTC')];
  const trader = await bob();
  const account = await trader.account();
  const move = allocate(exchange, trader.signer, account.address, sol, units.atoms('1'));
  await expectError('WrongLadder', trader.send(swapped(move, sol.ladder, btc.ladder)));
  await expectError('WrongFeed', trader.send(swapped(refresh(exchange, [sol]), sol.price, btc.price)));
  const unpaired = withAccounts(skim(exchange), pairsOf([sol], 'write').slice(0, 1));
  await expectError('AccountsNotInPairs', trader.send([unpaired]));
  await expectError('NotWritable', trader.send([withAccounts(skim(exchange), pairsOf([sol], 'read'))]));
  await expectError('DuplicateAccount', trader.send([withAccounts(skim(exchange), pairsOf([sol, sol], 'write'))]));

  await trader.allocate('SOL', '50');
  const lacks = sync(exchange, { ...(await trader.account()), books: account.books });
  await expectError('MarketMissing', trader.send(lacks));
});

test('what belongs to another exchange is refused', async () => {
  const { network } = stage();
  const other = await Stage.open(network, { markets: [SOL] });
  const trader = await bob();
  const account = await trader.account();
  const theirs = await deposit(other.exchange, trader.signer, account.address, trader.wallet, units.atoms('1'));
  await expectError('WrongExchange', trader.send([theirs]));
  const mixed = { ...other.market('SOL'), price: stage().market('SOL').price };
  await expectError('WrongExchange', trader.send(refresh(stage().exchange, [mixed])));
});

test('an order is well formed', async () => {
  const { exchange } = stage();
  const sol = stage().market('SOL');
  const trader = await bob();
  const account = await trader.account();
  const order = {
    side: 'long',
    lots: units.lots('1', SOL.lotExponent),
    limit: units.price('210', SOL.lotExponent),
  } as const;
  const built = await trade(exchange, trader.signer, account, sol, { ...order, makers: [] });
  await expectError('NothingFilled', trader.send(built));
  const odd = (lots: bigint) => trade(exchange, trader.signer, account, sol, { ...order, lots, makers: [] });
  await expectError('WrongStep', trader.send(await odd(1n)));
  await expectError('ZeroAmount', trader.send(await odd(0n)));
  const many = await trade(exchange, trader.signer, account, sol, {
    ...order,
    makers: Array<Address>(5).fill(account.address),
  });
  await expectError('TooManyMakers', trader.send(many));
  const [refreshed, bought] = await trade(exchange, trader.signer, account, sol, { ...order, makers: [] });
  if (refreshed === undefined || bought?.data === undefined) throw new Error('a refresh and a trade');
  // No builder says a third side.
  const sideless = getTradeInstructionDataEncoder().encode({
    ...getTradeInstructionDataDecoder().decode(bought.data),
    side: 2,
  });
  await expectError('UnknownSide', trader.send([refreshed, { ...bought, data: sideless }]));
  const unquoted = await trade(exchange, trader.signer, account, sol, { ...order, makers: [account.address] });
  // Passed over, like whoever's quote is gone: here there is nobody else.
  await expectError('NothingFilled', trader.send(unquoted));
});
