/** Reading a file field by field: every fault is told, each in a sentence with its place. */
import { type Address, isAddress } from '@solana/kit';
import { units } from '@breakwater/client';

/** A file that cannot be deployed from. */
export class BadConfig extends Error {
  override readonly name = 'BadConfig';

  constructor(
    /** What is wrong, a sentence each. */
    readonly faults: readonly string[],
  ) {
    super(`the file has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n  ${faults.join('\n  ')}`);
  }
}

/** Names a field of a JSON object. */
const inside = (place: string, field: string): string => (place === '' ? field : `${place}.${field}`);

const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

/** What an integer may be. */
export type Range = { readonly least: bigint; readonly most: bigint };

/** An object of the file. What cannot be read is noted, and something harmless stands for it until all has been read. */
export class Fields {
  readonly #read = new Set<string>();

  private constructor(
    readonly place: string,
    readonly faults: string[],
    readonly raw: Readonly<Record<string, unknown>>,
  ) {}

  static of(value: unknown, place: string, faults: string[]): Fields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return new Fields(place, faults, value as Record<string, unknown>);
    }
    faults.push(`${place === '' ? 'the file' : place} must be an object, and is ${shown(value)}`);
    return new Fields(place, faults, {});
  }

  fault(field: string, what: string): void {
    this.faults.push(`${inside(this.place, field)} ${what}`);
  }

  /** A value that must be there. */
  get(field: string): unknown {
    this.#read.add(field);
    const value = this.raw[field];
    if (value === undefined) this.fault(field, 'is missing');
    return value;
  }

  within(field: string): Fields {
    return Fields.of(this.get(field) ?? {}, inside(this.place, field), this.faults);
  }

  list(field: string): Fields[] {
    const value = this.get(field);
    if (value === undefined) return [];
    if (Array.isArray(value)) {
      return value.map((entry: unknown, at) => Fields.of(entry, `${inside(this.place, field)}[${at}]`, this.faults));
    }
    this.fault(field, `must be a list, and is ${shown(value)}`);
    return [];
  }

  text(field: string): string {
    const value = this.get(field);
    if (value === undefined) return '';
    if (typeof value === 'string') return value;
    this.fault(field, `must be a text, and is ${shown(value)}`);
    return '';
  }

  oneOf<T extends string>(field: string, allowed: readonly T[], otherwise: T): T {
    const value = this.get(field);
    const found = allowed.find((name) => name === value);
    if (found === undefined && value !== undefined) {
      this.fault(field, `must be one of ${allowed.join(', ')}, and is ${shown(value)}`);
    }
    return found ?? otherwise;
  }

  address(field: string): Address {
    const value = this.get(field);
    if (typeof value === 'string' && isAddress(value)) return value;
    if (value !== undefined) this.fault(field, `must be an address, and is ${shown(value)}`);
    return '11111111111111111111111111111111' as Address;
  }

  /** 32 bytes in hex, as Pyth writes a feed's id. */
  hex32(field: string): string {
    const value = this.text(field).replace(/^0x/, '').toLowerCase();
    if (/^[0-9a-f]{64}$/.test(value)) return value;
    if (this.raw[field] !== undefined) this.fault(field, `must be 32 bytes in hex, and is ${shown(this.raw[field])}`);
    return '00'.repeat(32);
  }

  integer(field: string, { least, most }: Range): bigint {
    const value = this.get(field);
    if (value === undefined) return least;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      this.fault(field, `must be a whole number, and is ${shown(value)}`);
      return least;
    }
    if (BigInt(value) >= least && BigInt(value) <= most) return BigInt(value);
    this.fault(field, `must be from ${least} to ${most}, and is ${value}`);
    return least;
  }

  /** A decimal number, written as a text so that nothing is lost, times `10^decimals`. */
  decimal(field: string, decimals: number, most: bigint): bigint {
    const value = this.get(field);
    if (value === undefined) return 0n;
    try {
      if (typeof value !== 'string') throw new RangeError(`${shown(value)} is not a decimal number in quotes`);
      const found = units.fromDecimal(value, decimals);
      if (found < 0n || found > most) throw new RangeError(`${value} is out of range`);
      return found;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.fault(field, `must be a decimal number: ${error.message}`);
      return 0n;
    }
  }

  /** What the file says that nobody asked for: a name written wrong would otherwise be a parameter left out. */
  done(): void {
    for (const field of Object.keys(this.raw)) {
      if (!this.#read.has(field)) this.fault(field, 'is not a field there');
    }
  }
}
