/**
 * Claims: charged losses held as units, each worth H. What an account has been paid and what is still owed to it, as touching
 * its position would find.
 */
import type { Claims, MarketSlot, Seen, Units } from '../generated/index.js';
import type { Holding } from './holding.js';
import { poolAt } from './locate.js';
import { bookOf, ladderOf, ofSide, SIDES, type Side } from './side.js';
import type { MarketView } from './view.js';
import { atomsFloor, divCeil, gainFloor, least } from './wide.js';

/** H at the start of an epoch. */
const WHOLE = 1n << 63n;
/** What sums per share are divided by to give sums per lot. */
const PER_SHARE = 1n << 40n;

/** What claims come to. */
export type ClaimsWorth = {
  /** Paid since the position was last touched, atoms: becomes maturing profit. */
  readonly paid: bigint;
  /** Still owed, by the side that was charged: long, then short. Atoms, rounded down. */
  readonly owed: readonly [bigint, bigint];
  /** Units that are worth it, 1e-12, by the same side. */
  readonly units: readonly [bigint, bigint];
};

/** What was gathered: loss, and units of an epoch, both per lot or per share. */
type Gathered = { readonly loss: bigint; readonly units: bigint; readonly epoch: bigint };

/** A side's pot and what one account holds of it, both as they change while being settled. */
type Settling = { readonly claims: Claims; paidIn: bigint; units: bigint; paid: bigint };

function since(now: Seen, earlier: Seen): Gathered {
  const known = earlier.epoch === now.epoch ? earlier.units : 0n;
  return { loss: now.loss - earlier.loss, units: now.units - known, epoch: now.epoch };
}

/** Takes a payment out of what was paid in: at most what is there. */
function collect(settling: Settling, due: bigint): void {
  const amount = least(gainFloor(due), settling.paidIn);
  settling.paidIn -= amount;
  settling.paid += amount;
}

/** What held units were paid since they were last looked at. */
function refresh(claims: Claims, held: Units): Settling {
  const same = held.epoch === claims.now.epoch;
  const index = same ? claims.index : 0n;
  const fall = held.index > index ? held.index - index : 0n;
  const settling = { claims, paidIn: claims.paid, units: same ? held.units : 0n, paid: 0n };
  collect(settling, (held.units * fall) / WHOLE);
  return settling;
}

/** Moves what `count / of` gathered into held units; returns what it was already paid, exact. */
function gather(settling: Settling, gathered: Gathered, count: bigint, of: bigint): bigint {
  const { claims } = settling;
  const loss = (gathered.loss * count) / of;
  const units = gathered.epoch === claims.now.epoch ? divCeil(gathered.units * count, of) : 0n;
  const owed = divCeil(units * claims.index, WHOLE);
  settling.units += units;
  return loss > owed ? loss - owed : 0n;
}

/** A pool's sums per share, brought up to its side's now. */
function advanced(view: MarketView, side: Side, number: number): Seen {
  const pool = poolAt(ladderOf(view, side), number);
  const { now } = bookOf(view, side).claims;
  const { sideSeen, claims } = pool;
  const same = sideSeen.loss === now.loss && sideSeen.units === now.units && sideSeen.epoch === now.epoch;
  if (same || pool.shares === 0n) return claims;
  const added = since(now, sideSeen);
  const kept = claims.epoch === now.epoch ? claims.units : 0n;
  return {
    loss: claims.loss + (added.loss * PER_SHARE * pool.lots) / pool.shares,
    units: kept + divCeil(added.units * PER_SHARE * pool.lots, pool.shares),
    epoch: now.epoch,
  };
}

/** What the open lots gathered and were paid. */
function settleLots(view: MarketView, slot: MarketSlot, holding: Holding, settling: Settling): void {
  const { position } = slot;
  const size = position.lots < 0n ? -position.lots : position.lots;
  const place = holding.located?.place;
  if (place === undefined) return;
  if (place.kind === 'line') {
    collect(settling, gather(settling, since(settling.claims.now, position.seen), size, 1n));
    return;
  }
  const onLine = gather(settling, since(place.record.sideSeen, position.seen), size, 1n);
  const inPool = since(advanced(view, holding.side, place.number), place.record.poolSeen);
  collect(settling, onLine + gather(settling, inPool, place.shares, PER_SHARE));
}

/** What a slot's claims have been paid and are still worth. */
export function claimsOf(view: MarketView, slot: MarketSlot, holding: Holding): ClaimsWorth {
  const settled = SIDES.map((side) => {
    const settling = refresh(bookOf(view, side).claims, ofSide(side, slot.units));
    if (side === holding.side) settleLots(view, slot, holding, settling);
    return settling;
  });
  const worth = ({ claims, units }: Settling): bigint => atomsFloor((units * claims.index) / WHOLE);
  const [long, short] = [ofSide('long', settled), ofSide('short', settled)];
  return { paid: long.paid + short.paid, owed: [worth(long), worth(short)], units: [long.units, short.units] };
}
