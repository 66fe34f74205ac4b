/** A margin account, and money in and out of it. */
import { AccountRole, type Address, type Instruction, type TransactionSigner } from '@solana/kit';
import { type AccountHandle, type ExchangeHandle, type MarketHandle, marketsOf } from '../accounts.js';
import { accountAddress, traderAddress } from '../addresses.js';
import {
  getAllocateMarginInstruction,
  getCloseAccountInstruction,
  getDepositInstruction,
  getFundInsuranceInstruction,
  getIsolatePositionInstruction,
  getOpenAccountInstruction,
  getRequestWithdrawalInstruction,
  getSyncPositionInstruction,
  getWithdrawInstruction,
} from '../generated/index.js';
import { pairsOf, refresh, withAccounts } from './common.js';

/** Opens a margin account and pays `amount` atoms into it from a token account of the owner. */
export async function openAndFund(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  from: Address,
  amount: bigint,
  index = 0,
): Promise<Instruction[]> {
  const account = await accountAddress(exchange.address, owner.address, index);
  const trader = await traderAddress(exchange.address, owner.address);
  const open = getOpenAccountInstruction({ owner, exchange: exchange.address, account, trader, index });
  return [open, await deposit(exchange, owner, account, from, amount)];
}

/** What an owner owes, in whose accounts and markets: what he pays in serves it first. */
export type Owed = {
  /** His accounts that owe. */
  readonly accounts: readonly Address[];
  /** Every market he owes in. */
  readonly markets: readonly MarketHandle[];
};

/**
 * Pays `amount` atoms in. `owed`: needed where the owner's record says that he owes; `loadOwed` finds it. Where deposits are full,
 * one that restores an account's positions passes all the same: `cure` refreshes and shows its markets.
 */
export async function deposit(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: Address,
  from: Address,
  amount: bigint,
  owed: Owed = { accounts: [], markets: [] },
): Promise<Instruction> {
  const { collateralVault } = exchange.state;
  const trader = await traderAddress(exchange.address, owner.address);
  const accounts = { owner, exchange: exchange.address, account, trader, from, collateralVault };
  const beside = owed.accounts.filter((address) => address !== account);
  const others = beside.map((address) => ({ address, role: AccountRole.WRITABLE }));
  return withAccounts(getDepositInstruction({ ...accounts, amount }), [...others, ...pairsOf(owed.markets, 'write')]);
}

/** A deposit that restores positions below initial margin: it passes a full cap, up to what they need. */
export async function cure(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: AccountHandle,
  from: Address,
  amount: bigint,
): Promise<Instruction[]> {
  const markets = marketsOf(exchange, account);
  const built = await deposit(exchange, owner, account.address, from, amount);
  return [...refresh(exchange, markets), withAccounts(built, pairsOf(markets, 'read'))];
}

/** Takes `amount` atoms of free cash out. Its markets are refreshed only where it has positions: flat money asks no oracle. */
export function withdraw(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: AccountHandle,
  to: Address,
  amount: bigint,
): Instruction[] {
  const { collateralVault, vaultAuthority } = exchange.state;
  const markets = marketsOf(exchange, account);
  const hasLots = account.books.slots.some((slot) => slot.position.lots !== 0n);
  const accounts = { exchange: exchange.address, account: account.address, collateralVault, vaultAuthority };
  const built = getWithdrawInstruction({ owner, ...accounts, to, amount });
  return [...(hasLots ? refresh(exchange, markets) : []), withAccounts(built, pairsOf(markets, 'write'))];
}

/** Takes a place in the queue for a withdrawal the bound on outflow does not let pass at once; zero gives the request up. */
export function requestWithdrawal(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: Address,
  amount: bigint,
): Instruction {
  return getRequestWithdrawalInstruction({ owner, exchange: exchange.address, account, amount });
}

/** Moves `amount` atoms into a position, or, below zero, paid-in margin out of it. */
export function allocate(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: Address,
  market: MarketHandle,
  amount: bigint,
): Instruction[] {
  const accounts = { exchange: exchange.address, account, market: market.address, ladder: market.ladder };
  const built = getAllocateMarginInstruction({ owner, ...accounts, amount });
  return [...refresh(exchange, [market]), built];
}

/** Makes a position answer with its own cash only, or join the others again. */
export function isolate(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: AccountHandle,
  market: MarketHandle,
  isolated: boolean,
): Instruction[] {
  const others = marketsOf(exchange, account, market);
  const accounts = { exchange: exchange.address, account: account.address, market: market.address };
  const built = getIsolatePositionInstruction({ owner, ...accounts, ladder: market.ladder, isolated });
  return [...refresh(exchange, [market, ...others]), withAccounts(built, pairsOf(others, 'write'))];
}

/** Closes an empty margin account and returns its rent. */
export function closeAccount(exchange: ExchangeHandle, owner: TransactionSigner, account: Address): Instruction {
  return getCloseAccountInstruction({ owner, exchange: exchange.address, account });
}

/** Pays `amount` atoms into the insurance fund. */
export function fundInsurance(
  exchange: ExchangeHandle,
  payer: TransactionSigner,
  from: Address,
  amount: bigint,
): Instruction {
  const { insurance, insuranceVault } = exchange.state;
  return getFundInsuranceInstruction({ payer, exchange: exchange.address, insurance, from, insuranceVault, amount });
}

/** Brings an account up to date and observes its distress. Anyone; `payee` is paid a little where ladder records run low. */
export function sync(exchange: ExchangeHandle, account: AccountHandle, payee?: Address): Instruction[] {
  const markets = marketsOf(exchange, account);
  const paid = payee === undefined ? {} : { payee };
  const built = getSyncPositionInstruction({ exchange: exchange.address, account: account.address, ...paid });
  return [...refresh(exchange, markets), withAccounts(built, pairsOf(markets, 'write'))];
}
