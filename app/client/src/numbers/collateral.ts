/** Other collateral: what an account's amounts count, and what its running auction would sell. */
import { NO_MARKET_REFUSED, readSaleReport, SALE_REPORT_SIZE, type SaleReport } from '../generated/engine.js';
import type { AccountBooks, CollateralBooks } from '../generated/index.js';
import { placedAccount, placedKind, placedKinds, placedMarkets } from '../engine/inputs.js';
import { type Frame, room, withEngine } from '../engine/module.js';
import { viewsOf } from './health.js';
import { allowed, type Kinds, type Markets, type Now } from './views.js';

/** What other collateral counts, atoms. */
export type Valuation = {
  /** Towards initial margin: only kinds with a good young price, at the worse of spot and average less the confidence. */
  readonly initial: bigint;
  /** Towards maintenance margin: every kind at its last price, however old. */
  readonly maintenance: bigint;
};

/** What an attempt to buy collateral of an account in distress comes to. */
export type Sale = {
  /** Smallest units sold. */
  readonly amount: bigint;
  /** Off the mark now, basis points. */
  readonly discount: bigint;
  /** What the buyer pays, atoms. */
  readonly proceeds: bigint;
  /** Whether the account is bankrupt before it. */
  readonly bankrupt: boolean;
};

/** What somebody would buy. */
export type Purchase = {
  /** Number of the kind. */
  readonly kind: number;
  /** Smallest units; zero: as many as allowed. */
  readonly wanted: bigint;
};

/** What a call writes that may refuse: one 64-bit number. */
function number(frame: Frame, call: (out: number) => number): bigint {
  const out = room(frame, 8);
  allowed(call(out));
  return frame.words.u64(out);
}

/** Whether a kind's price is good and young. */
export function isPriced(kind: CollateralBooks, now: Now): boolean {
  return withEngine((frame) => frame.exports.is_priced(placedKind(frame, kind), now.slot) !== 0);
}

/** What an amount of a kind counts at a price, atoms: capped, then without the haircut, rounded down twice. */
export function countedOf(kind: CollateralBooks, amount: bigint, price: bigint): bigint {
  return withEngine((frame) => {
    const at = placedKind(frame, kind);
    return number(frame, (out) => frame.exports.counted(at, amount, price, out));
  });
}

/** What a valuation would count now. Throws `CollateralUnvalued` where a kind the account has an amount of was not given. */
export function valuationOf(account: AccountBooks, kinds: Kinds, now: Now): Valuation {
  return withEngine((frame) => {
    const [at, placed, out] = [placedAccount(frame, account), placedKinds(frame, kinds), room(frame, 16)];
    allowed(frame.exports.valuation(at, placed, now.slot, out));
    return { initial: frame.words.u64(out), maintenance: frame.words.u64(out + 8) };
  });
}

/** An account as `value_collateral` would leave it: what its health is computed from where its own valuation is old. */
export function valued(account: AccountBooks, kinds: Kinds, now: Now): AccountBooks {
  const valuedAt = now.slot > 1n ? now.slot : 1n;
  return { ...account, pledge: { ...account.pledge, ...valuationOf(account, kinds, now), valuedAt } };
}

function sale(account: AccountBooks, markets: Markets, kinds: Kinds, bid: Purchase, now: Now): SaleReport {
  return withEngine((frame) => {
    const views = placedMarkets(frame, viewsOf(account, markets));
    const [at, placed, out] = [placedAccount(frame, account), placedKinds(frame, kinds), room(frame, SALE_REPORT_SIZE)];
    frame.exports.collateral_sale(at, ...views, placed, bid.kind, bid.wanted, now.slot, now.time, out);
    return readSaleReport(frame.words, out);
  });
}

/** The kind an account's auction sells now: its first with a good young price, or its first. */
export function kindForSale(account: AccountBooks, kinds: Kinds, now: Now): number | undefined {
  const { first } = sale(account, new Map(), kinds, { kind: 0, wanted: 0n }, now);
  return first === NO_MARKET_REFUSED ? undefined : first;
}

/**
 * The discount of a kind in an account's distress, basis points: from the kind's first to a whole, evenly over its
 * `auctionSlots` of observed distress, or since the last deposit where that is later.
 */
export function auctionDiscount(account: AccountBooks, markets: Markets, kind: CollateralBooks, now: Now): bigint {
  return withEngine((frame) => {
    const views = placedMarkets(frame, viewsOf(account, markets));
    const [at, placed] = [placedAccount(frame, account), placedKind(frame, kind)];
    const out = room(frame, 8);
    allowed(frame.exports.auction_discount(at, ...views, placed, now.slot, out));
    return BigInt(frame.words.u32(out));
  });
}

/**
 * What buying collateral of an account would do now, as the program computes it from markets that were just refreshed. A top-up
 * that comes before the sale may move what is allowed by a few atoms' worth; `discount` and the price of an amount stay exact.
 * Throws by the name of the program's error.
 */
export function saleOf(account: AccountBooks, markets: Markets, kinds: Kinds, bid: Purchase, now: Now): Sale {
  const report = sale(account, markets, kinds, bid, now);
  allowed(report.refusal);
  const { amount, discount, proceeds, isBankrupt } = report;
  return { amount, discount: BigInt(discount), proceeds, bankrupt: isBankrupt };
}

/** What an amount sells for, atoms, rounded up; within the haircut at least what it counted, so that health does not fall. */
export function proceedsOf(
  kind: CollateralBooks,
  [held, amount]: readonly [held: bigint, amount: bigint],
  discount: bigint,
): bigint {
  return withEngine((frame) => {
    const at = placedKind(frame, kind);
    return number(frame, (out) => frame.exports.proceeds(at, held, amount, Number(discount), out));
  });
}
