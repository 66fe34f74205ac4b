/** What a market still holds once everybody is out, class by class. */
import type { MarketBooks, SideBook } from '@breakwater/client';
import { pico } from './amounts.js';

/** Every class of a market's money, 1e-12 atom: together exactly what the market has booked. */
export type Left = {
  /** For the treasury, what nobody could bear taken off. */
  readonly fees: bigint;
  /** For the insurance fund: `skim` moves it. */
  readonly insurance: bigint;
  /** Profit that has not vested. */
  readonly vesting: bigint;
  /** Paid to claims and not collected, or waiting to be shared. */
  readonly claims: bigint;
  /** Charged for deficits to come. */
  readonly reserve: bigint;
  /** Cash of positions without lots. */
  readonly spare: bigint;
  /** What divisions have left. */
  readonly dust: bigint;
};

/** What is left of a market without open interest. */
export function leftIn(market: MarketBooks): Left {
  const [long, short] = market.sides;
  if (long === undefined || short === undefined) throw new Error('a market has two sides');
  if (long.lots !== 0n || short.lots !== 0n) throw new Error('somebody is still there');
  const both = (of: (side: SideBook) => bigint): bigint => of(long) + of(short);
  return {
    fees: pico(market.fees - market.unfunded),
    insurance: pico(market.insuranceDue),
    vesting: pico(market.vesting.total),
    claims: pico(both((side) => side.claims.paid + side.claims.waiting)),
    reserve: both((side) => side.reserve),
    spare: pico(both((side) => side.spare)),
    dust: both((side) => side.residue.cash + side.drift) - long.moment + short.moment,
  };
}

/** All classes together, 1e-12 atom. */
export function total(left: Left): bigint {
  return Object.values(left).reduce((sum, amount) => sum + amount, 0n);
}
