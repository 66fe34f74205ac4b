/** What the authority creates: an exchange, its markets. */
import {
  type Address,
  createAddressWithSeed,
  type Instruction,
  getAddressEncoder,
  getU32Encoder,
  getU64Encoder,
  getUtf8Encoder,
  type TransactionSigner,
} from '@solana/kit';
import { AccountRole } from '@solana/kit';
import type { ExchangeHandle } from '../accounts.js';
import {
  collateralVaultAddress,
  exchangeAddress,
  insuranceAddress,
  insuranceVaultAddress,
  ledgerAddress,
  marketAddress,
  vaultAuthorityAddress,
} from '../addresses.js';
import { INSTRUCTIONS_SYSVAR } from './common.js';
import {
  BREAKWATER_PROGRAM_ADDRESS,
  type ExchangeParamsArgs,
  getInitialiseExchangeInstruction,
  getLadderDecoder,
  getListMarketInstruction,
  type ListMarketInstructionDataArgs,
} from '../generated/index.js';
import { SOURCE } from '../generated/tables.js';

export { SOURCE };

/** What an exchange is created with. */
export type NewExchange = {
  /** Seed of its address: any key nobody else has used. */
  readonly id: Address;
  /** USDC. */
  readonly mint: Address;
  /** Pyth receiver whose price updates count. */
  readonly receiver: Address;
  /** Program that owns Pyth push accounts. */
  readonly pushOracle: Address;
  /** May pause for a day, and nothing else. */
  readonly guardian: Address;
  /** Token account protocol fees go to. */
  readonly treasury: Address;
  /** Token account the keepers' share of protocol fees goes to. */
  readonly keeperFees: Address;
  /** Parameters. */
  readonly params: ExchangeParamsArgs;
};

/** Creates an exchange with its vaults; the signer becomes its authority. */
export async function initialiseExchange(authority: TransactionSigner, wanted: NewExchange): Promise<Instruction> {
  const exchange = await exchangeAddress(wanted.id);
  return getInitialiseExchangeInstruction({
    ...wanted,
    authority,
    exchange,
    insurance: await insuranceAddress(exchange),
    ledger: await ledgerAddress(exchange),
    collateralVault: await collateralVaultAddress(exchange),
    insuranceVault: await insuranceVaultAddress(exchange),
    vaultAuthority: await vaultAuthorityAddress(exchange),
  });
}

/** What a market is listed with; its number is the exchange's next. */
export type NewMarket = Omit<ListMarketInstructionDataArgs, 'index'> & {
  /** Where its first price is read. */
  readonly price: Address;
  /** Pays for its ladder, where that is not the authority. */
  readonly payer?: TransactionSigner;
};

/** Bytes of a ladder. */
export const LADDER_SIZE: number = getLadderDecoder().fixedSize;

const SYSTEM = '11111111111111111111111111111111' as Address;

/** What binds a ladder to a market: the market's first sixteen bytes in hex. */
const seedOf = (market: Address): string =>
  Array.from(getAddressEncoder().encode(market).slice(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Address of the ladder created for a market on a base. */
export function ladderAddress(base: Address, market: Address): Promise<Address> {
  return createAddressWithSeed({
    baseAddress: base,
    programAddress: BREAKWATER_PROGRAM_ADDRESS,
    seed: seedOf(market),
  });
}

/** Creates the account of a ladder: too large for the program to create, so the client does, and pays its rent. */
function createLadder(
  payer: TransactionSigner,
  base: TransactionSigner,
  { ladder, market }: { readonly ladder: Address; readonly market: Address },
  rent: bigint,
): Instruction {
  const seed = getUtf8Encoder().encode(seedOf(market));
  const parts = [
    getU32Encoder().encode(3),
    getAddressEncoder().encode(base.address),
    getU64Encoder().encode(seed.length),
    seed,
    getU64Encoder().encode(rent),
    getU64Encoder().encode(LADDER_SIZE),
    getAddressEncoder().encode(BREAKWATER_PROGRAM_ADDRESS),
  ];
  const accounts = [
    { address: payer.address, role: AccountRole.WRITABLE_SIGNER, signer: payer },
    { address: ladder, role: AccountRole.WRITABLE },
    { address: base.address, role: AccountRole.READONLY_SIGNER, signer: base },
  ];
  return { programAddress: SYSTEM, accounts, data: Uint8Array.from(parts.flatMap((part) => [...part])) };
}

/**
 * Creates a ladder and lists a market over it. `base`: a fresh key; the ladder's address is derived from it and the market's, which
 * binds the ladder to that market. One that is known beforehand could be kept from being created by a lamport sent there. `rent`: what
 * makes {@link LADDER_SIZE} bytes exempt.
 *
 * The first instruction must stand in the transaction itself: by CPI, which is how a multisig's vault signs, nobody creates an
 * account so large. Under a multisig somebody else is its `payer`, and the vault signs the second only.
 */
export async function listMarket(
  exchange: ExchangeHandle,
  authority: TransactionSigner,
  base: TransactionSigner,
  rent: bigint,
  { payer = authority, ...wanted }: NewMarket,
): Promise<[ladder: Instruction, listing: Instruction]> {
  const index = exchange.state.marketCount;
  const market = await marketAddress(exchange.address, index);
  const ladder = await ladderAddress(base.address, market);
  const list = getListMarketInstruction({
    ...wanted,
    authority,
    exchange: exchange.address,
    market,
    ladder,
    ladderBase: base.address,
    instructions: INSTRUCTIONS_SYSVAR,
    index,
  });
  return [createLadder(payer, base, { ladder, market }, rent), list];
}
