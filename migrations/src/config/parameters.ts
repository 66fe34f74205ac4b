/** Parameters as a file writes them: USD and base units as decimals in quotes, everything else as whole numbers. */
import { type Bracket, type ExchangeParams, type MarketParams, units } from '@breakwater/client';
import type { Fields } from './fields.js';

const U32 = (1n << 32n) - 1n;
const U64 = (1n << 64n) - 1n;

/** What a parameter counts, and how wide the program stores it. */
type Kind =
  /** USD in the file, atoms in the program. */
  | 'usd'
  /** Base units in the file, lots in the program. */
  | 'size'
  /** Seconds, slots: 64 bits. */
  | 'long'
  /** Fractions in bps, counts: 32 bits. */
  | 'short'
  /** 10^this of the base asset is a lot. */
  | 'exponent';

/** Every parameter of an exchange. The compiler sees to it that none is left out. */
export const EXCHANGE: { readonly [K in Exclude<keyof ExchangeParams, 'reserved'>]: Kind } = {
  depositMin: 'usd',
  depositsMax: 'usd',
  timelockSeconds: 'long',
  outflowFloor: 'usd',
  outflowExempt: 'usd',
  exitCooldownSeconds: 'long',
  stakeMin: 'usd',
  guardHoldSeconds: 'long',
  outflowHour: 'short',
  outflowDay: 'short',
  outflowGuard: 'short',
  drawdownGuard: 'short',
  insuranceTarget: 'short',
  stakerShare: 'short',
  keeperShare: 'short',
};

/** Every parameter of a market but its brackets, which are a list. */
export const MARKET: { readonly [K in Exclude<keyof MarketParams, 'brackets' | 'bracketCount' | 'reserved'>]: Kind } = {
  lotExponent: 'exponent',
  step: 'size',
  positionMin: 'size',
  openInterestMax: 'size',
  sliceFloor: 'size',
  impactLotsMin: 'size',
  coverGrant: 'usd',
  profitVestingSeconds: 'long',
  markAgeSlotsMax: 'long',
  priceAgeSecondsMax: 'long',
  priceAheadSecondsMax: 'long',
  observeSlots: 'long',
  auctionSlots: 'long',
  sliceWindowSlots: 'long',
  deleverageAfterSlots: 'long',
  checkSlots: 'long',
  coverEpochSeconds: 'long',
  fundingEmaSeconds: 'long',
  fundingPeriodSeconds: 'long',
  fundingGapSecondsMax: 'long',
  haltHoldSeconds: 'long',
  guardHoldSeconds: 'long',
  graceSeconds: 'long',
  settleAfterSeconds: 'long',
  phaseHoldSeconds: 'long',
  volatilityWindowSeconds: 'long',
  fundingRateMax: 'short',
  impactShareBps: 'short',
  confidenceGood: 'short',
  confidenceUsable: 'short',
  divergenceGood: 'short',
  divergenceUsable: 'short',
  jumpPerSlot: 'short',
  band: 'short',
  takerFee: 'short',
  makerFee: 'short',
  discountStart: 'short',
  discountMax: 'short',
  discountDepth: 'short',
  penalty: 'short',
  buffer: 'short',
  slice: 'short',
  eventShare: 'short',
  profitCounts: 'short',
  walkMax: 'short',
  syncReward: 'short',
  volatilityNormal: 'short',
  volatilityMultiplierMax: 'short',
  maintenanceRate: 'short',
  stressMargin: 'short',
  stressFee: 'short',
  insuranceShare: 'short',
  stressInsuranceShare: 'short',
  gaugeDistance: 'short',
  gaugeStress: 'short',
  gaugeGuard: 'short',
  disagreement: 'short',
};

const BRACKETS = 4;
const NO_BRACKET: Bracket = { upTo: 0n, initial: 0, maintenance: 0 };

function readOne(fields: Fields, name: string, kind: Kind, lotExponent: number): bigint | number {
  if (kind === 'usd') return fields.decimal(name, 6, U64);
  if (kind === 'size') return fields.decimal(name, -lotExponent, U64);
  if (kind === 'long') return fields.integer(name, { least: 0n, most: U64 });
  if (kind === 'short') return Number(fields.integer(name, { least: 0n, most: U32 }));
  return Number(fields.integer(name, { least: -18n, most: 0n }));
}

function readAll(fields: Fields, kinds: Readonly<Record<string, Kind>>, lotExponent: number): object {
  const entries = Object.entries(kinds).map(
    ([name, kind]) => [name, readOne(fields, name, kind, lotExponent)] as const,
  );
  return Object.fromEntries(entries);
}

/** An exchange's parameters. */
export function readExchangeParams(fields: Fields): ExchangeParams {
  const read = readAll(fields, EXCHANGE, 0) as Omit<ExchangeParams, 'reserved'>;
  fields.done();
  return { ...read, reserved: 0 };
}

function readBracket(fields: Fields, isLast: boolean): Bracket {
  const upTo = isLast ? openEnd(fields) : fields.decimal('upTo', 6, U64);
  const initial = Number(fields.integer('initial', { least: 0n, most: U32 }));
  const maintenance = Number(fields.integer('maintenance', { least: 0n, most: U32 }));
  fields.done();
  return { upTo, initial, maintenance };
}

function openEnd(fields: Fields): bigint {
  if (fields.get('upTo') !== 'unbounded') fields.fault('upTo', 'must be "unbounded" in the last bracket');
  return 0n;
}

/** A market's parameters. */
export function readMarketParams(fields: Fields): MarketParams {
  const found = fields.list('brackets');
  if (found.length < 1 || found.length > BRACKETS) fields.fault('brackets', `must be one to ${BRACKETS}`);
  const brackets = found.map((bracket, at) => readBracket(bracket, at === found.length - 1));
  const lotExponent = Number(fields.raw['lotExponent'] ?? 0);
  const usable = Number.isSafeInteger(lotExponent) && lotExponent <= 0 && lotExponent >= -18 ? lotExponent : 0;
  const read = readAll(fields, MARKET, usable) as Omit<MarketParams, 'brackets' | 'bracketCount' | 'reserved'>;
  fields.done();
  const padded = Array.from({ length: BRACKETS }, (_, at) => brackets[at] ?? NO_BRACKET);
  return { ...read, brackets: padded, bracketCount: Math.min(found.length, BRACKETS), reserved: 0 };
}

function write(value: bigint | number, kind: Kind, lotExponent: number): string {
  if (kind === 'usd') return units.usd(BigInt(value));
  if (kind === 'size') return units.size(BigInt(value), lotExponent);
  return String(value);
}

/** Parameters by name, as the file writes them: what two sets are compared by. */
export function exchangeLines(params: ExchangeParams): Map<string, string> {
  const names = Object.keys(EXCHANGE) as (keyof typeof EXCHANGE)[];
  return new Map(names.map((name) => [name, write(params[name], EXCHANGE[name], 0)]));
}

/** The same of a market. Brackets beyond the count are not there. */
export function marketLines(params: MarketParams): Map<string, string> {
  const names = Object.keys(MARKET) as (keyof typeof MARKET)[];
  const lines = new Map<string, string>();
  for (const name of names) lines.set(name, write(params[name], MARKET[name], params.lotExponent));
  for (const [at, { upTo, initial, maintenance }] of params.brackets.slice(0, params.bracketCount).entries()) {
    const isLast = at === params.bracketCount - 1;
    lines.set(`brackets[${at}].upTo`, isLast ? 'unbounded' : units.usd(upTo));
    lines.set(`brackets[${at}].initial`, String(initial));
    lines.set(`brackets[${at}].maintenance`, String(maintenance));
  }
  return lines;
}
