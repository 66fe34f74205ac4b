/** What the authority creates: an exchange, its markets. */
import {
  type Address,
  type Instruction,
  getAddressEncoder,
  getU32Encoder,
  getU64Encoder,
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

/** Creates the account of a ladder: too large for the program to create, so the client does, and pays its rent. */
function createLadder(payer: TransactionSigner, ladder: TransactionSigner, rent: bigint): Instruction {
  const data = new Uint8Array(52);
  data.set(getU32Encoder().encode(0), 0);
  data.set(getU64Encoder().encode(rent), 4);
  data.set(getU64Encoder().encode(LADDER_SIZE), 12);
  data.set(getAddressEncoder().encode(BREAKWATER_PROGRAM_ADDRESS), 20);
  const accounts = [payer, ladder].map((signer) => {
    return { address: signer.address, role: AccountRole.WRITABLE_SIGNER, signer };
  });
  return { programAddress: SYSTEM, accounts, data };
}

/**
 * Creates a ladder and lists a market over it. `rent`: what makes {@link LADDER_SIZE} bytes exempt.
 *
 * The first instruction must stand in the transaction itself: by CPI, which is how a multisig's vault signs, nobody creates an
 * account so large. Under a multisig somebody else is its `payer`, and the vault signs the second only.
 */
export async function listMarket(
  exchange: ExchangeHandle,
  authority: TransactionSigner,
  ladder: TransactionSigner,
  rent: bigint,
  { payer = authority, ...wanted }: NewMarket,
): Promise<[ladder: Instruction, listing: Instruction]> {
  const index = exchange.state.marketCount;
  const list = getListMarketInstruction({
    ...wanted,
    authority,
    exchange: exchange.address,
    market: await marketAddress(exchange.address, index),
    ladder: ladder.address,
    instructions: INSTRUCTIONS_SYSVAR,
    index,
  });
  return [createLadder(payer, ladder, rent), list];
}
