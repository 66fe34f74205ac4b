/** Somebody with a wallet: what a person or a bot does, in decimal numbers. */
import type { Address, Instruction, KeyPairSigner, Signature } from '@solana/kit';
import {
  type AccountHandle,
  accountAddress,
  allocate,
  bestMakers,
  cancelQuote,
  claimsOf,
  type ClaimsWorth,
  closeAccount,
  crossHealth,
  deposit,
  type Health,
  holdingOf,
  isolate,
  type Level,
  liquidate,
  loadAccount,
  loadOwed,
  loadQuotes,
  loadViews,
  type MarketSlot,
  openAndFund,
  quote,
  readable,
  requestWithdrawal,
  resolve,
  type Side,
  signed,
  sync,
  trade,
  units,
  withdraw,
} from '@breakwater/client';
import type { Stage } from './stage.js';
import { valueOfLots } from './units.js';

/** Offers in decimal numbers: price, USD per unit, and size, units. */
export type Offer = readonly [price: string, size: string];

/** A position as a person sees it. */
export type Seen = {
  /** Units, above zero long. */
  readonly size: string;
  /** Equity at the mark, exact, 1e-12 atom. */
  readonly equity: bigint;
};

/** Slots a quote is good for, if nothing shortens it. */
const QUOTE_SLOTS = 1_000_000n;

/** Somebody with a wallet. */
export class Trader {
  constructor(
    readonly stage: Stage,
    readonly signer: KeyPairSigner,
    /** His USDC. */
    readonly wallet: Address,
    /** Which of his margin accounts. */
    readonly number = 0,
  ) {}

  /** The same person with another of his margin accounts. */
  with(number: number): Trader {
    return new Trader(this.stage, this.signer, this.wallet, number);
  }

  /** His margin account. */
  address(): Promise<Address> {
    return accountAddress(this.stage.exchange.address, this.signer.address, this.number);
  }

  /** His margin account as it is now. */
  async account(): Promise<AccountHandle> {
    return loadAccount(this.stage.network.rpc, await this.address());
  }

  /** Signs, pays and sends. */
  send(instructions: readonly Instruction[]): Promise<Signature> {
    return this.stage.network.send(this.signer, instructions);
  }

  /** Opens a margin account with USD in it. */
  async open(usd: string): Promise<Signature> {
    const { exchange } = this.stage;
    return this.send(await openAndFund(exchange, this.signer, this.wallet, units.atoms(usd), this.number));
  }

  /** Pays USD in; what he owes is served first. */
  async deposit(usd: string): Promise<Signature> {
    const { exchange, network } = this.stage;
    const [account, owed] = await Promise.all([this.address(), loadOwed(network.rpc, exchange, this.signer.address)]);
    return this.send([await deposit(exchange, this.signer, account, this.wallet, units.atoms(usd), owed)]);
  }

  /** Takes USD out. */
  async withdraw(usd: string): Promise<Signature> {
    return this.withdrawAtoms(units.atoms(usd));
  }

  /** Takes atoms out. */
  async withdrawAtoms(amount: bigint): Promise<Signature> {
    return this.send(withdraw(this.stage.exchange, this.signer, await this.account(), this.wallet, amount));
  }

  /** Takes a place in the queue for a withdrawal of USD; zero gives it up. */
  async request(usd: string): Promise<Signature> {
    const { exchange } = this.stage;
    return this.send([requestWithdrawal(exchange, this.signer, await this.address(), units.atoms(usd))]);
  }

  /** Moves USD into a position, or out of it. */
  async allocate(market: string, usd: string): Promise<Signature> {
    const handle = this.stage.market(market);
    return this.send(allocate(this.stage.exchange, this.signer, await this.address(), handle, units.atoms(usd)));
  }

  /** Takes atoms of margin out of a position. */
  async take(market: string, amount: bigint): Promise<Signature> {
    const handle = this.stage.market(market);
    return this.send(allocate(this.stage.exchange, this.signer, await this.address(), handle, -amount));
  }

  /** Takes a position aside, or back. */
  async isolate(market: string, isolated: boolean): Promise<Signature> {
    return this.send(
      isolate(this.stage.exchange, this.signer, await this.account(), this.stage.market(market), isolated),
    );
  }

  #levels(market: string, offers: readonly Offer[]): Level[] {
    const { lotExponent } = this.stage.listing(market);
    return offers.map(([price, size]) => {
      return { price: units.price(price, lotExponent), size: units.lots(size, lotExponent), pegged: 0n };
    });
  }

  /** Quotes at fixed prices. */
  async quote(market: string, bids: readonly Offer[], asks: readonly Offer[]): Promise<Signature> {
    const { slot } = await this.stage.network.now();
    const offers = {
      bids: this.#levels(market, bids),
      asks: this.#levels(market, asks),
      expires: slot + QUOTE_SLOTS,
    };
    const account = await this.account();
    return this.send(await quote(this.stage.exchange, this.signer, account, this.stage.market(market), offers));
  }

  /** Quotes both sides at an offset from the mark, USD per unit, whatever the mark comes to be. */
  async peg(market: string, offset: string, size: string): Promise<Signature> {
    const { slot } = await this.stage.network.now();
    const levels = this.#levels(market, [[offset, size]]).map((level) => ({ ...level, pegged: 1n }));
    // Prices come every few seconds here: a mark may be older than where they come all the time.
    const offers = { bids: levels, asks: levels, expires: slot + QUOTE_SLOTS, markAgeSlotsMax: 0 };
    const account = await this.account();
    return this.send(await quote(this.stage.exchange, this.signer, account, this.stage.market(market), offers));
  }

  /** Takes his quote back. */
  async cancel(market: string): Promise<Signature> {
    return this.send([
      await cancelQuote(this.stage.exchange, this.signer, await this.address(), this.stage.market(market)),
    ]);
  }

  /** Buys units from the best makers at `limit` USD or better. */
  buy(market: string, size: string, limit: string, reduceOnly = false): Promise<Signature> {
    return this.#take(market, 'long', size, limit, reduceOnly);
  }

  /** Sells units to the best makers at `limit` USD or better. */
  sell(market: string, size: string, limit: string, reduceOnly = false): Promise<Signature> {
    return this.#take(market, 'short', size, limit, reduceOnly);
  }

  async #take(market: string, side: Side, size: string, limit: string, reduceOnly: boolean): Promise<Signature> {
    const { stage } = this;
    const { lotExponent } = stage.listing(market);
    const handle = stage.market(market);
    const order = { side, lots: units.lots(size, lotExponent), limit: units.price(limit, lotExponent), reduceOnly };
    const [quotes, view, now] = await Promise.all([
      loadQuotes(stage.network.rpc, handle),
      stage.view(market),
      stage.network.now(),
    ]);
    const own = await this.address();
    const others = readable(quotes).filter((seat) => seat.account !== own);
    const makers = bestMakers(others, view.market, order, now);
    return this.send(await trade(stage.exchange, this.signer, await this.account(), handle, { ...order, makers }));
  }

  /** Tier 1: takes over units of somebody in distress; none given: as many as allowed. */
  async liquidate(victim: Trader, market: string, size?: string): Promise<Signature> {
    const { lotExponent } = this.stage.listing(market);
    const lots = size === undefined ? 0n : units.lots(size, lotExponent);
    const of = await victim.account();
    return this.send(
      await liquidate(this.stage.exchange, this.signer, await this.address(), of, this.stage.market(market), lots),
    );
  }

  /** Tiers 2 to 4, for somebody bankrupt. `against`: somebody bankrupt on the other side, closed against first. */
  async resolve(victim: Trader, market: string, against?: Trader): Promise<Signature> {
    const opposite = await against?.account();
    return this.send(await resolve(this.stage.exchange, await victim.account(), this.stage.market(market), opposite));
  }

  /** Brings somebody up to date and observes his distress. */
  async sync(whom: Trader = this): Promise<Signature> {
    return this.send(sync(this.stage.exchange, await whom.account()));
  }

  /** Closes his empty margin account. */
  async close(): Promise<Signature> {
    return this.send([closeAccount(this.stage.exchange, this.signer, await this.address())]);
  }

  /** Health over his cross positions. */
  async health(): Promise<Health> {
    const { stage } = this;
    const account = await this.account();
    const views = await loadViews(stage.network.rpc, stage.exchange, account);
    return crossHealth(account.books, views, await stage.network.now());
  }

  /** His slot in a market; none where he has nothing there. */
  async slot(market: string): Promise<MarketSlot | undefined> {
    const { books } = await this.account();
    const number = BigInt(this.stage.market(market).number);
    return books.slots.find((slot) => slot.market === number);
  }

  /** His position in a market, caught up. */
  async position(market: string): Promise<Seen> {
    const slot = await this.slot(market);
    if (slot === undefined) return { size: '0', equity: 0n };
    const view = await this.stage.view(market);
    const holding = holdingOf(view, slot);
    const lots = signed(holding.side, holding.lots);
    const { lotExponent } = this.stage.listing(market);
    return { size: units.size(lots, lotExponent), equity: holding.cash + valueOfLots(lots, view.market.mark.price) };
  }

  /** What he was charged in a market, has been paid and is still owed. */
  async claims(market: string): Promise<ClaimsWorth> {
    const slot = await this.slot(market);
    if (slot === undefined) return { paid: 0n, owed: [0n, 0n], units: [0n, 0n] };
    const view = await this.stage.view(market);
    return claimsOf(view, slot);
  }

  /** Free cash, USD. */
  async free(): Promise<string> {
    return units.usd((await this.account()).books.free);
  }
}
