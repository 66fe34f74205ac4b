/** What the numbers are computed from: a market with its ladder, and the clock. */
import type { LadderBooks, MarketBooks } from '../generated/index.js';

/** A market with its ladder, to read. */
export type MarketView = {
  /** The market's books. */
  readonly market: MarketBooks;
  /** Its ladder's. */
  readonly ladder: LadderBooks;
};

/** The cluster's clock: slots time auctions and marks, seconds time funding and maturing. */
export type Now = { readonly slot: bigint; readonly time: bigint };

/** Why a number cannot be computed, by the name of the program's error. */
export type NumberErrorReason =
  | 'CollateralFirst'
  | 'CollateralUnvalued'
  | 'GridHistoryFull'
  | 'InsufficientCollateral'
  | 'KeyOffGrid'
  | 'MarketMissing'
  | 'NotConserved'
  | 'NotInDistress'
  | 'Rebasing'
  | 'StaleMark'
  | 'TooMuch';

/** A number that cannot be computed. */
export class NumberError extends Error {
  override readonly name = 'NumberError';

  constructor(readonly reason: NumberErrorReason) {
    super(reason);
  }
}

/** Whether the last mark is final: positions only close at it. */
export function isSettled(market: MarketBooks): boolean {
  return market.settled !== 0n;
}

/** Whether the mark is one to value positions at: good or usable, and no older than the market allows; a final one does not age. */
export function hasMark(market: MarketBooks, now: Now): boolean {
  const age = now.slot > market.mark.slot ? now.slot - market.mark.slot : 0n;
  return market.mark.quality !== 0n && (isSettled(market) || age <= market.params.markAgeSlotsMax);
}
