/** What an account is worth against what it must hold, as the engine says. */
import { HEALTH_REPORT_SIZE, type HealthReport, readHealthReport } from '../generated/engine.js';
import type { AccountBooks, MarketSlot } from '../generated/index.js';
import { placedAccount, placedMarkets } from '../engine/inputs.js';
import { room, withEngine } from '../engine/module.js';
import { positionReport } from './position.js';
import { allowed, type Markets, type MarketView, NO_MARKET, type Now, viewOf } from './views.js';

/** All cross positions, or one isolated position, with what backs them. */
export type Health = HealthReport;

/** One position, valued: cash in 1e-12 atom, requirements in atoms. */
export type Standing = Pick<Health, 'equity' | 'initialEquity' | 'initial' | 'maintenance'>;

/** The views of the markets an account has slots in: no other is copied. */
export function viewsOf(account: AccountBooks, markets: Markets): MarketView[] {
  const numbers = new Set(account.slots.map((slot) => slot.market).filter((number) => number !== NO_MARKET));
  return [...numbers].flatMap((number) => markets.get(number) ?? []);
}

/**
 * Health of an account's cross positions, from all its markets. Throws `MarketMissing`, `Rebasing` while a ladder is being moved,
 * and `CollateralUnvalued` where the valuation of other collateral is old.
 */
export function crossHealth(account: AccountBooks, markets: Markets, now: Now): Health {
  return withEngine((frame) => {
    const placed = placedMarkets(frame, viewsOf(account, markets));
    const at = placedAccount(frame, account);
    const out = room(frame, HEALTH_REPORT_SIZE);
    allowed(frame.exports.cross_health(at, ...placed, now.slot, now.time, out));
    return readHealthReport(frame.words, out);
  });
}

/** Health of one isolated position: it is backed only by its own margin. */
export function isolatedHealth(slot: MarketSlot, view: MarketView): Health {
  return positionReport(view, slot).health;
}

/** Values a position, caught up, with its paid-in margin. */
export function standingOf(view: MarketView, slot: MarketSlot): Standing {
  const { equity, initialEquity, initial, maintenance } = isolatedHealth(slot, view);
  return { equity, initialEquity, initial, maintenance };
}

/** Health of what a slot belongs to: its own if isolated, else the account's. */
export function healthOfSlot(account: AccountBooks, slot: MarketSlot, markets: Markets, now: Now): Health {
  if (slot.position.isolated === 0) return crossHealth(account, markets, now);
  return isolatedHealth(slot, viewOf(markets, slot.market));
}

/** The money is used up and only other collateral stands behind the positions: distress, whatever that is worth. */
export function isUnfunded(health: Health): boolean {
  return health.isUnfunded;
}

/** Whether initial margin is kept, with money of its own: risk may rise, money may leave. */
export function isInitial(health: Health): boolean {
  return health.isInitial;
}

/** Distress: equity below maintenance, or no money behind the positions. */
export function isDistressed(health: Health): boolean {
  return health.isDistressed;
}

/** Bankrupt: nothing left. */
export function isBankrupt(health: Health): boolean {
  return health.isBankrupt;
}
