/** Collateral besides USDC: listing it, moving it, and buying it of accounts in distress. */
import {
  type AccountMeta,
  AccountRole,
  type Address,
  type Instruction,
  type ReadonlyUint8Array,
  type TransactionSigner,
} from '@solana/kit';
import { type AccountHandle, type ExchangeHandle, marketsOf } from '../accounts.js';
import { collateralAddress, collateralTokensAddress } from '../addresses.js';
import { heldKinds, type KindHandle } from '../collateral.js';
import {
  type CollateralParamsArgs,
  getAuctionCollateralInstruction,
  getCancelCollateralInstruction,
  getDepositCollateralInstruction,
  getListCollateralInstruction,
  getRefreshCollateralInstruction,
  getValueCollateralInstruction,
  getWithdrawCollateralInstruction,
} from '../generated/index.js';
import { isHeld } from '../numbers/views.js';
import { INSTRUCTIONS_SYSVAR, pairsOf, refresh, withAccounts } from './common.js';

/** What a kind is listed with; its number is the exchange's next. */
export type NewCollateral = {
  /** A mint of the classic token program. */
  readonly mint: Address;
  /** Of {@link SOURCE}. */
  readonly source: number;
  /** Pull: the feed's id. Push: the address of its price account. */
  readonly feed: ReadonlyUint8Array;
  /** Where its first price is read. */
  readonly price: Address;
  /** Parameters. */
  readonly params: CollateralParamsArgs;
};

/** Lists a kind with a vault of its own. Nothing of it is accepted before the timelock has run out. */
export async function listCollateral(
  exchange: ExchangeHandle,
  authority: TransactionSigner,
  wanted: NewCollateral,
  index = exchange.state.collateralCount,
): Promise<Instruction> {
  const collateral = await collateralAddress(exchange.address, index);
  return getListCollateralInstruction({
    ...wanted,
    authority,
    exchange: exchange.address,
    collateral,
    vault: await collateralTokensAddress(collateral),
    vaultAuthority: exchange.state.vaultAuthority,
    instructions: INSTRUCTIONS_SYSVAR,
    index,
  });
}

/** Takes a listing back before it opens: the authority or the guardian. */
export function cancelCollateral(exchange: ExchangeHandle, signer: TransactionSigner, kind: KindHandle): Instruction {
  const accounts = { exchange: exchange.address, collateral: kind.address, instructions: INSTRUCTIONS_SYSVAR };
  return getCancelCollateralInstruction({ signer, ...accounts });
}

/** Takes the price of each kind. Anyone. */
export function refreshCollateral(exchange: ExchangeHandle, kinds: readonly KindHandle[]): Instruction[] {
  return kinds.map(({ address, price }) =>
    getRefreshCollateralInstruction({ exchange: exchange.address, collateral: address, price }),
  );
}

function read(kinds: readonly KindHandle[]): AccountMeta[] {
  return kinds.map(({ address }) => ({ address, role: AccountRole.READONLY }));
}

/** Values an account's other collateral at fresh prices. Anyone; in front of whatever asks for the account's health. */
export function valueCollateral(
  exchange: ExchangeHandle,
  account: AccountHandle,
  kinds: readonly KindHandle[],
): Instruction[] {
  const held = heldKinds(kinds, account);
  const built = getValueCollateralInstruction({ exchange: exchange.address, account: account.address });
  return [...refreshCollateral(exchange, held), withAccounts(built, read(held))];
}

/** Puts a valuation in front of what asks for an account's health, where it has other collateral: one transaction for both. */
export function withValuation(
  exchange: ExchangeHandle,
  account: AccountHandle,
  kinds: readonly KindHandle[],
  instructions: readonly Instruction[],
): Instruction[] {
  const first = isHeld(account.books.pledge) ? valueCollateral(exchange, account, kinds) : [];
  return [...first, ...instructions];
}

/** An amount of a kind on its way. */
export type Amount = {
  /** What. */
  readonly kind: KindHandle;
  /** The owner's token account of its mint. */
  readonly wallet: Address;
  /** Smallest units of the mint. */
  readonly amount: bigint;
};

/** Pays other collateral in: only at a good young price. */
export function depositCollateral(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: Address,
  { kind, wallet, amount }: Amount,
): Instruction[] {
  const accounts = { owner, exchange: exchange.address, account, collateral: kind.address };
  const built = getDepositCollateralInstruction({ ...accounts, from: wallet, vault: kind.state.vault, amount });
  return [...refreshCollateral(exchange, [kind]), built];
}

/** Takes other collateral out. Prices are asked for only where the account has positions. */
export function withdrawCollateral(
  exchange: ExchangeHandle,
  owner: TransactionSigner,
  account: AccountHandle,
  kinds: readonly KindHandle[],
  { kind, wallet, amount }: Amount,
): Instruction[] {
  const markets = marketsOf(exchange, account);
  const hasLots = account.books.slots.some((slot) => slot.position.lots !== 0n);
  const built = getWithdrawCollateralInstruction({
    owner,
    exchange: exchange.address,
    account: account.address,
    collateral: kind.address,
    to: wallet,
    vault: kind.state.vault,
    vaultAuthority: exchange.state.vaultAuthority,
    amount,
  });
  const prices = [...refreshCollateral(exchange, heldKinds(kinds, account)), ...refresh(exchange, markets)];
  const around = [...read(heldKinds(kinds, account, kind)), ...pairsOf(markets, 'read')];
  return [...(hasLots ? prices : []), withAccounts(built, around)];
}

/** What a buyer wants of an account in distress. */
export type Bid = {
  /** Which kind. */
  readonly kind: KindHandle;
  /** The buyer's USDC. */
  readonly from: Address;
  /** His token account of the kind's mint. */
  readonly to: Address;
  /** Smallest units of the mint; zero: as many as allowed. */
  readonly amount: bigint;
};

/** Buys other collateral of an account in distress, at fresh prices of everything it has. Anyone. */
export function auctionCollateral(
  exchange: ExchangeHandle,
  buyer: TransactionSigner,
  victim: AccountHandle,
  kinds: readonly KindHandle[],
  { kind, ...bid }: Bid,
): Instruction[] {
  const markets = marketsOf(exchange, victim);
  const { collateralVault, vaultAuthority } = exchange.state;
  const built = getAuctionCollateralInstruction({
    ...bid,
    buyer,
    exchange: exchange.address,
    account: victim.address,
    collateral: kind.address,
    collateralVault,
    vault: kind.state.vault,
    vaultAuthority,
  });
  const prices = [...refreshCollateral(exchange, heldKinds(kinds, victim)), ...refresh(exchange, markets)];
  const around = [...read(heldKinds(kinds, victim, kind)), ...pairsOf(markets, 'write')];
  return [...prices, withAccounts(built, around)];
}
