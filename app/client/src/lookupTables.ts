/** Address lookup tables: one a set of markets lets a transaction over many of them fit. */
import {
  AccountRole,
  type Address,
  type AddressesByLookupTableAddress,
  getAddressEncoder,
  getProgramDerivedAddress,
  getU32Encoder,
  getU64Encoder,
  type GetSlotApi,
  type Instruction,
  type Rpc,
  type TransactionSigner,
} from '@solana/kit';
import type { ExchangeHandle } from './accounts.js';
import { eventAuthorityAddress } from './addresses.js';
import type { KindHandle } from './collateral.js';
import { send, type Sender } from './transactions.js';

const PROGRAM = 'AddressLookupTab1e1111111111111111111111111' as Address;
const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;
const SYSTEM = '11111111111111111111111111111111' as Address;
/** Addresses one extension fits beside its signatures. */
const CHUNK = 20;

/** What every transaction on an exchange names: its own accounts, its markets with their ladders and price accounts, and kinds. */
export function addressesOf(exchange: ExchangeHandle, kinds: readonly KindHandle[] = []): Address[] {
  const { collateralVault, insuranceVault, vaultAuthority, insurance, ledger } = exchange.state;
  const own = [exchange.address, collateralVault, insuranceVault, vaultAuthority, insurance, ledger];
  const markets = exchange.markets.flatMap(({ address, ladder, price, second }) => {
    return [address, ladder, price, ...(second === undefined ? [] : [second])];
  });
  const others = kinds.flatMap(({ address, price, state }) => [address, price, state.vault]);
  return [...own, eventAuthorityAddress(), TOKEN_PROGRAM, ...markets, ...others];
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

/**
 * Creates a lookup table and waits until it is on the chain; its payer may extend and close it. `addresses`: usually
 * {@link addressesOf} an exchange. May be used from the slot after this one.
 */
export async function openLookupTable(
  sender: Sender & { readonly rpc: Rpc<GetSlotApi> },
  addresses: readonly Address[],
): Promise<AddressesByLookupTableAddress> {
  // Of a slot that is over: the table's program wants to have seen it.
  const slot = await sender.rpc.getSlot({ commitment: 'finalized' }).send();
  const { table, transactions } = await createLookupTable(sender.payer, slot, addresses);
  for (const instructions of transactions) await send(sender, instructions);
  return { [table]: [...addresses] };
}
