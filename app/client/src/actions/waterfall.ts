/** The tiers: what keepers send. */
import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import { type AccountHandle, type ExchangeHandle, type MarketHandle, marketsOf } from '../accounts.js';
import { traderAddress } from '../addresses.js';
import {
  getLiquidateInstruction,
  getRebaseInstruction,
  getResolveBankruptcyInstruction,
  getSkimInstruction,
} from '../generated/index.js';
import { pairsOf, refresh, withAccounts } from './common.js';

function vaults(exchange: ExchangeHandle) {
  const { insurance, collateralVault, insuranceVault, vaultAuthority } = exchange.state;
  return { exchange: exchange.address, insurance, collateralVault, insuranceVault, vaultAuthority };
}

/** Tier 1: takes over up to `lots` of an account in distress; zero: as many as allowed. */
export async function liquidate(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  liquidator: Address,
  victim: AccountHandle,
  market: MarketHandle,
  lots = 0n,
): Promise<Instruction[]> {
  const others = marketsOf(exchange, victim, market);
  const trader = await traderAddress(exchange.address, victim.owner);
  const accounts = { account: victim.address, liquidator, trader, market: market.address, ladder: market.ladder };
  const built = getLiquidateInstruction({ owner, ...vaults(exchange), ...accounts, lots });
  return [...refresh(exchange, [market, ...others]), withAccounts(built, pairsOf(others, 'write'))];
}

/** Tiers 2 to 4: resolves a bankrupt position. `against`: a bankrupt account of the other side to close it against first. */
export async function resolve(
  exchange: ExchangeHandle,
  victim: AccountHandle,
  market: MarketHandle,
  against?: AccountHandle,
): Promise<Instruction[]> {
  const others = marketsOf(exchange, victim, market);
  const trader = await traderAddress(exchange.address, victim.owner);
  const accounts = { account: victim.address, trader, market: market.address, ladder: market.ladder };
  const built = getResolveBankruptcyInstruction({
    ...vaults(exchange),
    ...accounts,
    ledger: exchange.state.ledger,
    ...(await opposing(exchange, victim, against)),
  });
  return [...refresh(exchange, [market, ...others]), withAccounts(built, pairsOf(others, 'write'))];
}

/** The account closed against, with its owner's record where that is another's. */
async function opposing(exchange: ExchangeHandle, victim: AccountHandle, against?: AccountHandle) {
  if (against === undefined) return {};
  if (against.owner === victim.owner) return { against: against.address };
  return { against: against.address, againstTrader: await traderAddress(exchange.address, against.owner) };
}

/** Books what was sent to a vault unasked, and what markets collected for insurance. */
export function skim(exchange: ExchangeHandle, markets: readonly MarketHandle[] = []): Instruction {
  return withAccounts(getSkimInstruction(vaults(exchange)), pairsOf(markets, 'write'));
}

/** Moves up to `lines` lines of a market's ladder to a new grid. */
export function rebase(exchange: ExchangeHandle, market: MarketHandle, lines: number): Instruction {
  const accounts = { exchange: exchange.address, market: market.address, ladder: market.ladder };
  return getRebaseInstruction({ ...accounts, lines });
}
