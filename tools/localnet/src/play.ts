/**
 * The demo's day on a network: the same prices, people and trades, with wallets.
 *
 * What differs: transactions take slots, so that fills and observations fall a little later than on the engine; what
 * an order is refused here stays undone; and strangers may trade along.
 */
import type { Instruction } from '@solana/kit';
import {
  bestMakers,
  BPS,
  loadQuotes,
  type Markets,
  type Order,
  quote,
  readable,
  type Side,
  signed,
  trade,
  units,
} from '@breakwater/client';
import { type Audit, auditOf } from './audit.js';
import { type Day, type DayMarket, type Deal, quoted } from './day.js';
import { accountsOf, Keepers, lotsIn, refusalOf, type Round } from './keepers.js';
import type { Stage } from './stage.js';
import type { Trader } from './trader.js';
import { lotsFor, share, wholeParts } from './units.js';

/** Makers' transactions are all alike: simulating each would only cost time. */
const QUOTE_LIMITS = { units: 400_000, priority: 0n } as const;
/** How far from the mark a taker goes, every market's band, bps. */
const BAND = 200n;
const QUOTE_SLOTS = 1_000_000n;
/** Rounds after the bell in which keepers have all the time they need. */
const AFTER = 12;
/** Steps between them: about as long as an auction. */
const AUCTION_STEPS = 4;

/** The step has just refreshed every market: its own refresh is left out, as each instruction costs this network time. */
function unrefreshed(instructions: readonly Instruction[]): readonly Instruction[] {
  return instructions.slice(-1);
}

/** A day being played, from one step on. */
export class Play {
  #average: number[];
  #credit = 0;
  /** Steps last played, and last quoted in. */
  #last: number;
  #quoted = -Infinity;
  /** Of quotes. */
  #rounds = 0;
  /** The slot the day began at. */
  #began = 0n;
  #markets: Markets = new Map();

  private constructor(
    readonly stage: Stage,
    readonly day: Day,
    readonly first: number,
    readonly makers: readonly Trader[],
    readonly traders: readonly Trader[],
    readonly keepers: Keepers,
  ) {
    this.#last = first - 1;
    this.#average = day.markets.map(({ prices }) => prices[first] ?? 0);
  }

  /** Opens everybody's account; makers quote, traders take, in the day's own order. */
  static async open(stage: Stage, day: Day, first = 0): Promise<Play> {
    const join = async (atoms: number): Promise<Trader> => {
      const one = await stage.trader(units.usd(BigInt(atoms)));
      await one.open(units.usd(BigInt(atoms)));
      return one;
    };
    const makers = await Promise.all(Array.from({ length: day.makers }, () => join(day.maker)));
    const desks = await Promise.all(day.markets.map(() => join(day.keeper)));
    const traders = await Promise.all(day.traders.map(join));
    const play = new Play(stage, day, first, makers, traders, new Keepers(stage, desks));
    await stage.network.refeed();
    await Promise.all(makers.map((maker) => play.#fund(maker)));
    for (const _ of day.markets) await play.#reopen();
    for (const [at, deal] of day.opening.entries()) {
      if (at % 10 === 0) await play.#reopen();
      await play.#deal(deal);
    }
    ({ slot: play.#began } = await stage.network.now());
    return play;
  }

  async #fund(maker: Trader): Promise<void> {
    for (const { name, maker_margin } of this.day.markets) await maker.allocate(name, units.usd(BigInt(maker_margin)));
  }

  /** While people open their accounts the prices stand still and the makers stay. */
  async #reopen(): Promise<void> {
    await this.stage.network.refeed();
    this.#markets = await this.#load();
    await this.#quote();
  }

  /** Minutes and seconds of a step, as the demo prints them. */
  clock(step: number): string {
    const minute = Math.floor(step / this.day.steps_a_minute);
    return `${20 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
  }

  /** A step of the day: prices, quotes, keepers, traders. Steps may be left out: time has passed all the same. */
  async step(step: number): Promise<Round> {
    const passed = step - this.#last;
    this.#last = step;
    await this.#publish(step, step - this.first + 1);
    if (step - this.#quoted >= this.day.quote_steps) {
      this.#quoted = step;
      await this.#quote();
    }
    const budget = this.#budget(step, passed);
    const round = await this.keepers.work([...this.traders, ...this.makers], this.#markets, budget);
    this.#credit -= round.actions * this.day.budget.crowd;
    await this.#unload();
    // Different people: nobody waits for anybody.
    await Promise.all((this.day.steps[step] ?? []).map((deal) => this.#deal(deal)));
    return round;
  }

  /** After the bell: everything in distress is cured or resolved, everybody is brought up to date. */
  async settle(last: number): Promise<Audit> {
    const everyone = [...this.traders, ...this.makers];
    const passed = last - this.first + 1;
    for (let round = 1; round <= AFTER; round += 1) {
      await this.#publish(last, passed + round * AUCTION_STEPS);
      const { distressed } = await this.keepers.work(everyone, this.#markets, Infinity);
      if (distressed === 0) break;
    }
    for (const trader of everyone) await refusalOf(trader.sync());
    return auditOf(this.stage);
  }

  /** Keepers' actions now: saved up, but never more than a calm step's worth. */
  #budget(step: number, passed: number): number {
    const { crowd, calm, congested, from_minute, to_minute } = this.day.budget;
    const minute = step / this.day.steps_a_minute;
    const earned = minute >= from_minute && minute < to_minute ? congested : calm;
    const people = this.traders.length;
    this.#credit = Math.min(this.#credit + passed * earned * people, Math.max(earned, 2) * Math.max(crowd, people));
    return Math.floor(this.#credit / crowd);
  }

  /** Time moves to the step's slot, and the feeds show its prices. */
  async #publish(step: number, passed: number): Promise<void> {
    const { network } = this.stage;
    const due = this.#began + BigInt(passed * this.day.slots_a_step);
    const { slot } = await network.now();
    await network.advance(due > slot ? Number(due - slot) : 3);
    for (const [at, market] of this.day.markets.entries()) {
      const price = market.prices[step] ?? 0;
      const average =
        (this.#average[at] ?? price) + Math.trunc((price - (this.#average[at] ?? price)) / this.day.ema_steps);
      this.#average[at] = average;
      await network.show(this.stage.listing(market.name).feed, { price: quoted(price), average: quoted(average) });
    }
    // A price a market calls bad keeps its old mark; the next one explains itself by the slots that passed.
    const refused = await refusalOf(this.stage.refreshAll());
    for (const { name } of refused === undefined ? [] : this.day.markets) await refusalOf(this.stage.refresh(name));
    this.#markets = await this.#load();
  }

  async #load(): Promise<Markets> {
    const views = await Promise.all(this.day.markets.map(({ name }) => this.stage.view(name)));
    return new Map(views.map((view) => [view.market.id, view]));
  }

  #mark(market: number): bigint {
    return this.#markets.get(BigInt(market))?.market.mark.price ?? 0n;
  }

  /** Whole steps worth an amount of atoms at the mark. */
  #lots(market: DayMarket, at: number, atoms: number): bigint {
    return lotsFor(BigInt(atoms), this.#mark(at), BigInt(market.step));
  }

  /**
   * Makers offer the same on both sides of the mark, each a little farther than the one before. A check of the whole account
   * keeps all its offers alive, and offers follow the mark: a market a round is enough.
   */
  async #quote(): Promise<void> {
    const { network, exchange } = this.stage;
    const at = this.#rounds % this.day.markets.length;
    this.#rounds += 1;
    const market = this.day.markets[at];
    if (market === undefined) return;
    const expires = (await network.now()).slot + QUOTE_SLOTS;
    const one = async (maker: Trader, rank: number): Promise<void> => {
      const price = wholeParts(this.#mark(at), BigInt(3 + rank), BPS);
      const levels = [{ price, size: this.#lots(market, at, this.day.maker_level), pegged: 1n }];
      const offers = { bids: levels, asks: levels, expires, markAgeSlotsMax: 0 };
      const built = await quote(exchange, maker.signer, await maker.account(), this.stage.market(market.name), offers);
      // Who may not quote now stays out for now.
      await refusalOf(network.send(maker.signer, unrefreshed(built), QUOTE_LIMITS));
    };
    await Promise.all(this.makers.map(one));
  }

  async #deal({ trader, market, lots, reduce_only }: Deal): Promise<void> {
    const who = this.traders[trader];
    if (who !== undefined) await this.#take(who, market, BigInt(lots), reduce_only);
  }

  /** A market order against the best makers. What is refused stays undone. */
  async #take(who: Trader, market: number, lots: bigint, reduceOnly: boolean): Promise<void> {
    const { network, exchange } = this.stage;
    const view = this.#markets.get(BigInt(market));
    const handle = exchange.markets[market];
    if (view === undefined || handle === undefined || lots === 0n) return;
    const side: Side = lots > 0n ? 'long' : 'short';
    const mark = this.#mark(market);
    const limit = mark + signed(side, share(mark, BAND, BPS));
    const order: Order = { side, lots: lots < 0n ? -lots : lots, limit, reduceOnly };
    const [quotes, now, account] = await Promise.all([loadQuotes(network.rpc, handle), network.now(), who.account()]);
    const others = readable(quotes).filter((seat) => seat.account !== account.address);
    const makers = bestMakers(others, view.market, order, now);
    if (makers.length === 0) return;
    await refusalOf(who.send(unrefreshed(await trade(exchange, who.signer, account, handle, { ...order, makers }))));
  }

  /** Keepers sell on what they took over. */
  async #unload(): Promise<void> {
    const { desks } = this.keepers;
    for (const { trader, account } of await accountsOf(this.stage, desks)) {
      const market = desks.indexOf(trader);
      const lots = lotsIn(account, market);
      const plan = this.day.markets[market];
      if (lots === 0n || plan === undefined) continue;
      const most = this.#lots(plan, market, 3 * this.day.maker_level);
      const size = lots < 0n ? -lots : lots;
      const some = size < most ? size : most;
      await this.#take(trader, market, lots > 0n ? -some : some, true);
    }
  }
}
