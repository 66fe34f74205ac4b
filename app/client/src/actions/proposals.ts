/** What those who govern change: proposals with a timelock, tightening at once, the authority itself. */
import type { Address, Instruction, TransactionSigner } from '@solana/kit';
import type { ExchangeHandle, MarketHandle } from '../accounts.js';
import { proposalAddress } from '../addresses.js';
import { type Change, isKnown, marketOfChange, namedBy, rawChange } from '../changes.js';
import {
  getAcceptAuthorityInstruction,
  getCancelChangeInstruction,
  getCancelListingInstruction,
  getExecuteChangeInstruction,
  getOfferAuthorityInstruction,
  getRevokeOfferInstruction,
  getProposeChangeInstruction,
  getTightenInstruction,
} from '../generated/index.js';
import { type ParameterChange, parameterNumber } from '../parameters.js';
import type { ProposalHandle } from '../proposals.js';
import { INSTRUCTIONS_SYSVAR } from './common.js';

const SYSVAR = { instructions: INSTRUCTIONS_SYSVAR } as const;

function among(exchange: ExchangeHandle, market: MarketHandle | undefined) {
  return { exchange: exchange.address, ...(market === undefined ? {} : { market: market.address }), ...SYSVAR };
}

/** What a change of the exchange's addresses names: a fee account or an oracle program is looked at. */
function naming(change: Change) {
  const named = namedBy(change);
  return named === undefined ? {} : { named };
}

/**
 * Proposes a change; the authority pays the proposal's rent. What could not be made now is not even proposed.
 *
 * @param id - The proposal's number: the exchange's `proposalCount`, which must be as it is now.
 */
export async function proposeChange(
  exchange: ExchangeHandle,
  authority: TransactionSigner,
  change: Exclude<Change, { readonly authority: Address }>,
  id: bigint = exchange.state.proposalCount,
): Promise<Instruction> {
  const proposal = await proposalAddress(exchange.address, id);
  const { market: marketArg, ...raw } = rawChange(change);
  const accounts = { authority, ...among(exchange, marketOfChange(change)), ...naming(change), proposal };
  return getProposeChangeInstruction({ ...accounts, id, marketArg, ...raw });
}

/** Proposes to hand the authority over: executed after the timelock like any change, then accepted by `next`. */
export async function offerAuthority(
  exchange: ExchangeHandle,
  authority: TransactionSigner,
  next: Address,
  id: bigint = exchange.state.proposalCount,
): Promise<Instruction> {
  const proposal = await proposalAddress(exchange.address, id);
  return getOfferAuthorityInstruction({ authority, ...among(exchange, undefined), proposal, id, next });
}

/** Makes a proposed change once its timelock has run out, within a week. Throws where this client does not know the change. */
export function executeChange(
  exchange: ExchangeHandle,
  authority: TransactionSigner,
  { address, change }: Pick<ProposalHandle, 'address' | 'change'>,
): Instruction {
  if (!isKnown(change)) throw new RangeError(`use a newer client: this one knows no such ${change.unknown}`);
  return getExecuteChangeInstruction({
    authority,
    ...among(exchange, marketOfChange(change)),
    ...naming(change),
    proposal: address,
  });
}

/**
 * Takes a proposal back, at any time before it is executed. The authority or the guardian, who does not veto his own replacement
 * (`OwnReplacement`).
 */
export function cancelChange(exchange: ExchangeHandle, signer: TransactionSigner, proposal: Address): Instruction {
  return getCancelChangeInstruction({ signer, ...among(exchange, undefined), proposal });
}

/** Changes a parameter at once, where that only tightens: what waits is refused, `Loosens`. */
export function tighten(exchange: ExchangeHandle, authority: TransactionSigner, change: ParameterChange): Instruction {
  const parameter = parameterNumber(change);
  return getTightenInstruction({ authority, ...among(exchange, change.market), parameter, to: change.to });
}

/** Takes back a market that has not opened yet: it never does. The authority or the guardian. */
export function cancelListing(exchange: ExchangeHandle, signer: TransactionSigner, market: MarketHandle): Instruction {
  const accounts = { exchange: exchange.address, market: market.address, ...SYSVAR };
  return getCancelListingInstruction({ signer, ...accounts });
}

/**
 * Takes the authority over, by whom it was offered to, before the exchange's `offerLapsesAt`: a week after the offer was executed.
 * Proposals that wait are then his.
 */
export function acceptAuthority(exchange: ExchangeHandle, next: TransactionSigner): Instruction {
  return getAcceptAuthorityInstruction({ next, exchange: exchange.address, ...SYSVAR });
}

/** Takes an executed offer of the authority back, at once. The authority or the guardian. */
export function revokeOffer(exchange: ExchangeHandle, signer: TransactionSigner): Instruction {
  return getRevokeOfferInstruction({ signer, exchange: exchange.address, ...SYSVAR });
}
