/** Keepers of the day: they read what anyone can read, and act within a budget. */
import { fetchEncodedAccounts } from '@solana/kit';
import {
  type AccountHandle,
  crossHealth,
  getMarginAccountDecoder,
  type Health,
  isBankrupt,
  isDistressed,
  type Markets,
  resolve,
  TransactionFailure,
} from '@breakwater/client';
import type { Stage } from './stage.js';
import type { Trader } from './trader.js';
import { valueOfLots } from './units.js';

/** Somebody in trouble. */
type Case = { readonly trader: Trader; readonly account: AccountHandle; readonly health: Health };

/** What keepers found and did in one step. */
export type Round = { readonly distressed: number; readonly bankrupt: number; readonly actions: number };

/** Accounts one request asks for. */
const REQUEST = 100;

/** Whether one is long and the other short. */
const areOpposite = (a: bigint, b: bigint): boolean => (a < 0n ? b > 0n : a > 0n && b < 0n);

/** Keepers, one a market. */
export class Keepers {
  /** Refusals so far, by name: they cost a transaction too. */
  readonly refused = new Map<string, number>();
  #actions = 0;

  constructor(
    readonly stage: Stage,
    readonly desks: readonly Trader[],
  ) {}

  /** One step of their work: the largest requirement first. */
  async work(everyone: readonly Trader[], markets: Markets, budget: number): Promise<Round> {
    const cases = await this.#find(everyone, markets);
    this.#actions = 0;
    for (const found of cases) {
      if (this.#actions >= budget) break;
      if (isBankrupt(found.health)) await this.#resolve(found, cases, budget);
      else await this.#liquidate(found, markets);
    }
    const bankrupt = cases.filter(({ health }) => isBankrupt(health)).length;
    return { distressed: cases.length, bankrupt, actions: this.#actions };
  }

  async #find(everyone: readonly Trader[], markets: Markets): Promise<Case[]> {
    const { network } = this.stage;
    const now = await network.now();
    const accounts = await accountsOf(this.stage, everyone);
    const cases = accounts.map(({ trader, account }) => {
      return { trader, account, health: crossHealth(account.books, markets, now) };
    });
    const distressed = cases.filter(({ health }) => isDistressed(health));
    return distressed.sort((a, b) => (a.health.maintenance > b.health.maintenance ? -1 : 1));
  }

  /** Sends, and returns the name of a refusal. */
  async #try(sent: Promise<unknown>): Promise<string | undefined> {
    this.#actions += 1;
    const refusal = await refusalOf(sent);
    if (refusal !== undefined) this.refused.set(refusal, (this.refused.get(refusal) ?? 0) + 1);
    return refusal;
  }

  #desk(market: number): Trader {
    const found = this.desks[market];
    if (found === undefined) throw new Error(`no keeper for market ${market}`);
    return found;
  }

  #name(market: number): string {
    return this.stage.listings[market]?.name ?? '';
  }

  /** Tier 1 on the largest position. */
  async #liquidate({ trader, account }: Case, markets: Markets): Promise<void> {
    const worth = (market: number): bigint => {
      const lots = lotsIn(account, market);
      return valueOfLots(lots < 0n ? -lots : lots, markets.get(BigInt(market))?.market.mark.price ?? 0n);
    };
    const [largest] = held(account).sort((a, b) => (worth(a) > worth(b) ? -1 : 1));
    if (largest === undefined) return;
    const refusal = await this.#try(this.#desk(largest).liquidate(trader, this.#name(largest)));
    if (refusal === 'NotInDistress') await this.#try(this.#desk(largest).sync(trader));
  }

  /** Tiers 2 to 4 on every position; where it is too early, tier 1 while the cover pays, and the clock is started. */
  async #resolve({ trader, account }: Case, cases: readonly Case[], budget: number): Promise<void> {
    for (const market of held(account)) {
      if (this.#actions >= budget) return;
      const desk = this.#desk(market);
      const refusal = await this.#try(desk.resolve(trader, this.#name(market)));
      if (refusal === 'TooEarly') {
        if ((await trader.account()).books.clock.since === 0n) await this.#try(desk.sync(trader));
        await this.#try(desk.liquidate(trader, this.#name(market)));
      }
      if (refusal === 'NotBankrupt') await this.#try(desk.sync(trader));
      if (refusal === 'NobodySolvent') await this.#cross(trader, market, cases);
    }
  }

  /** Nobody solvent stands on the other side: close against somebody who is not. */
  async #cross(trader: Trader, market: number, cases: readonly Case[]): Promise<void> {
    const victim = await trader.account();
    const own = lotsIn(victim, market);
    const others = cases.filter(
      ({ account, health }) => isBankrupt(health) && areOpposite(lotsIn(account, market), own),
    );
    for (const { account } of others) {
      const handle = this.stage.market(this.#name(market));
      const built = await resolve(this.stage.exchange, victim, handle, account);
      if ((await this.#try(this.#desk(market).send(built))) === undefined) return;
    }
  }
}

/** Waits for a transaction; the name of the error where it was refused. */
export async function refusalOf(sent: Promise<unknown>): Promise<string | undefined> {
  try {
    await sent;
    return undefined;
  } catch (error) {
    if (error instanceof TransactionFailure) return error.errorName;
    throw error;
  }
}

/** Everybody's margin account, a hundred a request. */
export async function accountsOf(
  stage: Stage,
  people: readonly Trader[],
): Promise<{ trader: Trader; account: AccountHandle }[]> {
  const found: { trader: Trader; account: AccountHandle }[] = [];
  for (let at = 0; at < people.length; at += REQUEST) {
    const some = people.slice(at, at + REQUEST);
    const addresses = await Promise.all(some.map((trader) => trader.address()));
    const accounts = await fetchEncodedAccounts(stage.network.rpc, addresses, { commitment: 'confirmed' });
    for (const [number, encoded] of accounts.entries()) {
      const trader = some[number];
      if (trader === undefined || !encoded.exists) continue;
      const { owner, books } = getMarginAccountDecoder().decode(encoded.data);
      found.push({ trader, account: { address: encoded.address, owner, books } });
    }
  }
  return found;
}

/** Lots of an account in a market, above zero long. */
export function lotsIn({ books }: AccountHandle, market: number): bigint {
  return books.slots.find((slot) => slot.market === BigInt(market))?.position.lots ?? 0n;
}

/** Markets an account has lots in. */
function held({ books }: AccountHandle): number[] {
  return books.slots.filter(({ position }) => position.lots !== 0n).map(({ market }) => Number(market));
}
