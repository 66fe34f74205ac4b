/** Markets whose oracle is gone: the average of the last marks becomes final and positions close at it. */
import type { Instruction } from '@solana/kit';
import { type AccountHandle, type ExchangeHandle, type MarketHandle, marketsOf } from '../accounts.js';
import { getSettleMarketInstruction, getSettlePositionInstruction } from '../generated/index.js';
import { pairsOf, withAccounts } from './common.js';

/** Makes the time-weighted average of a market's last marks final, once no price has moved it for as long as the market says. Anyone. */
export function settleMarket(exchange: ExchangeHandle, market: MarketHandle): Instruction {
  return getSettleMarketInstruction({ exchange: exchange.address, market: market.address, ladder: market.ladder });
}

/** Closes a position in a settled market at its final mark. Anyone, for anyone. */
export function settlePosition(exchange: ExchangeHandle, account: AccountHandle, market: MarketHandle): Instruction {
  const accounts = { account: account.address, market: market.address, ladder: market.ladder };
  const built = getSettlePositionInstruction({ exchange: exchange.address, ...accounts });
  return withAccounts(built, pairsOf(marketsOf(exchange, account, market), 'write'));
}
