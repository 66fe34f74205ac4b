/** What the authority offers underwriters: a seat among a market's layers, proposed and, without a timelock, executed at once. */
import type { Address } from '@solana/kit';
import { type Change, executeChange, loadExchange, proposalAddress, proposeChange, units } from '@breakwater/client';
import type { LayerPlace, Stage } from '@breakwater/localnet';
import { daysInSeconds } from './amounts.js';

/** What a layer is offered with. */
export type Terms = {
  /** Most it may hold, USD. */
  readonly limit: string;
  /** It pays once insurance has paid this much in the market since it was funded, USD. */
  readonly attachment: string;
  /** Share of the market's insurance revenue it earns where it is full, bps. */
  readonly premium: bigint;
  /** Until then from now, days. */
  readonly days: number;
};

/** Offers a seat to somebody. */
export async function offerLayer(
  stage: Stage,
  [name, seat]: LayerPlace,
  underwriter: Address,
  terms: Terms,
): Promise<void> {
  const { network, authority } = stage;
  const exchange = await loadExchange(network.rpc, stage.exchange.address);
  const { time } = await network.now();
  const layer = {
    seat,
    underwriter,
    limit: units.atoms(terms.limit),
    attachment: units.atoms(terms.attachment),
    premium: terms.premium,
    expiresAt: time + daysInSeconds(terms.days),
  };
  const change = { layer, market: stage.market(name) } satisfies Change;
  const address = await proposalAddress(exchange.address, exchange.state.proposalCount);
  await stage.send([
    await proposeChange(exchange, authority, change),
    executeChange(exchange, authority, { address, change }),
  ]);
}
