/** Somebody who underwrites a layer of a market's insurance. */
import type { Address, KeyPairSigner, Signature } from '@solana/kit';
import {
  fundLayer,
  type Layer,
  type LayerSeat,
  loadLayers,
  takePremium,
  units,
  withdrawLayer,
} from '@breakwater/client';
import type { Stage } from './stage.js';

/** Which layer: a market by its name, and a seat there. */
export type LayerPlace = readonly [market: string, seat: number];

/** Somebody with capital for layers. */
export class Underwriter {
  private constructor(
    readonly stage: Stage,
    readonly signer: KeyPairSigner,
    /** His USDC. */
    readonly wallet: Address,
  ) {}

  /** Somebody with USD in a wallet. */
  static async with(stage: Stage, usd: string): Promise<Underwriter> {
    const { signer, wallet } = await stage.trader(usd);
    return new Underwriter(stage, signer, wallet);
  }

  #seat([market, seat]: LayerPlace): LayerSeat {
    return { market: this.stage.market(market), seat };
  }

  /** Pays USD into a layer. */
  fund(place: LayerPlace, usd: string): Promise<Signature> {
    const { network, exchange } = this.stage;
    const payment = { from: this.wallet, amount: units.atoms(usd) };
    return network.send(this.signer, [fundLayer(exchange, this.signer, this.#seat(place), payment)]);
  }

  /** Takes what a layer has earned. */
  premium(place: LayerPlace): Promise<Signature> {
    const { network, exchange } = this.stage;
    return network.send(this.signer, takePremium(exchange, this.signer, this.#seat(place), this.wallet));
  }

  /** Takes an expired layer out. */
  withdraw(place: LayerPlace): Promise<Signature> {
    const { network, exchange } = this.stage;
    return network.send(this.signer, withdrawLayer(exchange, this.signer, this.#seat(place), this.wallet));
  }

  /** A layer as it is now. */
  async layer([market, seat]: LayerPlace): Promise<Layer> {
    const seats = await loadLayers(this.stage.network.rpc, this.stage.market(market));
    const found = seats[seat];
    if (found === undefined) throw new Error(`no seat ${seat}`);
    return found.layer;
  }

  /** Atoms in his wallet. */
  balance(): Promise<bigint> {
    return this.stage.network.balance(this.wallet);
  }
}
