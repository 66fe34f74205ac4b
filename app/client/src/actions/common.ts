/** What the builders of instructions share. */
import { type AccountMeta, AccountRole, type Address, type Instruction } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from '../accounts.js';
import { getRefreshMarketInstruction } from '../generated/index.js';

/** Shows a transaction's own instructions: who governs may not use a durable nonce. */
export const INSTRUCTIONS_SYSVAR = 'Sysvar1nstructions1111111111111111111111111' as Address;

/** Pairs of market and ladder, as instructions take the account's other markets. */
export function pairsOf(markets: readonly MarketHandle[], role: 'read' | 'write'): AccountMeta[] {
  const as = role === 'write' ? AccountRole.WRITABLE : AccountRole.READONLY;
  return markets.flatMap(({ address, ladder }) => [
    { address, role: as },
    { address: ladder, role: as },
  ]);
}

/** An instruction with accounts after its own. */
export function withAccounts(instruction: Instruction, more: readonly AccountMeta[]): Instruction {
  return { ...instruction, accounts: [...(instruction.accounts ?? []), ...more] };
}

/** Takes the price of each market: put in front of whatever needs a fresh mark. */
export function refresh(exchange: ExchangeHandle, markets: readonly MarketHandle[]): Instruction[] {
  return markets.map((market) =>
    getRefreshMarketInstruction({
      exchange: exchange.address,
      market: market.address,
      ladder: market.ladder,
      price: market.price,
      ...(market.second === undefined ? {} : { second: market.second }),
    }),
  );
}
