/** Breakers: anyone has them look at what the accounts prove. */
import type { Instruction } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from '../accounts.js';
import { getTripBreakerInstruction } from '../generated/index.js';

/**
 * Trips what holds, or starts the hold of what held no more: the exchange's breaker (insurance drawdown, outflow) and, where
 * a market is given, its own (a mark that is too old). Anyone; refused where neither is so.
 */
export function tripBreaker(exchange: ExchangeHandle, market?: MarketHandle): Instruction {
  const looked = market === undefined ? {} : { market: market.address };
  return getTripBreakerInstruction({ exchange: exchange.address, insurance: exchange.state.insurance, ...looked });
}
