/** Margin requirements of a market, and the price at which an account gets into distress. */
import { MARGIN_REPORT_SIZE, type MarginReport, readMarginReport } from '../generated/engine.js';
import { type AccountBooks, getMarketBooksEncoder, type MarketBooks, type MarketSlot } from '../generated/index.js';
import { placed, placedAccount, placedMarkets } from '../engine/inputs.js';
import { room, withEngine } from '../engine/module.js';
import { atomsFloor, divFloor } from '../rounding.js';
import { viewsOf } from './health.js';
import type { Side } from './sides.js';
import { allowed, type Markets, type Now, viewOf } from './views.js';

/** What a notional requires, atoms. */
export type Requirement = { readonly initial: bigint; readonly maintenance: bigint };

/** What volatility and the market's phase multiply requirements by, basis points. */
export type Multiples = { readonly initial: number; readonly maintenance: number };

function marginOf(market: MarketBooks, notional: bigint): MarginReport {
  return withEngine((frame) => {
    const at = placed(frame, getMarketBooksEncoder(), market);
    const out = room(frame, MARGIN_REPORT_SIZE);
    allowed(frame.exports.requirement(at, notional, out));
    return readMarginReport(frame.words, out);
  });
}

/** A market's multiples now: that of maintenance is never above that of initial margin. */
export function multiplesOf(market: MarketBooks): Multiples {
  const { initialMultiple, maintenanceMultiple } = marginOf(market, 0n);
  return { initial: initialMultiple, maintenance: maintenanceMultiple };
}

/** Initial and maintenance margin of a notional in atoms, as the market stands: none where it is settled. */
export function requirementOf(market: MarketBooks, notional: bigint): Requirement {
  const { initial, maintenance } = marginOf(market, notional);
  return { initial, maintenance };
}

/**
 * The mark nearest to the position's safe side at which what backs it is in distress, everything else as it is: 1e-12 atom per
 * lot. None without lots or a usable mark, and where no mark up to sixteen times the present one makes the difference.
 */
export function liquidationPrice(
  account: AccountBooks,
  slot: MarketSlot,
  markets: Markets,
  now: Now,
): bigint | undefined {
  viewOf(markets, slot.market);
  return withEngine((frame) => {
    const placedViews = placedMarkets(frame, viewsOf(account, markets));
    const at = placedAccount(frame, account);
    const out = room(frame, 8);
    allowed(frame.exports.distress_price(at, slot.market, ...placedViews, now.slot, now.time, out));
    const price = frame.words.u64(out);
    return price === 0n ? undefined : price;
  });
}

/**
 * The most of so many lots at a price whose initial margin so many atoms cover: what can be opened with them where there is
 * no position yet.
 */
export function lotsCarried(market: MarketBooks, atoms: bigint, price: bigint, lots: bigint): bigint {
  return withEngine((frame) => {
    const at = placed(frame, getMarketBooksEncoder(), market);
    const out = room(frame, MARGIN_REPORT_SIZE + 16);
    const isCarried = (some: bigint): boolean => {
      allowed(frame.exports.value(price, some, out));
      const notional = -atomsFloor(-frame.words.i128(out));
      if (notional !== BigInt.asUintN(64, notional)) return false;
      allowed(frame.exports.requirement(at, notional, out));
      return readMarginReport(frame.words, out).initial <= atoms;
    };
    if (isCarried(lots)) return lots;
    let [carried, beyond] = [0n, lots];
    while (beyond - carried > 1n) {
      const middle = carried + divFloor(beyond - carried, 2n);
      if (isCarried(middle)) carried = middle;
      else beyond = middle;
    }
    return carried;
  });
}

/** A price moved by basis points of itself: up for `long`, down for `short`; rounded toward zero movement. */
export function movedBy(price: bigint, toward: Side, by: number): bigint {
  return withEngine((frame) => {
    const out = room(frame, 8);
    allowed(frame.exports.moved(price, toward === 'short' ? 1 : 0, by, out));
    return frame.words.u64(out);
  });
}
