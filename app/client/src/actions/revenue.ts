/** Where a market's protocol fees go. */
import type { Instruction } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from '../accounts.js';
import { getCollectFeesInstruction } from '../generated/index.js';

/** Pays a market's protocol fees to the keepers and the treasury; deficits nobody bore are served first. Anyone. */
export function collectFees(exchange: ExchangeHandle, market: MarketHandle): Instruction {
  const { treasury, keeperFees, collateralVault, vaultAuthority } = exchange.state;
  const of = { exchange: exchange.address, market: market.address, ladder: market.ladder };
  return getCollectFeesInstruction({ ...of, treasury, keeperFees, collateralVault, vaultAuthority });
}
