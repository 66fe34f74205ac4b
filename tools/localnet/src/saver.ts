/** Somebody who stakes in the insurance fund. */
import type { Address, KeyPairSigner, Signature } from '@solana/kit';
import {
  exitStake,
  loadInsurance,
  loadStake,
  requestExit,
  stake,
  type StakeBooks,
  stakeWorth,
  units,
} from '@breakwater/client';
import type { Stage } from './stage.js';

/** Somebody who stakes. */
export class Saver {
  private constructor(
    readonly stage: Stage,
    readonly signer: KeyPairSigner,
    /** His USDC. */
    readonly wallet: Address,
  ) {}

  /** Somebody with USD in a wallet. */
  static async with(stage: Stage, usd: string): Promise<Saver> {
    const { signer, wallet } = await stage.trader(usd);
    return new Saver(stage, signer, wallet);
  }

  /** Stakes USD. */
  stake(usd: string): Promise<Signature> {
    return this.stakeAtoms(units.atoms(usd));
  }

  /** Stakes atoms. */
  async stakeAtoms(amount: bigint): Promise<Signature> {
    const { network, exchange } = this.stage;
    return network.send(this.signer, [await stake(exchange, this.signer, { from: this.wallet, amount })]);
  }

  /** Asks for the exit of shares, or of all he has; none takes an earlier request back. */
  async requestExit(shares?: bigint): Promise<Signature> {
    const { network, exchange } = this.stage;
    const leaving = shares ?? (await this.held()).shares;
    return network.send(this.signer, [await requestExit(exchange, this.signer, leaving)]);
  }

  /** Takes out what may leave. */
  async exit(): Promise<Signature> {
    const { network, exchange } = this.stage;
    return network.send(this.signer, await exitStake(exchange, this.signer, this.wallet));
  }

  /** His stake. Throws where he has none. */
  async held(): Promise<StakeBooks> {
    const { network, exchange } = this.stage;
    const held = await loadStake(network.rpc, exchange, this.signer.address);
    if (held === undefined) throw new Error('nothing is staked');
    return held;
  }

  /** What his shares would be paid now, atoms. */
  async worth(): Promise<bigint> {
    const { network, exchange } = this.stage;
    return stakeWorth(await loadInsurance(network.rpc, exchange), await this.held());
  }

  /** Atoms in his wallet. */
  balance(): Promise<bigint> {
    return this.stage.network.balance(this.wallet);
  }
}
