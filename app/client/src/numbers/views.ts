/** What numbers are computed from: markets with their ladders, kinds of other collateral, and the clock. */
import { ERRORS } from '../generated/tables.js';
import { NO_MARKET, VALUATION_SLOTS } from '../generated/engine.js';
import type { CollateralBooks, LadderBooks, MarketBooks, Pledge } from '../generated/index.js';
import { getMarketBooksEncoder } from '../generated/index.js';
import { placed } from '../engine/inputs.js';
import { withEngine } from '../engine/module.js';

export { NO_MARKET, VALUATION_SLOTS };

/** A market with its ladder, to read. */
export type MarketView = {
  /** The market's books. */
  readonly market: MarketBooks;
  /** Its ladder's. */
  readonly ladder: LadderBooks;
};

/** Markets by number. */
export type Markets = ReadonlyMap<bigint, MarketView>;

/** The books of kinds of other collateral by their number. */
export type Kinds = ReadonlyMap<number, CollateralBooks>;

/** The cluster's clock: slots time auctions and marks, seconds time funding and vesting. */
export type Now = { readonly slot: bigint; readonly time: bigint };

/** Why a number cannot be computed: the name of the program's error, or `EngineFault`. */
export type NumberErrorReason = (typeof ERRORS)[number]['name'] | 'EngineFault';

/** A number that cannot be computed. */
export class NumberError extends Error {
  override readonly name = 'NumberError';

  constructor(readonly reason: NumberErrorReason) {
    super(reason);
  }
}

const NAMES = new Map<number, NumberErrorReason>(ERRORS.map(({ code, name }) => [code, name]));

/** The name of a refusal that is not zero. */
export function refusalName(refusal: number): NumberErrorReason {
  return NAMES.get(refusal) ?? 'EngineFault';
}

/** Throws what the module refused with, if it did. */
export function allowed(refusal: number): void {
  if (refusal !== 0) throw new NumberError(refusalName(refusal));
}

/** The market of a number; throws `MarketMissing` where it was not given. */
export function viewOf(markets: Markets, market: bigint): MarketView {
  const view = markets.get(market);
  if (view === undefined) throw new NumberError('MarketMissing');
  return view;
}

/** Whether the last mark is final: positions only close at it. */
export function isSettled(market: MarketBooks): boolean {
  return market.settled !== 0n;
}

/** Whether the mark is one to value positions at: good or usable, and no older than the market allows; a final one does not age. */
export function hasMark(market: MarketBooks, now: Now): boolean {
  return withEngine((frame) => {
    return frame.exports.has_mark(placed(frame, getMarketBooksEncoder(), market), now.slot) !== 0;
  });
}

/** Whether there is any other collateral. */
export function isHeld({ amounts }: Pledge): boolean {
  return amounts.some((amount) => amount !== 0n);
}

/** Whether its valuation still counts: where not, `value_collateral` comes first. */
export function isValued({ valuedAt }: Pledge, now: Now): boolean {
  return valuedAt !== 0n && (now.slot <= valuedAt || now.slot - valuedAt <= VALUATION_SLOTS);
}
