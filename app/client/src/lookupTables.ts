/** Address lookup tables: one a set of markets lets a transaction over many of them fit. */
import {
  AccountRole,
  type Address,
  getAddressEncoder,
  getProgramDerivedAddress,
  getU32Encoder,
  getU64Encoder,
  type Instruction,
  type TransactionSigner,
} from '@solana/kit';
import type { ExchangeHandle } from './accounts.js';
import { eventAuthorityAddress } from './addresses.js';

const PROGRAM = 'AddressLookupTab1e1111111111111111111111111' as Address;
const SYSTEM = '11111111111111111111111111111111' as Address;
/** Addresses one extension fits beside its signatures. */
const CHUNK = 20;

/** What every transaction on an exchange names: its own accounts, its markets, ladders and price accounts. */
export function addressesOf(exchange: ExchangeHandle): Address[] {
  const { collateralVault, insuranceVault, vaultAuthority, insurance, ledger } = exchange.state;
  const own = [exchange.address, collateralVault, insuranceVault, vaultAuthority, insurance, ledger];
  const markets = exchange.markets.flatMap(({ address, ladder, price }) => [address, ladder, price]);
  return [...own, eventAuthorityAddress(), ...markets];
}

/**
 * Creates a lookup table of `addresses`, a transaction at a time: it may be used from the slot after the last one.
 *
 * @param slot - A recent slot, which its address is derived from.
 */
export async function createLookupTable(
  authority: TransactionSigner,
  slot: bigint,
  addresses: readonly Address[],
): Promise<{ readonly table: Address; readonly transactions: readonly Instruction[][] }> {
  const seeds = [getAddressEncoder().encode(authority.address), getU64Encoder().encode(slot)];
  const [table, bump] = await getProgramDerivedAddress({ programAddress: PROGRAM, seeds });
  const signer = { address: authority.address, role: AccountRole.READONLY_SIGNER, signer: authority };
  const payer = { address: authority.address, role: AccountRole.WRITABLE_SIGNER, signer: authority };
  const accounts = [
    { address: table, role: AccountRole.WRITABLE },
    signer,
    payer,
    { address: SYSTEM, role: AccountRole.READONLY },
  ];
  const create = new Uint8Array([...getU32Encoder().encode(0), ...getU64Encoder().encode(slot), bump]);
  const transactions: Instruction[][] = [[{ programAddress: PROGRAM, accounts, data: create }]];
  for (let at = 0; at < addresses.length; at += CHUNK) {
    const chunk = addresses.slice(at, at + CHUNK);
    const keys = chunk.flatMap((address) => [...getAddressEncoder().encode(address)]);
    const data = new Uint8Array([...getU32Encoder().encode(2), ...getU64Encoder().encode(chunk.length), ...keys]);
    transactions.push([{ programAddress: PROGRAM, accounts, data }]);
  }
  return { table, transactions };
}
