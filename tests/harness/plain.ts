/** Markets made for small stories: 100 USD a unit, lots worth an atom, so that USD, atoms and lots are easy to compare. */
import { marketParams, type MarketParams, quote, type Side, SIDES, trade, units } from '@breakwater/client';
import type { Listing, Stage, Trader } from '@breakwater/localnet';
import type { Signature } from '@solana/kit';

/** 100 USD at 1e-8 unit a lot: what `bare` parameters are made for. */
const LOT_EXPONENT = -8;

/** Market number `at` of its kind, called M0, M1 and so on, with parameters of its own. */
export function plain(at: number, own: Partial<MarketParams> = {}): Listing {
  const feed = new Uint8Array(32).fill(0xa0 + at);
  return { name: `M${at}`, feed, first: '100', lotExponent: LOT_EXPONENT, own };
}

/** The first so many of them. */
export const plains = (count: number): Listing[] => Array.from({ length: count }, (_, at) => plain(at));

/** The parameters a plain market is listed with. */
export const plainParams = (own: Partial<MarketParams> = {}): MarketParams =>
  marketParams('bare', { lotExponent: LOT_EXPONENT, ...own });

/** Somebody with so many USD in a margin account. */
export async function member(stage: Stage, usd: string): Promise<Trader> {
  const trader = await stage.trader(usd);
  await trader.open(usd);
  return trader;
}

/** One order between two people. */
export type Crossing = {
  readonly market: string;
  /** Takes, at the price the maker quotes in the same transaction. */
  readonly taker: Trader;
  readonly maker: Trader;
  /** What the taker does: buys where it is long. */
  readonly side?: Side;
  /** Units. */
  readonly size: string;
  /** USD a unit; none: the mark. */
  readonly price?: string;
};

/** One person quotes, another takes, in one transaction: nobody else's quote is touched. */
export async function cross(stage: Stage, crossing: Crossing): Promise<Signature> {
  const { taker, maker, side = 'long' } = crossing;
  const handle = stage.market(crossing.market);
  const { lotExponent } = stage.listing(crossing.market);
  const lots = units.lots(crossing.size, lotExponent);
  const { market } = await stage.view(crossing.market);
  const limit = crossing.price === undefined ? market.mark.price : units.price(crossing.price, lotExponent);
  const levels = [{ price: limit, size: lots, pegged: 0n }];
  const [bids, asks] = side === SIDES[0] ? [[], levels] : [levels, []];
  const { slot } = await stage.network.now();
  const offered = await quote(stage.exchange, maker.signer, await maker.account(), handle, {
    bids,
    asks,
    expires: slot + 1_000n,
  });
  const order = { side, lots, limit, makers: [await maker.address()] };
  const taken = await trade(stage.exchange, taker.signer, await taker.account(), handle, order);
  return taker.send([...offered, ...taken]);
}

/** The same, with a quarter of its value put into the maker's position first: what backs his quote. */
export async function pair(stage: Stage, crossing: Crossing): Promise<Signature> {
  const { first } = stage.listing(crossing.market);
  await crossing.maker.allocate(crossing.market, String((Number(first) * Number(crossing.size)) / 4));
  return cross(stage, crossing);
}

/** What most stories of bad accounts begin with: a long with little beyond margin, a rich short, and somebody rich and flat. */
export type Cast = { readonly alice: Trader; readonly bob: Trader; readonly carol: Trader };

/** In M0 Alice, with 300 USD, is long 5,000 USD against Bob; Carol has money and nothing else. */
export async function cast(stage: Stage): Promise<Cast> {
  for (const { name, first } of stage.listings) await stage.price(name, first);
  const alice = await member(stage, '300');
  const bob = await member(stage, '100000');
  const carol = await member(stage, '50000');
  await pair(stage, { market: 'M0', taker: alice, maker: bob, size: '50' });
  return { alice, bob, carol };
}
