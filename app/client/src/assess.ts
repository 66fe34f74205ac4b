/**
 * Margin accounts assessed from their bytes, many at a time, by the engine itself. What cannot be assessed is a reason of its own
 * and never hides the others.
 */
import type { ReadonlyUint8Array } from '@solana/kit';
import { EngineFault, type Frame, place, room, withEngine } from './engine/module.js';
import { placedKindsAt, placedPairs, type Placed } from './engine/inputs.js';
import type { Words } from './engine/words.js';
import {
  ACCOUNT_REPORT_SIZE,
  ACCOUNT_REPORT_AT as REPORT,
  BOOKS,
  COLLATERAL_INDEX,
  LIQUIDATION_REPORT_SIZE,
  type LiquidationReport,
  MARK,
  MARKET_ID,
  NO_MARKET,
  NO_MARKET_REFUSED,
  POSITION_REPORT_SIZE,
  type PositionReport,
  readHealthReport,
  readLiquidationReport,
  readPositionReport,
  TYPES,
} from './generated/engine.js';
import type { Health } from './numbers/health.js';
import { type ClaimsWorth, type Rank, reportedSide } from './numbers/position.js';
import type { Side } from './numbers/sides.js';
import { type Now, type NumberErrorReason, refusalName } from './numbers/views.js';

/** A market's account data and its ladder's, as fetched. */
export type MarketData = { readonly market: ReadonlyUint8Array; readonly ladder: ReadonlyUint8Array };

/** A price to assess at in the place of a market's mark, 1e-12 atom per lot; average and confidence stay where not given. */
export type Spot = { readonly price: bigint; readonly ema?: bigint; readonly confidence?: bigint };

/** What else an assessment may be told. */
export type Beside = {
  /** Account data of kinds of other collateral: accounts are valued by them, else their own valuation must be young. */
  readonly kinds?: readonly ReadonlyUint8Array[];
  /** Prices by market number: what would be at them. */
  readonly prices?: ReadonlyMap<bigint, Spot>;
};

/** What one liquidation of a position would take and pay now. */
export type LiquidationTerms = Pick<
  LiquidationReport,
  'discount' | 'lots' | 'value' | 'discountByAccount' | 'discountByCover' | 'deficit' | 'penalty'
>;

/** A position, assessed. */
export type AssessedPosition = {
  /** Number of its market. */
  readonly market: bigint;
  /** Its side; long where there are no lots. */
  readonly side: Side;
  /** Lots, without their sign, after all that happened to its line. */
  readonly lots: bigint;
  /** Cash with index and spare, 1e-12 atom, exact. */
  readonly cash: bigint;
  /** The position alone: equity, margins, and whether it is in distress if it is isolated. */
  readonly health: Health;
  /** Whether it is backed only by its own margin. */
  readonly isIsolated: boolean;
  /** Whether its line joined a pool since it was last touched. */
  readonly isPooled: boolean;
  /** The price at which its key's cash is used up, 1e-12 atom per lot, rounded down; none without lots. */
  readonly bankruptcyPrice?: bigint;
  /** The mark at which what backs it gets into distress, everything else as it is, 1e-12 atom per lot. */
  readonly liquidationPrice?: bigint;
  /** Its place in the order of deleveraging; none where it is bankrupt alone. */
  readonly rank?: Rank;
  /** What its claims were paid and are worth. */
  readonly claims: ClaimsWorth;
  /** Profit that is not money yet, atoms. */
  readonly vesting: bigint;
  /** What a liquidation would take and pay, or the name of the error it would be refused with; none without lots. */
  readonly liquidation?: LiquidationTerms | NumberErrorReason;
};

/** An account, assessed. */
export type Assessed = {
  readonly ok: true;
  /** Its cross positions together, with what backs them: equity, margins, distress. */
  readonly health: Health;
  /** The positions of its slots. */
  readonly positions: readonly AssessedPosition[];
};

/** Why an account is not assessed. */
export type Unassessed = {
  readonly ok: false;
  /**
   * The name of the program's error (`MarketMissing`, `Rebasing`, `CollateralUnvalued`, `WrongExchange`, ...); what is wrong with the
   * account's bytes; or `EngineFault`, a fault in the engine that is worth a report.
   */
  readonly reason: NumberErrorReason | 'AccountShort' | 'AccountForeign' | 'AccountNewer';
  /** The market it is about, where it is about one. */
  readonly market?: bigint;
};

/** What is known of one account. */
export type Assessment = Assessed | Unassessed;

/** Why bytes are not an account of a type, by the module's number of the fault. */
const FAULTS = [undefined, 'AccountShort', 'AccountForeign', 'AccountNewer'] as const;
/** The discriminator comes first. */
const BODY = 8;
const KEY = 32;

/** What all accounts are assessed against: copied in once. */
type Scene = {
  readonly frame: Frame;
  readonly markets: Placed;
  readonly kinds: number;
  readonly now: Now;
  /** A market that could be read: accounts must be of its exchange. */
  readonly readable?: ReadonlyUint8Array;
};

/**
 * Assesses accounts as they would be found at `now`: one result or reason for each, in their order. `markets` are those of one
 * exchange, as many as the accounts have slots in; one whose bytes cannot be read, or that is another exchange's, counts as missing.
 */
export function assess(
  accounts: readonly ReadonlyUint8Array[],
  markets: readonly MarketData[],
  now: Now,
  beside: Beside = {},
): Assessment[] {
  const found: Assessment[] = [];
  while (found.length < accounts.length) {
    try {
      withEngine((frame) => {
        const scene = staged(frame, markets, now, beside);
        const [at, out] = [room(frame, BODY + TYPES.marginAccount.size), room(frame, ACCOUNT_REPORT_SIZE)];
        while (found.length < accounts.length) {
          const account = accounts[found.length] ?? new Uint8Array();
          found.push(assessOne(scene, account, [at, out]));
        }
      });
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error;
      found.push({ ok: false, reason: 'EngineFault' });
    }
  }
  return found;
}

function staged(frame: Frame, markets: readonly MarketData[], now: Now, { kinds, prices }: Beside): Scene {
  const pairs: [number, number][] = [];
  let readable: ReadonlyUint8Array | undefined;
  for (const { market, ladder } of markets) {
    const [books, lines] = [placedBooks(frame, market, 'market'), placedBooks(frame, ladder, 'ladder')];
    if (books === undefined || lines === undefined) continue;
    readable ??= market;
    if (isSameExchange(market, readable)) pairs.push([books, lines]);
  }
  for (const [number, spot] of prices ?? []) reprice(frame, pairs, number, spot);
  const placedKinds = kinds === undefined ? 0 : stagedKinds(frame, kinds);
  const scene = { frame, markets: placedPairs(frame, pairs), kinds: placedKinds, now };
  return readable === undefined ? scene : { ...scene, readable };
}

/** Copies an account in; returns where its books lie, none where it is no account of the type. */
function placedBooks(frame: Frame, data: ReadonlyUint8Array, type: keyof typeof BOOKS): number | undefined {
  const at = place(frame, data);
  if (frame.exports.check(TYPES[type].number, at, data.length) !== 0) return undefined;
  return at + BODY + BOOKS[type];
}

function stagedKinds(frame: Frame, kinds: readonly ReadonlyUint8Array[]): number {
  const found = new Map<number, number>();
  for (const data of kinds) {
    const books = placedBooks(frame, data, 'collateral');
    const index = data[BODY + COLLATERAL_INDEX];
    if (books !== undefined && index !== undefined) found.set(index, books);
  }
  return placedKindsAt(frame, found);
}

/** Puts a price in the place of a market's mark. */
function reprice({ words }: Frame, pairs: readonly [number, number][], number: bigint, spot: Spot): void {
  for (const [market] of pairs) {
    if (words.u64(market + MARKET_ID) !== number) continue;
    words.setU64(market + MARK, spot.price);
    if (spot.ema !== undefined) words.setU64(market + MARK + 8, spot.ema);
    if (spot.confidence !== undefined) words.setU64(market + MARK + 16, spot.confidence);
  }
}

/** Whether two accounts name the same exchange: it comes first in each. */
function isSameExchange(one: ReadonlyUint8Array, other: ReadonlyUint8Array): boolean {
  for (let at = BODY; at < BODY + KEY; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

function assessOne(
  { frame, markets, kinds, now, readable }: Scene,
  account: ReadonlyUint8Array,
  [at, out]: readonly [number, number],
): Assessment {
  const size = BODY + TYPES.marginAccount.size;
  frame.words.setBytes(at, account.length > size ? account.slice(0, size) : account);
  const fault = FAULTS[frame.exports.check(TYPES.marginAccount.number, at, account.length)];
  if (fault !== undefined) return { ok: false, reason: fault };
  if (readable !== undefined && !isSameExchange(account, readable)) return { ok: false, reason: 'WrongExchange' };
  frame.exports.assess_account(at + BODY + BOOKS.marginAccount, ...markets, kinds, now.slot, now.time, out);
  return assessment(frame.words, out);
}

/** What a report says; slots that are not in use, most of them, are not even read. */
export function assessment(words: Words, at: number): Assessment {
  const refusal = words.u32(at + REPORT.refusal);
  if (refusal !== 0) {
    const market = words.u32(at + REPORT.refusedMarket);
    const about = market === NO_MARKET_REFUSED ? {} : { market: BigInt(market) };
    return { ok: false, reason: refusalName(refusal), ...about };
  }
  const positions: AssessedPosition[] = [];
  const [first, end] = [at + REPORT.positions, at + REPORT.liquidations];
  let liquidation = end;
  for (let position = first; position < end; position += POSITION_REPORT_SIZE) {
    if (words.u64(position) !== NO_MARKET) {
      positions.push(assessed(readPositionReport(words, position), readLiquidationReport(words, liquidation)));
    }
    liquidation += LIQUIDATION_REPORT_SIZE;
  }
  return { ok: true, health: readHealthReport(words, at + REPORT.health), positions };
}

/** A position while it is put together. */
type Draft = { -readonly [Field in keyof AssessedPosition]: AssessedPosition[Field] };

function assessed(position: PositionReport, liquidation: LiquidationReport): AssessedPosition {
  const { market, lots, cash, health, isIsolated, isPooled, vesting, paid, owed, units } = position;
  const side = reportedSide(position);
  const found: Draft = {
    market,
    side,
    lots,
    cash,
    health,
    isIsolated,
    isPooled,
    vesting,
    claims: { paid, owed, units },
  };
  if (lots === 0n) return found;
  const { ahead, group, total, bankruptcyPrice } = position;
  found.bankruptcyPrice = bankruptcyPrice;
  if (liquidation.price !== 0n) found.liquidationPrice = liquidation.price;
  if (group !== 0n) found.rank = { ahead, group, total };
  found.liquidation = liquidation.refusal === 0 ? terms(liquidation) : refusalName(liquidation.refusal);
  return found;
}

function terms(report: LiquidationReport): LiquidationTerms {
  const { discount, lots, value, discountByAccount, discountByCover, deficit, penalty } = report;
  return { discount, lots, value, discountByAccount, discountByCover, deficit, penalty };
}
