/** Address lookup tables: one a set of markets lets a transaction over many of them fit. */
import {
  AccountRole,
  type Address,
  type AddressesByLookupTableAddress,
  getAddressEncoder,
  getProgramDerivedAddress,
  getU32Encoder,
  getU64Encoder,
  type GetAccountInfoApi,
  type Instruction,
  type Rpc,
  type TransactionSigner,
} from '@solana/kit';
import type { ExchangeHandle } from './accounts.js';
import { eventAuthorityAddress } from './addresses.js';
import type { KindHandle } from './collateral.js';
import { TransactionFailure } from './errors.js';
import { type Freshness, fetchOne } from './reading.js';
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
 * @param slot - A slot that had a block lately, which its address is derived from: {@link loadRecentSlot}.
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

type TableSender = Sender & { readonly rpc: Rpc<GetAccountInfoApi> };

const SLOT_HASHES = 'SysvarS1otHashes111111111111111111111111111' as Address;
/** Bytes before the first entry, and of an entry: a slot and its hash. */
const COUNT_SIZE = 8;
const ENTRY_SIZE = 40;

/** Slots that had a block lately, the newest first: those the lookup tables' program accepts. Many slots have none. */
export async function loadRecentSlots(rpc: Rpc<GetAccountInfoApi>, fresh?: Freshness): Promise<bigint[]> {
  const account = await fetchOne(rpc, SLOT_HASHES, fresh);
  if (!account.exists) throw new Error('the cluster tells no slots');
  const bytes = new DataView(account.data.buffer, account.data.byteOffset, account.data.byteLength);
  const count = Math.min(bytes.getUint32(0, true), Math.floor((account.data.length - COUNT_SIZE) / ENTRY_SIZE));
  return Array.from({ length: count }, (_, at) => bytes.getBigUint64(COUNT_SIZE + ENTRY_SIZE * at, true));
}

/** A slot that had a block lately, to derive a lookup table from. */
export async function loadRecentSlot(rpc: Rpc<GetAccountInfoApi>, fresh?: Freshness): Promise<bigint> {
  const [newest] = await loadRecentSlots(rpc, fresh);
  if (newest === undefined) throw new Error('the cluster has had no block yet');
  return newest;
}

/** Slots that a table may be derived from are chosen among so many of the newest. */
const NEWEST = 64;
/** How often another slot is tried where a table cannot be created. */
const ATTEMPTS = 5;
/** What a table is refused with whose slot is not recent, or whose address is taken. */
const ANOTHER_SLOT: readonly string[] = ['InvalidInstructionData', 'AccountAlreadyInUse', 'InvalidAccountOwner'];
/** Tables this process has made or is making: creating one a second time succeeds, and both would then extend it. */
const taken = new Set<Address>();

/** A table that nobody has made yet, of a recent slot chosen at random against other processes of the same key. */
async function unmade(sender: TableSender, addresses: readonly Address[]): ReturnType<typeof createLookupTable> {
  const slots = (await loadRecentSlots(sender.rpc)).slice(0, NEWEST);
  const first = Math.floor(Math.random() * slots.length);
  for (const slot of [...slots.slice(first), ...slots.slice(0, first)]) {
    const made = await createLookupTable(sender.payer, slot, addresses);
    if (taken.has(made.table)) continue;
    taken.add(made.table);
    if (!(await fetchOne(sender.rpc, made.table)).exists) return made;
  }
  throw new Error('each of the recent slots has a table already: wait for the next ones');
}

/** Creates the table itself, from one slot after the other: that of a new block may be undone. */
async function created(sender: TableSender, addresses: readonly Address[]): ReturnType<typeof createLookupTable> {
  for (let attempt = 1; ; attempt += 1) {
    const { table, transactions } = await unmade(sender, addresses);
    const [first = [], ...rest] = transactions;
    try {
      await send(sender, first);
      return { table, transactions: rest };
    } catch (error) {
      const isAnother = error instanceof TransactionFailure && ANOTHER_SLOT.includes(error.errorName);
      if (!isAnother || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Creates a lookup table and waits until it is on the chain; its payer may extend and close it. `addresses`: usually
 * {@link addressesOf} an exchange. May be used from the slot after this one.
 */
export async function openLookupTable(
  sender: TableSender,
  addresses: readonly Address[],
): Promise<AddressesByLookupTableAddress> {
  const { table, transactions } = await created(sender, addresses);
  for (const instructions of transactions) await send(sender, instructions);
  return { [table]: [...addresses] };
}
