/** Parameters by their names: how each may change, as the engine's table says. The page of them is `docs/parameters.md`. */
import type { MarketHandle } from './accounts.js';
import { withEngine } from './engine/module.js';
import type { ExchangeParams, MarketParams } from './generated/index.js';
import { PARAMETERS } from './generated/tables.js';

/** A parameter of a market. */
export type MarketParameter = keyof (typeof PARAMETERS)['market'];

/** A parameter of an exchange. */
export type ExchangeParameter = keyof (typeof PARAMETERS)['exchange'];

/** A parameter, in the unit of `PARAMETERS`. Without a market it is the exchange's: `guardHoldSeconds` is in both. */
export type ParameterChange =
  | { readonly parameter: MarketParameter; readonly market: MarketHandle; readonly to: bigint }
  | { readonly parameter: ExchangeParameter; readonly market?: undefined; readonly to: bigint };

/** The number a parameter is changed by. */
export function parameterNumber(change: ParameterChange): number {
  return change.market === undefined
    ? PARAMETERS.exchange[change.parameter].number
    : PARAMETERS.market[change.parameter].number;
}

/** How a parameter may change. */
export type ParameterRule = {
  /** Its number. */
  readonly number: number;
  /** What its values count. */
  readonly unit: string;
  /** Which changes wait for the timelock: to more, to less, every one; or there are none. */
  readonly waits: 'rising' | 'falling' | 'always' | 'fixed';
  /** A step is a quarter of the old value, or this where that is less. */
  readonly step: bigint;
  /** What the engine's defaults say. */
  readonly standard: bigint;
  /** Where changes may lead while everything else is at its standard. */
  readonly least: bigint;
  /** The same upwards. */
  readonly most: bigint;
  /** What a change beyond that is refused with. */
  readonly error: string;
};

/** The rule of a parameter. */
export function ruleOf(change: Pick<ParameterChange, 'parameter' | 'market'>): ParameterRule {
  const table: Readonly<Record<string, ParameterRule>> =
    change.market === undefined ? PARAMETERS.exchange : PARAMETERS.market;
  const found = table[change.parameter];
  if (found === undefined) throw new RangeError(`no parameter ${change.parameter} there`);
  return found;
}

/** The largest step from a value. */
export function stepMax(rule: ParameterRule, from: bigint): bigint {
  if (rule.waits === 'fixed') return 0n;
  return withEngine(({ exports }) => BigInt.asUintN(64, exports.step_max(rule.step, from)));
}

/** Whether a change of a parameter waits for the timelock; others may be made at once, by `tighten`. */
export function mustWait(rule: ParameterRule, from: bigint, to: bigint): boolean {
  if (rule.waits === 'rising') return to > from;
  if (rule.waits === 'falling') return to < from;
  return true;
}

/** A bracket's parameter: its number, counted from 0, and which of its three. */
const BRACKET = /^bracket(\d)(UpTo|Initial|Maintenance)$/;
const IN_BRACKET = { UpTo: 'upTo', Initial: 'initial', Maintenance: 'maintenance' } as const;

/** What a parameter is now, as a change of it names it. */
export function parameterValue(params: MarketParams, parameter: MarketParameter): bigint;
export function parameterValue(params: ExchangeParams, parameter: ExchangeParameter): bigint;
export function parameterValue(params: MarketParams | ExchangeParams, parameter: string): bigint {
  const [, number, which] = BRACKET.exec(parameter) ?? [];
  const held: Readonly<Record<string, unknown>> = params;
  const found =
    number !== undefined && 'brackets' in params
      ? params.brackets[Number(number)]?.[IN_BRACKET[which as keyof typeof IN_BRACKET]]
      : held[parameter];
  if (typeof found !== 'number' && typeof found !== 'bigint') throw new RangeError(`no parameter ${parameter} there`);
  return BigInt(found);
}
