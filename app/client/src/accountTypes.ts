/** What an account is, by its owner, its discriminator and its length: bytes of another type decode into nonsense. */
import {
  type Address,
  type FixedSizeDecoder,
  fixDecoderSize,
  getBase16Decoder,
  getBytesDecoder,
  type MaybeEncodedAccount,
  type ReadonlyUint8Array,
  transformDecoder,
} from '@solana/kit';
import { DISCRIMINATORS, OWNER } from './generated/discriminators.js';

/** Type of an account of the program. */
export type AccountType = keyof typeof DISCRIMINATORS;

/**
 * Why an account is not what it is read as: it does not exist; it is of another type or another program; it is shorter than
 * its type is; it is longer, which a newer program makes it; or its data holds what this client cannot decode.
 */
export type WrongAccountReason =
  'AccountMissing' | 'AccountForeign' | 'AccountShort' | 'AccountNewer' | 'AccountUndecodable';

/** What an account was found to be. */
export type FoundAccount = {
  /** Its type; none where it has none that this client knows. */
  readonly type?: AccountType | undefined;
  /** The program that owns it, where that is another. */
  readonly owner?: Address | undefined;
  /** Its length in bytes, where it exists. */
  readonly length?: number | undefined;
};

const DISCRIMINATOR_SIZE = 8;
const TYPES = new Map<string, AccountType>(
  Object.entries(DISCRIMINATORS).map(([type, discriminator]) => [discriminator, type as AccountType]),
);

/** An account that is not of the type it is read as. */
export class WrongAccount extends Error {
  override readonly name = 'WrongAccount';

  /** By its name: a project may hold this package twice, as a module and as CommonJS. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'WrongAccount';
  }

  constructor(
    readonly reason: WrongAccountReason,
    /** The type it is read as; none where any of the program will do. */
    readonly expected: AccountType | undefined,
    /** What it is. */
    readonly found: FoundAccount,
    /** Its address, where that is known. */
    readonly address?: Address,
    options?: ErrorOptions,
  ) {
    super(
      `${address ?? 'this account'} is no ${expected ?? `account of ${OWNER}`}: ${sentence(reason, found)}`,
      options,
    );
  }
}

function sentence(reason: WrongAccountReason, { type, owner, length }: FoundAccount): string {
  if (reason === 'AccountMissing') return 'it does not exist';
  if (owner !== undefined) return `it belongs to the program ${owner}, not to ${OWNER}`;
  if (reason === 'AccountForeign') {
    return type === undefined ? 'its discriminator is of no type that this client knows' : `its type is ${type}`;
  }
  if (reason === 'AccountUndecodable') return 'its data cannot be decoded: use a newer client';
  const than = reason === 'AccountShort' ? 'fewer than the type has' : 'more than the type has: use a newer client';
  return `it has ${length} bytes, ${than}`;
}

/** The type of an account by what its data begins with; none where this client knows no such type. */
export function accountTypeOf(data: ReadonlyUint8Array): AccountType | undefined {
  return TYPES.get(getBase16Decoder().decode(data.slice(0, DISCRIMINATOR_SIZE)));
}

/** What is wrong with data that is to be of a type; nothing where it is. The discriminator is asked first: of a foreign account the length says nothing. */
export function wrongData(
  data: ReadonlyUint8Array,
  expected: AccountType,
  size: number,
  address?: Address,
): WrongAccount | undefined {
  const type = accountTypeOf(data);
  const found = { type, length: data.length };
  if (type !== expected) return new WrongAccount('AccountForeign', expected, found, address);
  if (data.length < size) return new WrongAccount('AccountShort', expected, found, address);
  return data.length > size ? new WrongAccount('AccountNewer', expected, found, address) : undefined;
}

/** An account's data. Throws {@link WrongAccount} where it does not exist, or where it is another program's. */
export function ownData(account: MaybeEncodedAccount, expected?: AccountType): ReadonlyUint8Array {
  const { address } = account;
  if (!account.exists) throw new WrongAccount('AccountMissing', expected, {}, address);
  const { data, programAddress: owner } = account;
  if (owner === OWNER) return data;
  throw new WrongAccount('AccountForeign', expected, { owner, length: data.length }, address);
}

/** An account that is there is of a type. Throws {@link WrongAccount} where it is another. One that is not there stays so. */
export function checkedAccount<T extends MaybeEncodedAccount>(account: T, expected: AccountType, size: number): T {
  const wrong = account.exists ? wrongData(ownData(account, expected), expected, size, account.address) : undefined;
  if (wrong !== undefined) throw wrong;
  return account;
}

/** Decodes a discriminator and throws {@link WrongAccount} where it is another type's. */
export function getDiscriminatorDecoder(expected: AccountType): FixedSizeDecoder<ReadonlyUint8Array, 8> {
  return transformDecoder(fixDecoderSize(getBytesDecoder(), DISCRIMINATOR_SIZE), (bytes) => {
    const type = accountTypeOf(bytes);
    if (type !== expected) throw new WrongAccount('AccountForeign', expected, { type });
    return bytes;
  });
}
