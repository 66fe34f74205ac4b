/** Every address the program derives: see `programs/breakwater/src/seeds.rs`. */
import {
  type Address,
  getAddressEncoder,
  getProgramDerivedAddress,
  getU16Encoder,
  getU64Encoder,
  getU8Encoder,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { BREAKWATER_PROGRAM_ADDRESS } from './generated/index.js';
import { EVENT_AUTHORITY } from './generated/tables.js';

/** Pyth's push oracle: feed accounts are its addresses, whichever receiver owns them. */
export const PYTH_PUSH_ORACLE = 'pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT' as Address;

type Seed = ReadonlyUint8Array | string;

async function derive(seeds: readonly Seed[], programAddress: Address = BREAKWATER_PROGRAM_ADDRESS): Promise<Address> {
  const [found] = await getProgramDerivedAddress({ programAddress, seeds: [...seeds] });
  return found;
}

const key = (of: Address): ReadonlyUint8Array => getAddressEncoder().encode(of);

/** An exchange, by the key its creator chose. */
export const exchangeAddress = (id: Address): Promise<Address> => derive(['exchange', key(id)]);

/** Signs for both vaults, holds no data. */
export const vaultAuthorityAddress = (exchange: Address): Promise<Address> =>
  derive(['vault-authority', key(exchange)]);

/** Token account of all collateral. */
export const collateralVaultAddress = (exchange: Address): Promise<Address> =>
  derive(['collateral-vault', key(exchange)]);

/** Token account of the insurance fund. */
export const insuranceVaultAddress = (exchange: Address): Promise<Address> =>
  derive(['insurance-vault', key(exchange)]);

/** The insurance fund's books. */
export const insuranceAddress = (exchange: Address): Promise<Address> => derive(['insurance', key(exchange)]);

/** The loss ledger. */
export const ledgerAddress = (exchange: Address): Promise<Address> => derive(['ledger', key(exchange)]);

/** A market, by its number. */
export const marketAddress = (exchange: Address, number: number): Promise<Address> =>
  derive(['market', key(exchange), getU16Encoder().encode(number)]);

/** A margin account, by its number among the owner's. */
export const accountAddress = (exchange: Address, owner: Address, number = 0): Promise<Address> =>
  derive(['account', key(exchange), key(owner), getU16Encoder().encode(number)]);

/** What an owner owes, across all his accounts. */
export const traderAddress = (exchange: Address, owner: Address): Promise<Address> =>
  derive(['trader', key(exchange), key(owner)]);

/** An owner's stake in the insurance fund. */
export const stakeAddress = (exchange: Address, owner: Address): Promise<Address> =>
  derive(['stake', key(exchange), key(owner)]);

/** A proposal, by its number. */
export const proposalAddress = (exchange: Address, number: bigint): Promise<Address> =>
  derive(['proposal', key(exchange), getU64Encoder().encode(number)]);

/** A kind of collateral besides USDC, by its number. */
export const collateralAddress = (exchange: Address, number: number): Promise<Address> =>
  derive(['collateral', key(exchange), getU8Encoder().encode(number)]);

/** The vault of one kind of collateral. */
export const collateralTokensAddress = (collateral: Address): Promise<Address> =>
  derive(['collateral-tokens', key(collateral)]);

/** A maker's quote in a market. */
export const quoteAddress = (account: Address, market: Address): Promise<Address> =>
  derive(['quote', key(account), key(market)]);

/** Where a Pyth feed is published, by its shard and the 32 bytes of its id. */
export const feedAddress = (feed: ReadonlyUint8Array, shard = 0): Promise<Address> =>
  derive([getU16Encoder().encode(shard), feed], PYTH_PUSH_ORACLE);

/** The address the program's events are signed by. */
export const eventAuthorityAddress = (): Address => EVENT_AUTHORITY as Address;
