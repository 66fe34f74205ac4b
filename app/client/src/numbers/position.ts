/** A position as it is now, though nobody may have touched it since its line was deleveraged or its grid moved. */
import {
  POSITION_REPORT_SIZE,
  type PositionReport,
  RANK_REPORT_SIZE,
  readPositionReport,
  readRankReport,
} from '../generated/engine.js';
import {
  getMarketBooksEncoder,
  getMarketSlotEncoder,
  type MarketBooks,
  type MarketSlot,
  type Position,
  type Record as LadderRecord,
} from '../generated/index.js';
import { placed, placedMarkets } from '../engine/inputs.js';
import { room, withEngine } from '../engine/module.js';
import { bookOf, ladderOf, type Side, sideOf, signed } from './sides.js';
import { allowed, type MarketView, NumberError } from './views.js';

/** Where a position stands. */
export type Place =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'pool'; readonly record: LadderRecord; readonly number: number; readonly shares: bigint };

/** Where a position stands, and what rebases it has not seen freed for it, 1e-12 atom per lot. */
export type Located = { readonly place: Place; readonly freedPerLot: bigint };

/** A position caught up, not touched. */
export type Holding = {
  /** Its side; long where there are no lots. */
  readonly side: Side;
  /** Its lots, without their sign. */
  readonly lots: bigint;
  /** Its cash with index and spare, 1e-12 atom, exact. */
  readonly cash: bigint;
  /** The same without spare and what rebases freed: what its key says. */
  readonly keyCash: bigint;
  /** `b = K - X`, 1e-12 atom per lot, rounded down; none without lots. */
  readonly bankruptcyPrice?: bigint;
  /** Where it stands; none without lots. */
  readonly located?: Located;
};

/** What claims come to. */
export type ClaimsWorth = {
  /** Paid since the position was last touched, atoms: becomes vesting profit. */
  readonly paid: bigint;
  /** Still owed, by the side that was charged: long, then short. Atoms, rounded down. */
  readonly owed: readonly [bigint, bigint];
  /** Units that are worth it, 1e-12, by the same side. */
  readonly units: readonly [bigint, bigint];
};

/** A place in the order of deleveraging, in lots. */
export type Rank = {
  /** Lots taken before any of this position's group. */
  readonly ahead: bigint;
  /** Lots of its line or pool, its own included: they close in proportion. */
  readonly group: bigint;
  /** Solvent lots of the side in all. */
  readonly total: bigint;
};

/** All the engine says of a slot's position. Throws `Rebasing` while the market's ladder is being moved. */
export function positionReport(view: MarketView, slot: MarketSlot): PositionReport {
  return withEngine((frame) => {
    const markets = placedMarkets(frame, [view]);
    const at = placed(frame, getMarketSlotEncoder(), { ...slot, market: view.market.id });
    const out = room(frame, POSITION_REPORT_SIZE);
    frame.exports.assess_position(at, ...markets, out);
    const report = readPositionReport(frame.words, out);
    allowed(report.refusal);
    return report;
  });
}

/** Side of a report's position. */
export function reportedSide({ isShort }: PositionReport): Side {
  return isShort ? 'short' : 'long';
}

function locatedBy(view: MarketView, report: PositionReport): Located {
  const { freedPerLot, place: number, shares } = report;
  if (!report.isPooled) return { place: { kind: 'line', line: number }, freedPerLot };
  const record = ladderOf(view, reportedSide(report)).records[report.record];
  if (record === undefined) throw new NumberError('NotConserved');
  return { place: { kind: 'pool', record, number, shares }, freedPerLot };
}

/** What a slot's position is now. Throws `Rebasing` while the market's ladder is being moved. */
export function holdingOf(view: MarketView, slot: MarketSlot): Holding {
  const report = positionReport(view, slot);
  const { lots, cash, keyCash, bankruptcyPrice: bankruptcy } = report;
  const holding = { side: reportedSide(report), lots, cash, keyCash };
  if (slot.position.lots === 0n) return holding;
  const located = locatedBy(view, report);
  return lots === 0n ? { ...holding, located } : { ...holding, bankruptcyPrice: bankruptcy, located };
}

/** Finds a position that has lots. */
export function locate(view: MarketView, side: Side, position: Position): Located {
  if (sideOf(position.lots) !== side) throw new RangeError('a position stands on the side of its lots');
  return locatedBy(view, positionReport(view, { ...EMPTY, position }));
}

const NO_UNITS = { units: 0n, index: 0n, epoch: 0n };
const NO_CLOCK = { since: 0n, last: 0n };
const NO_VESTING = { amount: 0n, end: 0n };
const EMPTY: Omit<MarketSlot, 'position'> = {
  market: 0n,
  vesting: { vested: 0n, old: NO_VESTING, new: NO_VESTING, since: 0n, index: 0n, epoch: 0n },
  units: [NO_UNITS, NO_UNITS],
  clock: NO_CLOCK,
  slice: { start: 0n, base: 0n, taken: 0n },
  debt: [0n, 0n],
  barredUntil: 0n,
  swept: 0n,
};

/** The mark in a side's key space: P + X. Keys beyond it are bankrupt. */
export function markKey(view: MarketView, side: Side): bigint {
  return view.market.mark.price + bookOf(view, side).index;
}

/** Equity of a holding at a price, 1e-12 atom, exact. */
export function equityAt(holding: Holding, price: bigint): bigint {
  return withEngine((frame) => {
    const out = room(frame, 16);
    allowed(frame.exports.value(price, holding.lots, out));
    return holding.cash + signed(holding.side, frame.words.i128(out));
  });
}

/**
 * `b = K - X`: the price at which the position without its spare is worth nothing, 1e-12 atom per lot, rounded down. Negative
 * for a long that no price bankrupts; none without lots.
 */
export function bankruptcyPrice({ bankruptcyPrice: price }: Holding): bigint | undefined {
  return price;
}

/** What a slot's claims have been paid and are still worth. */
export function claimsOf(view: MarketView, slot: MarketSlot): ClaimsWorth {
  const { paid, owed, units } = positionReport(view, slot);
  return { paid, owed, units };
}

/** Order of deleveraging of a place; none where it is bankrupt at the mark: it is not deleveraged. */
export function rankOf(view: MarketView, side: Side, place: Place): Rank | undefined {
  return withEngine((frame) => {
    const [pairs] = placedMarkets(frame, [view]);
    const [market, ladder] = [frame.words.u32(pairs), frame.words.u32(pairs + 4)];
    const out = room(frame, RANK_REPORT_SIZE);
    const [isPool, number] = place.kind === 'line' ? [0, place.line] : [1, place.number];
    allowed(frame.exports.rank(market, ladder, side === 'short' ? 1 : 0, isPool, number, out));
    const rank = readRankReport(frame.words, out);
    return rank.group === 0n ? undefined : rank;
  });
}

/** A slot's profit that is not money yet, after the market's haircuts, atoms, rounded down. */
export function vestingOf(market: MarketBooks, slot: MarketSlot): bigint {
  return withEngine((frame) => {
    const at = placed(frame, getMarketBooksEncoder(), market);
    const out = room(frame, 8);
    allowed(frame.exports.vesting(at, placed(frame, getMarketSlotEncoder(), slot), out));
    return frame.words.u64(out);
  });
}
