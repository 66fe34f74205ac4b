/** Collateral besides USDC on a local network: mints with Pyth feeds of their own, and people who hold them. */
import {
  type Address,
  generateKeyPairSigner,
  type KeyPairSigner,
  type ReadonlyUint8Array,
  type Signature,
} from '@solana/kit';
import {
  auctionCollateral,
  cancelCollateral,
  type CollateralParams,
  collateralParams,
  crossHealth,
  depositCollateral,
  feedAddress,
  type Health,
  kindBooks,
  type KindHandle,
  listCollateral,
  loadExchange,
  loadKinds,
  loadViews,
  refreshCollateral,
  type Sale,
  saleOf,
  SOURCE,
  units,
  valueCollateral,
  valued,
  withdrawCollateral,
} from '@breakwater/client';
import { feedId, type Quote } from './pyth.js';
import type { Stage } from './stage.js';
import { mintData, TOKEN_PROGRAM, walletData } from './tokens.js';
import type { Trader } from './trader.js';

/** An asset to accept as collateral. */
export type Asset = {
  /** What people call it. */
  readonly name: string;
  /** Pyth's id of its feed. */
  readonly feed: ReadonlyUint8Array;
  /** First price, USD per token. */
  readonly first: string;
  /** Of its mint. */
  readonly decimals: number;
  /** Parameters of its own. */
  readonly own?: Partial<CollateralParams>;
};

/** Staked SOL at 240 USD: a fifth of its value is not counted, sold from 1 % off to nothing within a thousand slots. */
export const JITOSOL: Asset = {
  name: 'JitoSOL',
  feed: feedId('67be9f519b95cf24338801051f9a808eff0a578ccb388db73b7f6fe1de019ffb'),
  first: '240',
  decimals: 9,
  own: { haircut: 2_000, discountStart: 100, auctionSlots: 1_000n },
};

/** Wrapped bitcoin of eight decimals at 100,000 USD. */
export const CBBTC: Asset = {
  name: 'cbBTC',
  feed: feedId('2817d7bfe5c64b8ea956e9a26f573ef64e72e4d7891f2d6af9bcc93f7aff9a97'),
  first: '100000',
  decimals: 8,
  own: { unitExponent: -8, totalMax: 100_000_000_000n },
};

/** Wrapped ether of eight decimals at 4,000 USD. */
export const WETH: Asset = {
  name: 'wETH',
  feed: feedId('9d4294bbcd1174d6f2003ec365831e64cc31d9f6f15a2b85399db8d5000960f6'),
  first: '4000',
  decimals: 8,
  own: { unitExponent: -8, totalMax: 1_000_000_000_000n },
};

/** An asset an exchange may accept: its mint, its feed, and its kind once it is listed. */
export class Pledge {
  private constructor(
    readonly stage: Stage,
    readonly asset: Asset,
    /** Its mint. */
    readonly mint: Address,
  ) {}

  /** Makes the mint and publishes the first price; nothing is listed yet. */
  static async prepare(stage: Stage, asset: Asset): Promise<Pledge> {
    const { address: mint } = await generateKeyPairSigner();
    stage.network.put(mint, TOKEN_PROGRAM, mintData(stage.network.payer.address, asset.decimals));
    await stage.network.publish(asset.feed, { price: asset.first });
    return new Pledge(stage, asset, mint);
  }

  /** The same, and lists it. */
  static async list(stage: Stage, asset: Asset): Promise<Pledge> {
    const pledge = await Pledge.prepare(stage, asset);
    await pledge.list();
    return pledge;
  }

  /** Lists it, with parameters of its own; `odd`: what somebody might get wrong. */
  async list(odd: Partial<CollateralParams> = {}, index?: number): Promise<Signature> {
    const { stage, asset } = this;
    const wanted = {
      mint: this.mint,
      source: SOURCE.pull,
      feed: asset.feed,
      price: await feedAddress(asset.feed),
      params: collateralParams({ ...asset.own, ...odd }),
    };
    const signature = await stage.send([await listCollateral(stage.exchange, stage.authority, wanted, index)]);
    stage.exchange = await loadExchange(stage.network.rpc, stage.exchange.address);
    return signature;
  }

  /** All kinds of the exchange as they are now. */
  kinds(): Promise<KindHandle[]> {
    return loadKinds(this.stage.network.rpc, this.stage.exchange);
  }

  /** This one as it is now. */
  async kind(): Promise<KindHandle> {
    const found = (await this.kinds()).find(({ state }) => state.mint === this.mint);
    if (found === undefined) throw new Error(`${this.asset.name} is not listed`);
    return found;
  }

  /** Takes the listing back before it opens. */
  async cancel(signer: KeyPairSigner): Promise<Signature> {
    return this.stage.network.send(signer, [cancelCollateral(this.stage.exchange, signer, await this.kind())]);
  }

  /** Publishes a price, USD per token, and takes it. */
  async price(quote: Quote | string): Promise<Signature> {
    const shown = typeof quote === 'string' ? { price: quote } : quote;
    await this.stage.network.publish(this.asset.feed, shown);
    return this.stage.send(refreshCollateral(this.stage.exchange, [await this.kind()]));
  }

  /** Tokens as smallest units. */
  amount(tokens: string): bigint {
    return units.fromDecimal(tokens, this.asset.decimals);
  }

  /** A new token account of somebody's with tokens in it. */
  async wallet(owner: Trader, tokens: string): Promise<Holder> {
    const { address } = await generateKeyPairSigner();
    this.stage.network.put(address, TOKEN_PROGRAM, walletData(this.mint, owner.signer.address, this.amount(tokens)));
    return new Holder(this, owner, address);
  }
}

/** Somebody with tokens of an asset. */
export class Holder {
  constructor(
    readonly pledge: Pledge,
    readonly trader: Trader,
    /** His tokens. */
    readonly wallet: Address,
  ) {}

  /** Pays tokens in. */
  async deposit(tokens: string): Promise<Signature> {
    const { pledge, trader, wallet } = this;
    const amount = { kind: await pledge.kind(), wallet, amount: pledge.amount(tokens) };
    return trader.send(depositCollateral(pledge.stage.exchange, trader.signer, await trader.address(), amount));
  }

  /** Takes tokens out. */
  withdraw(tokens: string): Promise<Signature> {
    return this.withdrawUnits(this.pledge.amount(tokens));
  }

  /** Takes smallest units out. */
  async withdrawUnits(amount: bigint): Promise<Signature> {
    const { pledge, trader, wallet } = this;
    const [kinds, kind, account] = await Promise.all([pledge.kinds(), pledge.kind(), trader.account()]);
    const out = { kind, wallet, amount };
    return trader.send(withdrawCollateral(pledge.stage.exchange, trader.signer, account, kinds, out));
  }

  /** Buys of somebody in distress; no amount: as much as allowed, in smallest units. */
  async buy(victim: Trader, amount = 0n): Promise<Signature> {
    const { pledge, trader } = this;
    const [kinds, kind, account] = await Promise.all([pledge.kinds(), pledge.kind(), victim.account()]);
    const bid = { kind, from: trader.wallet, to: this.wallet, amount };
    return trader.send(auctionCollateral(pledge.stage.exchange, trader.signer, account, kinds, bid));
  }

  /** Tokens outside, smallest units. */
  balance(): Promise<bigint> {
    return this.pledge.stage.network.balance(this.wallet);
  }

  /** Tokens inside, smallest units. */
  async held(): Promise<bigint> {
    const [{ number }, { books }] = await Promise.all([this.pledge.kind(), this.trader.account()]);
    return books.pledge.amounts[number] ?? 0n;
  }
}

/** Values somebody's other collateral. */
export async function value(whom: Trader): Promise<Signature> {
  const { exchange, network } = whom.stage;
  return whom.send(valueCollateral(exchange, await whom.account(), await loadKinds(network.rpc, exchange)));
}

/** What is known of somebody's account now, other collateral as it would be valued. */
async function look(whom: Trader) {
  const { exchange, network } = whom.stage;
  const account = await whom.account();
  const [views, kinds, now] = await Promise.all([
    loadViews(network.rpc, exchange, account),
    loadKinds(network.rpc, exchange),
    network.now(),
  ]);
  return { books: account.books, views, kinds: kindBooks(kinds), now };
}

/** Somebody's health with his other collateral valued now. */
export async function healthOf(whom: Trader): Promise<Health> {
  const { books, views, kinds, now } = await look(whom);
  return crossHealth(valued(books, kinds, now), views, now);
}

/** What buying of somebody would do now, by the client's own numbers. */
export async function saleNow(whom: Trader, kind: KindHandle, wanted = 0n): Promise<Sale> {
  const { books, views, kinds, now } = await look(whom);
  return saleOf(books, views, kinds, { kind: kind.number, wanted }, now);
}
