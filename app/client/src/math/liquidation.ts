/** The price at which an account gets into distress, everything else as it is. */
import type { AccountBooks, MarketSlot } from '../generated/index.js';
import { healthOfSlot, isDistressed, type Markets, viewOf } from './health.js';
import { sideOf } from './side.js';
import { hasMark, type MarketView, type Now } from './view.js';

/** Marks are searched up to this multiple of the present one. */
const SEARCH = 16n;

function withMark(view: MarketView, price: bigint): MarketView {
  return { ...view, market: { ...view.market, mark: { ...view.market.mark, price } } };
}

/**
 * The last mark, seen from the position's safe side, at which what it answers with is in distress: 1e-12 atom per lot. None
 * without lots or a usable mark, and where no mark in the range searched changes it.
 */
export function liquidationPrice(
  account: AccountBooks,
  slot: MarketSlot,
  markets: Markets,
  now: Now,
): bigint | undefined {
  const view = viewOf(markets, slot.market);
  const side = sideOf(slot.position.lots);
  if (side === undefined || !hasMark(view.market, now)) return undefined;
  const distressed = (price: bigint): boolean => {
    const moved = new Map(markets).set(slot.market, withMark(view, price));
    return isDistressed(healthOfSlot(account, slot, moved, now));
  };
  const top = view.market.mark.price * SEARCH;
  let [bad, good] = side === 'long' ? [1n, top] : [top, 1n];
  if (!distressed(bad) || distressed(good)) return undefined;
  while (bad - good > 1n || good - bad > 1n) {
    const middle = (bad + good) / 2n;
    if (distressed(middle)) bad = middle;
    else good = middle;
  }
  return bad;
}
