/** What the authority offers underwriters: a seat among a market's layers, proposed and, without a timelock, executed at once. */
import type { Address } from '@solana/kit';
import {
  getExecuteChangeInstruction,
  getProposeChangeInstruction,
  loadExchange,
  proposalAddress,
  units,
} from '@breakwater/client';
import type { LayerPlace, Stage } from '@breakwater/localnet';

const INSTRUCTIONS_SYSVAR = 'Sysvar1nstructions1111111111111111111111111' as Address;
const LAYER_CHANGE = 7n;
const DAY = 86_400n;

/** What a layer is offered with. */
export type Terms = {
  /** Most it may hold, USD. */
  readonly limit: string;
  /** It pays once insurance has paid this much in the market since it was funded, USD. */
  readonly attachment: string;
  /** Share of the market's insurance revenue it earns where it is full, bps. */
  readonly premium: bigint;
  /** Until then from now, days. */
  readonly days: bigint;
};

/** Offers a seat to somebody. */
export async function offerLayer(
  stage: Stage,
  [name, seat]: LayerPlace,
  underwriter: Address,
  terms: Terms,
): Promise<void> {
  const { network, authority } = stage;
  const { address, state } = await loadExchange(network.rpc, stage.exchange.address);
  const { time } = await network.now();
  const market = stage.market(name);
  const proposal = await proposalAddress(address, state.proposalCount);
  const accounts = {
    authority,
    exchange: address,
    market: market.address,
    instructions: INSTRUCTIONS_SYSVAR,
    proposal,
  };
  const propose = getProposeChangeInstruction({
    ...accounts,
    id: state.proposalCount,
    kind: LAYER_CHANGE,
    marketArg: market.number,
    field: seat,
    to: 0n,
    key: underwriter,
    numbers: [units.atoms(terms.limit), units.atoms(terms.attachment), terms.premium, time + terms.days * DAY],
  });
  await stage.send([propose, getExecuteChangeInstruction(accounts)]);
}
