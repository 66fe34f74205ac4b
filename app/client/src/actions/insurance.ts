/** The insurance fund: stakers who share what it earns and loses, underwriters of a market's layers, and surplus. */
import { type AccountMeta, AccountRole, type Address, type Instruction, type TransactionSigner } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from '../accounts.js';
import { stakeAddress } from '../addresses.js';
import {
  getDistributeSurplusInstruction,
  getExitStakeInstruction,
  getFundLayerInstruction,
  getRequestExitInstruction,
  getStakeInstruction,
  getTakePremiumInstruction,
  getWithdrawLayerInstruction,
} from '../generated/index.js';
import { pairsOf, refresh, withAccounts } from './common.js';

/** Where tokens come from or go to, and how many atoms. */
export type Payment = { readonly from: Address; readonly amount: bigint };

function fundOf(exchange: ExchangeHandle) {
  const { insurance, insuranceVault } = exchange.state;
  return { exchange: exchange.address, insurance, insuranceVault };
}

function payingFund(exchange: ExchangeHandle) {
  return { ...fundOf(exchange), vaultAuthority: exchange.state.vaultAuthority };
}

/** Stakes in the fund: shares that earn with it and lose after the protocol's own. */
export async function stake(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  { from, amount }: Payment,
): Promise<Instruction> {
  const at = await stakeAddress(exchange.address, owner.address);
  return getStakeInstruction({ owner, ...fundOf(exchange), stake: at, from, amount });
}

/** Asks for the exit of so many shares in all, which begins their cool-down anew; none takes an earlier request back. */
export async function requestExit(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  shares: bigint,
): Promise<Instruction> {
  const at = await stakeAddress(exchange.address, owner.address);
  const { insurance } = exchange.state;
  return getRequestExitInstruction({ owner, exchange: exchange.address, insurance, stake: at, shares });
}

/**
 * Takes out shares whose cool-down is over, as far as what remains covers every market and the target; the rest goes on
 * leaving. All markets are refreshed and passed: what they need is what must stay.
 */
export async function exitStake(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  to: Address,
): Promise<Instruction[]> {
  const at = await stakeAddress(exchange.address, owner.address);
  const built = getExitStakeInstruction({ owner, ...payingFund(exchange), stake: at, to });
  const read = ({ address }: MarketHandle): AccountMeta => ({ address, role: AccountRole.READONLY });
  return [...refresh(exchange, exchange.markets), withAccounts(built, exchange.markets.map(read))];
}

/** One of a market's layers. */
export type LayerSeat = { readonly market: MarketHandle; readonly seat: number };

/** Pays capital into a layer one was offered, up to its limit and before it expires. */
export function fundLayer(
  exchange: ExchangeHandle,
  underwriter: TransactionSigner,
  { market, seat }: LayerSeat,
  { from, amount }: Payment,
): Instruction {
  return getFundLayerInstruction({ underwriter, ...fundOf(exchange), market: market.address, seat, from, amount });
}

/** Takes an expired layer's capital and premium out and frees its seat, while what remains insures the market. */
export function withdrawLayer(
  exchange: ExchangeHandle,
  underwriter: TransactionSigner,
  { market, seat }: LayerSeat,
  to: Address,
): Instruction[] {
  const accounts = { ...payingFund(exchange), market: market.address, to };
  return [...refresh(exchange, [market]), getWithdrawLayerInstruction({ underwriter, ...accounts, seat })];
}

/** Takes what a layer has earned, while what the market has insures it. */
export function takePremium(
  exchange: ExchangeHandle,
  underwriter: TransactionSigner,
  { market, seat }: LayerSeat,
  to: Address,
): Instruction[] {
  const accounts = { ...payingFund(exchange), market: market.address, to };
  return [...refresh(exchange, [market]), getTakePremiumInstruction({ underwriter, ...accounts, seat })];
}

/** Pays what the protocol's tranche holds beyond what it must keep to everyone owed. Anyone. */
export function distributeSurplus(exchange: ExchangeHandle): Instruction[] {
  const { collateralVault } = exchange.state;
  const built = getDistributeSurplusInstruction({ ...payingFund(exchange), collateralVault });
  return [...refresh(exchange, exchange.markets), withAccounts(built, pairsOf(exchange.markets, 'write'))];
}
