/** An exchange on a network, with its markets, and people with wallets. */
import {
  type Address,
  generateKeyPairSigner,
  getAddressEncoder,
  type Instruction,
  type KeyPairSigner,
  type ReadonlyUint8Array,
  type Signature,
} from '@solana/kit';
import {
  type Defaults,
  type ExchangeHandle,
  type ExchangeParams,
  exchangeAddress,
  exchangeParams,
  feedAddress,
  fundInsurance,
  initialiseExchange,
  LADDER_SIZE,
  listMarket,
  loadExchange,
  loadView,
  type MarketHandle,
  type MarketParams,
  type MarketView,
  marketParams,
  type PriceSource,
  refresh,
  SOURCE,
  units,
} from '@breakwater/client';
import type { Network } from './network.js';
import { PUSH_ORACLE, type Quote, RECEIVER } from './pyth.js';
import { Trader } from './trader.js';

/** A market to list. */
export type Listing = {
  /** What people call it. */
  readonly name: string;
  /** Pyth's id of its feed. */
  readonly feed: ReadonlyUint8Array;
  /** First price, USD per unit. */
  readonly first: string;
  /** 10^this of the asset is a lot: worth about an atom. */
  readonly lotExponent: number;
  /** What contradicts its feed, or carries exits where that is silent. */
  readonly second?: PriceSource;
  /** Parameters of its own. */
  readonly own?: Partial<MarketParams>;
};

/** What an exchange is set up with. */
export type Setup = {
  readonly markets: readonly Listing[];
  /** Which of the engine's defaults markets and exchange start from. */
  readonly defaults?: Defaults;
  readonly own?: Partial<ExchangeParams>;
  /** Paid into the fund, USD. */
  readonly insurance?: string;
};

/** What somebody might get wrong in a listing. */
export type OddListing = {
  readonly authority?: KeyPairSigner;
  readonly price?: Address;
  readonly source?: number;
  readonly secondSource?: number;
  /** Its number on the exchange. */
  readonly number?: number;
  /** Of which market the ladder is created. */
  readonly ladderOf?: number;
};

/** The second source as a listing names it. */
function secondOf(second: PriceSource | undefined) {
  if (second === undefined) return { secondSource: SOURCE.none, secondFeed: new Uint8Array(32) };
  const secondFeed = second.kind === 'pull' ? second.feed : getAddressEncoder().encode(second.account);
  return { secondSource: SOURCE[second.kind], secondFeed };
}

/** Listing writes 205 kB: simulating it first would only cost time. */
const LIMITS = { units: 1_400_000, priority: 0n } as const;

/** Where `list_market` has the ladder among its accounts. */
const LADDER_AT = 3;

/** An exchange on a network. */
export class Stage {
  private constructor(
    readonly network: Network,
    /** Governs the exchange. */
    readonly authority: KeyPairSigner,
    /** May pause for a day. */
    readonly guardian: KeyPairSigner,
    /** As it was when the last market was listed. */
    public exchange: ExchangeHandle,
    readonly listings: readonly Listing[],
  ) {}

  /** Creates an exchange, lists its markets and pays into its fund. */
  static async open(network: Network, setup: Setup): Promise<Stage> {
    const authority = await network.keypair();
    const guardian = await network.keypair();
    const { address: id } = await generateKeyPairSigner();
    const initialise = await initialiseExchange(authority, {
      id,
      mint: network.mint,
      receiver: RECEIVER,
      pushOracle: PUSH_ORACLE,
      guardian: guardian.address,
      treasury: await network.wallet(authority.address, 0n),
      keeperFees: await network.wallet(authority.address, 0n),
      params: exchangeParams(setup.defaults ?? 'bare', setup.own),
    });
    await network.send(authority, [initialise], LIMITS);
    const exchange = await loadExchange(network.rpc, await exchangeAddress(id));
    const stage = new Stage(network, authority, guardian, exchange, setup.markets);
    for (const listing of setup.markets) {
      await network.show(listing.feed, { price: listing.first });
      const own = { lotExponent: listing.lotExponent, ...listing.own };
      await stage.list(listing, marketParams(setup.defaults ?? 'bare', own));
    }
    if (setup.insurance !== undefined) await stage.fund(setup.insurance);
    return stage;
  }

  /** Where a market's feed is published. */
  priceAccount(listing: Listing): Promise<Address> {
    return feedAddress(listing.feed);
  }

  /** Lists a market at the price its feed shows. `odd`: what somebody might get wrong. */
  async list(listing: Listing, params: MarketParams, odd: OddListing = {}): Promise<void> {
    const authority = odd.authority ?? this.authority;
    const base = await generateKeyPairSigner();
    const rent = await this.network.rpc.getMinimumBalanceForRentExemption(BigInt(LADDER_SIZE)).send();
    const name = new Uint8Array(16);
    name.set(new TextEncoder().encode(listing.name));
    const marketCount = odd.number ?? this.exchange.state.marketCount;
    const exchange = { ...this.exchange, state: { ...this.exchange.state, marketCount } };
    const wanted = {
      source: odd.source ?? SOURCE.pull,
      feed: listing.feed,
      ...secondOf(listing.second),
      ...(odd.secondSource === undefined ? {} : { secondSource: odd.secondSource }),
      name,
      params,
      price: odd.price ?? (await this.priceAccount(listing)),
    };
    const [create, list] = await listMarket(exchange, authority, base, rent, wanted);
    const instructions =
      odd.ladderOf === undefined ? [create, list] : await this.swappedLadder(odd.ladderOf, [base, rent, wanted], list);
    await this.network.send(authority, instructions, LIMITS);
    this.exchange = await loadExchange(this.network.rpc, this.exchange.address);
  }

  /** A listing over the ladder that was created for a market of another number. */
  private async swappedLadder(
    number: number,
    [base, rent, wanted]: readonly [KeyPairSigner, bigint, Parameters<typeof listMarket>[4]],
    list: Instruction,
  ): Promise<Instruction[]> {
    const exchange = { ...this.exchange, state: { ...this.exchange.state, marketCount: number } };
    const [create, other] = await listMarket(exchange, this.authority, base, rent, wanted);
    const accounts = list.accounts?.map((meta, at) => (at === LADDER_AT ? (other.accounts?.[at] ?? meta) : meta));
    return [create, { ...list, accounts: accounts ?? [] }];
  }

  /** Pays USD into the insurance fund. */
  async fund(usd: string): Promise<void> {
    const amount = units.atoms(usd);
    const from = await this.network.wallet(this.authority.address, amount);
    await this.send([fundInsurance(this.exchange, this.authority, from, amount)]);
  }

  /** Sends instructions the authority signs or nobody does. */
  send(instructions: readonly Instruction[]): Promise<Signature> {
    return this.network.send(this.authority, instructions);
  }

  /** Number of a market. */
  #number(name: string): number {
    const number = this.listings.findIndex((listing) => listing.name === name);
    if (number < 0) throw new Error(`no market ${name}`);
    return number;
  }

  /** A market, as instructions name it. */
  market(name: string): MarketHandle {
    const found = this.exchange.markets[this.#number(name)];
    if (found === undefined) throw new Error(`${name} is not listed`);
    return found;
  }

  /** What a market was listed with. */
  listing(name: string): Listing {
    const found = this.listings[this.#number(name)];
    if (found === undefined) throw new Error(`no market ${name}`);
    return found;
  }

  /** A market's books and its ladder's. */
  view(name: string): Promise<MarketView> {
    return loadView(this.network.rpc, this.market(name));
  }

  /** Publishes a price and refreshes the market. */
  async price(name: string, quote: Quote | string): Promise<void> {
    const shown = typeof quote === 'string' ? { price: quote } : quote;
    await this.network.publish(this.listing(name).feed, shown);
    await this.refresh(name);
  }

  /** Refreshes a market. */
  refresh(name: string): Promise<Signature> {
    return this.send(refresh(this.exchange, [this.market(name)]));
  }

  /** Refreshes every market. */
  refreshAll(): Promise<Signature> {
    return this.send(refresh(this.exchange, this.exchange.markets));
  }

  /** Lets slots pass; the feeds go on publishing. */
  async pass(slots: number): Promise<void> {
    await this.network.advance(slots);
    await this.network.republish();
  }

  /** Somebody with a key and USDC in a wallet. */
  async trader(usd: string): Promise<Trader> {
    const signer = await this.network.keypair();
    const wallet: Address = await this.network.wallet(signer.address, units.atoms(usd));
    return new Trader(this, signer, wallet);
  }
}
