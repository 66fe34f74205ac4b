/** Other collateral: what an account's amounts count, and what its running auction would sell. */
import type { AccountBooks, CollateralBooks } from '../generated/index.js';
import { crossHealth, type Health, isBankrupt, isDistressed, type Markets, viewOf } from './health.js';
import { type Now, NumberError } from './view.js';
import { BPS, divCeil, least, most, PICO } from './wide.js';

/** Kinds of other collateral, by their numbers. */
export type Kinds = ReadonlyMap<number, CollateralBooks>;

/** What other collateral counts, atoms. */
export type Valuation = {
  /** Towards initial margin: only kinds with a good young price, at the worse of spot and average less the confidence. */
  readonly initial: bigint;
  /** Towards maintenance margin: every kind at its last price, however old. */
  readonly maintenance: bigint;
};

const GOOD = 2n;
/** An amount whose rest would be worth less takes the rest along, atoms. */
const DUST = 1_000_000n;

/** Whether a kind's price is good and young. */
export function isPriced({ mark, params }: CollateralBooks, now: Now): boolean {
  const age = now.slot > mark.slot ? now.slot - mark.slot : 0n;
  return age <= params.markAgeSlotsMax && mark.quality === GOOD;
}

/** What an amount of a kind counts at a price, atoms: capped, then without the haircut, rounded down twice. */
export function countedOf({ params }: CollateralBooks, amount: bigint, price: bigint): bigint {
  const capped = least((amount * price) / PICO, params.accountMax);
  return (capped * (BPS - BigInt(params.haircut))) / BPS;
}

function cautious({ mark }: CollateralBooks): bigint {
  return most(least(mark.price, mark.ema) - mark.confidence, 0n);
}

function heldOf({ pledge }: AccountBooks, kinds: Kinds): [number: number, amount: bigint, kind: CollateralBooks][] {
  return pledge.amounts.flatMap((amount, number) => {
    if (amount === 0n) return [];
    const kind = kinds.get(number);
    if (kind === undefined) throw new NumberError('CollateralUnvalued');
    return [[number, amount, kind]];
  });
}

/** What a valuation would count now. Throws `CollateralUnvalued` where a kind the account has an amount of was not given. */
export function valuationOf(account: AccountBooks, kinds: Kinds, now: Now): Valuation {
  let [initial, maintenance] = [0n, 0n];
  for (const [, amount, kind] of heldOf(account, kinds)) {
    maintenance += countedOf(kind, amount, kind.mark.price);
    if (isPriced(kind, now)) initial += countedOf(kind, amount, cautious(kind));
  }
  return { initial, maintenance };
}

/** An account as `value_collateral` would leave it: what its health is computed from where its own valuation is old. */
export function valued(account: AccountBooks, kinds: Kinds, now: Now): AccountBooks {
  const pledge = { ...account.pledge, ...valuationOf(account, kinds, now), valuedAt: most(now.slot, 1n) };
  return { ...account, pledge };
}

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

/** The kind an account's auction sells now: its first with a good young price, or its first. */
export function kindForSale(account: AccountBooks, kinds: Kinds, now: Now): number | undefined {
  const held = heldOf(account, kinds);
  const [number] = held.find(([, , kind]) => isPriced(kind, now)) ?? held[0] ?? [];
  return number;
}

/** Parameters of the markets an account stands in. */
function stands({ slots }: AccountBooks, markets: Markets) {
  const held = slots.filter((slot) => slot.position.lots !== 0n);
  return held.map((slot) => viewOf(markets, slot.market).market.params);
}

/** Since when distress counts that is observed now: it goes on where it was observed lately, else it begins. */
function distressedSince(account: AccountBooks, markets: Markets, now: Now): bigint {
  const { since, last } = account.clock;
  const memories = stands(account, markets).map((params) => params.observeSlots);
  const [first = 0n, ...others] = memories;
  const within = others.reduce(least, first);
  const age = now.slot > last ? now.slot - last : 0n;
  return since === 0n || age > within ? most(now.slot, 1n) : since;
}

/**
 * The discount of a kind in an account's distress, basis points: from the kind's first to a whole, evenly over its
 * `auctionSlots` of observed distress, or since the last deposit where that is later.
 */
export function auctionDiscount(account: AccountBooks, markets: Markets, kind: CollateralBooks, now: Now): bigint {
  const { auctionSlots, discountStart } = kind.params;
  const since = most(distressedSince(account, markets, now), account.pledge.depositedAt);
  const ripe = least(now.slot > since ? now.slot - since : 0n, auctionSlots);
  const start = BigInt(discountStart);
  return start + ((BPS - start) * ripe) / most(auctionSlots, 1n);
}

/** What the account's money lacks to its maintenance margin and the largest buffer of its markets, atoms, rounded up. */
function needOf(account: AccountBooks, markets: Markets, { equity, pledged, maintenance }: Health): bigint {
  const buffer = stands(account, markets).reduce((largest, params) => Math.max(largest, params.buffer), 0);
  const target = maintenance + divCeil(maintenance * BigInt(buffer), BPS);
  return most(divCeil((target + pledged) * PICO - equity, PICO), 0n);
}

/** Smallest units that may be sold of `held` at a discount: what cures, and a rest that is dust with them. */
function allowed(price: bigint, [held, wanted]: readonly [bigint, bigint], discount: bigint, need: bigint): bigint {
  const cures = divCeil(need * PICO * BPS, most(price * (BPS - discount), 1n));
  const limit = least(most(cures, 1n), held);
  const amount = wanted === 0n ? limit : wanted;
  if (amount > limit) throw new NumberError('TooMuch');
  return ((held - amount) * price) / PICO < DUST ? held : amount;
}

/**
 * What buying collateral of an account would do now, as the program computes it from markets that were just refreshed. A top-up
 * that comes before the sale may move what is allowed by a few atoms' worth; `discount` and the price of an amount stay exact.
 * Throws by the name of the program's error.
 */
export function saleOf(account: AccountBooks, markets: Markets, kinds: Kinds, bid: Purchase, now: Now): Sale {
  const before = valued(account, kinds, now);
  const health = crossHealth(before, markets, now);
  if (!isDistressed(health)) throw new NumberError('NotInDistress');
  const held = account.pledge.amounts[bid.kind] ?? 0n;
  const kind = kinds.get(bid.kind);
  if (held === 0n || kind === undefined) throw new NumberError('InsufficientCollateral');
  if (kindForSale(account, kinds, now) !== bid.kind) throw new NumberError('CollateralFirst');
  const discount = auctionDiscount(account, markets, kind, now);
  // An old price holds only below the haircut: nothing waits for a feed for longer.
  if (!isPriced(kind, now) && discount < BigInt(kind.params.haircut)) throw new NumberError('StaleMark');
  const amount = allowed(kind.mark.price, [held, bid.wanted], discount, needOf(account, markets, health));
  return { amount, discount, proceeds: proceedsOf(kind, [held, amount], discount), bankrupt: isBankrupt(health) };
}

/** What an amount sells for, atoms, rounded up; within the haircut at least what it counted, so that health does not fall. */
export function proceedsOf(
  kind: CollateralBooks,
  [held, amount]: readonly [held: bigint, amount: bigint],
  discount: bigint,
): bigint {
  const { price } = kind.mark;
  const proceeds = divCeil(amount * price * (BPS - discount), PICO * BPS);
  if (discount > BigInt(kind.params.haircut)) return proceeds;
  return most(proceeds, countedOf(kind, held, price) - countedOf(kind, held - amount, price));
}
