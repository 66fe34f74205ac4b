/** The exchange's breaker: anyone has it look at what the accounts prove. A market's trips on what a refresh finds. */
import type { Instruction } from '@solana/kit';
import type { ExchangeHandle } from '../accounts.js';
import { getTripBreakerInstruction } from '../generated/index.js';

/**
 * Trips what holds (insurance drawdown, outflow), or starts the hold of what held no more. Anyone; refused where neither is so.
 */
export function tripBreaker(exchange: ExchangeHandle): Instruction {
  return getTripBreakerInstruction({ exchange: exchange.address, insurance: exchange.state.insurance });
}
