/** What the client says of an account's other collateral, as the vectors have it. */
import {
  type AccountBooks,
  type CollateralBooks,
  getCollateralDecoder,
  type Kinds,
  type Markets,
  NumberError,
  type Now,
  type Purchase,
  saleOf,
  valuationOf,
} from '../src/index.js';
import { bytesOf, type Day, type ExpectedPledge, type ExpectedSale } from './vectors.js';

/** The kinds of a day, by their numbers. */
export function kindsOf(day: Day): Map<number, CollateralBooks> {
  return new Map(day.kinds.map((kind, number) => [number, getCollateralDecoder().decode(bytesOf(kind)).books]));
}

/** What happens, or the name of why not. */
export function outcome<T>(compute: () => T): { Ok: T } | { Err: string } {
  try {
    return { Ok: compute() };
  } catch (error) {
    if (error instanceof NumberError) return { Err: error.reason };
    throw error;
  }
}

function sold(books: AccountBooks, markets: Markets, kinds: Kinds, bid: Purchase, now: Now): ExpectedSale {
  const { amount, discount, proceeds, bankrupt } = saleOf(books, markets, kinds, bid, now);
  return { amount: String(amount), discount: Number(discount), proceeds: String(proceeds), bankrupt };
}

/** The valuation, and what each of the vectors' attempts to buy comes to; nothing where there is nothing. */
export function pledgeNumbers(
  books: AccountBooks,
  { markets, kinds, now }: { readonly markets: Markets; readonly kinds: Kinds; readonly now: Now },
  attempts: ExpectedPledge['sales'],
): ExpectedPledge {
  const { initial, maintenance } = valuationOf(books, kinds, now);
  const sales = attempts.map(({ kind, wanted }) => {
    const bid = { kind, wanted: BigInt(wanted) };
    return { kind, wanted, sale: outcome(() => sold(books, markets, kinds, bid, now)) };
  });
  return { initial: String(initial), maintenance: String(maintenance), sales };
}
