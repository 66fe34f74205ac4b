/** Reading accounts of a node: as new as is asked for, and a result or a reason for each. */
import {
  type Address,
  type Base58EncodedBytes,
  fetchEncodedAccount,
  fetchEncodedAccounts,
  type FixedSizeDecoder,
  getBase58Decoder,
  getBase64Encoder,
  type GetAccountInfoApi,
  type GetMultipleAccountsApi,
  type GetProgramAccountsApi,
  type MaybeEncodedAccount,
  type ReadonlyUint8Array,
  type Rpc,
} from '@solana/kit';
import { type AccountType, ownData, WrongAccount, type WrongAccountReason, wrongData } from './accountTypes.js';
import {
  BREAKWATER_PROGRAM_ADDRESS,
  getCollateralDecoder,
  getExchangeDecoder,
  getInsuranceDecoder,
  getLadderDecoder,
  getLossLedgerDecoder,
  getMarginAccountDecoder,
  getMarketDecoder,
  getProposalDecoder,
  getQuoteDecoder,
} from './generated/index.js';
import { ask, atLeast, type Freshness, PATIENCE } from './node.js';

export type { Freshness } from './node.js';

/** What reading needs of a node. */
export type Reader = Rpc<GetAccountInfoApi & GetMultipleAccountsApi & GetProgramAccountsApi>;

/** An account that cannot be read, among others that can. */
export type Unread = {
  readonly ok: false;
  readonly address: Address;
  /** Why. */
  readonly reason: WrongAccountReason;
  /** The same in a sentence, with the types of both. */
  readonly error: WrongAccount;
};

/** What is read of one of many accounts: a result, or a reason. */
export type Reading<T> = (T & { readonly ok: true }) | Unread;

/** What was read, without what could not be. */
export function readable<T extends { readonly ok: boolean }>(readings: readonly T[]): Extract<T, { ok: true }>[] {
  return readings.filter((reading): reading is Extract<T, { ok: true }> => reading.ok);
}

/** What could not be read, and why. */
export function unreadable(readings: readonly Reading<unknown>[]): Unread[] {
  return readings.filter((reading): reading is Unread => !reading.ok);
}

/** A rollback of a confirmed slot has not been seen; finality is half a minute behind. */
export const CONFIRMED = { commitment: 'confirmed' } as const;

/** Accounts one request asks for at most. */
const REQUEST = 100;

/** An account's data as fetched. */
export type AccountData = { readonly address: Address; readonly data: ReadonlyUint8Array };

/** An account type with what decodes it. */
export type Layout<T> = { readonly type: AccountType; readonly decoder: FixedSizeDecoder<T> };

const layout = <T>(type: AccountType, decoder: FixedSizeDecoder<T>): Layout<T> => ({ type, decoder });

/** Account types that are read, by what they hold. */
export const LAYOUT = {
  collateral: layout('Collateral', getCollateralDecoder()),
  exchange: layout('Exchange', getExchangeDecoder()),
  insurance: layout('Insurance', getInsuranceDecoder()),
  ladder: layout('Ladder', getLadderDecoder()),
  lossLedger: layout('LossLedger', getLossLedgerDecoder()),
  marginAccount: layout('MarginAccount', getMarginAccountDecoder()),
  market: layout('Market', getMarketDecoder()),
  proposal: layout('Proposal', getProposalDecoder()),
  quote: layout('Quote', getQuoteDecoder()),
} as const;

/** Many accounts, a hundred a request, in their order. */
export async function fetchMany(
  rpc: Reader,
  addresses: readonly Address[],
  fresh?: Freshness,
): Promise<MaybeEncodedAccount[]> {
  const found: MaybeEncodedAccount[] = [];
  const config = { ...CONFIRMED, ...atLeast(rpc, fresh) };
  for (let at = 0; at < addresses.length; at += REQUEST) {
    const some = addresses.slice(at, at + REQUEST);
    found.push(...(await ask(() => fetchEncodedAccounts(rpc, some, config), PATIENCE.read)));
  }
  return found;
}

/** One account, if it exists. */
export async function fetchOne(
  rpc: Rpc<GetAccountInfoApi>,
  address: Address,
  fresh?: Freshness,
): Promise<MaybeEncodedAccount> {
  const config = { ...CONFIRMED, ...atLeast(rpc, fresh) };
  return ask(() => fetchEncodedAccount(rpc, address, config), PATIENCE.read);
}

/** Data of many accounts of the program. Throws {@link WrongAccount} where one is missing, or another program's. */
export async function fetchData(
  rpc: Reader,
  addresses: readonly Address[],
  fresh?: Freshness,
): Promise<ReadonlyUint8Array[]> {
  return (await fetchMany(rpc, addresses, fresh)).map((account) => ownData(account));
}

/** One account, decoded. Throws {@link WrongAccount} where it is not of the type. */
export async function fetchAs<T>(rpc: Reader, address: Address, as: Layout<T>, fresh?: Freshness): Promise<T> {
  const account = await fetchOne(rpc, address, fresh);
  return decodedAs({ address, data: ownData(account, as.type) }, as);
}

/** Many accounts, decoded: a result or a reason for each, in their order. */
export async function fetchAllAs<T>(
  rpc: Reader,
  addresses: readonly Address[],
  as: Layout<T>,
  fresh?: Freshness,
): Promise<Reading<{ readonly value: T }>[]> {
  return (await fetchMany(rpc, addresses, fresh)).map((account) =>
    reading(account.address, as.type, () => decodedAs({ ...account, data: ownData(account, as.type) }, as)),
  );
}

/** All accounts of a type that hold addresses where they are said to: by the discriminator, and by offset in the whole account. */
export async function fetchAllOf(
  rpc: Reader,
  discriminator: ReadonlyUint8Array,
  keys: readonly (readonly [offset: bigint, key: Address])[],
  fresh?: Freshness,
): Promise<AccountData[]> {
  const tag = getBase58Decoder().decode(discriminator);
  const filters = [[0n, tag] as const, ...keys].map(([offset, bytes]) => {
    return { memcmp: { offset, bytes: bytes as string as Base58EncodedBytes, encoding: 'base58' } } as const;
  });
  const config = { encoding: 'base64', filters, ...CONFIRMED, ...atLeast(rpc, fresh) } as const;
  const found = await ask(() => rpc.getProgramAccounts(BREAKWATER_PROGRAM_ADDRESS, config).send(), PATIENCE.read);
  return found.map(({ pubkey, account }) => ({ address: pubkey, data: getBase64Encoder().encode(account.data[0]) }));
}

/** Data of an account of the program, decoded. Throws {@link WrongAccount} where it is not of the type. */
export function decodedAs<T>({ address, data }: AccountData, { type, decoder }: Layout<T>): T {
  const wrong = wrongData(data, type, decoder.fixedSize, address);
  if (wrong !== undefined) throw wrong;
  return decoder.decode(data);
}

/** The same as a result or a reason. */
export function readAs<T>(account: AccountData, as: Layout<T>): Reading<{ readonly value: T }> {
  return reading(account.address, as.type, () => decodedAs(account, as));
}

/** What reading one account comes to. Whatever one account's data does to its decoder is that account's own affair. */
function reading<T>(address: Address, type: AccountType, read: () => T): Reading<{ readonly value: T }> {
  try {
    return { ok: true, value: read() };
  } catch (cause) {
    const error =
      cause instanceof WrongAccount
        ? cause
        : new WrongAccount('AccountUndecodable', type, { type }, address, { cause });
    return { ok: false, address, reason: error.reason, error };
  }
}
