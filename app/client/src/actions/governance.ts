/** What the authority sends: an exchange, its markets, pauses. */
import {
  type Address,
  type Instruction,
  getAddressEncoder,
  getU32Encoder,
  getU64Encoder,
  type TransactionSigner,
} from '@solana/kit';
import { AccountRole } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from '../accounts.js';
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
  getClearPausesInstruction,
  getGuardianPauseInstruction,
  getInitialiseExchangeInstruction,
  getLadderDecoder,
  getListMarketInstruction,
  getSetPauseBitsInstruction,
  type ListMarketInstructionDataArgs,
} from '../generated/index.js';

/** Action classes a pause stops. */
export const PAUSE = {
  deposits: 1n,
  withdrawals: 1n << 1n,
  tradeIncrease: 1n << 2n,
  tradeReduce: 1n << 3n,
  quoting: 1n << 4n,
  liquidation: 1n << 5n,
  unlocking: 1n << 6n,
  unstaking: 1n << 7n,
  listing: 1n << 8n,
  freeze: 1n << 9n,
} as const;

/** Where prices come from. */
export const SOURCE = { pull: 0, push: 1, none: 255 } as const;

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

/** Creates a ladder and lists a market over it. `rent`: what makes {@link LADDER_SIZE} bytes exempt. */
export async function listMarket(
  exchange: ExchangeHandle,
  authority: TransactionSigner,
  ladder: TransactionSigner,
  rent: bigint,
  wanted: NewMarket,
): Promise<Instruction[]> {
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
  return [createLadder(authority, ladder, rent), list];
}

/** What to pause, and for how long; without a market, all of the exchange. */
export type Pausing = {
  /** Of {@link PAUSE}; zero lifts what the same office has paused. */
  readonly bits: bigint;
  /** Until then from now; zero only where nothing is paused. */
  readonly seconds: bigint;
  readonly market?: MarketHandle | undefined;
};

/** Lifts what an office has paused. */
export const NO_PAUSE: Pausing = { bits: 0n, seconds: 0n };

function pausing(exchange: ExchangeHandle, { bits, seconds, market }: Pausing) {
  const paused = market === undefined ? {} : { market: market.address };
  return { exchange: exchange.address, ...paused, instructions: INSTRUCTIONS_SYSVAR, bits, seconds };
}

/** The authority replaces its own pauses. */
export function setPause(exchange: ExchangeHandle, authority: TransactionSigner, wanted: Pausing): Instruction {
  return getSetPauseBitsInstruction({ authority, ...pausing(exchange, wanted) });
}

/** The guardian adds to its own: a day at most, three times a week. */
export function guardianPause(exchange: ExchangeHandle, guardian: TransactionSigner, wanted: Pausing): Instruction {
  return getGuardianPauseInstruction({ guardian, ...pausing(exchange, wanted) });
}

/** Takes pauses that have run out off the books. Anyone. */
export function clearPauses(exchange: ExchangeHandle, market?: MarketHandle): Instruction {
  const cleared = market === undefined ? {} : { market: market.address };
  return getClearPausesInstruction({ exchange: exchange.address, ...cleared });
}
