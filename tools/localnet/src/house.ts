/** Who is there on a local network: makers, traders with leverage, and a keeper. */
import {
  crossHealth,
  fetchEvents,
  isBankrupt,
  isDistressed,
  type Markets,
  type ProgramEvent,
  TransactionFailure,
  type UnknownEvent,
} from '@breakwater/client';
import type { Signature } from '@solana/kit';
import { calm, priceAt } from './prices.js';
import type { Stage } from './stage.js';
import type { Trader } from './trader.js';

/** Where a maker stands in a market: offset from the mark, USD, size, units, and margin, USD. */
type Stand = { readonly market: string; readonly offset: string; readonly size: string; readonly margin: string };

/** A trader's bet: units bought, above zero, or sold. */
type Bet = { readonly market: string; readonly size: string; readonly long: boolean; readonly usd: string };

const STANDS: readonly Stand[] = [
  { market: 'SOL', offset: '0.1', size: '500', margin: '60000' },
  { market: 'BTC', offset: '30', size: '1', margin: '60000' },
  { market: 'ETH', offset: '1.5', size: '25', margin: '60000' },
];
const BETS: readonly Bet[] = [
  { market: 'SOL', size: '200', long: true, usd: '2800' },
  { market: 'SOL', size: '150', long: true, usd: '3200' },
  { market: 'SOL', size: '60', long: false, usd: '4000' },
  { market: 'BTC', size: '0.3', long: true, usd: '2400' },
  { market: 'BTC', size: '0.2', long: true, usd: '3500' },
  { market: 'ETH', size: '8', long: true, usd: '2500' },
  { market: 'ETH', size: '5', long: false, usd: '6000' },
];
const MAKERS = 3;
/** Steps after which makers quote again: a check is good for fifty slots. */
const REQUOTE = 8;

/** Milliseconds of a step, and of a slot. */
const STEP = 1_000;
const SLOT = 400;

/** What is printed. */
export type Say = (line: string) => void;

/** The people. */
export class House {
  private constructor(
    readonly stage: Stage,
    readonly makers: readonly Trader[],
    readonly traders: readonly Trader[],
    readonly keeper: Trader,
    readonly say: Say,
  ) {}

  /** Opens their accounts; makers quote, traders take. */
  static async open(stage: Stage, say: Say): Promise<House> {
    const join = async (usd: string): Promise<Trader> => {
      const one = await stage.trader(usd);
      await one.open(usd);
      return one;
    };
    const makers = await Promise.all(Array.from({ length: MAKERS }, () => join('400000')));
    const traders = await Promise.all(BETS.map(({ usd }) => join(usd)));
    const house = new House(stage, makers, traders, await join('500000'), say);
    await stage.network.refeed();
    await Promise.all(
      makers.map(async (maker) => {
        for (const { market, margin } of STANDS) await maker.allocate(market, margin);
      }),
    );
    for (const [at, bet] of BETS.entries()) {
      if (at % 3 === 0) await stage.network.refeed().then(() => house.quote());
      await house.#attempt(house.#bet(at, bet));
    }
    return house;
  }

  /** Prices wander, a step a second, and slots go by as on a cluster. */
  async live(steps: number): Promise<void> {
    const { network } = this.stage;
    for (let step = 0; step < steps; step += 1) {
      const [{ slot: before }, due] = [await network.now(), new Promise((resolve) => setTimeout(resolve, STEP))];
      await this.step(step);
      await due;
      // Each transaction was a slot already.
      const passed = Number((await network.now()).slot - before);
      await network.advance(Math.max(Math.round(STEP / SLOT) - passed, 1));
    }
  }

  async #bet(at: number, { market, size, long }: Bet): Promise<Signature> {
    const trader = this.traders[at];
    if (trader === undefined) throw new Error(`nobody bets ${at}`);
    const limit = this.stage.listing(market).first;
    const worst = String(Math.round(Number(limit) * (long ? 1.019 : 0.981)));
    return long ? trader.buy(market, size, worst) : trader.sell(market, size, worst);
  }

  /** Makers quote in every market. */
  async quote(): Promise<void> {
    await Promise.all(
      this.makers.map(async (maker) => {
        for (const { market, offset, size } of STANDS) await this.#attempt(maker.peg(market, offset, size));
      }),
    );
  }

  /** One step of the day: prices move, makers quote, and the keeper looks after everyone. */
  async step(number: number): Promise<void> {
    for (const [at, { first, feed }] of this.stage.listings.entries()) {
      await this.stage.network.show(feed, { price: priceAt(first, calm(at), number) });
    }
    await this.#attempt(this.stage.refreshAll());
    if (number % REQUOTE === 0) await this.quote();
    const views = await Promise.all(this.stage.listings.map(({ name }) => this.stage.view(name)));
    const markets: Markets = new Map(views.map((view) => [view.market.id, view]));
    for (const [at, trader] of this.traders.entries()) await this.#keep(trader, BETS[at], markets);
  }

  /** Tier 1 where somebody is in distress; tiers 2 to 4 where that came too late. */
  async #keep(trader: Trader, bet: Bet | undefined, markets: Markets): Promise<void> {
    if (bet === undefined) return;
    const { books } = await trader.account();
    const health = crossHealth(books, markets, await this.stage.network.now());
    if (!isDistressed(health)) return;
    if (isBankrupt(health)) {
      await this.#attempt(this.keeper.sync(trader));
      await this.#attempt(this.keeper.resolve(trader, bet.market), ['TooEarly', 'NotBankrupt']);
      return;
    }
    // Setting a quote, here of nothing, is a whole-account check: who takes positions over must have passed one lately.
    await this.#attempt(this.keeper.quote(bet.market, [], []));
    await this.#attempt(this.keeper.liquidate(trader, bet.market), ['SliceUsed', 'NotInDistress']);
  }

  /** Says what an instruction did, or why it was refused: neither ends the day. */
  async #attempt(sent: Promise<Signature>, expected: readonly string[] = []): Promise<void> {
    try {
      const events = await fetchEvents(this.stage.network.rpc, await sent);
      for (const event of events ?? []) this.#tell(event);
    } catch (error) {
      if (!(error instanceof TransactionFailure)) throw error;
      if (!expected.includes(error.errorName)) this.say(`refused: ${error.message}`);
    }
  }

  #tell(event: ProgramEvent | UnknownEvent): void {
    const told = {
      Liquidated: 'tier 1',
      Deleveraged: 'tier 3',
      BankruptcyResolved: 'tiers 2 to 4',
      InsuranceMoved: 'insurance',
    };
    if (!(event.kind in told)) return;
    const { kind, ...rest } = event;
    const fields = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
    this.say(`${told[kind as keyof typeof told]}: ${fields.join(', ')}`);
  }
}
