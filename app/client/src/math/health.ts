/** What an account is worth against what it must hold. Compared, never divided. */
import type { AccountBooks, MarketBooks, MarketSlot, Pledge } from '../generated/index.js';
import { equityAt, type Holding, holdingOf } from './holding.js';
import { requirementOf } from './margin.js';
import type { Side } from './side.js';
import { hasMark, type MarketView, type Now, NumberError } from './view.js';
import { BPS, divCeil, gainFloor, least, most, PICO } from './wide.js';

/** Market number of a slot that is not in use. */
export const NO_MARKET = (1n << 64n) - 1n;
const PRICE_MAX = 1n << 60n;

/** One position, valued: cash in 1e-12 atom, requirements in atoms. */
export type Standing = {
  /** Equity at spot. */
  readonly equity: bigint;
  /** What counts towards initial margin: at the worse of spot and EMA widened by confidence, profit with its haircut. */
  readonly initialEquity: bigint;
  /** Initial requirement, rounded up. */
  readonly initial: bigint;
  /** Maintenance requirement, rounded up. */
  readonly maintenance: bigint;
};

/** All cross positions, or one isolated position, with what backs them. */
export type Health = Standing & {
  /** Positions with lots. */
  readonly positions: number;
  /** Positions that could not be valued for want of a mark. */
  readonly unmarked: number;
  /** The part of equity that is other collateral, atoms: it answers, but it is not money and pays nobody. */
  readonly pledged: bigint;
};

/** Finds the market a slot refers to; throws `MarketMissing` where it was not given. */
export type Markets = ReadonlyMap<bigint, MarketView>;

/** The worse of spot and EMA for a side, widened by the confidence interval. */
function cautious({ mark }: MarketBooks, side: Side): bigint {
  if (side === 'long') return most(least(mark.price, mark.ema) - mark.confidence, 0n);
  return least(most(mark.price, mark.ema) + mark.confidence, PRICE_MAX);
}

/** Values a position, caught up, with its paid-in margin. */
export function standingOf(view: MarketView, slot: MarketSlot, holding: Holding = holdingOf(view, slot)): Standing {
  const { market } = view;
  const equity = equityAt(holding, market.mark.price);
  const careful = holding.lots === 0n ? equity : equityAt(holding, cautious(market, holding.side));
  const paidIn = slot.position.paidIn * PICO;
  const profit = careful - paidIn;
  const counts = (gainFloor(profit) * BigInt(market.params.profitCounts)) / BPS;
  const initialEquity = profit > 0n ? paidIn + counts * PICO : careful;
  return { equity, initialEquity, ...requirementOf(market, divCeil(market.mark.price * holding.lots, PICO)) };
}

/** A slot's maturing profit after the market's haircuts, atoms, rounded down. */
export function maturingOf(market: MarketBooks, slot: MarketSlot): bigint {
  const { amount, index, epoch } = slot.maturing;
  if (epoch !== market.maturing.epoch) return 0n;
  if (amount === 0n || index === market.maturing.index) return amount;
  return (amount * market.maturing.index) / index;
}

/** Without a usable mark: the last equity where negative, zero where positive, and nothing to maintain. */
function unmarked(standing: Standing): Standing {
  const equity = least(standing.equity, 0n);
  return { equity, initialEquity: equity, initial: standing.initial, maintenance: 0n };
}

function add(health: Health, standing: Standing, maturing: bigint, lots: bigint, isUnmarked: boolean): Health {
  return {
    pledged: health.pledged,
    equity: health.equity + standing.equity + maturing * PICO,
    initialEquity: health.initialEquity + standing.initialEquity,
    initial: health.initial + standing.initial,
    maintenance: health.maintenance + standing.maintenance,
    positions: health.positions + (lots === 0n ? 0 : 1),
    unmarked: health.unmarked + (isUnmarked ? 1 : 0),
  };
}

const NOTHING: Standing = { equity: 0n, initialEquity: 0n, initial: 0n, maintenance: 0n };

/** The market of a slot. */
export function viewOf(markets: Markets, market: bigint): MarketView {
  const view = markets.get(market);
  if (view === undefined) throw new NumberError('MarketMissing');
  return view;
}

/** Slots a valuation of other collateral counts, the one it was made in apart. */
export const VALUATION_SLOTS = 8n;

/** Whether there is any other collateral. */
export function isHeld({ amounts }: Pledge): boolean {
  return amounts.some((amount) => amount !== 0n);
}

/** Whether its valuation still counts: where not, `value_collateral` comes first. */
export function isValued({ valuedAt }: Pledge, now: Now): boolean {
  const age = now.slot > valuedAt ? now.slot - valuedAt : 0n;
  return valuedAt !== 0n && age <= VALUATION_SLOTS;
}

/** What the account has without positions. Throws `CollateralUnvalued` where the valuation of other collateral is old. */
function backing({ free, pledge }: AccountBooks, now: Now): Health {
  const cash = free * PICO;
  const money = { ...NOTHING, equity: cash, initialEquity: cash, positions: 0, unmarked: 0, pledged: 0n };
  if (!isHeld(pledge)) return money;
  if (!isValued(pledge, now)) throw new NumberError('CollateralUnvalued');
  const { initial, maintenance } = pledge;
  return {
    ...money,
    equity: cash + maintenance * PICO,
    initialEquity: cash + initial * PICO,
    pledged: maintenance,
  };
}

/** Health of an account's cross positions, from all its markets. */
export function crossHealth(account: AccountBooks, markets: Markets, now: Now): Health {
  let health = backing(account, now);
  for (const slot of account.slots) {
    const { lots, spare, isolated } = slot.position;
    const isEmpty = lots === 0n && spare === 0n && slot.maturing.amount === 0n;
    if (slot.market === NO_MARKET || isEmpty) continue;
    const view = viewOf(markets, slot.market);
    const maturing = maturingOf(view.market, slot);
    if (isolated !== 0) {
      health = add(health, NOTHING, maturing, 0n, false);
    } else if (lots !== 0n && !hasMark(view.market, now)) {
      health = add(health, unmarked(standingOf(view, slot)), maturing, lots, true);
    } else {
      health = add(health, standingOf(view, slot), maturing, lots, false);
    }
  }
  return health;
}

/** Health of one isolated position: it answers with its own cash only. */
export function isolatedHealth(slot: MarketSlot, view: MarketView): Health {
  const empty: Health = { ...NOTHING, positions: 0, unmarked: 0, pledged: 0n };
  return add(empty, standingOf(view, slot), 0n, slot.position.lots, false);
}

/** Health of what a slot belongs to: its own if isolated, else the account's. */
export function healthOfSlot(account: AccountBooks, slot: MarketSlot, markets: Markets, now: Now): Health {
  if (slot.position.isolated === 0) return crossHealth(account, markets, now);
  return isolatedHealth(slot, viewOf(markets, slot.market));
}

/** The money is used up and only other collateral stands behind the positions: distress, whatever that is worth. */
export function isUnfunded({ positions, pledged, equity }: Health): boolean {
  return positions > 0 && pledged !== 0n && equity <= pledged * PICO;
}

/** Whether initial margin is kept, with money of its own: risk may rise, money may leave. */
export function isInitial(health: Health): boolean {
  return health.initialEquity >= health.initial * PICO && !isUnfunded(health);
}

/** Distress: equity below maintenance, or no money behind the positions. */
export function isDistressed(health: Health): boolean {
  return health.positions > 0 && (health.equity < health.maintenance * PICO || isUnfunded(health));
}

/** Bankrupt: nothing left. */
export function isBankrupt(health: Health): boolean {
  return health.positions > 0 && health.equity <= 0n;
}
