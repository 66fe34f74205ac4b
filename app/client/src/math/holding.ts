/** A position as it is now, though nobody may have touched it since its line was deleveraged or its grid moved. */
import type { MarketSlot } from '../generated/index.js';
import { keyOf } from './grid.js';
import { type Located, locate, markKey, poolAt, portionOf } from './locate.js';
import { bookOf, ladderOf, type Side, sideOf, signed } from './side.js';
import { type MarketView, NumberError } from './view.js';
import { PICO } from './wide.js';

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
  /** Where it stands; none without lots. */
  readonly located?: Located;
};

/** What a slot's position is now. Throws `Rebasing` while the market's ladder is being moved. */
export function holdingOf(view: MarketView, slot: MarketSlot): Holding {
  const { position } = slot;
  const side = sideOf(position.lots);
  const spare = position.spare * PICO;
  if (side === undefined) return { side: 'long', lots: 0n, cash: spare, keyCash: 0n };
  if (view.market.grid.cursor !== 0) throw new NumberError('Rebasing');
  const located = locate(view, side, position);
  const size = position.lots < 0n ? -position.lots : position.lots;
  const { lots, moment } = portion(view, side, size, located);
  const keyCash = signed(side, bookOf(view, side).index * lots - moment);
  return { side, lots, cash: keyCash + spare + located.freedPerLot * size, keyCash, located };
}

function portion(view: MarketView, side: Side, size: bigint, { place }: Located): { lots: bigint; moment: bigint } {
  if (place.kind === 'line') return { lots: size, moment: keyOf(view.market.grid.scale, side, place.line) * size };
  const pool = poolAt(ladderOf(view, side), place.number);
  return portionOf(pool, side, place.shares, markKey(view, side));
}

/** Equity of a holding at a price, 1e-12 atom, exact. */
export function equityAt(holding: Holding, price: bigint): bigint {
  return holding.cash + signed(holding.side, price * holding.lots);
}

/**
 * `b = K - X`: the price at which the position without its spare is worth nothing, 1e-12 atom per lot, rounded down. Negative
 * for a long that no price bankrupts; none without lots.
 */
export function bankruptcyPrice(holding: Holding): bigint | undefined {
  if (holding.lots === 0n) return undefined;
  const owed = signed(holding.side, -holding.keyCash);
  const quotient = owed / holding.lots;
  return owed % holding.lots < 0n ? quotient - 1n : quotient;
}
