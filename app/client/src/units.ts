/** Decimal numbers people write, as the integers the program takes. Nothing passes through a float. */

/** A decimal number times `10^decimals`, exactly; throws where digits would be lost. */
export function fromDecimal(text: string, decimals: number): bigint {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (found === null) throw new RangeError(`${text} is not a decimal number`);
  const [, sign, whole = '0', fraction = ''] = found;
  const kept = fraction.slice(0, Math.max(decimals, 0)).padEnd(Math.max(decimals, 0), '0');
  const lost = fraction.slice(Math.max(decimals, 0));
  const digits = BigInt(whole + kept);
  const scale = decimals < 0 ? 10n ** BigInt(-decimals) : 1n;
  if (/[1-9]/.test(lost) || digits % scale !== 0n) throw new RangeError(`${text} has more than ${decimals} decimals`);
  return sign === '-' ? -digits / scale : digits / scale;
}

/** An integer as the decimal number it is at `decimals` digits. */
export function toDecimal(value: bigint, decimals: number): string {
  const sign = value < 0n ? '-' : '';
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** Decimals of USDC. */
const USD_DECIMALS = 6;
/** Decimals of a price in atoms per lot. */
const PRICE_DECIMALS = 12;

/** USDC in atoms. */
export const atoms = (usd: string): bigint => fromDecimal(usd, USD_DECIMALS);

/** Atoms in USDC. */
export const usd = (value: bigint): string => toDecimal(value, USD_DECIMALS);

/** A size in base units as lots of `10^lotExponent`. */
export const lots = (size: string, lotExponent: number): bigint => fromDecimal(size, -lotExponent);

/** Lots in base units. */
export const size = (count: bigint, lotExponent: number): string => toDecimal(count, -lotExponent);

/** USD per base unit as 1e-12 atom per lot. */
export const price = (perUnit: string, lotExponent: number): bigint =>
  fromDecimal(perUnit, USD_DECIMALS + PRICE_DECIMALS + lotExponent);

/** 1e-12 atom per lot in USD per base unit. */
export const perUnit = (value: bigint, lotExponent: number): string =>
  toDecimal(value, USD_DECIMALS + PRICE_DECIMALS + lotExponent);
