/** Whoever governs an exchange: a key or a multisig's vault does the same things. */
import type { Address, Instruction, KeyPairSigner, Signature, TransactionSigner } from '@solana/kit';
import {
  acceptAuthority,
  cancelChange,
  cancelListing,
  type Change,
  executeChange,
  type ExchangeHandle,
  loadExchange,
  loadProposal,
  offerAuthority,
  type ParameterChange,
  type Pausing,
  proposalAddress,
  type ProposalHandle,
  proposeChange,
  revokeOffer,
  setPause,
  tighten,
} from '@breakwater/client';
import type { Stage } from './stage.js';

/** Who signs, and how what he signs is sent. */
export type Office = {
  readonly signer: TransactionSigner;
  send(instructions: readonly Instruction[]): Promise<Signature>;
};

/** The office of a key. */
export function officeOf(stage: Stage, signer: KeyPairSigner): Office {
  return { signer, send: (instructions) => stage.network.send(signer, instructions) };
}

/** Whoever governs an exchange, or may cancel what is proposed. */
export class Governor {
  constructor(
    readonly stage: Stage,
    readonly office: Office,
  ) {}

  /** The exchange as it is now: numbers of proposals follow each other. */
  exchange(): Promise<ExchangeHandle> {
    return loadExchange(this.stage.network.rpc, this.stage.exchange.address);
  }

  /** Proposes a change: its number. */
  async propose(change: Exclude<Change, { readonly authority: Address }>): Promise<bigint> {
    const exchange = await this.exchange();
    await this.office.send([await proposeChange(exchange, this.office.signer, change)]);
    return exchange.state.proposalCount;
  }

  /** Proposes to hand the authority over: the proposal's number. */
  async offer(next: Address): Promise<bigint> {
    const exchange = await this.exchange();
    await this.office.send([await offerAuthority(exchange, this.office.signer, next)]);
    return exchange.state.proposalCount;
  }

  /** A proposal as it is now. */
  proposal(id: bigint): Promise<ProposalHandle> {
    return loadProposal(this.stage.network.rpc, this.stage.exchange, id);
  }

  /** Executes a proposal. */
  async execute(id: bigint): Promise<Signature> {
    return this.office.send([executeChange(this.stage.exchange, this.office.signer, await this.proposal(id))]);
  }

  /** Takes a proposal back. */
  async cancel(id: bigint): Promise<Signature> {
    const proposal = await proposalAddress(this.stage.exchange.address, id);
    return this.office.send([cancelChange(this.stage.exchange, this.office.signer, proposal)]);
  }

  /** Changes a parameter at once. */
  tighten(change: ParameterChange): Promise<Signature> {
    return this.office.send([tighten(this.stage.exchange, this.office.signer, change)]);
  }

  /** Replaces the authority's own pauses. */
  pause(wanted: Pausing): Promise<Signature> {
    return this.office.send([setPause(this.stage.exchange, this.office.signer, wanted)]);
  }

  /** Takes a listing back. */
  cancelListing(market: string): Promise<Signature> {
    return this.office.send([cancelListing(this.stage.exchange, this.office.signer, this.stage.market(market))]);
  }

  /** Takes the authority over. */
  accept(): Promise<Signature> {
    return this.office.send([acceptAuthority(this.stage.exchange, this.office.signer)]);
  }

  /** Takes an offer of the authority back. */
  revoke(): Promise<Signature> {
    return this.office.send([revokeOffer(this.stage.exchange, this.office.signer)]);
  }
}
