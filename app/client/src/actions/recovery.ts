/** What losses leave behind: claims of whoever was charged, and who pays them. */
import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from '../accounts.js';
import { getClaimInstruction, getDonateInstruction } from '../generated/index.js';
import { type Side, SIDES } from '../numbers/sides.js';

/** Pays an account what the claims of its charged losses were paid. Anyone; it vests like any profit. */
export function claim(exchange: ExchangeHandle, account: Address, market: MarketHandle): Instruction {
  return getClaimInstruction({
    exchange: exchange.address,
    account,
    market: market.address,
    ladder: market.ladder,
  });
}

/** What somebody gives. */
export type Donation = {
  /** The side that was charged. */
  readonly side: Side;
  /** Token account of the payer. */
  readonly from: Address;
  /** Atoms. */
  readonly amount: bigint;
};

/** Pays a side back what it was charged; what is beyond that goes to insurance. */
export function donate(
  exchange: ExchangeHandle,
  payer: TransactionSigner,
  market: MarketHandle,
  { side, from, amount }: Donation,
): Instruction {
  const { collateralVault } = exchange.state;
  const accounts = { exchange: exchange.address, market: market.address, ladder: market.ladder, from, collateralVault };
  return getDonateInstruction({ payer, ...accounts, side: SIDES.indexOf(side), amount });
}
